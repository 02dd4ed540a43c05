// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Above a conversation: whose it is, how far they are known, what they do just now; and below that what is
/// to be decided about them. Emits what the person wants.

#include "core/types/contact.h"
#include "core/types/presence.h"

#include <QDate>
#include <QWidget>

class QLabel;
class QToolButton;

namespace sotto::app {

class Avatar;

class ConversationHeader final : public QWidget {
    Q_OBJECT

public:
    explicit ConversationHeader(QWidget* parent = nullptr);

    /// Another conversation: nothing of the one before stays.
    void show(const core::ConversationEntry& entry);
    void setContact(const core::Contact& contact);
    void setTyping(bool isTyping);
    /// Whether they are there, as far as both sides share it.
    void setPresence(const core::PresenceView& presence);
    /// How long new messages stay; 0: for ever.
    void setTimer(std::uint32_t seconds);

signals:
    void searchWanted();
    void detailsWanted();
    void compareWanted(); ///< the number that the relay names now
    void dayChosen(QDate day);

protected:
    void changeEvent(QEvent* event) override;

private:
    void paintIcons();
    void showSubtitle();
    void askForDay();

    Avatar* m_avatar;
    QLabel* m_title;
    QLabel* m_subtitle;
    QToolButton* m_detailsButton;
    QToolButton* m_dayButton;
    QToolButton* m_searchButton;
    QWidget* m_keyBar;
    QLabel* m_keyWords;
    QString m_trust;
    bool m_isTyping = false;
    core::PresenceView m_presence;
    std::uint32_t m_timer = 0;
};

} // namespace sotto::app

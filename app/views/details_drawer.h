// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Beside a conversation: who the other side is and how far that is known, their devices, how the list keeps
/// the conversation and how long its messages stay, and where it began. Reads what it shows beside the
/// client; emits what the person wants.

#include "app/core_thread.h"

#include <QDate>
#include <QWidget>

class QLabel;
class QPushButton;
class QScrollArea;
class QToolButton;
class QVBoxLayout;

namespace sotto::app {

class Avatar;

class DetailsDrawer final : public QWidget {
    Q_OBJECT

public:
    DetailsDrawer(CoreThread& core, QWidget* parent);

    /// Another conversation: nothing of the one before stays.
    void open(const core::ConversationEntry& entry);
    /// The same one, kept in another way.
    void keep(const core::ConversationEntry& entry);
    void setContact(const core::Contact& contact);
    /// How wide it stands beside a conversation, with today's font.
    int naturalWidth() const;
    /// Where a keyboard begins.
    void takeFocus();

signals:
    void closeWanted();
    void compareWanted(); ///< the safety number
    void searchWanted();
    void dayWanted(QDate day); ///< to look at what was said then
    void timerWanted(quint32 seconds);
    void muteWanted(qint64 until); ///< as core::ConversationEntry::mutedUntil
    void pinWanted(bool isPinned);
    void archiveWanted(bool isArchived);
    void acceptWanted();
    void blockWanted();

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    struct Known;
    QPushButton* action(const QString& icon);
    QLabel* heading(const QString& words);
    void showMuteMenu();
    void showTimerMenu();
    void read();
    void show(const Known& known);
    void paintButtons();
    void paintIcons();

    CoreThread& m_core;
    core::ConversationEntry m_entry;
    std::optional<core::Contact> m_contact;
    bool m_isRead = false; ///< what has to be read is here, or on its way
    unsigned m_life = 0;   ///< answers for what was asked before are dropped
    QDate m_began;

    QScrollArea* m_scroll;
    QToolButton* m_close;
    QVBoxLayout* m_column;
    Avatar* m_avatar;
    QLabel* m_name;
    QLabel* m_lookAlike; ///< hidden when the name is like no other
    QLabel* m_trust;
    QPushButton* m_compare;
    QPushButton* m_search;
    QPushButton* m_first;
    QWidget* m_keeping; ///< hidden for whom nothing is kept: strangers, blocked contacts
    QPushButton* m_timer;
    QPushButton* m_mute;
    QPushButton* m_pin;
    QPushButton* m_archive;
    QLabel* m_account;
    QLabel* m_devices;
    QPushButton* m_block = nullptr;
};

} // namespace sotto::app

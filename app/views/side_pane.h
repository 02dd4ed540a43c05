// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Beside the conversation: the list of all of them, or what a search found, and how the link to the relay
/// stands.

#include "app/models/conversation_list_model.h"
#include "app/models/search_model.h"

#include <QTimer>

class QLabel;
class QLineEdit;
class QListView;
class QStackedWidget;
class QToolButton;

namespace sotto::app {

class SidePane final : public QWidget {
    Q_OBJECT

public:
    explicit SidePane(CoreThread& core, QWidget* parent = nullptr);

    ConversationListModel& conversations() { return m_conversations; }
    SearchModel& hits() { return m_hits; }
    QListView& list() { return *m_list; }
    QListView& hitList() { return *m_hitList; }
    QLineEdit& searchField() { return *m_search; }
    const QString linkWords() const; ///< empty when all is well

    /// Everywhere, or in one conversation.
    void beginSearch(const std::optional<core::ConversationEntry>& in);
    void endSearch();
    bool isSearching() const;
    /// Marks a row without choosing it anew.
    void select(std::optional<core::ConversationKey> conversation);
    void setLink(const core::LinkView& link);
    /// Another part of the list: what is archived, who wants to write, who is blocked.
    void showPart(core::ListPart part);
    /// Something in the list is new: what stands in its other parts may be more or less.
    void touch(core::ConversationKey conversation);
    /// Archives, pins or mutes: as the menu of the row does.
    void pin(const core::ConversationEntry& entry);
    void mute(const core::ConversationEntry& entry);
    void archive(const core::ConversationEntry& entry);

signals:
    void acceptWanted(const core::ConversationEntry& entry);
    void blockWanted(const core::ConversationEntry& entry);
    void refused(const QString& sentence);
    void chosen(const core::ConversationEntry& entry);
    void hitChosen(const core::Message& message);
    void composeWanted();
    void menuWanted(const QPoint& globalPosition);
    void retryWanted();

protected:
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void search();
    void choosePage();
    void paintIcons();
    void showScope();
    void setWords(const QString& sentence);
    void countParts();
    void showMenu(const QPoint& at);
    template <class F>
    void change(F f);

    CoreThread& m_core;
    ConversationListModel m_conversations;
    SearchModel m_hits;
    std::optional<core::ConversationEntry> m_in;
    core::LinkView m_link;
    std::int64_t m_since = 0; ///< when the relay was lost; 0: it is there, or never was
    QLineEdit* m_search;
    QToolButton* m_menu;
    QToolButton* m_compose;
    QToolButton* m_scope;
    QToolButton* m_back;
    QToolButton* m_requests;
    QToolButton* m_archive;
    QTimer m_counting;
    QStackedWidget* m_stack;
    QListView* m_list;
    QListView* m_hitList;
    QLabel* m_words;
    QWidget* m_linkBar;
    QLabel* m_linkWords;
    QToolButton* m_retry;
    QLabel* m_nobody;
};

} // namespace sotto::app

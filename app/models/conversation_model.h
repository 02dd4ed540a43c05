// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The part of one conversation's history that is loaded: at most kMost rows around where the person looks,
/// read by pages in both directions. Whatever changes in the history, the rows are read anew and only those
/// that differ change here, so the history is the one truth about order and state.

#include "app/core_thread.h"

#include <QAbstractListModel>
#include <QDate>

namespace sotto::app {

class ConversationModel final : public QAbstractListModel {
    Q_OBJECT

public:
    static constexpr std::size_t kPage = 60;
    static constexpr std::size_t kMost = 600;

    struct Row {
        core::Message message;
        std::string place; ///< cursor
        QDate day;
        unsigned version = 0; ///< another one whenever the message is
    };

    explicit ConversationModel(CoreThread& core, QObject* parent = nullptr);

    /// Shows another conversation, or another place of the same. Unread messages get a line above them that
    /// stays until the conversation is opened again.
    void open(core::ConversationKey conversation, const core::HistoryPlace& place);
    /// Shows another place; a line above unread messages stays where it is.
    void jump(const core::HistoryPlace& place);
    void close();
    /// Who the other side is, for what quotes them.
    void setOther(const AccountId& account, const QString& shownName);

    std::optional<core::ConversationKey> conversation() const { return m_conversation; }
    bool isOpening() const { return m_opening; }
    bool hasOlder() const { return !m_before.empty(); }
    bool hasNewer() const { return !m_after.empty(); }
    void loadOlder();
    void loadNewer();
    /// Whether the person looks at the end, so that what comes is to be appended.
    void setFollowing(bool following);
    /// Something in the open conversation is new.
    void refresh();

    const Row& row(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    int rowOf(core::MessageKey key) const; ///< -1: not loaded
    bool startsDay(int row) const;
    bool startsUnread(int row) const {
        return m_unreadFrom && m_rows[static_cast<std::size_t>(row)].message.key == *m_unreadFrom;
    }
    /// What a screen reader adds to a message, until another one is described.
    void describe(core::MessageKey message, const QString& words);
    /// Who wrote what a message answers, fit to be shown; empty: it answers nothing.
    QString quotedAuthor(const core::Message& message) const;
    /// Same author as the row before, shortly after it, and no line between them.
    bool continuesGroup(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

signals:
    /// The place that was asked for is loaded. row: what stands there; -1: the end.
    void opened(int row);
    /// The last row is another one; there may be more to load than before.
    void endChanged();
    void failed(const core::Failure& failure);

private:
    void openAt(const core::HistoryPlace& place);
    void reset(core::HistoryAround around, bool markUnread);
    void fetch(core::PageDirection direction);
    void prepend(core::MessagePage page);
    void append(core::MessagePage page);
    void merge(core::MessagePage page, bool toEnd);
    void dropFirst(int count);
    void dropLast(int count);
    void setAfter(std::string after);
    static std::vector<Row> rowsOf(core::MessagePage page);

    CoreThread& m_core;
    std::optional<core::ConversationKey> m_conversation;
    AccountId m_other;
    std::optional<core::MessageKey> m_described;
    QString m_description;
    QString m_otherName;
    std::vector<Row> m_rows;
    std::string m_before;
    std::string m_after;
    std::optional<core::MessageKey> m_unreadFrom;
    bool m_opening = false;
    bool m_fetching = false;
    bool m_refreshing = false;
    bool m_refreshAgain = false;
    bool m_following = true;
    unsigned m_life = 0; ///< answers to what was asked before another open() are dropped
    unsigned m_lastVersion = 0;
};

} // namespace sotto::app

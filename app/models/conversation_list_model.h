// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The list of conversations, newest first: as many pages of it as were asked for. What changes is read anew
/// and moves to its place.

#include "app/core_thread.h"
#include "app/models/list_role.h"

#include <QAbstractListModel>
#include <deque>
#include <set>

namespace sotto::app {

class ConversationListModel final : public QAbstractListModel {
    Q_OBJECT

public:
    static constexpr std::size_t kPage = 60;

    explicit ConversationListModel(CoreThread& core, QObject* parent = nullptr);

    /// Forgets everything and reads the first page of a part of the list.
    void reload(core::ListPart part = core::ListPart::Main);
    core::ListPart part() const { return m_part; }
    /// Forgets everything.
    void clear();
    /// Something in it is new.
    void touch(core::ConversationKey conversation);
    /// Somebody is writing there, or not any more.
    void setTyping(core::ConversationKey conversation, bool isTyping);

    const core::ConversationEntry& entry(int row) const { return m_entries[static_cast<std::size_t>(row)]; }
    /// -1: not loaded, or there is none.
    int rowOf(core::ConversationKey conversation) const;
    bool isLoaded() const { return m_loaded; } ///< the first page is there

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;

signals:
    void loaded(); ///< the first page
    void failed(const core::Failure& failure);

private:
    void append(const core::ConversationPage& page);
    void readTouched();
    void place(const core::ConversationEntry& entry);

    CoreThread& m_core;
    core::ListPart m_part = core::ListPart::Main;
    std::vector<core::ConversationEntry> m_entries;
    std::string m_next;
    bool m_loaded = false;
    bool m_fetching = false;
    bool m_reading = false;
    unsigned m_life = 0; ///< answers of an earlier one are dropped
    std::set<core::ConversationKey> m_touched;
    std::set<core::ConversationKey> m_typing;
};

} // namespace sotto::app

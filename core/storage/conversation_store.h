// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Conversations and their members. A direct conversation is one with a single other member: nothing is keyed
/// by contact, so groups change no table.

#include "core/storage/account_store.h"
#include "core/types/contact.h"

namespace sotto::core {

/// The id inside contents of the direct conversation of two accounts; both sides compute the same.
ConversationId directConversationId(const AccountId& one, const AccountId& other);

class ConversationStore {
public:
    explicit ConversationStore(db::Database& database)
        : m_database(database)
        , m_accounts(database) {}

    std::optional<ConversationKey> find(const ConversationId& wireId) const;
    /// Finds or makes the direct conversation of oneself and another account.
    ConversationKey direct(const AccountId& self, const AccountId& other);
    std::optional<ConversationId> wireId(ConversationKey key) const;
    std::vector<AccountId> members(ConversationKey key) const; ///< without oneself

    /// The direct conversation with one account becomes that with another: history stays, its wire id is new.
    void moveDirect(const AccountId& self, const AccountId& from, const AccountId& to);

    std::optional<ConversationEntry> entry(ConversationKey key) const;
    /// Some of the list, pinned ones first, then newest first. cursor: of the page before; empty: from the
    /// top.
    ConversationPage page(std::string_view cursor, std::size_t limit, ListPart part = ListPart::Main) const;
    std::vector<ConversationKey> apart() const; ///< requests and those of the blocked
    std::int64_t requests() const;              ///< how many wait for an answer
    static bool isCursor(std::string_view cursor);
    /// The newest line of the conversation, for the list. An archived one comes back, unless it is muted.
    void setPreview(ConversationKey key, std::string_view text, std::int64_t at);
    /// After a line was edited: if the list shows it, it shows the new text.
    void replacePreview(ConversationKey key, std::string_view before, std::string_view after);
    /// After a line was deleted: if the list shows it, it shows the newest text that is left.
    void forgetPreview(ConversationKey key, std::string_view erased);

    void setPinned(ConversationKey key, bool isPinned);
    void setArchived(ConversationKey key, bool isArchived);      ///< only of an accepted contact
    void setMutedUntil(ConversationKey key, std::int64_t until); ///< 0: not muted

    std::optional<Draft> draft(ConversationKey key) const;
    void setDraft(ConversationKey key, const Draft& draft);
    /// What a draft answers was deleted.
    void forgetAnswered(ConversationKey key, MessageKey message);
    bool clearDraft(ConversationKey key); ///< false: there was none

private:
    std::vector<std::int64_t> indexedTexts(ConversationKey key) const;
    ConversationEntry read(const db::Rows& rows) const;
    db::Database& m_database;
    AccountStore m_accounts;
};

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a profile is asked for without changing it: the list, histories, contacts, the search. The client
/// answers through one of these over its own connection. open() gives one with a connection of its own
/// (read-only, WAL), for another thread: what a person waits for is then never behind a catch-up. Each call
/// there reads one state of the history, the newest that is committed when it begins. Not thread-safe.

#include "core/profile.h"
#include "core/search/search.h"
#include "core/storage/contact_store.h"
#include "core/storage/conversation_store.h"

namespace sotto::core {

enum class PageDirection { Older, Newer };

/// A place in a conversation to read around.
struct HistoryPlace {
    enum class Kind { Newest, FirstUnread, Message, Time } kind = Kind::Newest;
    MessageKey message{};          ///< of Message
    std::int64_t milliseconds = 0; ///< of Time: the first message from then on
};

/// What stands around a place.
struct HistoryAround {
    MessagePage page;
    /// Index of what stands at the place. Nothing: the end is meant, or what was asked for is not there (any
    /// more).
    std::optional<std::size_t> at;
};

class Reader {
public:
    /// Over somebody's connection and index; all must outlive the reader. self: the profile's account.
    Reader(db::Database& database, SearchIndex& index, const AccountId& self);
    /// With a connection of its own; it may not outlive the profile. NotFound: the profile has no account.
    static Result<std::unique_ptr<Reader>> open(const Profile& profile);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// Some of the list, newest first. cursor: a page's next, or empty for the top.
    Result<ConversationPage> conversationPage(const std::string& cursor, std::size_t limit,
                                              ListPart part = ListPart::Main) const;
    Result<ConversationEntry> conversation(ConversationKey key) const;
    /// Messages nobody has looked at, in all conversations with accepted contacts.
    std::int64_t unread() const;

    std::vector<Contact> contacts() const;
    /// By exact name, or without '@' also by hex account key prefix of at least 8 digits.
    Result<Contact> findContact(const std::string& target) const;
    Result<Contact> contact(const AccountId& account) const;
    /// What a contact's newest verified list names, in its order; empty: none is known yet.
    Result<std::vector<ContactDevice>> devices(ConversationKey conversation, const AccountId& contact) const;

    /// cursor: from a page, or empty for the newest (Older) or oldest (Newer) page.
    Result<MessagePage> history(ConversationKey conversation, const std::string& cursor,
                                PageDirection direction, std::size_t limit) const;
    /// About half of `limit` on either side of the place.
    Result<HistoryAround> historyAround(ConversationKey conversation, const HistoryPlace& place,
                                        std::size_t limit) const;
    /// Everything from one place to another, both included, at most `limit`: a page that was read before, as
    /// it is now. to: empty for the end.
    Result<MessagePage> historyBetween(ConversationKey conversation, const std::string& from,
                                       const std::string& to, std::size_t limit) const;
    Result<Message> message(const MessageId& id) const;
    Result<Message> message(MessageKey key) const;
    Result<Message> message(const MessageName& name) const;
    /// What was begun in a conversation and not sent.
    Result<std::optional<Draft>> draft(ConversationKey conversation) const;

    /// As Client::search(). What is not indexed yet is read row by row.
    Result<SearchPage> search(const SearchRequest& request);

private:
    struct Connection;
    explicit Reader(std::unique_ptr<Connection> connection, const AccountId& self);
    template <class F>
    auto read(const char* doing, F f) const -> Result<std::invoke_result_t<F>>;
    Result<SearchFilter> filterOf(const SearchRequest& request) const;

    std::unique_ptr<Connection> m_connection; ///< nullptr: somebody else's
    db::Database& m_database;
    SearchIndex& m_index;
    AccountId m_self;
    ConversationStore m_conversations;
    ContactStore m_contacts;
    MessageStore m_messages;
};

} // namespace sotto::core

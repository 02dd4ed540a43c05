// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reader_private.h"
#include "core/storage/chain_store.h"

namespace sotto::core {
namespace {

Failure badCursor(const char* doing) {
    return {
        FailureCode::Invalid, std::string(doing) + " failed: that is not a cursor from an earlier page.", {}};
}

} // namespace

Reader::Reader(db::Database& database, SearchIndex& index, const AccountId& self)
    : m_database(database)
    , m_index(index)
    , m_self(self)
    , m_conversations(database)
    , m_contacts(database)
    , m_messages(database) {}

Reader::Reader(std::unique_ptr<Connection> connection, const AccountId& self)
    : m_connection(std::move(connection))
    , m_database(m_connection->database)
    , m_index(m_connection->index)
    , m_self(self)
    , m_conversations(m_database)
    , m_contacts(m_database)
    , m_messages(m_database) {}

Reader::~Reader() = default;

Result<std::unique_ptr<Reader>> Reader::open(const Profile& profile) {
    if (!profile.identity()) {
        return failure(FailureCode::NotFound, "This profile has no account yet.");
    }
    auto database = profile.openReader();
    if (!database) {
        return tl::unexpected(database.error());
    }
    return std::unique_ptr<Reader>(
        new Reader(std::make_unique<Connection>(std::move(*database)), profile.identity()->account));
}

Result<ConversationPage> Reader::conversationPage(const std::string& cursor, std::size_t limit,
                                                  ListPart part) const {
    constexpr const char* kDoing = "Listing conversations";
    if (!cursor.empty() && !ConversationStore::isCursor(cursor)) {
        return tl::unexpected(badCursor(kDoing));
    }
    return read(kDoing, [&] { return m_conversations.page(cursor, limit, part); });
}

Result<ConversationEntry> Reader::conversation(ConversationKey key) const {
    const auto found = read("Reading a conversation", [&] { return m_conversations.entry(key); });
    if (!found) {
        return tl::unexpected(found.error());
    }
    return *found ? Result<ConversationEntry>(**found)
                  : failure(FailureCode::NotFound, "No such conversation.");
}

std::int64_t Reader::unread() const {
    return read("Counting unread messages", [&] { return m_messages.unread(); }).value_or(0);
}

std::vector<Contact> Reader::contacts() const {
    return read("Reading the contacts", [&] { return m_contacts.all(); }).value_or(std::vector<Contact>());
}

Result<Contact> Reader::findContact(const std::string& target) const {
    const std::string name = target.starts_with('@') ? target.substr(1) : target;
    const auto all = contacts();
    std::vector<Contact> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found),
                 [&](const Contact& contact) { return contact.name == name; });
    // A stranger who borrows a name does not make the person we know ambiguous.
    if (std::any_of(found.begin(), found.end(), [](const Contact& contact) { return contact.accepted; })) {
        std::erase_if(found, [](const Contact& contact) { return !contact.accepted; });
    }
    // A name can look like a key: then both match, and nothing is guessed (case 13).
    if (!target.starts_with('@') && name.size() >= 8) {
        std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const Contact& contact) {
            return contact.name != name && contact.account.hex().starts_with(name);
        });
    }
    if (found.empty()) {
        return failure(FailureCode::NotFound,
                       "No contact is called " + target + ". Add one with 'sotto contact add NAME-OR-LINK'.");
    }
    if (found.size() > 1) {
        std::string text = "Several contacts match " + target + ":";
        for (const Contact& contact : found) {
            text += " @" + contact.name + " (" + contact.account.hex().substr(0, 16) + ")";
        }
        return failure(FailureCode::Ambiguous, text + ". Name one by its account key.");
    }
    return found.front();
}

Result<Contact> Reader::contact(const AccountId& account) const {
    const auto found = read("Reading a contact", [&] { return m_contacts.byAccount(account); });
    if (!found) {
        return tl::unexpected(found.error());
    }
    return *found ? Result<Contact>(**found) : failure(FailureCode::NotFound, "No such contact.");
}

Result<std::vector<ContactDevice>> Reader::devices(ConversationKey conversation,
                                                   const AccountId& contact) const {
    return read("Reading a contact's devices", [&] {
        std::vector<ContactDevice> devices;
        if (const auto list = AccountStore(m_database).list(contact)) {
            for (const DeviceEntry& entry : list->list().devices) {
                const Stamp newest = ChainStore(m_database).newestFrom(conversation, {contact, entry.device});
                devices.push_back({entry.device, newest == Stamp{} ? 0 : milliseconds(newest)});
            }
        }
        return devices;
    });
}

Result<MessagePage> Reader::history(ConversationKey conversation, const std::string& cursor,
                                    PageDirection direction, std::size_t limit) const {
    constexpr const char* kDoing = "Reading the history";
    if (!cursor.empty() && !MessageStore::isCursor(cursor)) {
        return tl::unexpected(badCursor(kDoing));
    }
    return read(kDoing, [&] {
        return m_messages.page(conversation, cursor, direction == PageDirection::Older, limit);
    });
}

Result<HistoryAround> Reader::historyAround(ConversationKey conversation, const HistoryPlace& place,
                                            std::size_t limit) const {
    return read("Reading the history", [&] {
        std::optional<std::string> cursor;
        switch (place.kind) {
        case HistoryPlace::Kind::Newest:
            break;
        case HistoryPlace::Kind::FirstUnread:
            cursor = m_messages.justBeforeUnread(conversation);
            break;
        case HistoryPlace::Kind::Message:
            cursor = m_messages.justBefore(conversation, place.message);
            break;
        case HistoryPlace::Kind::Time:
            cursor = MessageStore::justBefore(place.milliseconds);
            break;
        }
        HistoryAround around;
        if (!cursor) {
            around.page = m_messages.page(conversation, {}, true, limit);
            return around;
        }
        around.page = m_messages.page(conversation, *cursor, true, limit / 2);
        MessagePage newer = m_messages.page(conversation, *cursor, false, limit - limit / 2);
        if (!newer.messages.empty()) {
            around.at = around.page.messages.size();
            std::ranges::move(newer.messages, std::back_inserter(around.page.messages));
            std::ranges::move(newer.places, std::back_inserter(around.page.places));
        }
        around.page.after = std::move(newer.after);
        return around;
    });
}

Result<MessagePage> Reader::historyBetween(ConversationKey conversation, const std::string& from,
                                           const std::string& to, std::size_t limit) const {
    constexpr const char* kDoing = "Reading the history";
    if (!MessageStore::isCursor(from) || (!to.empty() && !MessageStore::isCursor(to))) {
        return tl::unexpected(badCursor(kDoing));
    }
    return read(kDoing, [&] { return m_messages.between(conversation, from, to, limit); });
}

Result<Message> Reader::message(const MessageId& id) const {
    const auto found = read("Reading a message", [&] { return m_messages.byId(id); });
    if (!found) {
        return tl::unexpected(found.error());
    }
    return *found ? Result<Message>(**found)
                  : failure(FailureCode::NotFound, "No message has the id msg_" + id.hex() + ".");
}

Result<Message> Reader::message(MessageKey key) const {
    const auto found = read("Reading a message", [&] { return m_messages.byKey(key); });
    if (!found) {
        return tl::unexpected(found.error());
    }
    return *found ? Result<Message>(**found)
                  : failure(FailureCode::NotFound, "That message is not here any more.");
}

Result<Message> Reader::message(const MessageName& name) const {
    const auto found = read("Reading a message", [&] { return m_messages.byName(name); });
    if (!found) {
        return tl::unexpected(found.error());
    }
    return *found ? Result<Message>(**found) : failure(FailureCode::NotFound, "That message is not here.");
}

Result<std::optional<Draft>> Reader::draft(ConversationKey conversation) const {
    return read("Reading a draft", [&] { return m_conversations.draft(conversation); });
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/message_store.h"

#include "core/types/contact.h"
#include "core/types/timer_text.h"

#include <charconv>
#include <tuple>

namespace sotto::core {
namespace {

constexpr std::int64_t kUnsent = std::numeric_limits<std::int64_t>::max();

// One column list for every query, in the order that read() expects.
#define SOTTO_MESSAGE_COLUMNS                                                                                \
    "m.id, m.message_id, m.conversation, m.kind, m.state, m.outgoing, a.key, m.device, coalesce(c.name, "    \
    "''), m.text, "                                                                                          \
    "m.sent_at, m.received_at, m.stamp, m.cause, m.detail, "                                                 \
    "m.outgoing = 0 AND (m.sort_stamp, m.seq) > (v.read_stamp, v.read_seq), m.sort_stamp, m.seq, "           \
    "m.generation, m.revision, m.extras, v.standing "                                                        \
    "FROM message m JOIN account a ON a.id = m.sender JOIN conversation v ON v.id = m.conversation "         \
    "LEFT JOIN contact c ON c.account = m.sender "

Message readRow(const db::Rows& rows) {
    Message message;
    message.key = rows.as<MessageKey>(0);
    message.id = rows.fixed<MessageId>(1);
    message.conversation = rows.as<ConversationKey>(2);
    message.kind = rows.as<MessageKind>(3);
    message.state = rows.as<MessageState>(4);
    message.outgoing = rows.boolean(5);
    message.sender = rows.fixed<AccountId>(6);
    message.senderDevice = rows.as<DeviceNumber>(7);
    message.senderName = rows.text(8);
    message.text = rows.text(9);
    message.sentAt = rows.integer(10);
    message.receivedAt = rows.integer(11);
    message.stamp = rows.as<Stamp>(12);
    message.cause = rows.as<PlaceholderCause>(13);
    message.detail = rows.text(14);
    message.unread =
        rows.boolean(15) && message.kind != MessageKind::Deleted && message.kind != MessageKind::Expired;
    return message;
}

/// A place in a conversation's order, as cursors carry it: "stamp.seq.row".
struct Place {
    std::int64_t stamp = 0;
    std::int64_t seq = 0;
    std::int64_t row = 0;
};

std::string format(const Place& place) {
    return std::to_string(place.stamp) + "." + std::to_string(place.seq) + "." + std::to_string(place.row);
}

std::optional<Place> parsePlace(std::string_view text) {
    Place place;
    const char* begin = text.data();
    const char* const end = begin + text.size();
    for (std::int64_t* part : {&place.stamp, &place.seq, &place.row}) {
        const auto [next, error] = std::from_chars(begin, end, *part);
        const bool last = part == &place.row;
        if (error != std::errc() || (last ? next != end : next == end || *next != '.')) {
            return std::nullopt;
        }
        begin = last ? next : next + 1;
    }
    return place;
}

Place placeOf(const db::Rows& rows) {
    return {rows.integer(16), rows.integer(17), rows.integer(0)};
}

std::int64_t single(db::Rows rows) {
    return rows.next() ? rows.integer(0) : 0;
}

} // namespace

Message MessageStore::read(const db::Rows& rows) const {
    Message message = readRow(rows);
    message.revision = rows.as<std::uint32_t>(19);
    message.isRequest = !message.outgoing && rows.as<Standing>(21) == Standing::Request;
    const auto extras = rows.as<std::uint32_t>(20);
    message.deletedByAuthor = (extras & kDeletedByAuthor) != 0;
    if ((extras & kHasReactions) != 0) {
        message.reactions = m_amendments.reactions(message.key);
    }
    if ((extras & kHasQuote) != 0) {
        message.quote = m_quotes.of(message.key);
    }
    if ((extras & kHasStyles) != 0) {
        message.styles = m_styles.of(message.key, message.revision, message.text);
    }
    addExpiry(message, extras);
    if (message.kind == MessageKind::Gap) {
        auto gap = m_database.query("SELECT first, last FROM gap WHERE message = ?", message.key);
        if (gap.next()) {
            message.numbers = NumberRange{gap.unsignedInteger(0), gap.unsignedInteger(1)};
        }
    }
    return message;
}

void MessageStore::addExpiry(Message& message, std::uint32_t extras) const {
    if ((extras & kExpires) != 0) {
        const auto lifetime = m_expiry.of(message.key).value_or(ExpiryStore::Lifetime());
        message.expireSeconds = lifetime.seconds;
        message.expiresAt = lifetime.deadline;
    }
    if ((extras & kSetsTimer) != 0) {
        message.timer = m_expiry.change(message.key).value_or(ExpiryStore::Told()).seconds;
        message.detail = timerSentence(message);
    }
}

void MessageStore::add(Message& message, const ChainPosition& chain) {
    const bool unsent = message.outgoing && message.stamp == Stamp{};
    m_database.run(
        "INSERT INTO message(message_id, sender, device, conversation, kind, state, outgoing, text, detail, "
        "cause, generation, seq, content_hash, sent_at, received_at, stamp, sort_stamp) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        message.id, m_accounts.rowOf(message.sender), message.senderDevice, message.conversation,
        message.kind, message.state, message.outgoing, message.text, message.detail, message.cause,
        chain.generation, chain.seq, chain.contentHash, message.sentAt, message.receivedAt, message.stamp,
        unsent ? kUnsent : static_cast<std::int64_t>(number(message.stamp)));
    message.key = MessageKey{m_database.lastInsertId()};
    const bool movedOthers = !unsent && place(message.key);
    if (message.unread) {
        noteUnread(message.conversation, message.key);
    }
    if (movedOthers) {
        countUnread(message.conversation);
    }
}

/// It was never seen, wherever it stands: above the line read last, that line goes back to just before it.
void MessageStore::noteUnread(ConversationKey conversation, MessageKey key) {
    m_database.run("UPDATE conversation SET unread = unread + 1 WHERE id = ?2 AND (read_stamp, read_seq) < "
                   "(SELECT sort_stamp, seq FROM message WHERE id = ?1)",
                   key, conversation);
    if (m_database.changes() != 0) {
        return;
    }
    m_database.run("UPDATE conversation SET read_stamp = m.sort_stamp, read_seq = m.seq - 1 FROM message m "
                   "WHERE m.id = ?1 AND conversation.id = ?2",
                   key, conversation);
    countUnread(conversation);
}

void MessageStore::countUnread(ConversationKey conversation) {
    m_database.run(
        "UPDATE conversation SET unread = (SELECT count(*) FROM message m WHERE m.conversation = ?1 AND "
        "m.outgoing = 0 AND m.kind <> 5 AND m.kind <> 6 AND (m.sort_stamp, m.seq) > "
        "(conversation.read_stamp, conversation.read_seq)) WHERE id = ?1",
        conversation);
}

bool MessageStore::exists(const AccountId& sender, DeviceNumber device, const MessageId& id) const {
    return m_database
        .query("SELECT 1 FROM message m JOIN account a ON a.id = m.sender "
               "WHERE m.message_id = ? AND a.key = ? AND m.device = ?",
               id, sender, device)
        .next();
}

std::optional<Message> MessageStore::byKey(MessageKey key) const {
    auto rows = m_database.query("SELECT " SOTTO_MESSAGE_COLUMNS "WHERE m.id = ?", key);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

std::optional<Message> MessageStore::ownByKey(MessageKey key, const AccountId& self) const {
    auto rows = m_database.query(
        "SELECT id, message_id, conversation, kind, state, outgoing, ?2, device, '', text, sent_at, "
        "received_at, stamp, cause, detail, 0, revision, extras FROM message WHERE id = ?1 AND outgoing = 1",
        key, self);
    if (!rows.next()) {
        return std::nullopt;
    }
    Message message = readRow(rows);
    message.revision = rows.as<std::uint32_t>(16);
    const auto extras = rows.as<std::uint32_t>(17);
    if ((extras & kHasQuote) != 0) {
        message.quote = m_quotes.of(key);
    }
    if ((extras & kHasStyles) != 0) {
        message.styles = m_styles.of(key, message.revision, message.text);
    }
    addExpiry(message, extras);
    return message;
}

std::optional<Message> MessageStore::byName(const MessageName& name) const {
    auto rows = m_database.query("SELECT " SOTTO_MESSAGE_COLUMNS
                                 "WHERE m.message_id = ? AND m.sender = ? AND m.device = ?",
                                 name.id, m_accounts.find(name.sender.account), name.sender.device);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

std::optional<Message> MessageStore::byId(const MessageId& id) const {
    auto rows = m_database.query(
        "SELECT " SOTTO_MESSAGE_COLUMNS "WHERE m.message_id = ? ORDER BY m.outgoing DESC, m.id LIMIT 1", id);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

std::optional<Message> MessageStore::own(const AccountId& self, const MessageId& id) const {
    auto rows = m_database.query(
        "SELECT " SOTTO_MESSAGE_COLUMNS "WHERE m.message_id = ? AND a.key = ? AND m.outgoing = 1", id, self);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

void MessageStore::setState(MessageKey key, MessageState state, std::string_view detail) {
    m_database.run("UPDATE message SET state = ?, detail = ? WHERE id = ?", state, detail, key);
}

void MessageStore::setChain(MessageKey key, const ChainPosition& chain) {
    m_database.run("UPDATE message SET generation = ?, seq = ?, content_hash = ? WHERE id = ?",
                   chain.generation, chain.seq, chain.contentHash, key);
}

void MessageStore::setFixed(MessageKey key, const ChainPosition& chain, MessageState state) {
    m_database.run(
        "UPDATE message SET generation = ?, seq = ?, content_hash = ?, state = ?, detail = '' WHERE id = ?",
        chain.generation, chain.seq, chain.contentHash, state, key);
}

bool MessageStore::setSent(const Message& before, std::uint64_t seq, Stamp stamp, MessageState state,
                           ChainEnd& end) {
    const Stamp effective = std::max(stamp, end.effective);
    m_database.run("UPDATE message SET stamp = ?, sort_stamp = ?, state = ?, detail = '' "
                   "WHERE id = ? AND state = ? AND seq = ? AND kind <> ? AND revision = ? AND "
                   "(extras & ~?) = 0",
                   stamp, effective, state, before.key, before.state, seq, MessageKind::Deleted,
                   before.revision, kHasQuote | kExpires | kSetsTimer | kHasStyles);
    if (m_database.changes() == 0) {
        return false;
    }
    end = {seq, effective};
    return true;
}

std::optional<MessageStore::Numbered> MessageStore::numbered(MessageKey key) const {
    auto rows = m_database.query("SELECT " SOTTO_MESSAGE_COLUMNS "WHERE m.id = ?", key);
    return rows.next()
               ? std::optional(Numbered{read(rows), rows.unsignedInteger(18), rows.unsignedInteger(17)})
               : std::nullopt;
}

MessageStore::ChainEnd MessageStore::chainEnd(const Numbered& line) const {
    auto rows = m_database.query("SELECT seq, sort_stamp FROM message WHERE conversation = ? AND sender = ? "
                                 "AND device = ? AND generation = ? AND generation > 0 AND +sort_stamp < ? "
                                 "ORDER BY seq DESC LIMIT 1",
                                 line.message.conversation, m_accounts.find(line.message.sender),
                                 line.message.senderDevice, line.generation, kUnsent);
    return rows.next() ? ChainEnd{rows.unsignedInteger(0), rows.as<Stamp>(1)} : ChainEnd{};
}

void MessageStore::setStamp(MessageKey key, Stamp stamp) {
    m_database.run("UPDATE message SET stamp = ?1, sort_stamp = ?1 WHERE id = ?2", stamp, key);
    place(key);
}

void MessageStore::placeAtEnd(MessageKey key) {
    m_database.run("UPDATE message SET seq = ?1, generation = 0, sort_stamp = coalesce((SELECT sort_stamp "
                   "FROM message b "
                   "WHERE b.conversation = message.conversation AND b.sort_stamp < ?1 AND b.id <> message.id "
                   "AND b.kind <> 6 "
                   "ORDER BY b.sort_stamp DESC, b.seq DESC LIMIT 1), 0) WHERE id = ?2",
                   kUnsent, key);
}

MessageKey MessageStore::fill(MessageKey key, const Message& message, const ChainPosition& chain) {
    m_database.run("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'message'");
    const MessageKey newest{
        single(m_database.query("SELECT seq FROM sqlite_sequence WHERE name = 'message'"))};
    m_database.run("UPDATE message SET id = ?, message_id = ?, kind = ?, text = ?, cause = 0, "
                   "generation = ?, seq = ?, content_hash = ?, sent_at = ?, received_at = ?, stamp = ?, "
                   "sort_stamp = ? WHERE id = ?",
                   newest, message.id, message.kind, message.text, chain.generation, chain.seq,
                   chain.contentHash, message.sentAt, message.receivedAt, message.stamp, message.stamp, key);
    place(newest);
    countUnread(message.conversation);
    return newest;
}

void MessageStore::setCause(MessageKey key, PlaceholderCause cause) {
    m_database.run("UPDATE message SET cause = ? WHERE id = ?", cause, key);
}

void MessageStore::setRevision(MessageKey key, std::uint64_t revision) {
    m_database.run("UPDATE message SET revision = ? WHERE id = ?", revision, key);
}

void MessageStore::setExtra(MessageKey key, MessageExtra extra) {
    m_database.run("UPDATE message SET extras = extras | ? WHERE id = ?", extra, key);
}

void MessageStore::erase(MessageKey key, MessageKind left) {
    m_database.run("UPDATE message SET kind = ?, text = '', detail = '' WHERE id = ?", left, key);
    auto rows = m_database.query("SELECT conversation, outgoing FROM message WHERE id = ?", key);
    if (rows.next() && !rows.boolean(1)) {
        countUnread(rows.as<ConversationKey>(0));
    }
}

void MessageStore::remove(MessageKey key) {
    const auto message = byKey(key);
    if (message) {
        m_database.run("DELETE FROM message WHERE id = ?", key);
        countUnread(message->conversation);
    }
}

/// Effective stamps are a running maximum along a chain: this message takes its predecessor's if that is
/// larger, and lifts whatever stands after it and below. True when something was lifted.
bool MessageStore::place(MessageKey key) {
    auto rows =
        m_database.query("SELECT conversation, sender, device, generation, seq, sort_stamp FROM message "
                         "WHERE id = ?",
                         key);
    // What has no number, and the lines of gaps (generation 0), are in no chain.
    if (!rows.next() || rows.integer(4) == 0 || rows.integer(3) == 0) {
        return false;
    }
    const auto conversation = rows.integer(0);
    const auto sender = rows.integer(1);
    const auto device = rows.integer(2);
    const auto generation = rows.integer(3);
    const auto seq = rows.integer(4);
    std::int64_t effective = rows.integer(5);
    const std::int64_t before = single(m_database.query(
        "SELECT sort_stamp FROM message WHERE conversation = ? AND sender = ? AND device = ? "
        "AND generation = ? AND generation > 0 AND seq < ? AND sort_stamp < ? ORDER BY seq DESC LIMIT 1",
        conversation, sender, device, generation, seq, kUnsent));
    if (before > effective) {
        effective = before;
        m_database.run("UPDATE message SET sort_stamp = ? WHERE id = ?", effective, key);
    }
    m_database.run(
        "UPDATE message SET sort_stamp = ?1 WHERE conversation = ?2 AND sender = ?3 AND device = ?4 "
        "AND generation = ?5 AND generation > 0 AND seq > ?6 AND sort_stamp < ?1",
        effective, conversation, sender, device, generation, seq);
    return m_database.changes() != 0;
}

MessagePage MessageStore::page(ConversationKey conversation, std::string_view cursor, bool older,
                               std::size_t limit) const {
    const Place edge = older ? Place{kUnsent, kUnsent, kUnsent} : Place{-1, -1, -1};
    const Place from = parsePlace(cursor).value_or(edge);
    MessagePage page;
    std::optional<Place> first;
    std::optional<Place> last;
    const auto collect = [&](db::Rows rows) {
        while (rows.next()) {
            page.messages.push_back(read(rows));
            last = placeOf(rows);
            page.places.push_back(format(*last));
            first = first ? first : last;
        }
    };
    if (older) {
        collect(m_database.query(
            "SELECT " SOTTO_MESSAGE_COLUMNS
            "WHERE m.conversation = ? AND m.kind <> 6 AND (m.sort_stamp, m.seq, m.id) < (?, ?, ?) "
            "ORDER BY m.sort_stamp DESC, m.seq DESC, m.id DESC LIMIT ?",
            conversation, from.stamp, from.seq, from.row, limit));
        std::reverse(page.messages.begin(), page.messages.end());
        std::reverse(page.places.begin(), page.places.end());
        std::swap(first, last);
    } else {
        collect(m_database.query(
            "SELECT " SOTTO_MESSAGE_COLUMNS
            "WHERE m.conversation = ? AND m.kind <> 6 AND (m.sort_stamp, m.seq, m.id) > (?, ?, ?) "
            "ORDER BY m.sort_stamp, m.seq, m.id LIMIT ?",
            conversation, from.stamp, from.seq, from.row, limit));
    }
    const auto beyond = [&](const Place& place, bool before) {
        return before ? m_database
                            .query("SELECT 1 FROM message WHERE conversation = ? AND kind <> 6 AND "
                                   "(sort_stamp, seq, id) < "
                                   "(?, ?, ?) "
                                   "ORDER BY sort_stamp DESC, seq DESC, id DESC LIMIT 1",
                                   conversation, place.stamp, place.seq, place.row)
                            .next()
                      : m_database
                            .query("SELECT 1 FROM message WHERE conversation = ? AND kind <> 6 AND "
                                   "(sort_stamp, seq, id) > "
                                   "(?, ?, ?) "
                                   "ORDER BY sort_stamp, seq, id LIMIT 1",
                                   conversation, place.stamp, place.seq, place.row)
                            .next();
    };
    if (first) {
        page.before = beyond(*first, true) ? format(*first) : std::string();
        page.after = beyond(*last, false) ? format(*last) : std::string();
    }
    return page;
}

bool MessageStore::isCursor(std::string_view cursor) {
    return parsePlace(cursor).has_value();
}

MessagePage MessageStore::between(ConversationKey conversation, std::string_view from, std::string_view to,
                                  std::size_t limit) const {
    Place first = parsePlace(from).value_or(Place{-1, -1, -1});
    first.row -= 1;
    const Place last = parsePlace(to).value_or(Place{kUnsent, kUnsent, kUnsent});
    MessagePage page = this->page(conversation, format(first), false, limit);
    while (!page.places.empty()) {
        const Place place = parsePlace(page.places.back()).value_or(Place{});
        if (std::tie(place.stamp, place.seq, place.row) <= std::tie(last.stamp, last.seq, last.row)) {
            break;
        }
        page.after = page.places.size() > 1 ? page.places[page.places.size() - 2] : std::string(from);
        page.messages.pop_back();
        page.places.pop_back();
    }
    return page;
}

std::optional<std::string> MessageStore::justBefore(ConversationKey conversation, MessageKey key) const {
    auto rows = m_database.query("SELECT sort_stamp, seq, id FROM message WHERE id = ? AND conversation = ?",
                                 key, conversation);
    return rows.next() ? std::optional(format({rows.integer(0), rows.integer(1), rows.integer(2) - 1}))
                       : std::nullopt;
}

std::optional<std::string> MessageStore::justBeforeUnread(ConversationKey conversation) const {
    auto rows = m_database.query("SELECT read_stamp, read_seq FROM conversation WHERE id = ? AND unread > 0",
                                 conversation);
    return rows.next() ? std::optional(format({rows.integer(0), rows.integer(1), kUnsent})) : std::nullopt;
}

std::string MessageStore::justBefore(std::int64_t milliseconds) {
    return format({std::max<std::int64_t>(milliseconds, 0) << 16U, -1, -1});
}

std::vector<Message> MessageStore::after(MessageKey key, std::size_t limit) const {
    std::vector<Message> messages;
    for (auto rows = m_database.query("SELECT " SOTTO_MESSAGE_COLUMNS "WHERE m.id > ? ORDER BY m.id LIMIT ?",
                                      key, limit);
         rows.next();) {
        messages.push_back(read(rows));
    }
    return messages;
}

MessageKey MessageStore::newest() const {
    return MessageKey{single(m_database.query("SELECT coalesce(max(id), 0) FROM message"))};
}

std::vector<Message> MessageStore::markRead(ConversationKey conversation, const Message& upTo) {
    std::vector<Message> newlyRead;
    auto rows = m_database.query("SELECT m.sort_stamp, m.seq, v.read_stamp, v.read_seq FROM message m "
                                 "JOIN conversation v ON v.id = m.conversation WHERE m.id = ? AND v.id = ?",
                                 upTo.key, conversation);
    if (!rows.next()) {
        return newlyRead;
    }
    Place to{rows.integer(0), rows.integer(1), 0};
    const Place from{rows.integer(2), rows.integer(3), 0};
    if (to.stamp == kUnsent) {
        auto sent =
            m_database.query("SELECT sort_stamp, seq FROM message WHERE conversation = ? AND "
                             "kind <> 6 AND sort_stamp < ? ORDER BY sort_stamp DESC, seq DESC LIMIT 1",
                             conversation, kUnsent);
        if (!sent.next()) {
            return newlyRead;
        }
        to = {sent.integer(0), sent.integer(1), 0};
    }
    if (std::pair(to.stamp, to.seq) <= std::pair(from.stamp, from.seq)) {
        return newlyRead;
    }
    for (auto unread =
             m_database.query("SELECT " SOTTO_MESSAGE_COLUMNS "WHERE m.conversation = ? AND "
                              "(m.sort_stamp, m.seq) > (?, ?) AND (m.sort_stamp, m.seq) <= (?, ?) "
                              "AND m.outgoing = 0 AND m.kind <> 6 ORDER BY m.sort_stamp, m.seq, m.id",
                              conversation, from.stamp, from.seq, to.stamp, to.seq);
         unread.next();) {
        newlyRead.push_back(read(unread));
    }
    m_database.run("UPDATE conversation SET read_stamp = ?, read_seq = ? WHERE id = ?", to.stamp, to.seq,
                   conversation);
    countUnread(conversation);
    return newlyRead;
}

std::vector<Confirmation> MessageStore::confirmations(MessageKey key) const {
    std::vector<Confirmation> found;
    for (auto rows =
             m_database.query("SELECT a.key, r.state, r.at FROM message_receipt r "
                              "JOIN account a ON a.id = r.account WHERE r.message = ? ORDER BY r.account",
                              key);
         rows.next();) {
        found.push_back({rows.fixed<AccountId>(0), rows.as<MessageState>(1), rows.integer(2)});
    }
    return found;
}

bool MessageStore::isConfirmedBy(MessageKey key, const AccountId& account) const {
    return m_database
        .query("SELECT 1 FROM message_receipt r JOIN account a ON a.id = r.account "
               "WHERE r.message = ? AND a.key = ?",
               key, account)
        .next();
}

std::uint64_t MessageStore::lastStored(const ChainName& own) const {
    return static_cast<std::uint64_t>(single(m_database.query(
        "SELECT m.seq FROM message m JOIN account a ON a.id = m.sender WHERE m.conversation = ? AND "
        "a.key = ? AND m.device = ? AND m.generation = ? AND m.generation > 0 AND m.stamp > 0 ORDER BY m.seq "
        "DESC LIMIT 1",
        own.conversation, own.sender, own.device, own.generation)));
}

Stamp MessageStore::stampBefore(const ChainName& chain, std::uint64_t seq) const {
    return Stamp{static_cast<std::uint64_t>(single(m_database.query(
        "SELECT m.stamp FROM message m JOIN account a ON a.id = m.sender WHERE m.conversation = ? AND "
        "a.key = ? AND m.device = ? AND m.generation = ? AND m.generation > 0 AND m.seq < ? ORDER BY m.seq "
        "DESC LIMIT 1",
        chain.conversation, chain.sender, chain.device, chain.generation, seq)))};
}

bool MessageStore::confirm(MessageKey key, const AccountId& by, MessageState state, std::int64_t at,
                           std::size_t recipients) {
    m_database.run("INSERT INTO message_receipt(message, account, state, at) VALUES (?, ?, ?, ?) "
                   "ON CONFLICT(message, account) DO UPDATE SET state = excluded.state, at = excluded.at "
                   "WHERE excluded.state > state",
                   key, m_accounts.rowOf(by), state, at);
    return single(m_database.query("SELECT count(*) FROM message_receipt WHERE message = ? AND state >= ?",
                                   key, state)) >= static_cast<std::int64_t>(recipients);
}

std::int64_t MessageStore::count() const {
    return single(m_database.query("SELECT count(*) FROM message"));
}
std::int64_t MessageStore::count(MessageState state) const {
    return single(m_database.query("SELECT count(*) FROM message WHERE state = ?", state));
}
std::int64_t MessageStore::countTexts() const {
    // All but the few that are none: both are counted in an index, not in the rows.
    return single(m_database.query("SELECT (SELECT count(*) FROM message) - "
                                   "(SELECT count(*) FROM message WHERE kind <> 1)"));
}
std::map<PlaceholderCause, std::int64_t> MessageStore::placeholdersByCause() const {
    std::map<PlaceholderCause, std::int64_t> counts;
    // One row of message_hole for each: grouped here, not in a temporary table.
    for (auto rows = m_database.query("SELECT cause FROM message WHERE kind <> 1 AND kind = ?",
                                      MessageKind::Placeholder);
         rows.next();) {
        ++counts[rows.as<PlaceholderCause>(0)];
    }
    return counts;
}
std::int64_t MessageStore::unread() const {
    return single(m_database.query(
        "SELECT coalesce(sum(unread), 0) FROM conversation WHERE standing = 0 AND unread > 0"));
}

} // namespace sotto::core

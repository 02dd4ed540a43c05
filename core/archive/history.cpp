// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/history.h"

#include "core/storage/amendment_store.h"
#include "core/storage/conversation_store.h"
#include "core/storage/message_store.h"
#include "core/storage/standing.h"

namespace sotto::core {

namespace {

constexpr std::string_view kNotSent = "It had not been sent when the history was exported.";

std::string numbers(std::int64_t first, std::int64_t last) {
    return first == last ? "number " + std::to_string(first)
                         : "numbers " + std::to_string(first) + " to " + std::to_string(last);
}

std::int64_t newestMessage(db::Database& database) {
    auto rows = database.query("SELECT coalesce(max(id), 0) FROM message");
    return rows.next() ? rows.integer(0) : 0;
}

} // namespace

struct HistoryReader::Private {
    explicit Private(db::Database connection)
        : database(std::move(connection)) {}
    db::Database database;
    std::uint64_t total = 0;
    // They end before their connection.
    std::optional<db::Rows> conversations;
    std::optional<db::Rows> messages;
};

HistoryReader::HistoryReader(db::Database database)
    : d(std::make_unique<Private>(std::move(database))) {
    d->database.execute("BEGIN"); // everything is read from one state
    d->total = static_cast<std::uint64_t>(newestMessage(d->database));
    d->conversations.emplace(d->database.query("SELECT id, wire_id FROM conversation ORDER BY wire_id"));
}
HistoryReader::HistoryReader(HistoryReader&&) noexcept = default;
HistoryReader::~HistoryReader() = default;

std::uint64_t HistoryReader::total() const {
    return d->total;
}

std::optional<HistoryConversation> HistoryReader::nextConversation() {
    d->messages.reset();
    if (!d->conversations->next()) {
        return std::nullopt;
    }
    const auto key = d->conversations->as<ConversationKey>(0);
    HistoryConversation conversation{d->conversations->fixed<ConversationId>(1),
                                     ConversationStore(d->database).members(key)};
    d->messages.emplace(d->database.query(
        "SELECT m.message_id, a.key, m.device, m.kind, m.state, m.outgoing, m.text, m.detail, m.cause, "
        "m.sent_at, m.received_at, m.stamp, m.sort_stamp, m.id, m.revision, m.extras FROM message m JOIN "
        "account a ON a.id = "
        "m.sender "
        "WHERE m.conversation = ? AND m.kind <> 6 ORDER BY m.sort_stamp, m.seq, m.id",
        key));
    return conversation;
}

std::optional<HistoryMessage> HistoryReader::nextMessage() {
    if (!d->messages || !d->messages->next()) {
        return std::nullopt;
    }
    const db::Rows& row = *d->messages;
    HistoryMessage message{row.fixed<MessageId>(0),
                           row.fixed<AccountId>(1),
                           row.as<DeviceNumber>(2),
                           row.as<MessageKind>(3),
                           row.as<MessageState>(4),
                           row.boolean(5),
                           row.text(6),
                           row.text(7),
                           row.as<PlaceholderCause>(8),
                           row.integer(9),
                           row.integer(10),
                           row.as<Stamp>(11),
                           row.integer(12),
                           (row.integer(15) & kDeletedByAuthor) != 0,
                           {},
                           {},
                           {},
                           0,
                           0,
                           {}};
    const AmendmentStore amendments(d->database);
    if (row.integer(14) != 0) {
        message.versions = amendments.versions(row.as<MessageKey>(13));
    }
    if ((row.integer(15) & kHasStyles) != 0) {
        message.styles =
            StyleStore(d->database).of(row.as<MessageKey>(13), row.unsignedInteger(14), message.text);
    }
    if ((row.integer(15) & kHasReactions) != 0) {
        message.reactions = amendments.reactions(row.as<MessageKey>(13));
    }
    if ((row.integer(15) & kHasQuote) != 0) {
        message.quote = QuoteStore(d->database).of(row.as<MessageKey>(13));
    }
    if ((row.integer(15) & kExpires) != 0) {
        const auto lifetime = ExpiryStore(d->database).of(row.as<MessageKey>(13));
        message.expireSeconds = lifetime ? lifetime->seconds : 0;
        message.expiresAt = lifetime ? lifetime->deadline : 0;
    }
    if ((row.integer(15) & kSetsTimer) != 0) {
        message.detail = MessageStore(d->database).byKey(row.as<MessageKey>(13))->detail;
    }
    if (message.state == MessageState::Queued || message.state == MessageState::Encrypted) {
        message.state = MessageState::Failed; // whoever imports it must not send it
        message.detail = kNotSent;
    }
    if (message.kind == MessageKind::Gap && message.detail.empty()) {
        auto gap = d->database.query("SELECT first, last FROM gap WHERE message = ?", row.as<MessageKey>(13));
        if (gap.next()) {
            message.detail = numbers(gap.integer(0), gap.integer(1));
        }
    }
    return message;
}

HistoryWriter::HistoryWriter(db::Database& database)
    : m_database(database)
    , m_newestBefore(newestMessage(database)) {}

void HistoryWriter::begin(const HistoryConversation& conversation) {
    ConversationStore conversations(m_database);
    AccountStore accounts(m_database);
    const auto known = conversations.find(conversation.id);
    m_isNew = !known;
    if (known) {
        m_conversation = *known;
        return;
    }
    m_database.run("INSERT INTO conversation(wire_id) VALUES (?)", conversation.id);
    m_conversation = ConversationKey{m_database.lastInsertId()};
    for (const AccountId& member : conversation.members) {
        m_database.run("INSERT INTO conversation_member(conversation, account) VALUES (?, ?)", m_conversation,
                       accounts.rowOf(member));
        settleStanding(m_database, accounts.rowOf(member));
    }
}

bool HistoryWriter::add(const HistoryMessage& message) {
    // Without a place in any chain: which numbers have arrived is not for a file to say.
    m_database.run("INSERT INTO message(message_id, sender, device, conversation, kind, state, outgoing, "
                   "text, detail, cause, generation, seq, sent_at, received_at, stamp, sort_stamp) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?) "
                   "ON CONFLICT(message_id, sender, device) DO NOTHING",
                   message.id, AccountStore(m_database).rowOf(message.sender), message.device, m_conversation,
                   message.kind, message.state, message.outgoing, message.text, message.detail, message.cause,
                   message.sentAt, message.receivedAt, message.stamp, message.order);
    if (m_database.changes() == 0) {
        return false;
    }
    const MessageKey key{m_database.lastInsertId()};
    if (message.deletedByAuthor || !message.versions.empty() || !message.reactions.empty() || message.quote) {
        amend(key, message);
    }
    if (message.versions.empty() && !message.styles.empty()) {
        StyleStore(m_database).set(key, 0, message.styles); // an edited one has them with its versions
    }
    if (message.expireSeconds != 0 && message.kind == MessageKind::Text) {
        ExpiryStore expiry(m_database);
        expiry.add(key, message.expireSeconds);
        if (message.expiresAt != 0) {
            expiry.setDeadline(key, message.expiresAt);
        }
    }
    return true;
}

/// Revisions are as good as any here: whoever amends it next counts on from them.
void HistoryWriter::amend(MessageKey key, const HistoryMessage& message) {
    AmendmentStore amendments(m_database);
    MessageStore messages(m_database);
    if (message.deletedByAuthor) {
        messages.setExtra(key, kDeletedByAuthor);
    }
    for (const MessageVersion& version : message.versions) {
        Amendment edit;
        edit.revision = version.revision;
        edit.sender.device = message.device;
        edit.text = version.text;
        edit.styles = version.styles;
        edit.sentAt = version.sentAt;
        amendments.addVersion(key, edit);
    }
    if (!message.versions.empty()) {
        messages.setRevision(key, message.versions.back().revision);
    }
    if (message.quote) {
        QuoteStore(m_database).add(key, m_conversation, *message.quote);
    }
    for (const Reaction& reaction : message.reactions) {
        Amendment sign;
        sign.revision = 1;
        sign.sender.account = reaction.by;
        sign.text = reaction.emoji;
        sign.sentAt = reaction.sentAt;
        amendments.setReaction(key, sign);
    }
}

void HistoryWriter::end() {
    if (m_isNew) {
        m_database.run("UPDATE conversation SET read_stamp = coalesce((SELECT max(sort_stamp) FROM message "
                       "WHERE conversation = ?1 AND kind <> 6), 0), read_seq = 0, unread = 0 WHERE id = ?1",
                       m_conversation);
    }
    MessageStore(m_database).countUnread(m_conversation);
    auto newest = m_database.query(
        "SELECT text, sent_at, stamp FROM message WHERE conversation = ? AND kind = 1 AND kind <> 6 "
        "ORDER BY sort_stamp DESC, seq DESC, id DESC LIMIT 1",
        m_conversation);
    if (newest.next()) {
        const std::int64_t at =
            newest.integer(2) == 0 ? newest.integer(1) : milliseconds(newest.as<Stamp>(2));
        const std::string text = newest.text(0);
        ConversationStore(m_database).setPreview(m_conversation, text, at);
    }
}

void HistoryWriter::settleReaders() {
    const std::int64_t newest = newestMessage(m_database);
    m_database.run("UPDATE setting SET value = ?2 WHERE name LIKE 'reader:%' AND value >= ?1", m_newestBefore,
                   newest);
    m_newestBefore = newest;
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/amendment_store.h"

namespace sotto::core {
namespace {

#define SOTTO_OWN_AMENDMENT                                                                                  \
    "SELECT id, conversation, message, content_id, kind, state, body, generation, seq, sent_at "             \
    "FROM own_amendment "

OwnAmendment readOwn(const db::Rows& rows) {
    return {rows.as<OwnAmendmentKey>(0),
            rows.as<ConversationKey>(1),
            rows.as<MessageKey>(2),
            rows.fixed<MessageId>(3),
            rows.as<AmendmentKind>(4),
            rows.as<MessageState>(5),
            rows.blob(6),
            rows.unsignedInteger(7),
            rows.unsignedInteger(8),
            rows.integer(9)};
}

} // namespace

bool AmendmentStore::addVersion(MessageKey message, const Amendment& edit) {
    m_database.run("INSERT INTO edit(message, revision, device, generation, seq, text, sent_at) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(message, revision) DO UPDATE SET "
                   "device = excluded.device, generation = excluded.generation, seq = excluded.seq, "
                   "text = excluded.text, sent_at = excluded.sent_at "
                   "WHERE (excluded.device, excluded.generation, excluded.seq) > (device, generation, seq)",
                   message, edit.revision, edit.sender.device, edit.generation, edit.seq, edit.text,
                   edit.sentAt);
    if (m_database.changes() == 0) {
        return false;
    }
    m_styles.set(message, edit.revision, edit.styles);
    return true;
}

void AmendmentStore::addFirstVersion(const Message& message) {
    m_database.run("INSERT INTO edit(message, revision, device, generation, seq, text, sent_at) "
                   "VALUES (?, 0, ?, 0, 0, ?, ?) ON CONFLICT DO NOTHING",
                   message.key, message.senderDevice, message.text, message.sentAt);
}

std::vector<MessageVersion> AmendmentStore::versions(MessageKey message) const {
    std::vector<MessageVersion> versions;
    for (auto rows = m_database.query("SELECT e.revision, e.text, e.sent_at, coalesce(s.ranges, x'') "
                                      "FROM edit e LEFT JOIN style s ON s.message = e.message AND "
                                      "s.revision = e.revision WHERE e.message = ? ORDER BY e.revision",
                                      message);
         rows.next();) {
        versions.push_back({rows.as<std::uint32_t>(0), rows.text(1), rows.integer(2),
                            StyleStore::unpack(rows.blobView(3), rows.textView(1))});
    }
    return versions;
}

StyledText AmendmentStore::firstText(const Message& message) const {
    if (message.revision != 0) {
        auto rows = m_database.query("SELECT text FROM edit WHERE message = ? AND revision = 0", message.key);
        if (rows.next()) {
            return {rows.text(0), m_styles.of(message.key, 0, rows.textView(0))};
        }
    }
    return {message.text, message.styles};
}

bool AmendmentStore::setReaction(MessageKey message, const Amendment& reaction) {
    m_database.run("INSERT INTO reaction(message, account, revision, device, generation, seq, emoji, "
                   "sent_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(message, account) DO UPDATE SET "
                   "revision = excluded.revision, device = excluded.device, "
                   "generation = excluded.generation, seq = excluded.seq, emoji = excluded.emoji, "
                   "sent_at = excluded.sent_at "
                   "WHERE (excluded.revision, excluded.device, excluded.generation, excluded.seq) > "
                   "(revision, device, generation, seq)",
                   message, m_accounts.rowOf(reaction.sender.account), reaction.revision,
                   reaction.sender.device, reaction.generation, reaction.seq, reaction.text, reaction.sentAt);
    if (m_database.changes() == 0) {
        return false;
    }
    m_database.run("UPDATE message SET extras = extras | ?2 WHERE id = ?1", message, kHasReactions);
    return true;
}

std::vector<Reaction> AmendmentStore::reactions(MessageKey message) const {
    std::vector<Reaction> reactions;
    for (auto rows = m_database.query("SELECT a.key, r.emoji, r.sent_at FROM reaction r "
                                      "JOIN account a ON a.id = r.account WHERE r.message = ? AND "
                                      "r.emoji <> '' ORDER BY r.account",
                                      message);
         rows.next();) {
        reactions.push_back({rows.fixed<AccountId>(0), rows.text(1), rows.integer(2)});
    }
    return reactions;
}

AmendmentStore::OwnReaction AmendmentStore::reactionOf(MessageKey message, const AccountId& account) const {
    auto rows =
        m_database.query("SELECT r.revision, r.emoji FROM reaction r JOIN account a ON a.id = r.account "
                         "WHERE r.message = ? AND a.key = ?",
                         message, account);
    return rows.next() ? OwnReaction{rows.unsignedInteger(0), rows.text(1)} : OwnReaction{};
}

void AmendmentStore::erase(MessageKey message) {
    m_database.run("DELETE FROM edit WHERE message = ?", message);
    m_database.run("DELETE FROM reaction WHERE message = ?", message);
    m_styles.erase(message);
    m_database.run("UPDATE message SET revision = 0, extras = extras & ~?2 WHERE id = ?1", message,
                   kHasReactions);
}

bool AmendmentStore::isAnyEarly() const {
    return m_database.query("SELECT 1 FROM early_amendment LIMIT 1").next();
}

void AmendmentStore::keepEarly(ConversationKey conversation, const Amendment& amendment, WallTime now) {
    const auto sender = m_accounts.rowOf(amendment.sender.account);
    const auto target = m_accounts.rowOf(amendment.target.sender.account);
    if (amendment.kind == AmendmentKind::Reaction) {
        // One of each account: the last one.
        auto later = m_database.query("SELECT 1 FROM early_amendment WHERE target_id = ? AND "
                                      "target_account = ? AND target_device = ? AND kind = ? AND sender = ? "
                                      "AND revision > ?",
                                      amendment.target.id, target, amendment.target.sender.device,
                                      amendment.kind, sender, amendment.revision);
        if (later.next()) {
            return;
        }
        m_database.run("DELETE FROM early_amendment WHERE target_id = ? AND target_account = ? AND "
                       "target_device = ? AND kind = ? AND sender = ? AND revision < ?",
                       amendment.target.id, target, amendment.target.sender.device, amendment.kind, sender,
                       amendment.revision);
    }
    auto kept = m_database.query("SELECT count(*) FROM early_amendment WHERE sender = ? AND device = ?",
                                 sender, amendment.sender.device);
    if (!kept.next() || kept.integer(0) >= kMostEarly) {
        return;
    }
    m_database.run(
        "INSERT INTO early_amendment(target_id, target_account, target_device, conversation, kind, revision, "
        "sender, device, generation, seq, text, sent_at, received_at, styles) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT(target_id, target_account, target_device, kind, sender, revision) DO UPDATE SET "
        "device = excluded.device, generation = excluded.generation, seq = excluded.seq, "
        "text = excluded.text, sent_at = excluded.sent_at, styles = excluded.styles "
        "WHERE (excluded.device, excluded.generation, excluded.seq) > (device, generation, seq)",
        amendment.target.id, target, amendment.target.sender.device, conversation, amendment.kind,
        amendment.revision, sender, amendment.sender.device, amendment.generation, amendment.seq,
        amendment.text, amendment.sentAt, unixMilliseconds(now), StyleStore::pack(amendment.styles));
}

bool AmendmentStore::isDeletedEarly(ConversationKey conversation, const MessageName& name) const {
    return m_database
        .query("SELECT 1 FROM early_amendment e JOIN account a ON a.id = e.target_account "
               "WHERE e.target_id = ? AND a.key = ? AND e.target_device = ? AND e.kind = ? AND "
               "e.sender = e.target_account AND e.conversation = ?",
               name.id, name.sender.account, name.sender.device, AmendmentKind::Deletion, conversation)
        .next();
}

std::vector<Amendment> AmendmentStore::takeEarly(ConversationKey conversation, const MessageName& name) {
    std::vector<Amendment> taken;
    const auto account = m_accounts.find(name.sender.account);
    for (auto rows =
             m_database.query("SELECT e.kind, e.revision, e.text, a.key, e.device, e.generation, e.seq, "
                              "e.sent_at, e.styles FROM early_amendment e JOIN account a ON a.id = e.sender "
                              "WHERE e.target_id = ? AND e.target_account = ? AND e.target_device = ? AND "
                              "e.conversation = ? ORDER BY e.kind, e.sender, e.revision",
                              name.id, account, name.sender.device, conversation);
         rows.next();) {
        taken.push_back({rows.as<AmendmentKind>(0), name, rows.unsignedInteger(1), rows.text(2),
                         DeviceAddress{rows.fixed<AccountId>(3), rows.as<DeviceNumber>(4)},
                         rows.unsignedInteger(5), rows.unsignedInteger(6), rows.integer(7),
                         StyleStore::unpack(rows.blobView(8), rows.textView(2))});
    }
    // Those that name another conversation go too: their message stands in this one.
    m_database.run("DELETE FROM early_amendment WHERE target_id = ? AND target_account = ? AND "
                   "target_device = ?",
                   name.id, account, name.sender.device);
    return taken;
}

void AmendmentStore::forgetEarlyBefore(WallTime time) {
    m_database.run("DELETE FROM early_amendment WHERE received_at < ?", unixMilliseconds(time));
}

OwnAmendmentKey AmendmentStore::addOwn(const OwnAmendment& amendment) {
    m_database.run("INSERT INTO own_amendment(conversation, message, content_id, kind, state, body, sent_at) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?)",
                   amendment.conversation, amendment.message, amendment.id, amendment.kind, amendment.state,
                   amendment.body, amendment.sentAt);
    return OwnAmendmentKey{m_database.lastInsertId()};
}

std::optional<OwnAmendment> AmendmentStore::own(OwnAmendmentKey key) const {
    auto rows = m_database.query(SOTTO_OWN_AMENDMENT "WHERE id = ?", key);
    return rows.next() ? std::optional(readOwn(rows)) : std::nullopt;
}

std::vector<OwnAmendment> AmendmentStore::ownOf(MessageKey message) const {
    std::vector<OwnAmendment> found;
    for (auto rows = m_database.query(SOTTO_OWN_AMENDMENT "WHERE message = ? ORDER BY id", message);
         rows.next();) {
        found.push_back(readOwn(rows));
    }
    return found;
}

void AmendmentStore::setFixed(const OwnAmendment& amendment, std::uint64_t generation, std::uint64_t seq) {
    m_database.run("UPDATE own_amendment SET generation = ?, seq = ?, state = ? WHERE id = ?", generation,
                   seq, MessageState::Encrypted, amendment.key);
}

void AmendmentStore::setStored(OwnAmendmentKey key) {
    m_database.run("UPDATE own_amendment SET state = ?, body = x'' WHERE id = ?", MessageState::Sent, key);
}

void AmendmentStore::setFailed(OwnAmendmentKey key) {
    m_database.run("UPDATE own_amendment SET state = ?, body = x'' WHERE id = ?", MessageState::Failed, key);
}

void AmendmentStore::eraseOwn(OwnAmendmentKey key) {
    m_database.run("UPDATE own_amendment SET body = x'' WHERE id = ?", key);
    m_database.run("UPDATE send SET content = x'' WHERE amendment = ?", key);
}

void AmendmentStore::removeOwn(OwnAmendmentKey key) {
    m_database.run("DELETE FROM own_amendment WHERE id = ?", key);
}

std::int64_t AmendmentStore::waitingFor(MessageKey message) const {
    auto rows = m_database.query("SELECT count(*) FROM own_amendment WHERE message = ? AND state < ?",
                                 message, MessageState::Sent);
    return rows.next() ? rows.integer(0) : 0;
}

std::uint64_t AmendmentStore::lastStored(ConversationKey conversation, std::uint64_t generation) const {
    auto rows =
        m_database.query("SELECT seq FROM own_amendment WHERE conversation = ? AND generation = ? AND "
                         "generation > 0 AND state = ? ORDER BY seq DESC LIMIT 1",
                         conversation, generation, MessageState::Sent);
    return rows.next() ? rows.unsignedInteger(0) : 0;
}

} // namespace sotto::core

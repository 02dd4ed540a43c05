// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/conversation_store.h"

#include "core/base/hash.h"
#include "core/base/signed_bytes.h"
#include "core/storage/standing.h"

#include <charconv>
#include <limits>

namespace sotto::core {
namespace {

constexpr std::size_t kPreviewBytes = 200;

/// Cuts between code points.
std::string_view cut(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) {
        return text;
    }
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) {
        --bytes;
    }
    return text.substr(0, bytes);
}

/// What read() expects.
#define SOTTO_CONVERSATION                                                                                   \
    "SELECT v.id, v.preview, v.newest_at, v.unread, v.pinned, v.archived, v.muted_until, "                   \
    "coalesce(d.text, ''), v.standing, coalesce(t.seconds, 0) FROM conversation v LEFT JOIN draft d ON "     \
    "d.conversation = v.id LEFT JOIN conversation_timer t ON t.conversation = v.id "

/// A place in the list, as cursors carry it: "pinned.time.row".
struct Place {
    std::int64_t pinned = 0;
    std::int64_t at = 0;
    std::int64_t row = 0;
};

std::optional<Place> parsePlace(std::string_view text) {
    Place place;
    const char* begin = text.data();
    const char* const end = begin + text.size();
    for (std::int64_t* part : {&place.pinned, &place.at, &place.row}) {
        const auto [next, error] = std::from_chars(begin, end, *part);
        const bool last = part == &place.row;
        if (error != std::errc() || (last ? next != end : next == end || *next != '.')) {
            return std::nullopt;
        }
        begin = last ? next : next + 1;
    }
    return place;
}

/// What the rows of a part have in common.
std::pair<Standing, bool> rangeOf(ListPart part) {
    switch (part) {
    case ListPart::Main:
        return {Standing::Accepted, false};
    case ListPart::Archive:
        return {Standing::Accepted, true};
    case ListPart::Requests:
        return {Standing::Request, false};
    case ListPart::Blocked:
        return {Standing::Blocked, false};
    }
    return {Standing::Accepted, false};
}

} // namespace

ConversationId directConversationId(const AccountId& one, const AccountId& other) {
    const auto& [low, high] = std::minmax(one, other);
    const Bytes pair =
        SignedBytesWriter("sotto direct conversation 1").bytes(low.view()).bytes(high.view()).take();
    return *ConversationId::from(sha256(pair).view().first(ConversationId::kSize));
}

std::optional<ConversationKey> ConversationStore::find(const ConversationId& wireId) const {
    auto rows = m_database.query("SELECT id FROM conversation WHERE wire_id = ?", wireId);
    return rows.next() ? std::optional(rows.as<ConversationKey>(0)) : std::nullopt;
}

ConversationKey ConversationStore::direct(const AccountId& self, const AccountId& other) {
    const ConversationId wireId = directConversationId(self, other);
    if (const auto known = find(wireId)) {
        return *known;
    }
    m_database.run("INSERT INTO conversation(wire_id) VALUES (?)", wireId);
    const ConversationKey key{m_database.lastInsertId()};
    const AccountKeyRow account = m_accounts.rowOf(other);
    m_database.run("INSERT INTO conversation_member(conversation, account) VALUES (?, ?)", key, account);
    settleStanding(m_database, account);
    return key;
}

std::optional<ConversationId> ConversationStore::wireId(ConversationKey key) const {
    auto rows = m_database.query("SELECT wire_id FROM conversation WHERE id = ?", key);
    return rows.next() ? std::optional(rows.fixed<ConversationId>(0)) : std::nullopt;
}

std::vector<AccountId> ConversationStore::members(ConversationKey key) const {
    std::vector<AccountId> members;
    for (auto rows =
             m_database.query("SELECT a.key FROM conversation_member m JOIN account a ON a.id = m.account "
                              "WHERE m.conversation = ? ORDER BY a.key",
                              key);
         rows.next();) {
        members.push_back(rows.fixed<AccountId>(0));
    }
    return members;
}

std::vector<std::int64_t> ConversationStore::indexedTexts(ConversationKey key) const {
    std::vector<std::int64_t> rows;
    for (auto found = m_database.query("SELECT m.id FROM message m, search_range r WHERE m.conversation = ? "
                                       "AND m.kind = 1 AND m.kind <> 6 AND m.id BETWEEN r.first AND r.last",
                                       key);
         found.next();) {
        rows.push_back(found.integer(0));
    }
    return rows;
}

void ConversationStore::moveDirect(const AccountId& self, const AccountId& from, const AccountId& to) {
    const auto key = find(directConversationId(self, from));
    if (!key) {
        return;
    }
    const ConversationId target = directConversationId(self, to);
    // Numbers go on: another beginning would mix two chains in one history. What the new account's devices
    // are addressed with first is noted anew.
    m_database.run("DELETE FROM seq_base WHERE conversation = ?", *key);
    if (const auto stranger = find(target)) {
        // The new account has written already: its lines join the history.
        const auto indexed = indexedTexts(*stranger);
        for (const std::int64_t row : indexed) {
            m_database.run("INSERT INTO search(search, rowid, body, place) "
                           "SELECT 'delete', id, body, place FROM search_text WHERE id = ?",
                           row);
        }
        m_database.run("UPDATE message SET conversation = ? WHERE conversation = ?", *key, *stranger);
        for (const std::int64_t row : indexed) {
            m_database.run("INSERT INTO search(rowid, body, place) SELECT id, body, place FROM search_text "
                           "WHERE id = ?",
                           row);
        }
        m_database.run("DELETE FROM draft WHERE conversation = ?", *stranger);
        m_database.run("DELETE FROM conversation_timer WHERE conversation = ?", *stranger);
        m_database.run("UPDATE chain SET conversation = ? WHERE conversation = ?", *key, *stranger);
        m_database.run("UPDATE early_amendment SET conversation = ? WHERE conversation = ?", *key, *stranger);
        m_database.run("UPDATE own_amendment SET conversation = ? WHERE conversation = ?", *key, *stranger);
        m_database.run("DELETE FROM received_head WHERE conversation = ?", *stranger);
        m_database.run("UPDATE outbox SET conversation = ? WHERE conversation = ?", *key, *stranger);
        m_database.run(
            "INSERT INTO own_chain(conversation, generation, last_seq, last_hash) "
            "SELECT ?1, generation, last_seq, last_hash FROM own_chain WHERE conversation = ?2 "
            "ON CONFLICT(conversation, generation) DO UPDATE SET last_hash = CASE WHEN excluded.last_seq > "
            "last_seq THEN excluded.last_hash ELSE last_hash END, last_seq = max(last_seq, "
            "excluded.last_seq)",
            *key, *stranger);
        m_database.run("DELETE FROM own_chain WHERE conversation = ?", *stranger);
        m_database.run("DELETE FROM seq_base WHERE conversation = ?", *stranger);
        m_database.run("DELETE FROM conversation_member WHERE conversation = ?", *stranger);
        m_database.run("DELETE FROM conversation WHERE id = ?", *stranger);
    }
    m_database.run("UPDATE conversation SET wire_id = ? WHERE id = ?", target, *key);
    const AccountKeyRow account = m_accounts.rowOf(to);
    m_database.run("UPDATE conversation_member SET account = ? WHERE conversation = ?", account, *key);
    settleStanding(m_database, account);
}

ConversationEntry ConversationStore::read(const db::Rows& rows) const {
    ConversationEntry entry;
    entry.key = rows.as<ConversationKey>(0);
    entry.preview = rows.text(1);
    entry.newestAt = rows.integer(2);
    entry.unread = rows.integer(3);
    entry.isPinned = rows.boolean(4);
    entry.isArchived = rows.boolean(5);
    entry.mutedUntil = rows.integer(6);
    entry.draft = rows.text(7);
    entry.standing = rows.as<Standing>(8);
    entry.expireSeconds = rows.as<std::uint32_t>(9);
    for (auto members =
             m_database.query("SELECT a.key, coalesce(c.name, '') FROM conversation_member m "
                              "CROSS JOIN account a ON a.id = m.account LEFT JOIN contact c ON c.account = "
                              "m.account WHERE m.conversation = ? ORDER BY m.account",
                              entry.key);
         members.next();) {
        entry.members.push_back(members.fixed<AccountId>(0));
        if (entry.title.empty()) {
            entry.title =
                members.text(1).empty() ? entry.members.front().hex().substr(0, 16) : members.text(1);
        }
    }
    return entry;
}

std::optional<ConversationEntry> ConversationStore::entry(ConversationKey key) const {
    auto rows = m_database.query(SOTTO_CONVERSATION "WHERE v.id = ?", key);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

ConversationPage ConversationStore::page(std::string_view cursor, std::size_t limit, ListPart part) const {
    constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
    const Place from = parsePlace(cursor).value_or(Place{kEnd, kEnd, kEnd});
    const auto [standing, archived] = rangeOf(part);
    ConversationPage page;
    auto rows =
        m_database.query(SOTTO_CONVERSATION "WHERE v.standing = ? AND v.archived = ? AND "
                                            "(v.pinned, v.newest_at, v.id) < (?, ?, ?) "
                                            "ORDER BY v.pinned DESC, v.newest_at DESC, v.id DESC LIMIT ?",
                         standing, archived, from.pinned, from.at, from.row, limit + 1);
    while (rows.next()) {
        if (page.entries.size() == limit) {
            const ConversationEntry& last = page.entries.back();
            page.next = std::string(last.isPinned ? "1." : "0.") + std::to_string(last.newestAt) + "." +
                        std::to_string(static_cast<std::int64_t>(last.key));
            break;
        }
        page.entries.push_back(read(rows));
    }
    return page;
}

std::vector<ConversationKey> ConversationStore::apart() const {
    std::vector<ConversationKey> keys;
    for (auto rows = m_database.query("SELECT id FROM conversation WHERE standing IN (?, ?)",
                                      Standing::Request, Standing::Blocked);
         rows.next();) {
        keys.push_back(rows.as<ConversationKey>(0));
    }
    return keys;
}

std::int64_t ConversationStore::requests() const {
    auto rows = m_database.query("SELECT count(*) FROM conversation WHERE standing = ?", Standing::Request);
    return rows.next() ? rows.integer(0) : 0;
}

bool ConversationStore::isCursor(std::string_view cursor) {
    return parsePlace(cursor).has_value();
}

void ConversationStore::setPreview(ConversationKey key, std::string_view text, std::int64_t at) {
    m_database.run(
        "UPDATE conversation SET preview = ?, newest_at = ?2, archived = archived AND muted_until > "
        "?2 WHERE id = ? AND newest_at <= ?2",
        cut(text, kPreviewBytes), at, key);
}

void ConversationStore::replacePreview(ConversationKey key, std::string_view before, std::string_view after) {
    m_database.run("UPDATE conversation SET preview = ?3 WHERE id = ?1 AND preview = ?2", key,
                   cut(before, kPreviewBytes), cut(after, kPreviewBytes));
}

void ConversationStore::forgetPreview(ConversationKey key, std::string_view erased) {
    auto shown = m_database.query("SELECT 1 FROM conversation WHERE id = ? AND preview = ?", key,
                                  cut(erased, kPreviewBytes));
    if (!shown.next()) {
        return;
    }
    auto newest =
        m_database.query("SELECT text FROM message WHERE conversation = ? AND kind = 1 AND kind <> 6 "
                         "ORDER BY sort_stamp DESC, seq DESC, id DESC LIMIT 1",
                         key);
    const std::string text = newest.next() ? newest.text(0) : std::string();
    m_database.run("UPDATE conversation SET preview = ? WHERE id = ?", cut(text, kPreviewBytes), key);
}

void ConversationStore::setPinned(ConversationKey key, bool isPinned) {
    m_database.run("UPDATE conversation SET pinned = ? WHERE id = ?", isPinned, key);
}

void ConversationStore::setArchived(ConversationKey key, bool isArchived) {
    m_database.run("UPDATE conversation SET archived = ? WHERE id = ? AND standing = 0", isArchived, key);
}

void ConversationStore::setMutedUntil(ConversationKey key, std::int64_t until) {
    m_database.run("UPDATE conversation SET muted_until = ? WHERE id = ?", until, key);
}

std::optional<Draft> ConversationStore::draft(ConversationKey key) const {
    auto rows = m_database.query("SELECT text, reply, at FROM draft WHERE conversation = ?", key);
    return rows.next()
               ? std::optional(Draft{rows.text(0),
                                     rows.isNull(1) ? std::nullopt : std::optional(rows.as<MessageKey>(1)),
                                     rows.integer(2)})
               : std::nullopt;
}

void ConversationStore::setDraft(ConversationKey key, const Draft& draft) {
    m_database.run("INSERT INTO draft(conversation, text, reply, at) VALUES (?, ?, ?, ?) "
                   "ON CONFLICT(conversation) DO UPDATE SET text = excluded.text, reply = excluded.reply, "
                   "at = excluded.at",
                   key, draft.text, draft.reply, draft.at);
}

void ConversationStore::forgetAnswered(ConversationKey key, MessageKey message) {
    m_database.run("UPDATE draft SET reply = NULL WHERE reply = ?", message);
    m_database.run("DELETE FROM draft WHERE conversation = ? AND reply IS NULL AND text = ''", key);
}

bool ConversationStore::clearDraft(ConversationKey key) {
    m_database.run("DELETE FROM draft WHERE conversation = ?", key);
    return m_database.changes() != 0;
}

} // namespace sotto::core

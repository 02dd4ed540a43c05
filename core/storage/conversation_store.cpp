// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/conversation_store.h"

#include "core/base/hash.h"
#include "core/base/signed_bytes.h"

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

/// A place in the list, as cursors carry it: "time.row".
struct Place {
    std::int64_t at = 0;
    std::int64_t row = 0;
};

std::optional<Place> parsePlace(std::string_view text) {
    Place place;
    const char* const end = text.data() + text.size();
    const auto [dot, error] = std::from_chars(text.data(), end, place.at);
    if (error != std::errc() || dot == end || *dot != '.') {
        return std::nullopt;
    }
    const auto [last, wrong] = std::from_chars(dot + 1, end, place.row);
    return wrong == std::errc() && last == end ? std::optional(place) : std::nullopt;
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
    m_database.run("INSERT INTO conversation_member(conversation, account) VALUES (?, ?)", key,
                   m_accounts.rowOf(other));
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
                                       "AND m.kind = 1 AND m.id BETWEEN r.first AND r.last",
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
    m_database.run("UPDATE conversation_member SET account = ? WHERE conversation = ?", m_accounts.rowOf(to),
                   *key);
}

ConversationEntry ConversationStore::read(const db::Rows& rows) const {
    ConversationEntry entry;
    entry.key = rows.as<ConversationKey>(0);
    entry.preview = rows.text(1);
    entry.newestAt = rows.integer(2);
    entry.unread = rows.integer(3);
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
    auto rows = m_database.query("SELECT id, preview, newest_at, unread FROM conversation WHERE id = ?", key);
    return rows.next() ? std::optional(read(rows)) : std::nullopt;
}

ConversationPage ConversationStore::page(std::string_view cursor, std::size_t limit) const {
    constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
    const Place from = parsePlace(cursor).value_or(Place{kEnd, kEnd});
    ConversationPage page;
    auto rows = m_database.query("SELECT id, preview, newest_at, unread FROM conversation "
                                 "WHERE (newest_at, id) < (?, ?) ORDER BY newest_at DESC, id DESC LIMIT ?",
                                 from.at, from.row, limit + 1);
    while (rows.next()) {
        if (page.entries.size() == limit) {
            const ConversationEntry& last = page.entries.back();
            page.next =
                std::to_string(last.newestAt) + "." + std::to_string(static_cast<std::int64_t>(last.key));
            break;
        }
        page.entries.push_back(read(rows));
    }
    return page;
}

bool ConversationStore::isCursor(std::string_view cursor) {
    return parsePlace(cursor).has_value();
}

void ConversationStore::setPreview(ConversationKey key, std::string_view text, std::int64_t at) {
    m_database.run("UPDATE conversation SET preview = ?, newest_at = ? WHERE id = ? AND newest_at <= ?",
                   cut(text, kPreviewBytes), at, key, at);
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
    auto newest = m_database.query("SELECT text FROM message WHERE conversation = ? AND kind = 1 "
                                   "ORDER BY sort_stamp DESC, seq DESC, id DESC LIMIT 1",
                                   key);
    const std::string text = newest.next() ? newest.text(0) : std::string();
    m_database.run("UPDATE conversation SET preview = ? WHERE id = ?", cut(text, kPreviewBytes), key);
}

} // namespace sotto::core

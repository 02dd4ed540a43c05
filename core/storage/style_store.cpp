// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/style_store.h"

#include "core/text/styles.h"

namespace sotto::core {
namespace {

void put(std::size_t number, Bytes& out) {
    for (; number >= 0x80; number >>= 7U) {
        out.push_back(static_cast<std::uint8_t>(number | 0x80U));
    }
    out.push_back(static_cast<std::uint8_t>(number));
}

/// At most four bytes: no number here is larger.
std::optional<std::uint32_t> take(BytesView& packed) {
    std::uint32_t number = 0;
    for (std::uint32_t shift = 0; shift < 28 && !packed.empty(); shift += 7) {
        const std::uint8_t byte = packed.front();
        packed = packed.subspan(1);
        number |= (byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) {
            return number;
        }
    }
    return std::nullopt;
}

} // namespace

Bytes StyleStore::pack(const Styles& styles) {
    Bytes packed;
    for (const StyledRange& range : styles) {
        put(static_cast<std::size_t>(range.style), packed);
        put(range.begin, packed);
        put(range.length, packed);
        put(range.address.size(), packed);
        packed.insert(packed.end(), range.address.begin(), range.address.end());
    }
    return packed;
}

Styles StyleStore::unpack(BytesView packed, std::string_view text) {
    Styles styles;
    while (!packed.empty()) {
        const auto style = take(packed);
        const auto begin = take(packed);
        const auto length = take(packed);
        const auto address = take(packed);
        if (!style || !begin || !length || !address || *address > packed.size() ||
            styles.size() == kMaxStyledRanges) {
            return {};
        }
        styles.push_back({static_cast<TextStyle>(*style), *begin, *length, stringOf(packed.first(*address))});
        packed = packed.subspan(*address);
    }
    return canonicalStyles(text, std::move(styles)).value_or(Styles());
}

void StyleStore::set(MessageKey message, std::uint64_t revision, const Styles& styles) {
    if (styles.empty()) {
        m_database.run("DELETE FROM style WHERE message = ? AND revision = ?", message, revision);
        return;
    }
    m_database.run("INSERT INTO style(message, revision, ranges) VALUES (?, ?, ?) "
                   "ON CONFLICT(message, revision) DO UPDATE SET ranges = excluded.ranges",
                   message, revision, pack(styles));
    m_database.run("UPDATE message SET extras = extras | ?2 WHERE id = ?1", message, kHasStyles);
}

Styles StyleStore::of(MessageKey message, std::uint64_t revision, std::string_view text) const {
    auto rows =
        m_database.query("SELECT ranges FROM style WHERE message = ? AND revision = ?", message, revision);
    return rows.next() ? unpack(rows.blobView(0), text) : Styles();
}

void StyleStore::erase(MessageKey message) {
    m_database.run("DELETE FROM style WHERE message = ?", message);
    m_database.run("UPDATE message SET extras = extras & ~?2 WHERE id = ?1", message, kHasStyles);
}

} // namespace sotto::core

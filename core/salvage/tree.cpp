// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/salvage/tree.h"

#include <bit>
#include <limits>

namespace sotto::core {
namespace {

constexpr std::uint8_t kIndexInterior = 0x02;
constexpr std::uint8_t kTableInterior = 0x05;
constexpr std::uint8_t kIndexLeaf = 0x0A;
constexpr std::uint8_t kTableLeaf = 0x0D;
constexpr int kDeepest = 24;
constexpr std::size_t kUsable = PageFile::kUsable;
constexpr std::size_t kDatabaseHeader = 100;

std::uint32_t number32(BytesView bytes, std::size_t at) {
    return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U |
           std::uint32_t{bytes[at + 2]} << 8U | bytes[at + 3];
}
std::size_t number16(BytesView bytes, std::size_t at) {
    return std::size_t{bytes[at]} << 8U | bytes[at + 1];
}

/// One to nine bytes, the first the highest. Nothing when they are cut off.
std::optional<std::uint64_t> varint(BytesView bytes, std::size_t& at) {
    std::uint64_t value = 0;
    for (int i = 0; i < 9; ++i) {
        if (at >= bytes.size()) {
            return std::nullopt;
        }
        const std::uint8_t byte = bytes[at++];
        if (i == 8) {
            return value << 8U | byte;
        }
        value = value << 7U | (byte & 0x7FU);
        if ((byte & 0x80U) == 0) {
            return value;
        }
    }
    return std::nullopt;
}

/// Two's complement of `size` bytes, the first the highest.
std::int64_t integer(BytesView bytes, std::size_t size) {
    std::uint64_t value = (bytes[0] & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < size; ++i) {
        value = value << 8U | bytes[i];
    }
    return static_cast<std::int64_t>(value);
}

/// Bytes that a value of this serial type takes; nothing for the two that are never written.
std::optional<std::uint64_t> sizeOf(std::uint64_t type) {
    static constexpr std::array<std::uint64_t, 10> kSizes = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    if (type < kSizes.size()) {
        return kSizes[type];
    }
    return type < 12 ? std::nullopt : std::optional((type - 12) / 2);
}

ColumnValue valueOf(std::uint64_t type, BytesView bytes) {
    switch (type) {
    case 0:
        return std::monostate();
    case 7:
        return std::bit_cast<double>(integer(bytes, 8));
    case 8:
        return std::int64_t{0};
    case 9:
        return std::int64_t{1};
    default:
        break;
    }
    if (type < 7) {
        return integer(bytes, bytes.size());
    }
    return type % 2 == 0 ? ColumnValue(bytesOf(bytes)) : ColumnValue(stringOf(bytes));
}

bool isLeafOf(std::uint8_t type, TreeKind kind) {
    return type == (kind == TreeKind::Table ? kTableLeaf : kIndexLeaf);
}
bool isInteriorOf(std::uint8_t type, TreeKind kind) {
    return type == (kind == TreeKind::Table ? kTableInterior : kIndexInterior);
}

/// A page's own header, and where its cells begin.
struct Header {
    std::uint8_t type = 0;
    std::size_t pointers = 0; ///< where they stand
    std::size_t cells = 0;
    PageNumber rightmost = 0; ///< of an interior page
};

std::optional<Header> headerOf(BytesView page, PageNumber number) {
    const std::size_t begin = number == 1 ? kDatabaseHeader : 0;
    Header header;
    header.type = page[begin];
    const bool isInterior = header.type == kIndexInterior || header.type == kTableInterior;
    if (!isInterior && header.type != kIndexLeaf && header.type != kTableLeaf) {
        return std::nullopt;
    }
    header.cells = number16(page, begin + 3);
    header.pointers = begin + (isInterior ? 12 : 8);
    if (header.pointers + 2 * header.cells > page.size()) {
        return std::nullopt;
    }
    header.rightmost = isInterior ? number32(page, begin + 8) : 0;
    return header;
}

} // namespace

std::optional<Record> decodeRecord(BytesView payload, bool cut) {
    std::size_t at = 0;
    const auto headerSize = varint(payload, at);
    if (!headerSize || *headerSize < at || *headerSize > payload.size()) {
        return std::nullopt;
    }
    const BytesView header = payload.first(static_cast<std::size_t>(*headerSize));
    BytesView body = payload.subspan(header.size());
    Record record;
    while (at < header.size()) {
        const auto type = varint(header, at);
        const auto size = type ? sizeOf(*type) : std::nullopt;
        if (!size) {
            return std::nullopt;
        }
        if (*size > body.size()) {
            return cut ? std::optional(std::move(record)) : std::nullopt;
        }
        record.push_back(valueOf(*type, body.first(static_cast<std::size_t>(*size))));
        body = body.subspan(static_cast<std::size_t>(*size));
    }
    return record;
}

/// The cell at this place of a page; nothing when it is none.
std::optional<TreeRow> TreeReader::cell(BytesView page, std::size_t at, std::uint8_t type, bool isOlder,
                                        bool mark) {
    const bool isTable = type == kTableLeaf;
    at += type == kIndexInterior ? 4 : 0;
    const auto size = varint(page, at);
    TreeRow row;
    row.isOlder = isOlder;
    if (size && isTable) {
        const auto rowid = varint(page, at);
        if (!rowid) {
            return std::nullopt;
        }
        row.rowid = static_cast<std::int64_t>(*rowid);
    }
    if (!size || *size > std::uint64_t{m_file.pages()} * kUsable ||
        *size > std::numeric_limits<std::int32_t>::max()) {
        return std::nullopt;
    }
    const auto total = static_cast<std::size_t>(*size);
    constexpr std::size_t kLeast = (kUsable - 12) * 32 / 255 - 23;
    const std::size_t most = isTable ? kUsable - 35 : (kUsable - 12) * 64 / 255 - 23;
    std::size_t local = total;
    if (total > most) {
        local = kLeast + (total - kLeast) % (kUsable - 4);
        local = local <= most ? local : kLeast;
    }
    if (at + local + (local < total ? 4 : 0) > page.size()) {
        return std::nullopt;
    }
    Bytes payload = bytesOf(page.subspan(at, local));
    // Each step brings bytes that are still wanted, so that a circle ends too.
    for (PageNumber next = local < total ? number32(page, at + local) : 0; payload.size() < total;) {
        const auto overflow = m_file.read(next);
        if (!overflow || (mark && m_reached[next])) {
            row.isWhole = false;
            break;
        }
        if (mark) {
            m_reached[next] = true;
        }
        row.isOlder |= m_file.state(next) == PageFile::State::Older;
        const std::size_t part = std::min(total - payload.size(), kUsable - 4);
        payload.insert(payload.end(), overflow->begin() + 4,
                       overflow->begin() + 4 + static_cast<std::ptrdiff_t>(part));
        next = number32(*overflow, 0);
    }
    auto record = decodeRecord(payload, !row.isWhole);
    if (!record) {
        return std::nullopt;
    }
    row.values = std::move(*record);
    return row;
}

std::optional<std::vector<TreeRow>> TreeReader::rowsOf(PageNumber number, TreeKind kind, TreeWalk& walk) {
    const auto page = m_file.read(number);
    const auto header = page ? headerOf(*page, number) : std::nullopt;
    if (!header || !isLeafOf(header->type, kind)) {
        return std::nullopt;
    }
    std::vector<TreeRow> rows;
    const bool isOlder = m_file.state(number) == PageFile::State::Older;
    for (std::size_t i = 0; i < header->cells; ++i) {
        auto row = cell(*page, number16(*page, header->pointers + 2 * i), header->type, isOlder, true);
        walk.brokenRows += row && row->isWhole ? 0 : 1;
        if (row) {
            rows.push_back(std::move(*row));
        }
    }
    walk.rows += rows.size();
    ++walk.leaves;
    return rows;
}

TreeWalk TreeReader::walk(PageNumber root, TreeKind kind, const Visit& visit, bool again) {
    TreeWalk walk;
    if (again) {
        // What it reaches is known: only circles must end.
        std::vector<bool> seen(m_reached.size());
        std::swap(seen, m_reached);
        descend(root, kind, 0, visit, walk, m_reached);
        std::swap(seen, m_reached);
        return walk;
    }
    descend(root, kind, 0, visit, walk, m_reached);
    return walk;
}

void TreeReader::descend(PageNumber number, TreeKind kind, int depth, const Visit& visit, TreeWalk& walk,
                         std::vector<bool>& seen) {
    if (number == 0 || number >= seen.size() || seen[number] || depth > kDeepest) {
        walk.holes.push_back(number);
        return;
    }
    const auto page = m_file.read(number);
    const auto header = page ? headerOf(*page, number) : std::nullopt;
    if (!header || (!isLeafOf(header->type, kind) && !isInteriorOf(header->type, kind))) {
        walk.holes.push_back(number);
        return;
    }
    seen[number] = true;
    const bool isOlder = m_file.state(number) == PageFile::State::Older;
    if (isOlder) {
        walk.older.push_back(number);
    }
    const bool isLeaf = isLeafOf(header->type, kind);
    if (isLeaf) {
        ++walk.leaves;
    }
    for (std::size_t i = 0; i < header->cells; ++i) {
        const std::size_t at = number16(*page, header->pointers + 2 * i);
        if (!isLeaf) {
            if (at + 4 > page->size()) {
                ++walk.brokenRows;
                continue;
            }
            descend(number32(*page, at), kind, depth + 1, visit, walk, seen);
        }
        if (header->type == kTableInterior) {
            continue;
        }
        const auto row = cell(*page, at, header->type, isOlder, true);
        walk.brokenRows += row && row->isWhole ? 0 : 1;
        if (row) {
            ++walk.rows;
            visit(*row);
        }
    }
    if (!isLeaf) {
        descend(header->rightmost, kind, depth + 1, visit, walk, seen);
    }
}

void TreeReader::reachFree() {
    if (m_file.pages() == 0 || m_file.state(1) != PageFile::State::Sound) {
        return; // an older header knows an older list
    }
    const auto first = m_file.read(1);
    PageNumber trunk = first ? number32(*first, 32) : 0;
    while (trunk != 0 && trunk < m_reached.size() && !m_reached[trunk]) {
        m_reached[trunk] = true;
        const auto page = m_file.read(trunk);
        if (!page) {
            return;
        }
        const std::size_t count = std::min<std::size_t>(number32(*page, 4), (kUsable - 8) / 4);
        for (std::size_t i = 0; i < count; ++i) {
            const PageNumber free = number32(*page, 8 + 4 * i);
            if (free != 0 && free < m_reached.size()) {
                m_reached[free] = true;
            }
        }
        trunk = number32(*page, 0);
    }
}

std::vector<PageNumber> TreeReader::orphans(TreeKind kind) const {
    std::vector<PageNumber> found;
    for (PageNumber number = 2; number < m_reached.size(); ++number) {
        if (m_reached[number]) {
            continue;
        }
        const auto page = m_file.read(number);
        const auto header = page ? headerOf(*page, number) : std::nullopt;
        if (header && isLeafOf(header->type, kind) && header->cells > 0) {
            found.push_back(number);
        }
    }
    return found;
}

} // namespace sotto::core

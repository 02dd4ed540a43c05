// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The trees of an SQLite database, read page by page (https://sqlite.org/fileformat2.html), so that a bad
/// page costs what stood on it and nothing else. Every bound is checked: whatever the pages say, a walk ends.

#include "core/salvage/page_file.h"

#include <variant>

namespace sotto::core {

/// NULL, INTEGER, REAL, TEXT, BLOB.
using ColumnValue = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;
using Record = std::vector<ColumnValue>;

/// The values of a record; nothing when it is none. With `cut` its end may be missing: then as many values as
/// are there whole.
std::optional<Record> decodeRecord(BytesView payload, bool cut = false);

enum class TreeKind {
    Table, ///< rows by rowid
    Index, ///< records that are their own keys: indexes, and tables WITHOUT ROWID
};

/// A cell with a record.
struct TreeRow {
    std::int64_t rowid = 0; ///< of a Table
    Record values;
    bool isWhole = true;  ///< false: an overflow page is damaged; `values` is what stands before it
    bool isOlder = false; ///< from an older version of its page
};

/// What a walk has seen.
struct TreeWalk {
    std::uint64_t rows = 0;
    std::uint64_t leaves = 0;     ///< pages with rows that were read
    std::uint64_t brokenRows = 0; ///< not whole, or no record at all
    std::vector<PageNumber>
        holes; ///< pages that it leads to and that cannot be read, or are none of such a tree
    std::vector<PageNumber> older; ///< pages of which only an older version can be read
    bool isSound() const { return brokenRows == 0 && holes.empty() && older.empty(); }
};

class TreeReader {
public:
    using Visit = std::function<void(const TreeRow&)>;

    explicit TreeReader(const PageFile& file)
        : m_file(file)
        , m_reached(std::size_t{file.pages()} + 1) {}

    /// Every row of a tree. In the order of their keys, as far as the tree is sound; rows of older pages are
    /// told like the others. A page that some tree has led to already is a hole in this one, unless `again`.
    TreeWalk walk(PageNumber root, TreeKind kind, const Visit& visit, bool again = false);
    /// Pages that are free, so that they are nobody's rows.
    void reachFree();
    /// Sound pages with rows, which nothing led to so far.
    std::vector<PageNumber> orphans(TreeKind kind) const;
    /// The rows of one page. Nothing when it is no page with rows of that kind.
    std::optional<std::vector<TreeRow>> rowsOf(PageNumber page, TreeKind kind, TreeWalk& walk);
    void reach(PageNumber page) { m_reached[page] = true; }
    bool isReached(PageNumber page) const { return page < m_reached.size() && m_reached[page]; }

private:
    void descend(PageNumber page, TreeKind kind, int depth, const Visit& visit, TreeWalk& walk,
                 std::vector<bool>& seen);
    std::optional<TreeRow> cell(BytesView page, std::size_t at, std::uint8_t type, bool isOlder, bool mark);

    const PageFile& m_file;
    std::vector<bool> m_reached;
};

} // namespace sotto::core

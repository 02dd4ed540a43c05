// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Every row of a damaged database that can still be had, and the name of every one that cannot.
///
/// Rows come from their table's tree; where a page that leads to others is lost, from pages that nothing
/// leads to any more; and where a row itself is lost, from what its table's indexes repeat of it. A page that
/// nothing leads to belongs to a table if that table's tree has a hole, if every one of its rows fits the
/// table's columns by their number, types and NOT NULL, and if that is so for no other table.

#include "core/salvage/plan.h"

#include <map>
#include <set>

namespace sotto::core {

/// What became of one table's rows.
struct TableCondition {
    std::string table;
    std::uint64_t found = 0;
    std::uint64_t rebuilt = 0;  ///< of these put together from indexes: what stood in the row alone is lost
    std::uint64_t older = 0;    ///< of these from an older version of their page
    std::uint64_t lost = 0;     ///< known to have been there
    std::uint64_t rejected = 0; ///< contradict others
    bool maybeMore = false;     ///< nothing tells how many more were lost
    bool isWhole() const { return rebuilt == 0 && older == 0 && lost == 0 && rejected == 0 && !maybeMore; }
};

/// A row of the history that is lost, as far as indexes tell of it.
struct LostLine {
    std::int64_t row = 0;
    std::optional<std::int64_t> conversation;
    std::optional<std::int64_t> sender;
    std::optional<std::int64_t> device;
    std::optional<std::int64_t> generation;
    std::optional<std::int64_t> seq;
};

struct SalvageReport {
    int version = 0; ///< of the schema
    std::uint64_t pages = 0;
    std::uint64_t damagedPages = 0;
    std::uint64_t freeDamaged = 0;  ///< of these: held nothing
    std::uint64_t movedPages = 0;   ///< found in another page's place
    std::uint64_t unknownPages = 0; ///< with rows of nobody knows which table
    LogCondition log;
    bool indexesDamaged = false;
    bool searchDamaged = false;
    std::vector<TableCondition> tables; ///< all
    std::vector<LostLine> lines;

    const TableCondition* of(std::string_view table) const;
    /// Nothing is to be done.
    bool isSound() const;
    /// Rows are lost, or may be.
    bool losesRows() const;
};

class Salvage {
public:
    /// One row, as values of all columns. False: it contradicts what is there.
    using Sink = std::function<bool(const TablePlan&, std::span<const ColumnValue>)>;

    /// The file must outlive it.
    static Expected<Salvage, db::Error> begin(const PageFile& file);

    /// Once. Told of every row, those of sound pages first.
    SalvageReport run(const Sink& sink);
    int version() const { return m_version; }
    const std::vector<TablePlan>& plan() const { return m_plan; }
    /// The highest id that each table with AUTOINCREMENT is known to have given out, after run().
    const std::map<std::string, std::int64_t>& ids() const { return m_ids; }
    bool areIdsCertain() const { return m_idsCertain; }

private:
    struct Table;
    explicit Salvage(const PageFile& file)
        : m_file(file)
        , m_reader(file) {}
    void readSchema();
    void walkTables(const Sink& sink);
    void walkRest(SalvageReport& report);
    void adopt(const Sink& sink, SalvageReport& report);
    void rebuild(Table& table, const Sink& sink, SalvageReport& report);
    bool take(Table& table, const TreeRow& row, const Sink& sink);
    bool give(Table& table, const std::vector<ColumnValue>& values, const Sink& sink);
    void noteId(const Table& table, std::int64_t id);
    PageNumber rootOf(const std::string& name) const;

    const PageFile& m_file;
    TreeReader m_reader;
    int m_version = 0;
    std::vector<TablePlan> m_plan;
    std::map<std::string, PageNumber> m_roots;
    bool m_schemaIsWhole = true;
    std::vector<std::shared_ptr<Table>> m_tables;
    std::map<std::string, std::int64_t> m_ids;
    bool m_idsCertain = true;
};

} // namespace sotto::core

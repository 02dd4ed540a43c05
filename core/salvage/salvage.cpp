// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/salvage/salvage.h"

#include "core/types/contact.h"

#include <algorithm>

namespace sotto::core {
namespace {

using Values = std::vector<ColumnValue>;
using Partial = std::vector<std::optional<ColumnValue>>;

bool isNull(const ColumnValue& value) {
    return std::holds_alternative<std::monostate>(value);
}

/// What a lost row is given where no index repeats it: the most careful value that works.
std::optional<ColumnValue> carefulValue(const std::string& table, const std::string& column) {
    static const std::map<std::pair<std::string, std::string>, std::int64_t> kValues = {
        {{"contact", "trust"}, static_cast<std::int64_t>(Trust::FirstUse)},
        {{"contact", "accepted"}, 0},
        {{"conversation", "standing"}, 0}, // settled when all rows are there
        {{"chain", "base"}, 0},
        {{"alarm", "first_at"}, 0},
        {{"alarm", "last_at"}, 0},
        {{"alarm", "told_at"}, 0},
        {{"alarm", "times"}, 1},
    };
    const auto found = kValues.find({table, column});
    return found == kValues.end() ? std::nullopt : std::optional(ColumnValue(found->second));
}

/// Keys that were used up must not come back with an older page.
bool comesBackOlder(const std::string& table) {
    return table != "session" && table != "one_time_prekey";
}

std::optional<std::int64_t> integerIn(const Partial& row, const TablePlan& plan, std::string_view column) {
    for (std::size_t i = 0; i < plan.columns.size(); ++i) {
        if (plan.columns[i].name == column && row[i]) {
            const auto* number = std::get_if<std::int64_t>(&*row[i]);
            return number != nullptr ? std::optional(*number) : std::nullopt;
        }
    }
    return std::nullopt;
}

/// An entry of an index as columns of its table; the rowid comes back apart.
std::optional<std::pair<Partial, std::int64_t>> entryOf(const TablePlan& plan, const IndexPlan& index,
                                                        const TreeRow& found) {
    if (!found.isWhole || found.values.size() != index.columns.size()) {
        return std::nullopt;
    }
    Partial row(plan.columns.size());
    std::int64_t rowid = 0;
    for (std::size_t i = 0; i < index.columns.size(); ++i) {
        if (index.columns[i] >= 0) {
            row[static_cast<std::size_t>(index.columns[i])] = found.values[i];
        } else if (const auto* number = std::get_if<std::int64_t>(&found.values[i])) {
            rowid = *number;
        }
    }
    return std::pair(std::move(row), rowid);
}

} // namespace

struct Salvage::Table {
    const TablePlan* plan = nullptr;
    TableCondition condition;
    TreeWalk walk;
    std::vector<std::int64_t> present;    ///< rowids that were given on
    std::set<Values> presentKeys;         ///< the same of a table WITHOUT ROWID
    std::map<std::int64_t, Partial> lost; ///< by rowid
    std::map<Values, Partial> lostKeys;
    std::vector<Values> olderRows; ///< wait until all sound rows are there

    Values keyOf(const Values& values) const {
        Values key;
        for (const int column : plan->key) {
            key.push_back(values[static_cast<std::size_t>(column)]);
        }
        return key;
    }
    std::int64_t rowidOf(const Values& values) const {
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (plan->columns[i].isRowid) {
                return std::get<std::int64_t>(values[i]);
            }
        }
        return 0;
    }
    bool has(const Values& values) const {
        return plan->kind == TreeKind::Table
                   ? std::binary_search(present.begin(), present.end(), rowidOf(values))
                   : presentKeys.contains(keyOf(values));
    }
};

const TableCondition* SalvageReport::of(std::string_view table) const {
    const auto found = std::find_if(tables.begin(), tables.end(), [&](const TableCondition& condition) {
        return condition.table == table;
    });
    return found == tables.end() ? nullptr : &*found;
}

bool SalvageReport::losesRows() const {
    return !log.isWhole() || unknownPages != 0 ||
           std::any_of(tables.begin(), tables.end(),
                       [](const TableCondition& table) { return !table.isWhole(); });
}

bool SalvageReport::isSound() const {
    return !losesRows() && damagedPages == freeDamaged && movedPages == 0 && !indexesDamaged &&
           !searchDamaged;
}

Expected<Salvage, db::Error> Salvage::begin(const PageFile& file) {
    Salvage salvage(file);
    if (const auto first = file.read(1)) {
        const std::uint32_t version = std::uint32_t{(*first)[60]} << 24U |
                                      std::uint32_t{(*first)[61]} << 16U | std::uint32_t{(*first)[62]} << 8U |
                                      (*first)[63];
        const auto known = migrationsTo(0).back().version;
        if (version > static_cast<std::uint32_t>(known)) {
            return unexpected(db::Error::NewerSchema);
        }
        salvage.m_version = static_cast<int>(version);
    }
    if (salvage.m_version == 0) {
        salvage.m_version = migrationsTo(0).back().version;
    }
    auto plan = planOf(salvage.m_version);
    if (!plan) {
        return unexpected(plan.error());
    }
    salvage.m_plan = std::move(*plan);
    salvage.readSchema();
    return salvage;
}

/// Where each tree begins: from the schema's tree, and if that has a hole from pages that look like its own.
void Salvage::readSchema() {
    const auto note = [&](const TreeRow& row) {
        if (row.values.size() != 5) {
            return;
        }
        const auto* type = std::get_if<std::string>(&row.values[0]);
        const auto* name = std::get_if<std::string>(&row.values[1]);
        const auto* root = std::get_if<std::int64_t>(&row.values[3]);
        if (type == nullptr || name == nullptr || (*type != "table" && *type != "index")) {
            return;
        }
        if (root != nullptr && *root > 1 &&
            *root <= std::int64_t{m_file.pages()}) { // a virtual table has none
            m_roots.emplace(*name, static_cast<PageNumber>(*root));
        }
    };
    const TreeWalk walk = m_reader.walk(1, TreeKind::Table, note);
    m_schemaIsWhole = walk.holes.empty() && walk.brokenRows == 0;
    if (m_schemaIsWhole) {
        return;
    }
    for (const PageNumber page : m_reader.orphans(TreeKind::Table)) {
        TreeReader other(m_file);
        TreeWalk ignored;
        const auto rows = other.rowsOf(page, TreeKind::Table, ignored);
        const bool isSchema =
            rows && std::all_of(rows->begin(), rows->end(), [](const TreeRow& row) {
                const auto* type = row.values.empty() ? nullptr : std::get_if<std::string>(&row.values[0]);
                return row.values.size() == 5 && type != nullptr &&
                       (*type == "table" || *type == "index" || *type == "view" || *type == "trigger");
            });
        if (isSchema) {
            m_reader.reach(page);
            std::for_each(rows->begin(), rows->end(), note);
        }
    }
}

PageNumber Salvage::rootOf(const std::string& name) const {
    const auto found = m_roots.find(name);
    return found == m_roots.end() ? 0 : found->second;
}

void Salvage::noteId(const Table& table, std::int64_t id) {
    if (table.plan->countsIds) {
        std::int64_t& highest = m_ids[table.plan->name];
        highest = std::max(highest, id);
    }
}

bool Salvage::give(Table& table, const Values& values, const Sink& sink) {
    if (table.plan->kind == TreeKind::Table) {
        noteId(table, table.rowidOf(values));
    }
    if (!sink(*table.plan, values)) {
        ++table.condition.rejected;
        return false;
    }
    ++table.condition.found;
    return true;
}

/// A row of the tree or of a page that was adopted. False when it is no row of this table.
bool Salvage::take(Table& table, const TreeRow& row, const Sink& sink) {
    auto values = table.plan->row(row);
    if (!values) {
        if (!row.values.empty() && table.plan->kind == TreeKind::Table) {
            Partial partial(table.plan->columns.size());
            for (std::size_t i = 0; i < row.values.size() && i < table.plan->order.size(); ++i) {
                partial[static_cast<std::size_t>(table.plan->order[i])] = row.values[i];
            }
            table.lost.emplace(row.rowid, std::move(partial));
        }
        return false;
    }
    if (row.isOlder) {
        table.olderRows.push_back(std::move(*values));
        return true;
    }
    if (give(table, *values, sink)) {
        if (table.plan->kind == TreeKind::Table) {
            table.present.push_back(table.rowidOf(*values));
        } else {
            table.presentKeys.insert(table.keyOf(*values));
        }
    }
    return true;
}

void Salvage::walkTables(const Sink& sink) {
    for (const TablePlan& plan : m_plan) {
        auto table = std::make_shared<Table>();
        table->plan = &plan;
        table->condition.table = plan.name;
        std::uint64_t misfits = 0;
        table->walk = m_reader.walk(rootOf(plan.name), plan.kind, [&](const TreeRow& row) {
            misfits += take(*table, row, sink) || !row.isWhole ? 0 : 1;
        });
        table->walk.brokenRows += misfits;
        m_tables.push_back(std::move(table));
    }
}

/// Trees without rows of their own: indexes, the search index, the ids given out.
void Salvage::walkRest(SalvageReport& report) {
    std::set<std::string> ofTables;
    for (const auto& table : m_tables) {
        ofTables.insert(table->plan->name);
    }
    const auto ignore = [](const TreeRow&) {};
    const TreeWalk ids = m_reader.walk(rootOf("sqlite_sequence"), TreeKind::Table, [&](const TreeRow& row) {
        const auto* name = row.values.size() == 2 ? std::get_if<std::string>(&row.values[0]) : nullptr;
        const auto* id = row.values.size() == 2 ? std::get_if<std::int64_t>(&row.values[1]) : nullptr;
        if (name != nullptr && id != nullptr) {
            std::int64_t& highest = m_ids[*name];
            highest = std::max(highest, *id);
        }
    });
    m_idsCertain = ids.isSound();
    if (!m_idsCertain) {
        TableCondition condition;
        condition.table = "sqlite_sequence";
        condition.found = ids.rows;
        condition.maybeMore = true;
        report.tables.push_back(condition);
    }
    for (const auto& table : m_tables) {
        for (const IndexPlan& index : table->plan->indexes) {
            report.indexesDamaged |= !m_reader.walk(rootOf(index.name), TreeKind::Index, ignore).isSound();
        }
    }
    std::set<std::string> indexes;
    for (const auto& table : m_tables) {
        for (const IndexPlan& index : table->plan->indexes) {
            indexes.insert(index.name);
        }
    }
    for (const auto& [name, root] : m_roots) {
        if (ofTables.contains(name) || indexes.contains(name) || name == "sqlite_sequence") {
            continue;
        }
        // Of the search index, whose tables are of either kind.
        const auto page = m_file.read(root);
        const bool isIndex = page && ((*page)[0] == 0x0A || (*page)[0] == 0x02);
        report.searchDamaged |=
            !m_reader.walk(root, isIndex ? TreeKind::Index : TreeKind::Table, ignore).isSound();
    }
    report.searchDamaged |= !m_schemaIsWhole;
    m_reader.reachFree();
}

/// Pages that nothing leads to, for the tables that have holes.
void Salvage::adopt(const Sink& sink, SalvageReport& report) {
    for (const TreeKind kind : {TreeKind::Table, TreeKind::Index}) {
        std::vector<Table*> open;
        for (const auto& table : m_tables) {
            // An older page may not lead to all that its newest version did.
            if (table->plan->kind == kind && !(table->walk.holes.empty() && table->walk.older.empty())) {
                open.push_back(table.get());
            }
        }
        if (open.empty()) {
            continue;
        }
        for (const PageNumber page : m_reader.orphans(kind)) {
            TreeWalk walk;
            const auto rows = m_reader.rowsOf(page, kind, walk);
            if (!rows || rows->empty()) {
                continue;
            }
            std::vector<Table*> fitting;
            for (Table* table : open) {
                std::uint64_t whole = 0;
                const bool fits = std::all_of(rows->begin(), rows->end(), [&](const TreeRow& row) {
                    const auto values = table->plan->row(row);
                    whole += values ? 1 : 0;
                    // Blocks of the search index look like accounts, but for their length.
                    const auto* key = values && table->plan->name == "account"
                                          ? std::get_if<Bytes>(&(*values)[1])
                                          : nullptr;
                    return (values || !row.isWhole) && (key == nullptr || key->size() == AccountId::kSize);
                });
                if (fits && whole > 0) {
                    fitting.push_back(table);
                }
            }
            if (fitting.size() != 1) {
                // What fits no table is of an index or of the search index.
                report.unknownPages += fitting.empty() ? 0 : 1;
                continue;
            }
            std::sort(fitting.front()->present.begin(), fitting.front()->present.end());
            for (const TreeRow& row : *rows) {
                const auto values = fitting.front()->plan->row(row);
                if (!values || !fitting.front()->has(*values)) {
                    take(*fitting.front(), row, sink);
                }
            }
        }
    }
}

/// What indexes repeat of rows that are gone: their names, and sometimes all of them.
void Salvage::rebuild(Table& table, const Sink& sink, SalvageReport& report) {
    const TablePlan& plan = *table.plan;
    TableCondition& condition = table.condition;
    std::sort(table.present.begin(), table.present.end());
    for (const Values& row : table.olderRows) {
        if (comesBackOlder(plan.name) && !table.has(row) && give(table, row, sink)) {
            ++condition.older;
            if (plan.kind == TreeKind::Table) {
                table.present.insert(
                    std::upper_bound(table.present.begin(), table.present.end(), table.rowidOf(row)),
                    table.rowidOf(row));
            } else {
                table.presentKeys.insert(table.keyOf(row));
            }
        }
    }
    if (table.walk.isSound()) {
        return;
    }
    bool isTold = false; // some index names every row
    for (const IndexPlan& index : plan.indexes) {
        const TreeWalk walk = m_reader.walk(
            rootOf(index.name), TreeKind::Index,
            [&](const TreeRow& row) {
                auto entry = entryOf(plan, index, row);
                if (!entry) {
                    return;
                }
                auto& [partial, rowid] = *entry;
                Partial* known = nullptr;
                if (plan.kind == TreeKind::Table) {
                    if (std::binary_search(table.present.begin(), table.present.end(), rowid)) {
                        return;
                    }
                    known = &table.lost.emplace(rowid, Partial(plan.columns.size())).first->second;
                } else {
                    Values key;
                    for (const int column : plan.key) {
                        key.push_back(partial[static_cast<std::size_t>(column)].value_or(std::monostate()));
                    }
                    if (table.presentKeys.contains(key)) {
                        return;
                    }
                    known =
                        &table.lostKeys.emplace(std::move(key), Partial(plan.columns.size())).first->second;
                }
                for (std::size_t i = 0; i < partial.size(); ++i) {
                    if (partial[i]) {
                        (*known)[i] = std::move(partial[i]);
                    }
                }
            },
            true);
        isTold |= !index.isPartial && walk.isSound();
    }
    condition.maybeMore = !isTold;
    const auto complete = [&](const Partial& known, std::int64_t rowid) -> std::optional<Values> {
        Values values(plan.columns.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            const ColumnPlan& column = plan.columns[i];
            if (column.isRowid) {
                values[i] = rowid;
            } else if (known[i]) {
                values[i] = *known[i];
            } else if (const auto careful = carefulValue(plan.name, column.name)) {
                values[i] = *careful;
            } else {
                values[i] = column.byDefault;
            }
            if (!plan.allows(i, values[i]) || (column.notNull && isNull(values[i]))) {
                return std::nullopt;
            }
        }
        return values;
    };
    const auto settle = [&](const Partial& known, std::int64_t rowid) {
        const auto values = complete(known, rowid);
        if (values && give(table, *values, sink)) {
            ++condition.rebuilt;
            return;
        }
        ++condition.lost;
        if (plan.name == "message") {
            report.lines.push_back({rowid, integerIn(known, plan, "conversation"),
                                    integerIn(known, plan, "sender"), integerIn(known, plan, "device"),
                                    integerIn(known, plan, "generation"), integerIn(known, plan, "seq")});
        }
    };
    for (const auto& [rowid, known] : table.lost) {
        if (!std::binary_search(table.present.begin(), table.present.end(), rowid)) {
            noteId(table, rowid);
            settle(known, rowid);
        }
    }
    for (const auto& [key, known] : table.lostKeys) {
        settle(known, 0);
    }
}

SalvageReport Salvage::run(const Sink& sink) {
    SalvageReport report;
    report.version = m_version;
    report.pages = m_file.pages();
    report.movedPages = m_file.moved();
    report.log = m_file.log();
    walkTables(sink);
    walkRest(report);
    const auto damaged = m_file.damaged();
    report.damagedPages = damaged.size();
    const bool hasHoles = std::any_of(m_tables.begin(), m_tables.end(),
                                      [](const auto& table) { return !table->walk.isSound(); });
    if (hasHoles) {
        adopt(sink, report);
    }
    for (const auto& table : m_tables) {
        rebuild(*table, sink, report);
        report.tables.push_back(table->condition);
    }
    // Free pages, and such that are free as far as anybody can tell: every tree is whole without them.
    const bool allKnown = !hasHoles && !report.indexesDamaged && !report.searchDamaged && m_idsCertain;
    for (const PageNumber page : damaged) {
        report.freeDamaged +=
            page != 1 &&
                    (m_reader.isReached(page) ? m_file.state(page) == PageFile::State::Damaged : allKnown)
                ? 1
                : 0;
    }
    return report;
}

} // namespace sotto::core

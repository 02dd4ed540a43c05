// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/salvage/rebuild.h"

#include "core/salvage/mend.h"
#include "core/storage/schema.h"
#include "core/storage/search_tokenizer.h"

#include <charconv>

namespace sotto::core {
namespace {

constexpr std::uint64_t kRowsAtOnce = 20'000;

/// Triggers would count again what the rows say already.
std::vector<std::string> dropTriggers(db::Database& database) {
    std::vector<std::pair<std::string, std::string>> triggers;
    for (auto rows = database.query("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
         rows.next();) {
        triggers.emplace_back(rows.text(0), rows.text(1));
    }
    std::vector<std::string> scripts;
    for (auto& [name, sql] : triggers) {
        database.execute("DROP TRIGGER " + name);
        scripts.push_back(std::move(sql));
    }
    return scripts;
}

/// A value as bytes, for a statement that says what they mean: its number of values is known only now.
struct Argument {
    std::optional<BytesView> bytes;
    const char* form = "?";
};

Argument argumentOf(const ColumnValue& value, std::string& digits) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        digits = std::to_string(*number);
        return {viewOf(digits), "CAST(? AS INTEGER)"};
    }
    if (const auto* real = std::get_if<double>(&value)) {
        std::array<char, 32> text{};
        const auto end = std::to_chars(text.data(), text.data() + text.size(), *real).ptr;
        digits.assign(text.data(), end);
        return {viewOf(digits), "CAST(? AS REAL)"};
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return {viewOf(*text), "CAST(? AS TEXT)"};
    }
    if (const auto* blob = std::get_if<Bytes>(&value)) {
        return {BytesView(*blob), "?"};
    }
    return {};
}

using Arguments = std::array<std::optional<BytesView>, 32>;

template <std::size_t... Place>
void runWith(db::Database& database, const std::string& sql, const Arguments& values,
             std::index_sequence<Place...> /*places*/) {
    database.run(sql, values[Place]...);
}

template <std::size_t Count>
void runWithCount(db::Database& database, const std::string& sql, const Arguments& values) {
    runWith(database, sql, values, std::make_index_sequence<Count>());
}

template <std::size_t... Count>
constexpr auto runners(std::index_sequence<Count...> /*counts*/) {
    return std::array{&runWithCount<Count>...};
}
constexpr auto kRunners = runners(std::make_index_sequence<std::tuple_size_v<Arguments> + 1>());

std::string insertion(const TablePlan& table, const std::string& places) {
    std::string columns;
    for (const ColumnPlan& column : table.columns) {
        columns += (columns.empty() ? "\"" : ", \"") + column.name + "\"";
    }
    return "INSERT OR IGNORE INTO \"" + table.name + "\"(" + columns + ") VALUES (" + places + ")";
}

/// Rows into the database, some thousand a transaction.
class Loader {
public:
    Loader(db::Database& database, const RebuildOptions& options)
        : m_database(database)
        , m_options(options)
        , m_transaction(std::make_unique<db::Transaction>(database)) {}

    bool add(const TablePlan& table, std::span<const ColumnValue> values) {
        Arguments arguments{};
        std::array<std::string, std::tuple_size_v<Arguments>> digits;
        std::string places;
        if (values.size() > arguments.size()) {
            throw db::Failure(db::Error::Internal, "more columns than can be told in one statement");
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            const Argument argument = argumentOf(values[i], digits[i]);
            arguments[i] = argument.bytes;
            places += (i == 0 ? "" : ", ") + std::string(argument.form);
        }
        const auto [found, isNew] = m_insertions.try_emplace({table.name, places});
        if (isNew) {
            found->second = insertion(table, places);
        }
        const std::string& sql = found->second;
        const auto added = db::attempt([&] {
            kRunners[values.size()](m_database, sql, arguments);
            return m_database.changes() != 0;
        });
        if (!added && added.error() != db::Error::Constraint) {
            throw db::Failure(added.error(), "adding a row to " + table.name);
        }
        if (++m_rows % kRowsAtOnce == 0) {
            m_transaction->commit();
            m_transaction.reset();
            m_transaction = std::make_unique<db::Transaction>(m_database);
            if (m_options.told) {
                m_options.told(m_rows);
            }
        }
        return added && *added;
    }
    void finish() {
        m_transaction->commit();
        m_transaction.reset();
    }

private:
    db::Database& m_database;
    const RebuildOptions& m_options;
    std::unique_ptr<db::Transaction> m_transaction;
    /// By table and types; a statement is known by where its text lies.
    std::map<std::pair<std::string, std::string>, std::string> m_insertions;
    std::uint64_t m_rows = 0;
};

SalvageReport load(db::Database& database, Salvage& salvage, const RebuildOptions& options) {
    database.execute("PRAGMA foreign_keys = OFF; PRAGMA synchronous = NORMAL;");
    const auto triggers = dropTriggers(database);
    Loader loader(database, options);
    for (const TablePlan& table : salvage.plan()) {
        database.execute("DELETE FROM \"" + table.name + "\"");
    }
    SalvageReport report = salvage.run([&](const TablePlan& table, std::span<const ColumnValue> values) {
        return loader.add(table, values);
    });
    loader.finish();
    for (const std::string& trigger : triggers) {
        database.execute(trigger);
    }
    return report;
}

} // namespace

Expected<SalvageReport, db::Error> rebuildDatabase(const PageFile& file, const std::filesystem::path& target,
                                                   const RebuildOptions& options) {
    auto salvage = Salvage::begin(file);
    if (!salvage) {
        return unexpected(salvage.error());
    }
    db::OpenOptions opening;
    opening.key = options.key;
    opening.tokenizer = &searchTokenizer();
    auto database = db::Database::open(target, opening);
    if (!database) {
        return unexpected(database.error());
    }
    if (const auto made = db::migrate(*database, migrationsTo(salvage->version())); !made) {
        return unexpected(made.error());
    }
    auto report = db::attempt([&] { return load(*database, *salvage, options); });
    if (!report) {
        return report;
    }
    if (const auto migrated = db::migrate(*database, clientMigrations()); !migrated) {
        return unexpected(migrated.error());
    }
    const auto mended = database->transaction([&] {
        mendReferences(*database, options.self, *report);
        raiseIds(*database, *salvage, *report);
        if (report->losesRows() || options.countsAsRestored) {
            noteLosses(*database, options.self, *report);
        }
        forgetIndexed(*database);
    });
    if (!mended) {
        return unexpected(mended.error());
    }
    return report;
}

Expected<SalvageReport, db::Error> examineDatabase(const PageFile& file) {
    auto salvage = Salvage::begin(file);
    if (!salvage) {
        return unexpected(salvage.error());
    }
    return salvage->run([](const TablePlan&, std::span<const ColumnValue>) { return true; });
}

Bytes headOf(const PageFile& file) {
    TreeReader reader(file);
    PageNumber settings = 0;
    const TreeWalk schema = reader.walk(1, TreeKind::Table, [&](const TreeRow& row) {
        const auto* name = row.values.size() == 5 ? std::get_if<std::string>(&row.values[1]) : nullptr;
        const auto* root = row.values.size() == 5 ? std::get_if<std::int64_t>(&row.values[3]) : nullptr;
        if (name != nullptr && root != nullptr && *name == "setting" && *root <= std::int64_t{file.pages()}) {
            settings = static_cast<PageNumber>(*root);
        }
    });
    const TreeWalk kept = reader.walk(settings, TreeKind::Index, [](const TreeRow&) {});
    std::vector<PageNumber> pages;
    for (PageNumber page = 1; page <= file.pages(); ++page) {
        if (reader.isReached(page)) {
            pages.push_back(page);
        }
    }
    Bytes head = schema.isSound() && kept.isSound() ? encodeHead(file, pages) : Bytes();
    return head.size() <= kMaxHeadBytes ? head : Bytes();
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Every statement that any connection of this process prepares and runs while one of these lives, by its
/// text: plans are judged on what the program really asks, not on a copy of it. One at a time.

#include <set>
#include <sqlite3.h>
#include <string>

namespace sotto::test {

class WatchedStatements {
public:
    /// Once, before any connection is opened.
    static void install() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(connected)); }
    WatchedStatements() { g_current = this; }
    WatchedStatements(const WatchedStatements&) = delete;
    WatchedStatements& operator=(const WatchedStatements&) = delete;
    ~WatchedStatements() { stop(); }
    void stop() { g_current = nullptr; }
    /// Of another database in this process, say.
    template <class Which>
    void forget(Which which) {
        std::erase_if(m_texts, which);
    }
    const std::set<std::string>& texts() const { return m_texts; }

private:
    static int connected(sqlite3* database, const char**, const struct sqlite3_api_routines*) {
        return sqlite3_trace_v2(database, SQLITE_TRACE_STMT, ran, nullptr);
    }
    static int ran(unsigned, void*, void* statement, void*) {
        if (g_current != nullptr) {
            g_current->m_texts.insert(sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
        }
        return 0;
    }
    static inline WatchedStatements* g_current = nullptr;
    std::set<std::string> m_texts;
};

/// The first step of a plan that walks through a whole table or sorts, with its statement; empty when none
/// does. A scan of `allowed` is none: an index that holds the few rows it is about and no others.
template <class Database>
std::string costlyStep(Database& database, const WatchedStatements& watched,
                       const std::set<std::string>& allowed) {
    for (const std::string& sql : watched.texts()) {
        if (!sql.starts_with("SELECT") && !sql.starts_with("UPDATE") && !sql.starts_with("INSERT") &&
            !sql.starts_with("DELETE")) {
            continue;
        }
        for (auto plan = database.query("EXPLAIN QUERY PLAN " + sql); plan.next();) {
            const std::string step = plan.text(3);
            const bool scans = step.starts_with("SCAN ") &&
                               step.find("VIRTUAL TABLE INDEX") == std::string::npos &&
                               step != "SCAN CONSTANT ROW";
            bool isAllowed = false;
            for (const std::string& part : allowed) {
                isAllowed |= step.find(part) != std::string::npos;
            }
            if ((scans && !isAllowed) || step.find("TEMP B-TREE") != std::string::npos) {
                return step + " in: " + sql;
            }
        }
    }
    return {};
}

} // namespace sotto::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/alarm_store.h"

namespace sotto::core {

bool AlarmStore::note(const AccountId& about, std::string_view text, WallTime now) {
    const std::int64_t at = unixMilliseconds(now);
    const std::int64_t quiet = std::chrono::duration_cast<Milliseconds>(kQuiet).count();
    bool told = true;
    {
        auto rows = m_database.query("SELECT told_at FROM alarm WHERE account = ? AND text = ?", about, text);
        // A clock that was set back must not silence it.
        told = !rows.next() || rows.integer(0) > at || rows.integer(0) + quiet <= at;
    }
    m_database.run("INSERT INTO alarm(account, text, first_at, last_at, told_at, times) "
                   "VALUES (?1, ?2, ?3, ?3, ?3, 1) ON CONFLICT(account, text) DO UPDATE SET "
                   "last_at = ?3, times = times + 1, told_at = CASE WHEN ?4 THEN ?3 ELSE told_at END",
                   about, text, at, told);
    return told;
}

std::vector<AlarmEntry> AlarmStore::all() const {
    std::vector<AlarmEntry> entries;
    for (auto rows = m_database.query(
             "SELECT account, text, first_at, last_at, times FROM alarm ORDER BY last_at DESC, "
             "id DESC");
         rows.next();) {
        entries.push_back(
            {rows.fixed<AccountId>(0), rows.text(1), rows.integer(2), rows.integer(3), rows.integer(4)});
    }
    return entries;
}

std::int64_t AlarmStore::count() const {
    auto rows = m_database.query("SELECT count(*) FROM alarm");
    return rows.next() ? rows.integer(0) : 0;
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What only an attack or a rolled-back peer explains, kept until the profile ends: an alarm that nobody was
/// looking at must not be lost with the process. The same alarm is counted instead of repeated.

#include "core/db/database.h"
#include "core/types/event.h"

namespace sotto::core {

class AlarmStore {
public:
    /// How long the same alarm is only counted before it is raised again.
    static constexpr std::chrono::hours kQuiet{24};

    explicit AlarmStore(db::Database& database)
        : m_database(database) {}

    /// about: whose devices or mail. True when it should be told: it is new, or has been quiet for a day.
    bool note(const AccountId& about, std::string_view text, WallTime now);
    std::vector<AlarmEntry> all() const; ///< newest first
    std::int64_t count() const;

private:
    db::Database& m_database;
};

} // namespace sotto::core

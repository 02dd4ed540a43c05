// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A profile with a history that is known row by row, to be damaged.

#include "core/doctor.h"
#include "tests/support/folder.h"

#include <QTemporaryDir>
#include <set>

namespace sotto::test {

/// Rows of every table but the search index, each as one text, by table.
using Truth = std::map<std::string, std::set<std::string>>;

class DamagedProfile {
public:
    /// Messages in conversations of eight to forty people; the last fiftieth stands in the log, as a killed
    /// process leaves it, if withLog.
    DamagedProfile(std::size_t messages, bool withLog);

    const fs::path& place() const { return m_place; }
    const fs::path& history() const { return m_history; }
    const Truth& truth() const { return m_truth; }
    const AccountId& account() const { return m_account; }
    std::size_t messages() const { return m_messages; }
    const db::DatabaseKey& key() const { return *m_key; }
    /// The whole files again.
    void reset() const;
    void overwrite(const char* name, const std::string& contents) const {
        writeAll(m_place / name, contents);
    }
    const std::map<std::string, std::string>& files() const { return m_files; }
    /// The files that count: without the lock and what every process makes for itself.
    std::map<std::string, std::string> filesNow() const;

    /// Every row that SQLite reads in the profile now. Throws db::Failure.
    Truth rowsNow() const;
    /// Whether the profile opens with its account in it; else why not.
    std::string opening() const;

private:
    QTemporaryDir m_home{quickPlace()};
    fs::path m_place;
    fs::path m_history;
    std::map<std::string, std::string> m_files;
    Truth m_truth;
    AccountId m_account;
    std::size_t m_messages = 0;
    std::optional<db::DatabaseKey> m_key;
};

/// What is missing or changed in `now`, and not named in the report; empty: every loss is.
std::vector<std::string> unnamedLosses(const Truth& truth, const Truth& now,
                                       const core::DoctorReport& report);
/// Message rows of `truth` that stand in `now` as they were.
std::size_t messagesBack(const Truth& truth, const Truth& now);

} // namespace sotto::test

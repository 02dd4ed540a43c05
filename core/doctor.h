// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Looks after a profile that is damaged: says what is sound, what is not and what is lost, and brings what
/// can be read into a new database. Works while the profile does not open; refuses while another process has
/// it.
///
/// examineProfile() changes nothing. repairProfile() removes nothing: what it replaces stays beside, and
/// until its last step every failure, a full disk too, leaves the profile as it was.

#include "core/profile.h"
#include "core/salvage/rebuild.h"

namespace sotto::core {

/// One of a profile's files.
struct FileCondition {
    enum class State { Sound, Damaged, Missing, Repaired };
    std::string name;
    State state = State::Sound;
    std::string text; ///< one clause for people
};

/// Rows that are lost, or not as they were.
struct LossStatement {
    std::string table;
    std::string what; ///< for people: "messages"
    std::uint64_t lost = 0;
    std::uint64_t rebuilt = 0;
    std::uint64_t older = 0;
    bool maybeMore = false;
};

struct LostMessages {
    std::int64_t conversation = 0; ///< 0: not known
    std::string contact;           ///< its name, if that can be read; untrusted
    std::uint64_t messages = 0;
};

struct DoctorReport {
    bool isSound = false;    ///< as it was found
    bool isRepaired = false; ///< something was repaired, and the profile opens
    bool canBeRepaired = false;
    std::vector<FileCondition> files;
    std::uint64_t pages = 0;
    std::uint64_t damagedPages = 0;
    std::vector<LossStatement> losses;
    std::vector<LostMessages> messages;
    std::vector<std::string> findings; ///< sentences: what is wrong with the database and its log
    std::vector<std::string> actions;  ///< sentences: what repairing would do, or did
    std::vector<std::string> aside;    ///< files kept beside
};

/// Told now and then of how far it is: a word for what is done, and a count.
using DoctorProgress = std::function<void(const char* doing, std::uint64_t done, std::uint64_t of)>;

/// Failures as Profile::open() has them for the folder, the lock and the key: without a key nothing can be
/// said.
Result<DoctorReport> examineProfile(const std::filesystem::path& path, const Profile::Secrets& secrets,
                                    const DoctorProgress& progress = {});
/// Further: DiskFull; Damaged when nothing of the database can be read. Of a sound profile nothing is
/// changed.
Result<DoctorReport> repairProfile(const std::filesystem::path& path, const Profile::Secrets& secrets,
                                   const DoctorProgress& progress = {});

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A backup of a whole profile: its rows, not its pages, in one sealed stream (sealed_stream.h) that the
/// account's recovery code opens. What is in a file is read as data and held against this program's own
/// tables; indexes are made anew. Ratchets and prekeys stay out (carried_tables.h): a restored profile is a
/// restored one from its first log-in on (R15), and begins new sessions.
///
///     record := 'B' ‖ u32 schema version ‖ account (32) ‖ u64 time made, ms      first
///             | 'I' ‖ u32 size ‖ identity as in the identity files               second
///             | 'T' ‖ u8 size ‖ name ‖ u8 columns ‖ (u8 size ‖ name)*            a table begins
///             | 'R' ‖ value*, one a column                                       a row of it
///             | 'E' ‖ u64 rows                                                   last
///     value  := 'n' | 'i' ‖ u64 | 't' ‖ u32 size ‖ text | 'b' ‖ u32 size ‖ bytes

#include "core/archive/sealed_stream.h"
#include "core/profile.h"

#include <functional>

namespace sotto::core {

struct ArchiveProgress {
    std::uint64_t done = 0; ///< of `total`, in whatever the work is counted
    std::uint64_t total = 0;
    std::uint64_t bytes = 0; ///< of the file so far
    bool isFinished = false;
};

/// Writes a backup in slices, so that whoever has the profile open goes on living. It is the state of the
/// moment when it began. Ended before it is finished it leaves nothing.
class BackupWriter {
public:
    /// NotFound: no account. Invalid: a file of that name is there. Locked: the profile does not know the
    /// public half of its backup key (setBackupKey).
    static Result<BackupWriter> begin(Profile& profile, const std::filesystem::path& path, Random& random,
                                      const Clock& clock);
    BackupWriter(BackupWriter&&) noexcept;
    BackupWriter& operator=(BackupWriter&&) = delete;
    ~BackupWriter();

    /// Some of the work, about so long. After a failure nothing is left.
    Result<ArchiveProgress> step(Milliseconds slice);

private:
    struct Private;
    explicit BackupWriter(std::unique_ptr<Private> data);
    std::unique_ptr<Private> d;
};

/// Remembers whom backups are for. A profile that was made before there were backups learns it from a
/// recovery code once; from createAccount() on it knows.
Expected<void, db::Error> setBackupKey(db::Database& database, const Curve25519Key& key);
Expected<bool, db::Error> hasBackupKey(db::Database& database);

struct BackupInfo {
    AccountId account;
    DeviceNumber device{};
    std::int64_t madeAt = 0;
    int schema = 0;
    std::uint64_t rows = 0;
    std::uint64_t messages = 0;
};
/// Told now and then; false: stop.
using OnArchiveProgress = std::function<bool(const ArchiveProgress&)>;

/// Reads all of it and makes nothing. Failures: NotFound; Invalid for what is no backup, or a newer one;
/// Locked for another account's code; Damaged with the place. Stopped: Invalid, "stopped".
Result<BackupInfo> verifyBackup(const std::filesystem::path& path, const crypto::RecoveryCode& code,
                                const OnArchiveProgress& onProgress);
/// Makes a profile of it, whole or not at all.
Result<BackupInfo> restoreBackup(const std::filesystem::path& path, const crypto::RecoveryCode& code,
                                 const std::filesystem::path& directory, const Profile::Secrets& secrets,
                                 const Profile::SealCost& cost, Random& random,
                                 const OnArchiveProgress& onProgress);

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/program/backup.h"

#include "core/base/random.h"
#include "core/db/migration.h"
#include "server-stub/program/data_directory.h"
#include "server-stub/program/json_object.h"
#include "server-stub/program/up.h"
#include "server-stub/store/schema.h"

#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <sys/stat.h>
#include <unistd.h>

namespace sotto::relay {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDatabase = "relay.db";

/// What was written survives a power cut from here on; false when the disk says otherwise.
bool sync(const fs::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = file >= 0 && ::fsync(file) == 0;
    if (file >= 0) {
        ::close(file);
    }
    return synced;
}

bool syncWithDirectory(const fs::path& path) {
    const fs::path directory = path.parent_path().empty() ? fs::path(".") : path.parent_path();
    return sync(path) && sync(directory);
}

Expected<db::Database, db::Error> openExisting(const fs::path& path, db::OpenOptions::Mode mode) {
    db::OpenOptions options;
    options.mode = mode;
    options.secureDelete = false;
    return db::Database::open(path, options);
}

/// A copy of the whole database as it stands now, whoever else is writing.
Expected<void, db::Error> copyTo(db::Database& database, const fs::path& file) {
    std::error_code ignored;
    fs::remove(file, ignored);
    return db::attempt([&] { database.run("VACUUM INTO ?", file.string()); });
}

ExitCode failed(const std::string& doing, const fs::path& path, db::Error error) {
    const bool damaged = error == db::Error::Corrupt || error == db::Error::NotADatabase;
    const bool missing = error == db::Error::CannotOpen;
    return fail(damaged   ? ExitCode::Damaged
                : missing ? ExitCode::NotFound
                          : ExitCode::Internal,
                "cannot " + doing + " " + path.string() + ": " + db::describe(error));
}

void tell(const BackupOptions& options, const char* type, const std::string& words) {
    if (options.json) {
        SystemRandom random;
        std::cout << JsonObject()
                         .text("type", type)
                         .number("v", 1)
                         .text("id", std::string(type) + "_" + random.next<Epoch>().hex())
                         .time(SystemClock().wall())
                         .text("file", options.file.string())
                         .text("data", options.data.string())
                         .line()
                  << std::endl;
    } else {
        std::cout << words << std::endl;
    }
}

/// Why a file cannot be restored from; nothing when it can.
std::optional<ExitCode> unfit(db::Database& database, const fs::path& file) {
    std::int64_t version = 0;
    bool isRelays = false;
    const auto looked = db::attempt([&] {
        auto found = database.query("PRAGMA user_version");
        found.next();
        version = found.integer(0);
        isRelays = database
                       .query("SELECT 1 FROM sqlite_schema WHERE name = 'mailbox' AND EXISTS "
                              "(SELECT 1 FROM sqlite_schema WHERE name = 'relay')")
                       .next();
    });
    if (!looked) {
        return failed("read", file, looked.error());
    }
    if (!isRelays) {
        return fail(ExitCode::Usage, "cannot restore from " + file.string() + ": it is no backup of a relay");
    }
    if (version > kMigrations.back().version) {
        return fail(ExitCode::Usage, "cannot restore from " + file.string() +
                                         ": it was written by a newer version; use that version of "
                                         "sotto-relay");
    }
    if (!database.check().empty()) {
        return fail(ExitCode::Damaged, "cannot restore from " + file.string() + ": it is damaged");
    }
    return std::nullopt;
}

/// Brings a copy to this version, as a relay that begins a new life.
Expected<void, db::Error> renew(const fs::path& file) {
    auto database = openExisting(file, db::OpenOptions::Mode::OpenExisting);
    if (!database) {
        return unexpected(database.error());
    }
    if (const auto migrated = db::migrate(*database, kMigrations); !migrated) {
        return migrated;
    }
    SystemRandom random;
    return database->transaction(
        [&] { database->run("UPDATE relay SET epoch = ? WHERE id = 1", random.next<Epoch>()); });
}

} // namespace

ExitCode backup(const BackupOptions& options) {
    ::umask(0077);
    const fs::path source = options.data / kDatabase;
    std::error_code error;
    if (fs::exists(options.file, error)) {
        return fail(ExitCode::Usage, "cannot make a backup in " + options.file.string() +
                                         ": there is something already; name a new file");
    }
    if (!fs::exists(source, error)) {
        return fail(ExitCode::NotFound, "cannot make a backup: no relay has run from " +
                                            options.data.string() + "; name its directory with --data");
    }
    auto database = openExisting(source, db::OpenOptions::Mode::OpenExisting);
    if (!database) {
        return failed("read", source, database.error());
    }
    const fs::path unfinished = options.file.string() + ".unfinished";
    if (const auto copied = copyTo(*database, unfinished); !copied) {
        fs::remove(unfinished, error);
        return failed("make a backup in", options.file, copied.error());
    }
    fs::rename(unfinished, options.file, error);
    if (error || !syncWithDirectory(options.file)) {
        return fail(ExitCode::Internal, "cannot make a backup in " + options.file.string() + ": " +
                                            (error ? error.message() : std::string(std::strerror(errno))));
    }
    tell(options, "backup",
         "Backup in " + options.file.string() + "\nThe relay's key is not in it: keep " +
             (options.data / "relay.key").string() + " once, apart.");
    return ExitCode::Done;
}

ExitCode restore(const BackupOptions& options) {
    ::umask(0077);
    std::error_code error;
    if (!fs::exists(options.file, error)) {
        return fail(ExitCode::NotFound, "cannot restore from " + options.file.string() + ": there is none");
    }
    const auto directory = DataDirectory::open(options.data);
    if (!directory) {
        const bool usage = directory.error().problem == DataDirectory::Problem::Unusable;
        return fail(usage ? ExitCode::Usage : ExitCode::Locked, directory.error().text);
    }
    const fs::path target = options.data / kDatabase;
    const fs::path fresh = target.string() + ".unfinished";
    {
        auto source = openExisting(options.file, db::OpenOptions::Mode::ReadOnly);
        if (!source) {
            return failed("restore from", options.file, source.error());
        }
        if (const auto refused = unfit(*source, options.file)) {
            return *refused;
        }
        if (const auto copied = copyTo(*source, fresh); !copied) {
            fs::remove(fresh, error);
            return failed("restore to", target, copied.error());
        }
    }
    if (const auto renewed = renew(fresh); !renewed) {
        fs::remove(fresh, error);
        return failed("restore to", target, renewed.error());
    }
    if (fs::exists(target, error)) {
        // What the old log holds goes into the old file; a log must never stand beside another database.
        static_cast<void>(openExisting(target, db::OpenOptions::Mode::OpenExisting));
        for (const char* companion : {"-wal", "-shm"}) {
            fs::remove(target.string() + companion, error);
        }
        const fs::path replaced = target.string() + ".replaced";
        fs::remove(replaced, error);
        fs::create_hard_link(target, replaced, error);
    }
    fs::rename(fresh, target, error);
    if (error || !syncWithDirectory(target)) {
        return fail(ExitCode::Internal, "cannot restore to " + target.string() + ": " +
                                            (error ? error.message() : std::string(std::strerror(errno))));
    }
    tell(options, "restore",
         "Restored. Start the relay with `sotto-relay up`: clients notice, hand in what they still hold, and "
         "lose nothing.");
    return ExitCode::Done;
}

} // namespace sotto::relay

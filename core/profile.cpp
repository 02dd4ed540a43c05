// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile.h"

#include "core/profile/database_key.h"
#include "core/profile/identity_file.h"
#include "core/profile/key_protection.h"
#include "core/profile/repaired_history.h"
#include "core/profile/sentinel.h"
#include "core/profile/unfinished_directory.h"
#include "core/profile/unlocked_profile.h"
#include "core/storage/schema.h"
#include "core/storage/search_tokenizer.h"

namespace sotto::core {

struct Profile::Private {
    // Destroyed from the last to the first: the database is closed before the lock is let go.
    ProfileLock lock;
    ProfileDirectory directory;
    db::DatabaseKey key;
    IdentityRecord identity;
    GenerationPair generation;
    db::Database database;
    Storage storage;
};

namespace {

namespace fs = std::filesystem;

/// SQLCipher's.
constexpr std::uint64_t kPageBytes = 4096;

std::string sentence(const char* attempt, const fs::path& path) {
    return std::string(attempt) + " " + path.string();
}

Failure databaseFailure(db::Error error, const ProfileDirectory& directory) {
    const std::string& attempted = directory.attempted();
    switch (error) {
    case db::Error::Full:
        return directory.systemFailure(ENOSPC, kHistoryFile);
    case db::Error::Io:
        return directory.systemFailure(directory.isFull() ? ENOSPC : EIO, kHistoryFile);
    case db::Error::ReadOnly:
    case db::Error::CannotOpen:
        return directory.systemFailure(directory.isFull() ? ENOSPC : EACCES, kHistoryFile);
    case db::Error::Busy:
        return {FailureCode::Locked, attempted + ": another program is using history.db; end that first", {}};
    case db::Error::Corrupt:
        return directory.damaged("history.db is damaged");
    case db::Error::NotADatabase:
        return directory.damaged("history.db is damaged, or belongs to another key");
    case db::Error::NewerSchema:
        return {FailureCode::Locked,
                attempted + ": history.db was written by a newer version of Sotto. Nothing was changed; "
                            "update this program",
                {}};
    case db::Error::Constraint:
    case db::Error::Internal:
        return {FailureCode::Internal, attempted + ": history.db: " + db::describe(error), {}};
    }
    return {};
}

/// A directory without any of its files is none; one that lacks some is damaged.
bool isProfile(const ProfileDirectory& directory) {
    return std::ranges::any_of(std::array{kHistoryFile, kSealedKeyFile, kPlainKeyFile, kKeychainKeyFile,
                                          kIdentityFileA, kIdentityFileB, kSentinelFile},
                               [&](const char* name) { return directory.has(name); });
}

Result<ProfileDirectory> openProfileDirectory(const fs::path& path, const char* attempt) {
    auto directory = ProfileDirectory::open(path, sentence(attempt, path));
    if (directory && !isProfile(*directory)) {
        return failure(FailureCode::NotFound, directory->attempted() + ": there is none");
    }
    return directory;
}

db::OpenOptions optionsFor(const Profile::Storage& storage, const db::DatabaseKey& key) {
    db::OpenOptions options;
    options.key = &key;
    options.mode = db::OpenOptions::Mode::OpenExisting;
    options.vfs = storage.vfs;
    options.tokenizer = &searchTokenizer();
    options.cacheKibibytes = storage.cacheKibibytes;
    options.reopensItself = true;
    return options;
}

/// What can be seen of history.db before SQLite has it.
Result<void> inspectHistory(const ProfileDirectory& directory) {
    for (const char* companion : {"history.db-wal", "history.db-shm"}) {
        if (const auto file = directory.makePrivate(companion); !file) {
            return unexpected(file.error());
        }
    }
    const auto size = directory.makePrivate(kHistoryFile);
    if (!size) {
        return unexpected(size.error());
    }
    // SQLite would make a new database of what holds no whole page.
    if (size->value_or(0) < kPageBytes) {
        return unexpected(directory.damaged(*size ? "history.db is cut off" : "history.db is missing"));
    }
    return {};
}

Result<db::Database> openHistory(const ProfileDirectory& directory, const db::DatabaseKey& key,
                                 const Profile::Storage& storage) {
    if (storage.vfs.empty()) {
        if (const auto inspected = inspectHistory(directory); !inspected) {
            return unexpected(inspected.error());
        }
    }
    return db::Database::open(directory.path() / kHistoryFile, optionsFor(storage, key))
        .map_error([&](db::Error error) { return databaseFailure(error, directory); });
}

/// What a copy holds, and its bytes, to repair the other with.
struct IdentityCopy {
    IdentityRecord record;
    Bytes file;
};

/// Nothing when the copy is missing or damaged.
Result<std::optional<IdentityCopy>> readIdentity(const ProfileDirectory& directory, const char* name,
                                                 const db::DatabaseKey& key) {
    const auto file = directory.read(name, kMaxIdentityFileBytes);
    if (!file) {
        // A copy that is no file, too long or on a bad sector is a damaged copy.
        return file.error().code == FailureCode::Damaged ? Result<std::optional<IdentityCopy>>(std::nullopt)
                                                         : unexpected(file.error());
    }
    auto record = *file ? openIdentity((*file)->expose(), key) : std::nullopt;
    return record ? std::optional(IdentityCopy{std::move(*record), bytesOf((*file)->expose())})
                  : std::nullopt;
}

struct IdentityCopies {
    IdentityCopy newest;
    const char* outdated = nullptr; ///< the file to repair
};

Result<IdentityCopies> readIdentities(const ProfileDirectory& directory, const db::DatabaseKey& key) {
    auto a = readIdentity(directory, kIdentityFileA, key);
    if (!a) {
        return unexpected(std::move(a.error()));
    }
    auto b = readIdentity(directory, kIdentityFileB, key);
    if (!b) {
        return unexpected(std::move(b.error()));
    }
    if (!*a && !*b) {
        return unexpected(directory.damaged("identity.a and identity.b are both damaged or missing"));
    }
    const bool takeA = *a && (!*b || (*a)->record.revision >= (*b)->record.revision);
    const bool areEqual = *a && *b && (*a)->file == (*b)->file;
    return IdentityCopies{std::move(takeA ? **a : **b),
                          areEqual ? nullptr : (takeA ? kIdentityFileB : kIdentityFileA)};
}

Result<GenerationPair> readGeneration(const ProfileDirectory& directory, const db::DatabaseKey& key) {
    const auto file = directory.read(kSentinelFile, kMaxSentinelBytes);
    if (!file) {
        return unexpected(file.error());
    }
    if (!*file) {
        return GenerationPair{};
    }
    const auto pair = decodeSentinel((*file)->expose(), key);
    if (!pair) {
        return unexpected(directory.damaged(
            "generation is damaged (without that file the profile opens as one restored from a backup)"));
    }
    return *pair;
}

Result<void> writeBothIdentities(const ProfileDirectory& directory, BytesView file) {
    return directory.replace(kIdentityFileA, file).and_then([&] {
        return directory.replace(kIdentityFileB, file);
    });
}

/// Makes the database in its first state and closes it, so that it lies whole in one file.
Result<void> makeHistory(const ProfileDirectory& directory, const db::DatabaseKey& key, Filling* filling) {
    db::OpenOptions options;
    options.key = &key;
    options.tokenizer = &searchTokenizer();
    {
        auto database = db::Database::open(directory.path() / kHistoryFile, options);
        if (!database) {
            return unexpected(databaseFailure(database.error(), directory));
        }
        if (filling != nullptr) {
            if (auto filled = filling->fill(*database); !filled) {
                return filled;
            }
        }
        if (const auto migrated = db::migrate(*database, clientMigrations()); !migrated) {
            return unexpected(databaseFailure(migrated.error(), directory));
        }
    }
    writeHead(directory, key);
    return directory.syncFile(kHistoryFile);
}

Result<db::Database> migrated(db::Database database, const ProfileDirectory& directory) {
    if (const auto done = db::migrate(database, clientMigrations()); !done) {
        return unexpected(databaseFailure(done.error(), directory));
    }
    return database;
}

} // namespace

Result<Profile> Profile::create(const fs::path& directory, const Secrets& secrets, Random& random,
                                const SealCost& cost) {
    return make(directory, secrets, random, cost, nullptr);
}

Result<Profile> Profile::create(const fs::path& directory, const Secrets& secrets, Random& random,
                                const SealCost& cost, Filling& filling) {
    return make(directory, secrets, random, cost, &filling);
}

Result<Profile> Profile::make(const fs::path& directory, const Secrets& secrets, Random& random,
                              const SealCost& cost, Filling* filling) {
    const fs::path path = canonicalPath(directory);
    const std::string attempted = sentence("Cannot make profile", path);
    auto unfinished = UnfinishedDirectory::begin(path, attempted, random);
    if (!unfinished) {
        return unexpected(std::move(unfinished.error()));
    }
    const ProfileDirectory& sibling = unfinished->directory();
    db::DatabaseKey key = db::DatabaseKey::random(random);
    IdentityRecord identity;
    GenerationPair generation;
    const auto made = writeKey(sibling, key, secrets, cost, random)
                          .and_then([&] { return makeHistory(sibling, key, filling); })
                          .and_then([&]() -> Result<void> {
                              if (filling == nullptr) {
                                  return {};
                              }
                              identity = {1, filling->identity()};
                              generation = filling->generation();
                              return sibling.replace(kSentinelFile, encodeSentinel(generation, key));
                          })
                          .and_then([&] {
                              return writeBothIdentities(
                                  sibling, sealIdentity(identity.revision, identity.identity, key, random));
                          })
                          .and_then([&] { return unfinished->publish(); });
    if (!made) {
        if (secrets.keychain != nullptr) {
            forgetKeychainEntry(sibling, *secrets.keychain);
        }
        return unexpected(made.error());
    }
    auto place = ProfileDirectory::open(path, attempted);
    if (!place) {
        return unexpected(std::move(place.error()));
    }
    auto database = openHistory(*place, key, {});
    if (!database) {
        return unexpected(std::move(database.error()));
    }
    return Profile(std::unique_ptr<Private>(new Private{unfinished->release(), std::move(*place),
                                                        std::move(key), std::move(identity), generation,
                                                        std::move(*database), Storage{}}));
}

Result<UnlockedProfile> unlockProfile(const fs::path& path, const Profile::Secrets& secrets,
                                      const char* attempt) {
    auto directory = openProfileDirectory(canonicalPath(path), attempt);
    if (!directory) {
        return unexpected(std::move(directory.error()));
    }
    auto lock = ProfileLock::take(*directory);
    if (!lock) {
        return unexpected(std::move(lock.error()));
    }
    auto key = readKey(*directory, secrets);
    if (!key) {
        return unexpected(std::move(key.error()));
    }
    if (const auto finished = finishRepair(*directory); !finished) {
        return unexpected(finished.error());
    }
    return UnlockedProfile{std::move(*directory), std::move(*lock), std::move(key->key)};
}

Result<Profile> Profile::open(const fs::path& path, const Secrets& secrets, const Storage& storage) {
    auto unlocked = unlockProfile(path, secrets, "Cannot open profile");
    if (!unlocked) {
        return unexpected(std::move(unlocked.error()));
    }
    ProfileDirectory* const directory = &unlocked->directory;
    db::DatabaseKey* const key = &unlocked->key;
    // The database first: it tells a key of another profile from damaged small files.
    auto opened = openHistory(*directory, *key, storage);
    if (!opened) {
        return unexpected(std::move(opened.error()));
    }
    auto identities = readIdentities(*directory, *key);
    if (!identities) {
        return unexpected(std::move(identities.error()));
    }
    auto generation = readGeneration(*directory, *key);
    if (!generation) {
        return unexpected(std::move(generation.error()));
    }
    // Everything was seen to be whole: from here on it is written.
    auto database = migrated(std::move(*opened), *directory);
    if (!database) {
        return unexpected(std::move(database.error()));
    }
    if (auto tidied = tidyKey(*directory); !tidied) {
        return unexpected(std::move(tidied.error()));
    }
    if (identities->outdated != nullptr) {
        if (auto repaired = directory->replace(identities->outdated, identities->newest.file); !repaired) {
            return unexpected(std::move(repaired.error()));
        }
    }
    if (const auto head = directory->makePrivate(headFile()); storage.vfs.empty() && head && !*head) {
        writeHead(*directory, *key);
    }
    return Profile(std::unique_ptr<Private>(new Private{std::move(unlocked->lock), std::move(*directory),
                                                        std::move(*key), std::move(identities->newest.record),
                                                        *generation, std::move(*database), storage}));
}

Result<KeyProtection> Profile::protectionOf(const fs::path& directory) {
    return openProfileDirectory(canonicalPath(directory), "Cannot open profile").and_then(protectionIn);
}

namespace {

/// With the directory of a profile that nobody has open.
template <class F>
Result<void> changeKeyFile(const fs::path& path, F change) {
    const auto directory = openProfileDirectory(canonicalPath(path), "Cannot change how the key is kept of");
    if (!directory) {
        return unexpected(directory.error());
    }
    const auto lock = ProfileLock::take(*directory);
    if (!lock) {
        return unexpected(lock.error());
    }
    return tidyKey(*directory).and_then([&] { return change(*directory); });
}

} // namespace

Result<void> Profile::changeProtection(const fs::path& path, const Secrets& before, const Secrets& after,
                                       const SealCost& cost, Random& random) {
    return changeKeyFile(path, [&](const ProfileDirectory& directory) {
        return readKey(directory, before).and_then([&](const CheckedKey& key) {
            return replaceKey(directory, key, before.keychain, after, cost, random);
        });
    });
}

Result<void> Profile::changeProtection(const fs::path& path, const CheckedKey& before, Keychain* keychain,
                                       const Secrets& after, const SealCost& cost, Random& random) {
    return changeKeyFile(path, [&](const ProfileDirectory& directory) {
        return replaceKey(directory, before, keychain, after, cost, random);
    });
}

Result<CheckedKey> Profile::check(const fs::path& path, const Secrets& secrets) {
    return openProfileDirectory(canonicalPath(path), "Cannot open profile")
        .and_then([&](const ProfileDirectory& directory) { return readKey(directory, secrets); });
}

Profile::Profile(std::unique_ptr<Private> data)
    : d(std::move(data)) {}
Profile::Profile(Profile&&) noexcept = default;
Profile& Profile::operator=(Profile&&) noexcept = default;
Profile::~Profile() = default;

const fs::path& Profile::directory() const {
    return d->directory.path();
}

db::Database& Profile::database() {
    return d->database;
}

Result<db::Database> Profile::openReader() const {
    db::OpenOptions options = optionsFor(d->storage, d->key);
    options.mode = db::OpenOptions::Mode::ReadOnly;
    options.reopensItself = false;
    return db::Database::open(d->directory.path() / kHistoryFile, options).map_error([&](db::Error error) {
        return databaseFailure(error, d->directory);
    });
}

const std::optional<Identity>& Profile::identity() const {
    return d->identity.identity;
}

Result<void> Profile::storeIdentity(Identity identity, Random& random) {
    IdentityRecord next{d->identity.revision + 1, std::move(identity)};
    const Bytes file = sealIdentity(next.revision, next.identity, d->key, random);
    // Counted even if it fails: what may stand in one of the files must not be numbered twice.
    d->identity.revision = next.revision;
    return writeBothIdentities(d->directory, file).map([&] {
        d->identity = std::move(next);
        if (d->storage.vfs.empty()) {
            writeHead(d->directory, d->key); // an account has come, and the address of its relay
        }
    });
}

GenerationPair Profile::generation() const {
    return d->generation;
}

Result<void> Profile::storeGeneration(const GenerationPair& pair) {
    return d->directory.replace(kSentinelFile, encodeSentinel(pair, d->key)).map([&] {
        d->generation = pair;
    });
}

} // namespace sotto::core

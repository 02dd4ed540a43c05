// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One account's data on disk: a directory (0700, its files 0600), opened by exactly one process at a time.
///
///     lock                held (OFD lock) as long as the profile is open (R16)
///     key.sealed          the database key under a passphrase (Argon2id), or
///     key.keychain        the database key under a secret that the desktop's keychain has, or
///     key.file            the database key itself, for headless use: whoever copies the folder can read it
///     identity.a, .b      the device's keys, encrypted, twice: one damaged copy cannot end the account
///     history.db          everything else, in SQLCipher; beside it what core/profile/repaired_history.h
///     keeps generation          the sentinel against rolled-back copies (docs/PROTOCOL.md, "Rollback")
///
/// Not thread-safe: one thread owns a profile and all that it hands out, except readers. Every failure is a
/// Failure whose text names what was attempted, the file, and what to do. A damaged profile is never replaced
/// by an empty one, and whatever can be seen before writing fails before anything is written.

#include "core/base/clock.h"
#include "core/db/database.h"
#include "core/types/failure.h"
#include "crypto/account_keys.h"
#include "crypto/device_keys.h"

#include <filesystem>
#include <memory>

namespace sotto::core {

/// How the database key is kept.
enum class KeyProtection { Passphrase, Keychain, KeyFile };

class Keychain;

/// What the identity files hold. The signer key only lives on the first (and any promoted) device.
struct Identity {
    AccountId account;
    DeviceNumber device{};
    crypto::DeviceKeys keys;
    std::optional<crypto::SignerKey> signer;
};

/// A generation of this profile's life and its random twin; number 0 means none.
struct Generation {
    std::uint64_t number = 0;
    FixedBytes<struct GenerationTag, 16> nonce;
    friend bool operator==(const Generation&, const Generation&) = default;
};
/// Written durably outside the database, so that a restored database is noticed.
struct GenerationPair {
    Generation confirmed;
    Generation pending;
    std::uint64_t revision = 0; ///< grows with each change, so that the older of two copies is known
    friend bool operator==(const GenerationPair&, const GenerationPair&) = default;
};

/// What a profile begins with that is made from a backup.
class Filling {
public:
    virtual ~Filling() = default;
    /// Makes the tables of this version's schema or of an older one, and their rows.
    virtual Result<void> fill(db::Database& database) = 0;
    // After fill().
    virtual Identity identity() = 0;
    virtual GenerationPair generation() const = 0;
};

/// A profile's database key, and of which key file it was read. Made by Profile::check().
struct CheckedKey {
    db::DatabaseKey key;
    Digest file; ///< hash of all that was in it
};

class Profile {
public:
    struct Secrets {
        SecretBytes passphrase;       ///< empty: key.keychain or key.file
        Keychain* keychain = nullptr; ///< to make: under it. To open: asked if the profile is under it
    };
    /// Where history.db lies and how much of it is kept in memory. A simulated disk is named by `vfs`; the
    /// other files are in the directory in any case.
    struct Storage {
        std::string vfs; ///< empty: the file system
        int cacheKibibytes = db::OpenOptions().cacheKibibytes;
    };
    /// Cost of Argon2id; tests lower it. Default: 256 MiB, 3 passes.
    struct SealCost {
        std::size_t memoryBytes = std::size_t{256} << 20U;
        std::uint32_t passes = 3;
        /// What this machine pays in about three quarters of a second, and never less than the default
        /// unless there is no such memory here: then less of it and more passes. Takes as long as the default
        /// does.
        static SealCost measured(const Clock& clock);
    };

    /// Makes the directory, missing parents and everything in it but the identity. Invalid: there is a
    /// profile already, or something else. All or nothing: a failure leaves nothing, a kill either nothing
    /// that open() takes for a profile or a whole one.
    static Result<Profile> create(const std::filesystem::path& directory, const Secrets& secrets,
                                  Random& random, const SealCost& cost);
    static Result<Profile> create(const std::filesystem::path& directory, const Secrets& secrets,
                                  Random& random) {
        return create(directory, secrets, random, SealCost());
    }
    /// The same with something in it from the beginning.
    static Result<Profile> create(const std::filesystem::path& directory, const Secrets& secrets,
                                  Random& random, const SealCost& cost, Filling& filling);
    /// NotFound: no profile there. Invalid: a passphrase for a profile that has none. Locked: wrong or
    /// missing passphrase, in use by another process, no permission, or of a newer version. DiskFull.
    /// Damaged: says which file; nothing was changed. One damaged copy of the identity is repaired from the
    /// other.
    static Result<Profile> open(const std::filesystem::path& directory, const Secrets& secrets) {
        return open(directory, secrets, Storage());
    }
    /// The same where history.db lies elsewhere, or is kept in less memory.
    static Result<Profile> open(const std::filesystem::path& directory, const Secrets& secrets,
                                const Storage& storage);
    /// Keeps the same database key in another way: another passphrase, the keychain, or a file. Nothing is
    /// encrypted again. A kill or a failure leaves the old way or the new one, whole. Fails as open() does.
    static Result<void> changeProtection(const std::filesystem::path& directory, const Secrets& before,
                                         const Secrets& after, const SealCost& cost, Random& random);
    /// The same after check(), which has paid for Argon2id already. keychain: has the key until now, or may
    /// be nullptr. Locked, and nothing is changed, when the way was changed since.
    static Result<void> changeProtection(const std::filesystem::path& directory, const CheckedKey& before,
                                         Keychain* keychain, const Secrets& after, const SealCost& cost,
                                         Random& random);
    /// Whether these secrets would open it, without opening it: beside whoever has it open. Fails as open()
    /// does.
    static Result<CheckedKey> check(const std::filesystem::path& directory, const Secrets& secrets);
    /// Which protection a profile has, without opening it; NotFound when there is none, Damaged when it has
    /// no key.
    static Result<KeyProtection> protectionOf(const std::filesystem::path& directory);

    Profile(Profile&&) noexcept;
    Profile& operator=(Profile&&) noexcept;
    ~Profile();

    const std::filesystem::path& directory() const; ///< absolute
    /// Migrated to this version's schema. Stays where it is when the profile moves.
    db::Database& database();
    /// A second connection to the same database, for reading only, in another thread. It may not outlive the
    /// profile.
    Result<db::Database> openReader() const;

    /// Nothing before an account was made.
    const std::optional<Identity>& identity() const;
    /// Durable when it returns. Both copies are written one after the other, so that one is always whole.
    /// After a failure this object keeps the identity before; the next open() finds one or the other.
    Result<void> storeIdentity(Identity identity, Random& random);

    /// Of the sentinel file; zero when there is none. None beside a database that knows a generation means
    /// that somebody removed it: such a profile counts as restored.
    GenerationPair generation() const;
    /// Durable when it returns. After a failure as with the identity.
    Result<void> storeGeneration(const GenerationPair& pair);

private:
    struct Private;
    static Result<Profile> make(const std::filesystem::path& directory, const Secrets& secrets,
                                Random& random, const SealCost& cost, Filling* filling);
    explicit Profile(std::unique_ptr<Private> data);
    std::unique_ptr<Private> d;
};

} // namespace sotto::core

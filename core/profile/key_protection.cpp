// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/key_protection.h"

#include "core/base/hash.h"
#include "core/profile/keychain.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <unistd.h>

namespace sotto::core {
namespace {

constexpr std::array kKeyFiles = {kSealedKeyFile, kPlainKeyFile, kKeychainKeyFile};

const char* nameFor(KeyProtection protection) {
    switch (protection) {
    case KeyProtection::Passphrase:
        return kSealedKeyFile;
    case KeyProtection::KeyFile:
        return kPlainKeyFile;
    case KeyProtection::Keychain:
        return kKeychainKeyFile;
    }
    return kSealedKeyFile;
}

Failure keyFailure(KeyRefusal refusal, const ProfileDirectory& directory, const char* name) {
    const std::string& attempted = directory.attempted();
    switch (refusal) {
    case KeyRefusal::Damaged:
        return directory.damaged(std::string(name) + " is damaged");
    case KeyRefusal::WrongPassphrase:
        return {FailureCode::Locked, attempted + ": wrong passphrase", {}};
    case KeyRefusal::NoMemory:
        return {FailureCode::Locked,
                attempted + ": not enough free memory to work the passphrase; close something and try again",
                {}};
    case KeyRefusal::CostOutOfBounds:
        return {FailureCode::Invalid, attempted + ": the passphrase's cost is out of bounds", {}};
    }
    return {};
}

/// What the keychain said, with what it was wanted for.
Failure keychainFailure(const Failure& failure, const ProfileDirectory& directory) {
    if (failure.code == FailureCode::NotFound) {
        return {FailureCode::Locked,
                directory.attempted() +
                    ": its key is in a keychain, and this one does not have it; open the profile where it "
                    "was made, or restore a backup with the recovery code",
                {}};
    }
    return {failure.code, directory.attempted() + ": " + failure.text, {}};
}

struct KeyFile {
    const char* name = nullptr;
    KeyProtection protection{};
    SecretBytes contents;
};

Result<KeyFile> readKeyFile(const ProfileDirectory& directory) {
    const char* name = nullptr;
    for (const char* candidate : kKeyFiles) {
        if (!directory.has(candidate)) {
            continue;
        }
        if (name != nullptr) {
            return unexpected(directory.damaged(std::string("there is both ") + name + " and " + candidate));
        }
        name = candidate;
    }
    if (name == nullptr) {
        return unexpected(directory.damaged("key.sealed (or key.file, or key.keychain) is missing"));
    }
    auto file = directory.read(name, kMaxKeyFileBytes);
    if (!file) {
        return unexpected(file.error());
    }
    KeyFile found{name, {}, *file ? std::move(**file) : SecretBytes()};
    // What is damaged from its first line on is still asked for by its name.
    const auto protection = protectionOf(found.contents.expose());
    found.protection = protection               ? *protection
                       : name == kSealedKeyFile ? KeyProtection::Passphrase
                       : name == kPlainKeyFile  ? KeyProtection::KeyFile
                                                : KeyProtection::Keychain;
    return found;
}

Result<db::DatabaseKey> openKeychainKey(const ProfileDirectory& directory, const KeyFile& file,
                                        Keychain* keychain) {
    const auto entry = keychainEntry(file.contents.expose());
    if (!entry) {
        return unexpected(keyFailure(KeyRefusal::Damaged, directory, file.name));
    }
    if (keychain == nullptr) {
        return failure(FailureCode::Locked,
                       directory.attempted() + ": it needs the keychain of this desktop");
    }
    const auto secret = keychain->read(*entry);
    if (!secret) {
        return unexpected(keychainFailure(secret.error(), directory));
    }
    return openUnderKeychain(file.contents.expose(), *secret).map_error([&](KeyRefusal refusal) {
        return refusal == KeyRefusal::WrongPassphrase
                   ? Failure{FailureCode::Locked,
                             directory.attempted() + ": the keychain's entry " + *entry +
                                 " is not the one of this profile",
                             {}}
                   : keyFailure(refusal, directory, file.name);
    });
}

Result<db::DatabaseKey> openKey(const ProfileDirectory& directory, const KeyFile& file,
                                const Profile::Secrets& secrets) {
    if (file.protection == KeyProtection::Passphrase && secrets.passphrase.isEmpty()) {
        return failure(FailureCode::Locked, directory.attempted() + ": it needs its passphrase");
    }
    if (file.protection != KeyProtection::Passphrase && !secrets.passphrase.isEmpty()) {
        return failure(FailureCode::Invalid,
                       directory.attempted() + ": it has a key file and no passphrase; give none");
    }
    const auto refused = [&](KeyRefusal refusal) { return keyFailure(refusal, directory, file.name); };
    switch (file.protection) {
    case KeyProtection::Passphrase:
        return openSealedKey(file.contents.expose(), secrets.passphrase).map_error(refused);
    case KeyProtection::KeyFile: {
        auto key = decodeKeyFile(file.contents.expose());
        return key ? Result<db::DatabaseKey>(std::move(*key)) : unexpected(refused(KeyRefusal::Damaged));
    }
    case KeyProtection::Keychain:
        return openKeychainKey(directory, file, secrets.keychain);
    }
    return unexpected(refused(KeyRefusal::Damaged));
}

/// Replaces the file `name` by the key under `secrets`, and says how it is protected now.
Result<KeyProtection> storeKey(const ProfileDirectory& directory, const char* name,
                               const db::DatabaseKey& key, const Profile::Secrets& secrets,
                               const Profile::SealCost& cost, Random& random) {
    if (secrets.keychain != nullptr) {
        const KeychainKey kept = sealUnderKeychain(key, random);
        if (const auto written = secrets.keychain->write(kept.entry, kept.secret); !written) {
            return unexpected(keychainFailure(written.error(), directory));
        }
        const char* place = name == nullptr ? kKeychainKeyFile : name;
        // After a failure the entry stays: whether the file was replaced is not certain then.
        return directory.replace(place, kept.file).map([] { return KeyProtection::Keychain; });
    }
    if (secrets.passphrase.isEmpty()) {
        const char* place = name == nullptr ? kPlainKeyFile : name;
        return directory.replace(place, encodeKeyFile(key).expose()).map([] {
            return KeyProtection::KeyFile;
        });
    }
    const crypto::PassphraseCost blobCost{
        cost.passes, static_cast<std::uint32_t>(std::min<std::size_t>(cost.memoryBytes / 1024, UINT32_MAX))};
    const auto file = sealKey(key, secrets.passphrase, blobCost, random);
    if (!file) {
        return unexpected(keyFailure(file.error(), directory, kSealedKeyFile));
    }
    const char* place = name == nullptr ? kSealedKeyFile : name;
    return directory.replace(place, *file).map([] { return KeyProtection::Passphrase; });
}

Digest hashOf(const KeyFile& file) {
    return labelledHash("sotto key file", file.contents.expose());
}

Result<void> nameRightly(const ProfileDirectory& directory, const char* name, KeyProtection protection) {
    const char* right = nameFor(protection);
    if (std::string_view(right) == name) {
        return {};
    }
    if (::renameat(directory.descriptor(), name, directory.descriptor(), right) != 0) {
        return unexpected(directory.systemFailure(errno, right));
    }
    return directory.sync();
}

} // namespace

Result<KeyProtection> protectionIn(const ProfileDirectory& directory) {
    return readKeyFile(directory).map([](const KeyFile& file) { return file.protection; });
}

Result<CheckedKey> readKey(const ProfileDirectory& directory, const Profile::Secrets& secrets) {
    const auto file = readKeyFile(directory);
    if (!file) {
        return unexpected(file.error());
    }
    return openKey(directory, *file, secrets).map([&](db::DatabaseKey key) {
        return CheckedKey{std::move(key), hashOf(*file)};
    });
}

Result<void> writeKey(const ProfileDirectory& directory, const db::DatabaseKey& key,
                      const Profile::Secrets& secrets, const Profile::SealCost& cost, Random& random) {
    return storeKey(directory, nullptr, key, secrets, cost, random).map([](KeyProtection) {});
}

void forgetKeychainEntry(const ProfileDirectory& directory, Keychain& keychain) {
    const auto file = directory.read(kKeychainKeyFile, kMaxKeyFileBytes);
    if (const auto entry = file && *file ? keychainEntry((*file)->expose()) : std::nullopt) {
        static_cast<void>(keychain.remove(*entry)); // opens nothing any more
    }
}

Result<void> replaceKey(const ProfileDirectory& directory, const CheckedKey& before, Keychain* keychain,
                        const Profile::Secrets& after, const Profile::SealCost& cost, Random& random) {
    const auto file = readKeyFile(directory);
    if (!file) {
        return unexpected(file.error());
    }
    // Over a file that another program has put there meanwhile this key might be the wrong one.
    if (hashOf(*file) != before.file) {
        return failure(FailureCode::Locked, directory.attempted() +
                                                ": another program changed that at the same moment; nothing "
                                                "was changed here, try again");
    }
    const auto protection = storeKey(directory, file->name, before.key, after, cost, random);
    if (!protection) {
        return unexpected(protection.error());
    }
    // From here on the new way holds. The rest is order.
    const auto named = nameRightly(directory, file->name, *protection);
    if (const auto entry = keychainEntry(file->contents.expose()); entry && keychain != nullptr) {
        static_cast<void>(keychain->remove(*entry));
    }
    return named;
}

Result<void> tidyKey(const ProfileDirectory& directory) {
    for (const char* name : kKeyFiles) {
        ::unlinkat(directory.descriptor(), (std::string(name) + kNextSuffix).c_str(), 0);
    }
    const auto file = readKeyFile(directory);
    return file ? nameRightly(directory, file->name, file->protection) : unexpected(file.error());
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The one file of a profile's directory that holds the database key: how it is read, made and replaced.
/// What the file holds says how it is protected, not its name: a change is one replacement of the contents,
/// and the name follows.

#include "core/profile/database_key.h"
#include "core/profile/profile_directory.h"

namespace sotto::core {

/// Damaged when there is no key file or more than one.
Result<KeyProtection> protectionIn(const ProfileDirectory& directory);

Result<CheckedKey> readKey(const ProfileDirectory& directory, const Profile::Secrets& secrets);

/// Of a profile that has none yet.
Result<void> writeKey(const ProfileDirectory& directory, const db::DatabaseKey& key,
                      const Profile::Secrets& secrets, const Profile::SealCost& cost, Random& random);

/// Takes back what writeKey() gave the keychain, where the profile was not made after all.
void forgetKeychainEntry(const ProfileDirectory& directory, Keychain& keychain);

/// The same key, kept in another way. Durable when it returns; after a kill or a failure the old way holds
/// or the new one. Locked, and nothing changes, if the key was read from another file than the one that is
/// there now. The keychain forgets an entry that nothing needs any more.
Result<void> replaceKey(const ProfileDirectory& directory, const CheckedKey& before, Keychain* keychain,
                        const Profile::Secrets& after, const Profile::SealCost& cost, Random& random);

/// Clears away what a killed replaceKey() left: half a new file, or one under the old name. The caller holds
/// the profile's lock.
Result<void> tidyKey(const ProfileDirectory& directory);

} // namespace sotto::core

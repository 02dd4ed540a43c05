// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What opens a profile, and what is to open one that is made: asked for where it is needed.

#include "cli/context.h"

namespace sotto::cli {

/// How a key is to be kept that has no keeper yet; neither: under a passphrase.
struct NewProtection {
    bool keyFile = false;
    bool keychain = false;
};

/// Usage: both at once.
std::optional<rpc::Error> refusalOf(const NewProtection& wanted);
/// For a new key. Warns of a key file; asks for a passphrase, or reads it from `source`.
rpc::Result<core::Profile::Secrets> newSecrets(Context& context, const NewProtection& wanted,
                                               const PassphraseSource& source);
/// For the profile that is there: its passphrase is asked for if it has one. Errors of
/// Profile::protectionOf() too.
rpc::Result<core::Profile::Secrets> secretsOf(Context& context, const std::filesystem::path& directory);

} // namespace sotto::cli

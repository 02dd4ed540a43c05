// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Where a passphrase comes from: the terminal, a file descriptor or a 0600 file. Never from an argument or
/// the environment, which other programs can read.

#include "core/base/secret.h"
#include "core/rpc/error.h"

#include <string>

namespace sotto::cli {

struct PassphraseSource {
    int descriptor = -1;
    std::string file;
};

/// Text without its final line end, at most 1024 bytes, never empty.
rpc::Result<SecretBytes> readPassphrase(const PassphraseSource& source);
/// A new one: on a terminal asked for twice.
rpc::Result<SecretBytes> readNewPassphrase(const PassphraseSource& source);

/// The same for something else than a passphrase: what stands in the file, or what a person answers.
rpc::Result<SecretBytes> readSecret(const PassphraseSource& source, const std::string& name,
                                    const std::string& question);

} // namespace sotto::cli

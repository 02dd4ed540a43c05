// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A recovery code from whoever has it: the terminal, a file descriptor or a 0600 file.

#include "cli/passphrase.h"
#include "crypto/recovery_code.h"

namespace sotto::cli {

rpc::Result<crypto::RecoveryCode> readRecoveryCode(const PassphraseSource& source);

} // namespace sotto::cli

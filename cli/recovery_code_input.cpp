// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/recovery_code_input.h"

namespace sotto::cli {

rpc::Result<crypto::RecoveryCode> readRecoveryCode(const PassphraseSource& source) {
    const auto text = readSecret(source, "recovery code: use --code-fd or --code-file", "Recovery code: ");
    if (!text) {
        return tl::unexpected(text.error());
    }
    auto code = crypto::RecoveryCode::parse(textOf(text->expose()));
    if (code) {
        return std::move(*code);
    }
    switch (code.error()) {
    case crypto::RecoveryCodeError::WrongCharacter:
        return rpc::fail(rpc::Exit::Usage, "bad_code",
                         "this is no recovery code: it has letters and digits in groups of four, without U");
    case crypto::RecoveryCodeError::WrongLength:
        return rpc::fail(rpc::Exit::Usage, "bad_code",
                         "this is no recovery code: it has 14 groups of four characters");
    case crypto::RecoveryCodeError::WrongChecksum:
        break;
    }
    return rpc::fail(rpc::Exit::Usage, "bad_code",
                     "this is no recovery code: a character was mistyped somewhere");
}

} // namespace sotto::cli

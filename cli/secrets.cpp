// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/secrets.h"

namespace sotto::cli {

std::optional<rpc::Error> refusalOf(const NewProtection& wanted) {
    if (wanted.keyFile && wanted.keychain) {
        return rpc::Error{rpc::Exit::Usage, "usage", "--key-file and --keychain exclude each other", {}};
    }
    return std::nullopt;
}

rpc::Result<core::Profile::Secrets> newSecrets(Context& context, const NewProtection& wanted,
                                               const PassphraseSource& source) {
    core::Profile::Secrets secrets;
    if (wanted.keychain) {
        secrets.keychain = &context.keychain();
    } else if (wanted.keyFile) {
        context.out().note(
            "Warning: --key-file keeps the key beside the data. Whoever can read this profile's folder "
            "can read its messages.");
    } else {
        auto passphrase = readNewPassphrase(source);
        if (!passphrase) {
            return tl::unexpected(passphrase.error());
        }
        secrets.passphrase = std::move(*passphrase);
    }
    return secrets;
}

rpc::Result<core::Profile::Secrets> secretsOf(Context& context, const std::filesystem::path& directory) {
    const auto protection = core::Profile::protectionOf(directory);
    if (!protection) {
        return tl::unexpected(rpc::errorOf(protection.error()));
    }
    core::Profile::Secrets secrets;
    secrets.keychain = &context.keychain();
    if (*protection == core::KeyProtection::Passphrase) {
        auto passphrase = readPassphrase(context.options().passphrase);
        if (!passphrase) {
            return tl::unexpected(passphrase.error());
        }
        secrets.passphrase = std::move(*passphrase);
    }
    return secrets;
}

} // namespace sotto::cli

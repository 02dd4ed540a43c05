// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The desktop's keychain (Secret Service, KWallet), asked through a small program of its own: what its
/// libraries cost is paid only by who uses it, and whatever hangs there is killed when the time is over.

#include "core/profile/keychain.h"

#include <chrono>
#include <filesystem>

namespace sotto::net {

class KeychainProcess final : public core::Keychain {
public:
    /// Long enough to type a password into the desktop's own question where there is a screen, short where
    /// nobody could.
    static std::chrono::milliseconds defaultPatience();

    /// program: sotto-keychain (core/net/keychain/main.cpp).
    explicit KeychainProcess(std::filesystem::path program,
                             std::chrono::milliseconds patience = defaultPatience())
        : m_program(std::move(program))
        , m_patience(patience) {}
    /// The one that is installed with the running program, whether that is one of the two for people or what
    /// stands behind them.
    static std::filesystem::path ofThisProgram();

    core::Result<SecretBytes> read(const std::string& entry) override;
    core::Result<void> write(const std::string& entry, const SecretBytes& secret) override;
    core::Result<void> remove(const std::string& entry) override;

private:
    core::Result<SecretBytes> ask(const char* verb, const std::string& entry, const SecretBytes& input);
    std::filesystem::path m_program;
    std::chrono::milliseconds m_patience;
};

} // namespace sotto::net

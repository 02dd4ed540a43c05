// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Where the operating system keeps secrets for whoever is logged in. A profile under its protection keeps
/// one entry there; without that entry nobody opens it.

#include "core/base/secret.h"
#include "core/types/failure.h"

#include <string>

namespace sotto::core {

class Keychain {
public:
    virtual ~Keychain() = default;
    // Failures of all three: Unreachable when there is no keychain here or it does not answer in time, Locked
    // when it or the person refused. The text says what to do.

    /// NotFound: there is no such entry.
    virtual Result<SecretBytes> read(const std::string& entry) = 0;
    /// secret: text without a line end. Replaces an entry of that name.
    virtual Result<void> write(const std::string& entry, const SecretBytes& secret) = 0;
    /// No entry of that name is no failure.
    virtual Result<void> remove(const std::string& entry) = 0;
};

} // namespace sotto::core

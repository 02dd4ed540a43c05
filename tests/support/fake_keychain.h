// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A keychain in a folder, so that it outlives a process that is killed while it uses it.

#include "core/profile/keychain.h"
#include "tests/support/folder.h"

namespace sotto::test {

class FolderKeychain final : public core::Keychain {
public:
    explicit FolderKeychain(fs::path folder)
        : m_folder(std::move(folder)) {}
    core::Result<SecretBytes> read(const std::string& entry) override {
        if (isSilent) {
            return silence();
        }
        if (!fs::exists(m_folder / entry)) {
            return core::failure(core::FailureCode::NotFound, "no such entry");
        }
        return SecretBytes::from(viewOf(readAll(m_folder / entry)));
    }
    core::Result<void> write(const std::string& entry, const SecretBytes& secret) override {
        if (isSilent) {
            return silence();
        }
        writeAll(m_folder / (entry + "~"), textOf(secret.expose()));
        fs::rename(m_folder / (entry + "~"), m_folder / entry);
        return {};
    }
    core::Result<void> remove(const std::string& entry) override {
        if (isSilent) {
            return silence();
        }
        fs::remove(m_folder / entry);
        return {};
    }
    bool isSilent = false;

private:
    static tl::unexpected<core::Failure> silence() {
        return core::failure(core::FailureCode::Unreachable, "the keychain did not answer");
    }
    fs::path m_folder;
};

} // namespace sotto::test

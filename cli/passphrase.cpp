// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/passphrase.h"

#include "cli/terminal.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sotto::cli {

namespace {

using rpc::Exit;

/// What readLine() gave, held against what a passphrase is.
rpc::Result<SecretBytes> checked(std::optional<SecretBytes> line, const std::string& what) {
    if (!line) {
        return rpc::fail(Exit::Usage, "passphrase",
                         "cannot read the passphrase from " + what + ": " + std::strerror(errno));
    }
    if (line->size() > kLongestLine) {
        return rpc::fail(Exit::Usage, "passphrase",
                         "the passphrase from " + what + " is longer than " + std::to_string(kLongestLine) +
                             " bytes");
    }
    if (line->isEmpty()) {
        return rpc::fail(Exit::Usage, "passphrase",
                         "the passphrase from " + what +
                             " is empty; for a profile without one use --key-file");
    }
    return std::move(*line);
}

rpc::Result<SecretBytes> readFile(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return rpc::fail(Exit::Usage, "passphrase",
                         "cannot open the passphrase file " + path + ": " + std::strerror(errno));
    }
    struct stat status {};
    if (fstat(file, &status) != 0 || (status.st_mode & 077U) != 0 || status.st_uid != geteuid()) {
        ::close(file);
        return rpc::fail(Exit::Usage, "passphrase",
                         "the passphrase file " + path + " can be read by others: chmod 600 it and own it");
    }
    auto passphrase = checked(readLine(file), "the file " + path);
    ::close(file);
    return passphrase;
}

} // namespace

rpc::Result<SecretBytes> readPassphrase(const PassphraseSource& source) {
    if (source.descriptor >= 0) {
        return checked(readLine(source.descriptor), "descriptor " + std::to_string(source.descriptor));
    }
    if (!source.file.empty()) {
        return readFile(source.file);
    }
    Terminal terminal(Echo::Off);
    if (!terminal.isThere()) {
        return rpc::fail(
            Exit::Locked, "passphrase",
            "this profile has a passphrase and there is no terminal to ask on: use --passphrase-fd or "
            "--passphrase-file");
    }
    return checked(terminal.ask("Passphrase: "), "the terminal");
}

rpc::Result<SecretBytes> readSecret(const PassphraseSource& source, const std::string& name,
                                    const std::string& question) {
    if (source.descriptor >= 0 || !source.file.empty()) {
        return readPassphrase(source);
    }
    Terminal terminal(Echo::Off);
    if (!terminal.isThere()) {
        return rpc::fail(Exit::Usage, "usage", "there is no terminal to ask for the " + name);
    }
    return checked(terminal.ask(question), "the terminal");
}

rpc::Result<SecretBytes> readNewPassphrase(const PassphraseSource& source) {
    if (source.descriptor >= 0 || !source.file.empty()) {
        return readPassphrase(source);
    }
    Terminal terminal(Echo::Off);
    if (!terminal.isThere()) {
        return rpc::fail(
            Exit::Usage, "passphrase",
            "there is no terminal to ask for a passphrase: use --passphrase-fd, --passphrase-file, or "
            "--key-file for a profile that whoever copies it can open");
    }
    auto first = checked(terminal.ask("New passphrase: "), "the terminal");
    if (!first) {
        return first;
    }
    const auto second = checked(terminal.ask("Once more: "), "the terminal");
    if (!second) {
        return tl::unexpected(second.error());
    }
    if (first->size() != second->size() ||
        sodium_memcmp(first->expose().data(), second->expose().data(), first->size()) != 0) {
        return rpc::fail(Exit::Usage, "passphrase", "the two passphrases differ: nothing was changed");
    }
    return first;
}

} // namespace sotto::cli

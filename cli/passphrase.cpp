// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/passphrase.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace sotto::cli {

namespace {

constexpr std::size_t kLongest = 1024;

using rpc::Exit;

/// Reads a line, or all there is; byte by byte, so that what follows the line stays for others.
rpc::Result<SecretBytes> readLine(int descriptor, const std::string& what) {
    SecretBytes gathered(kLongest + 1);
    std::size_t size = 0;
    while (size <= kLongest) {
        const ssize_t read = ::read(descriptor, &gathered.exposeWritable()[size], 1);
        if (read < 0 && errno == EINTR) {
            continue;
        }
        if (read < 0) {
            return rpc::fail(Exit::Usage, "passphrase",
                             "cannot read the passphrase from " + what + ": " + std::strerror(errno));
        }
        if (read == 0 || gathered.expose()[size] == '\n') {
            break;
        }
        ++size;
    }
    if (size > kLongest) {
        return rpc::fail(Exit::Usage, "passphrase",
                         "the passphrase from " + what + " is longer than " + std::to_string(kLongest) +
                             " bytes");
    }
    if (size == 0) {
        return rpc::fail(Exit::Usage, "passphrase",
                         "the passphrase from " + what +
                             " is empty; for a profile without one use `account new --key-file`");
    }
    return SecretBytes::from(gathered.expose().first(size));
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
    auto passphrase = readLine(file, "the file " + path);
    ::close(file);
    return passphrase;
}

/// The terminal without echo; put back as it was when this ends.
class Terminal {
public:
    Terminal()
        : m_file(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
        if (m_file >= 0 && tcgetattr(m_file, &m_before) == 0) {
            termios silent = m_before;
            silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            m_silent = tcsetattr(m_file, TCSAFLUSH, &silent) == 0;
        }
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal() {
        if (m_silent) {
            tcsetattr(m_file, TCSAFLUSH, &m_before);
        }
        if (m_file >= 0) {
            ::close(m_file);
        }
    }
    bool isThere() const { return m_silent; }
    rpc::Result<SecretBytes> ask(std::string_view question) {
        (void)!::write(m_file, question.data(), question.size());
        auto answer = readLine(m_file, "the terminal");
        (void)!::write(m_file, "\n", 1);
        return answer;
    }

private:
    int m_file;
    bool m_silent = false;
    termios m_before{};
};

} // namespace

rpc::Result<SecretBytes> readPassphrase(const PassphraseSource& source) {
    if (source.descriptor >= 0) {
        return readLine(source.descriptor, "descriptor " + std::to_string(source.descriptor));
    }
    if (!source.file.empty()) {
        return readFile(source.file);
    }
    Terminal terminal;
    if (!terminal.isThere()) {
        return rpc::fail(
            Exit::Locked, "passphrase",
            "this profile has a passphrase and there is no terminal to ask on: use --passphrase-fd or "
            "--passphrase-file");
    }
    return terminal.ask("Passphrase: ");
}

rpc::Result<SecretBytes> readNewPassphrase(const PassphraseSource& source) {
    if (source.descriptor >= 0 || !source.file.empty()) {
        return readPassphrase(source);
    }
    Terminal terminal;
    if (!terminal.isThere()) {
        return rpc::fail(
            Exit::Usage, "passphrase",
            "there is no terminal to ask for a passphrase: use --passphrase-fd, --passphrase-file, or "
            "--key-file for a profile that whoever copies it can open");
    }
    auto first = terminal.ask("New passphrase: ");
    if (!first) {
        return first;
    }
    const auto second = terminal.ask("Once more: ");
    if (!second) {
        return tl::unexpected(second.error());
    }
    if (first->size() != second->size() ||
        sodium_memcmp(first->expose().data(), second->expose().data(), first->size()) != 0) {
        return rpc::fail(Exit::Usage, "passphrase", "the two passphrases differ: nothing was made");
    }
    return first;
}

} // namespace sotto::cli

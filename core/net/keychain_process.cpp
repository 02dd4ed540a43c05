// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/keychain_process.h"

#include "core/net/keychain_words.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sotto::net {

namespace {

using core::FailureCode;
using Deadline = std::chrono::steady_clock::time_point;

constexpr const char* kWayOut = "; start a Secret Service or KWallet for this session, or keep the key in "
                                "another way: `sotto account protect`";
constexpr std::size_t kLongestReason = 400;

/// Both ends, closed when this ends.
struct Pipe {
    std::array<int, 2> ends{-1, -1};
    enum class Kind { Plain, WithoutSignal };
    /// WithoutSignal: send() may tell that nobody reads it any more, instead of a signal to this process.
    explicit Pipe(Kind kind = Kind::Plain) {
        (void)!(kind == Kind::Plain ? ::pipe2(ends.data(), O_CLOEXEC)
                                    : ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()));
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close(0);
        close(1);
    }
    void close(std::size_t end) {
        if (const int descriptor = std::exchange(ends[end], -1); descriptor >= 0) {
            ::close(descriptor);
        }
    }
};

/// A child in a process group of its own, so that what it started ends with it.
class Helper {
public:
    explicit Helper(pid_t process)
        : m_process(process) {}
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;
    ~Helper() {
        if (m_process > 0) {
            ::kill(-m_process, SIGKILL);
            ::kill(m_process, SIGKILL);
            wait();
        }
    }
    int wait() {
        int status = 0;
        while (::waitpid(m_process, &status, 0) < 0 && errno == EINTR) {
        }
        m_process = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t m_process;
};

/// False when the time is over first.
bool isReadable(int descriptor, Deadline deadline) {
    while (true) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return false;
        }
        pollfd wanted{descriptor, POLLIN, 0};
        if (::poll(&wanted, 1, static_cast<int>(left.count())) > 0) {
            return true;
        }
    }
}

/// Until the other end closes; nothing when the time is over first. What is too much is dropped.
std::optional<std::size_t> readAll(int descriptor, std::span<std::uint8_t> out, Deadline deadline) {
    std::size_t size = 0;
    while (isReadable(descriptor, deadline)) {
        std::array<std::uint8_t, 256> surplus;
        const bool fits = size < out.size();
        const ssize_t count = fits ? ::read(descriptor, out.data() + size, out.size() - size)
                                   : ::read(descriptor, surplus.data(), surplus.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return size;
        }
        size += fits ? static_cast<std::size_t>(count) : 0;
    }
    return std::nullopt;
}

auto noKeychain(const std::string& why) {
    return core::failure(FailureCode::Unreachable, "the desktop's keychain " + why + kWayOut);
}

} // namespace

std::chrono::milliseconds KeychainProcess::defaultPatience() {
    const bool hasScreen = std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr;
    return hasScreen ? std::chrono::seconds(60) : std::chrono::seconds(10);
}

std::filesystem::path KeychainProcess::ofThisProgram() {
    std::error_code error;
    const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    const std::filesystem::path beside = here / "sotto-keychain";
    return std::filesystem::exists(beside, error)
               ? beside
               : here.parent_path() / SOTTO_LIBEXEC / "sotto" / "sotto-keychain";
}

core::Result<SecretBytes> KeychainProcess::ask(const char* verb, const std::string& entry,
                                               const SecretBytes& input) {
    const Deadline deadline = std::chrono::steady_clock::now() + m_patience;
    Pipe in(Pipe::Kind::WithoutSignal);
    Pipe out;
    Pipe error;
    if (error.ends[1] < 0) {
        return noKeychain("cannot be asked: too many open files");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, error.ends[1], STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::string program = m_program.string();
    std::string word = verb;
    std::string name = entry;
    const std::array<char*, 4> arguments{program.data(), word.data(), name.data(), nullptr};
    pid_t process = -1;
    const int spawned =
        ::posix_spawn(&process, program.c_str(), &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (spawned != 0) {
        return noKeychain("cannot be asked: " + program + " is missing (built without QtKeychain?)");
    }
    Helper helper(process);
    in.close(0);
    out.close(1);
    error.close(1);
    // Less than it holds, so this does not wait; a helper that ended already is seen by its exit code.
    (void)::send(in.ends[1], input.expose().data(), input.size(), MSG_NOSIGNAL);
    in.close(1);

    SecretBytes answer(kLongestKeychainSecret);
    const auto size = readAll(out.ends[0], answer.exposeWritable(), deadline);
    std::array<std::uint8_t, kLongestReason> reason;
    const auto reasonSize = size ? readAll(error.ends[0], reason, deadline) : std::nullopt;
    if (!reasonSize) {
        return noKeychain("did not answer within " +
                          std::to_string(std::chrono::ceil<std::chrono::seconds>(m_patience).count()) + " s");
    }
    std::string why(textOf(BytesView(reason).first(*reasonSize)));
    if (why.ends_with('\n')) {
        why.pop_back();
    }
    switch (static_cast<KeychainExit>(helper.wait())) {
    case KeychainExit::Done:
        return SecretBytes::from(answer.expose().first(*size));
    case KeychainExit::NotFound:
        return core::failure(FailureCode::NotFound, "the desktop's keychain has no such entry");
    case KeychainExit::Refused:
        return core::failure(FailureCode::Locked, "the desktop's keychain stayed locked: " + why);
    case KeychainExit::NoKeychain:
    case KeychainExit::Failed:
    case KeychainExit::Usage:
        break;
    }
    return noKeychain("cannot be used here: " + (why.empty() ? "sotto-keychain broke off" : why));
}

core::Result<SecretBytes> KeychainProcess::read(const std::string& entry) {
    return ask("read", entry, {});
}

core::Result<void> KeychainProcess::write(const std::string& entry, const SecretBytes& secret) {
    return ask("write", entry, secret).map([](const SecretBytes&) {});
}

core::Result<void> KeychainProcess::remove(const std::string& entry) {
    const auto removed = ask("remove", entry, {});
    if (!removed && removed.error().code != FailureCode::NotFound) {
        return tl::unexpected(removed.error());
    }
    return {};
}

} // namespace sotto::net

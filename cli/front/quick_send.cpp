// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/front/quick_send.h"

#include "cli/escape.h"
#include "cli/front/json_member.h"
#include "cli/send_words.h"
#include "core/base/encoding.h"
#include "core/config.h"
#include "core/paths.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <poll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sotto::cli {
namespace {

/// An owner answers within a commit. One that does not is busy or stopped: then the whole program waits.
constexpr int kPatienceMs = 1'000;
constexpr std::size_t kLongestAnswer = 1024 * 1024;
constexpr int kInternal = 1;

class Descriptor {
public:
    explicit Descriptor(int number)
        : m_number(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (m_number >= 0) {
            ::close(m_number);
        }
    }
    int number() const { return m_number; }
    bool isOpen() const { return m_number >= 0; }

private:
    int m_number;
};

struct Line {
    std::map<std::string, std::string> options;
    bool json = false;
    std::string target;
    std::string text;
};

/// The command line, if it is one of the plain kind: known options once each, a target and a text that
/// nothing could take for anything else.
std::optional<Line> readLine(const std::vector<std::string>& arguments) {
    Line line;
    std::vector<std::string> words;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument.empty()) {
            return std::nullopt;
        }
        if (argument.front() != '-') {
            words.push_back(argument);
            continue;
        }
        if (argument == "--json" || argument == "--no-push") { // with an owner there is nothing to push
            line.json |= argument == "--json";
            if (!line.options.emplace(argument, "").second) {
                return std::nullopt;
            }
            continue;
        }
        const bool takesValue = argument == "--profile" || argument == "--id" || argument == "--wait";
        if (!takesValue || ++i == arguments.size() || arguments[i].empty() || arguments[i].front() == '-' ||
            !line.options.emplace(argument, arguments[i]).second) {
            return std::nullopt;
        }
    }
    if (words.size() != 3 || words[0] != "send" || words[2].front() == '[' || !isUtf8(words[1]) ||
        !isUtf8(words[2])) {
        return std::nullopt;
    }
    line.target = words[1];
    line.text = words[2];
    return line;
}

std::string valueOf(const Line& line, const char* option) {
    const auto found = line.options.find(option);
    return found == line.options.end() ? std::string() : found->second;
}

/// The socket of the profile that is meant, and the form of the output; nothing when a setting is wrong or
/// wants more than queueing.
std::optional<std::filesystem::path> lookAround(Line& line) {
    const core::Environment environment = core::processEnvironment();
    const core::Paths paths = core::Paths::fromEnvironment(environment);
    auto config = core::Config::load(paths, environment);
    if (!config) {
        return std::nullopt;
    }
    const std::string wait =
        line.options.contains("--wait") ? valueOf(line, "--wait") : config->text("send.wait");
    if (wait != "queued" && (line.options.contains("--wait") || wait != "auto")) {
        return std::nullopt;
    }
    if (!config->text("log").empty()) {
        return std::nullopt;
    }
    line.json |= config->boolean("json");
    const std::string given = valueOf(line, "--profile");
    const auto directory = paths.profileDirectory(given.empty() ? config->text("profile") : given);
    if (!directory) {
        return std::nullopt;
    }
    const auto socket = paths.socketOf(*directory);
    return socket ? std::optional(*socket) : std::nullopt;
}

int connectTo(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1); // Paths has seen that it fits
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ucred peer{};
    socklen_t size = sizeof peer;
    if (socket >= 0 && ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid()) {
        return socket;
    }
    if (socket >= 0) {
        ::close(socket);
    }
    return -1;
}

bool sendAll(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t size = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size < 0 && errno == EAGAIN) {
            pollfd writable{socket, POLLOUT, 0};
            if (::poll(&writable, 1, kPatienceMs) <= 0) {
                return false;
            }
            continue;
        }
        if (size < 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

/// The owner's answer in one line; nothing when none comes in time or a signal to end does.
std::optional<std::string> receiveLine(int socket, int signals, bool& interrupted) {
    std::string received;
    while (received.size() < kLongestAnswer) {
        std::array<pollfd, 2> ready{pollfd{socket, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
        if (::poll(ready.data(), ready.size(), kPatienceMs) <= 0) {
            return std::nullopt;
        }
        if (ready[1].revents != 0) {
            interrupted = true;
            return std::nullopt;
        }
        std::array<char, 4096> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
        const ssize_t size = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (size <= 0) {
            return std::nullopt;
        }
        received.append(buffer.data(), static_cast<std::size_t>(size));
        if (const auto end = received.find('\n'); end != std::string::npos) {
            return received.substr(0, end);
        }
    }
    return std::nullopt;
}

/// What is printed for the answer; nothing when it is an error, or none that we know.
std::optional<std::string> wordsOf(const std::string& answer, bool json) {
    const auto result = member(answer, "result");
    if (!result) {
        return std::nullopt;
    }
    if (json) {
        return escapedJson(*result) + "\n";
    }
    const auto id = plainText(member(*result, "id"));
    const auto state = plainText(member(*result, "state"));
    if (!id || !state) {
        return std::nullopt;
    }
    return std::string(*id) + " " + wordsForState(std::string(*state)) + "\n";
}

bool print(std::string_view text) {
    while (!text.empty()) {
        const ssize_t size = ::write(STDOUT_FILENO, text.data(), text.size());
        if (size < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    }
    return true;
}

/// Holds signals to end back while a message is under way.
class HeldSignals {
public:
    HeldSignals() {
        sigemptyset(&m_held);
        sigaddset(&m_held, SIGINT);
        sigaddset(&m_held, SIGTERM);
        sigprocmask(SIG_BLOCK, &m_held, &m_before);
    }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    ~HeldSignals() {
        if (!m_kept) {
            sigprocmask(SIG_SETMASK, &m_before, nullptr);
        }
    }
    const sigset_t* set() const { return &m_held; }
    void keep() { m_kept = true; }

private:
    sigset_t m_held{};
    sigset_t m_before{};
    bool m_kept = false;
};

} // namespace

QuickSend quickSend(const std::vector<std::string>& arguments) {
    QuickSend quick;
    quick.handOver = arguments;
    auto line = readLine(arguments);
    const auto path = line ? lookAround(*line) : std::nullopt;
    if (!path) {
        return quick;
    }
    const Descriptor socket(connectTo(*path));
    if (!socket.isOpen()) {
        return quick;
    }
    std::string id = valueOf(*line, "--id");
    if (id.empty()) {
        std::array<std::uint8_t, 16> random{};
        if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
            return quick;
        }
        id = "msg_" + encodeHex(random);
        quick.handOver.insert(quick.handOver.end(), {"--id", id});
    }
    HeldSignals held;
    const Descriptor signals(::signalfd(-1, held.set(), SFD_CLOEXEC | SFD_NONBLOCK));
    const std::string wait = line->options.contains("--wait") ? ",\"wait\":\"queued\"" : "";
    const std::string request = R"({"id":1,"jsonrpc":"2.0","method":"msg.send","params":{"id":)" +
                                jsonString(id) + ",\"text\":" + jsonString(line->text) +
                                ",\"to\":" + jsonString(line->target) + wait + "}}\n";
    const auto answer = sendAll(socket.number(), request)
                            ? receiveLine(socket.number(), signals.number(), quick.interrupted)
                            : std::nullopt;
    if (quick.interrupted) {
        held.keep();
        return quick;
    }
    if (const auto words = answer ? wordsOf(*answer, line->json) : std::nullopt) {
        quick.exit = print(*words) ? 0 : kInternal;
    }
    return quick;
}

} // namespace sotto::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"

#include <QDeadlineTimer>
#include <QEventLoop>
#include <QTimer>
#include <csignal>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sotto::cli {

namespace {

/// Tells systemd (or whoever set NOTIFY_SOCKET) that other commands find the profile served from now on.
void notifyReady() {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path == nullptr || std::strlen(path) >= sizeof address.sun_path) {
        return;
    }
    std::memcpy(address.sun_path, path, std::strlen(path) + 1);
    if (*path == '@') {
        address.sun_path[0] = '\0'; // an abstract socket
    }
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor >= 0) {
        constexpr std::string_view kReady = "READY=1";
        (void)sendto(descriptor, kReady.data(), kReady.size(), MSG_NOSIGNAL,
                     reinterpret_cast<const sockaddr*>(&address), size);
        close(descriptor);
    }
}

/// The profile, owned: a command that has it for a moment is let finish, a lasting owner is not waited for.
rpc::Result<rpc::ProfileChannel*> takeOver(Context& context) {
    constexpr std::chrono::seconds kPatience{5};
    QDeadlineTimer deadline(kPatience);
    while (true) {
        const auto opened = context.profile();
        if (!opened || (*opened)->isOwner() || deadline.hasExpired() || context.interrupts().caught() != 0) {
            return opened;
        }
        QEventLoop loop;
        (*opened)->channel().onClosed = [&loop] { loop.quit(); };
        QTimer::singleShot(std::chrono::ceil<std::chrono::milliseconds>(deadline.remainingTimeAsDuration()),
                           &loop, [&loop] { loop.quit(); });
        loop.exec();
        (*opened)->channel().onClosed = nullptr;
        if (!deadline.hasExpired()) {
            context.forgetProfile();
        }
    }
}

rpc::Exit run(Context& context) {
    Output& out = context.out();
    const auto opened = takeOver(context);
    if (!opened) {
        return out.error(opened.error());
    }
    if (context.interrupts().caught() != 0) {
        return rpc::Exit::Interrupted;
    }
    if (!(*opened)->isOwner()) {
        return out.error({rpc::Exit::Locked,
                          "locked",
                          "cannot start: another process has this profile open already, and serves it",
                          {}});
    }
    if (const auto account = context.call("whoami", {}); !account) {
        return out.error(account.error());
    }
    if (const auto connected = context.call("relay.connect", {}); !connected) {
        return out.error(connected.error());
    }
    notifyReady();
    if (context.interrupts().caught() == 0) {
        QEventLoop().exec();
    }
    return context.interrupts().caught() == SIGTERM ? rpc::Exit::Done : rpc::Exit::Interrupted;
}

} // namespace

Command daemonCommand() {
    return {{"daemon"},
            "Stay connected and serve other commands, without output",
            "sotto daemon                  # until SIGTERM or Ctrl+C; other commands go through it\n"
            "systemctl --user start sotto  # with a unit of Type=notify",
            [](Synopsis&) -> Run { return run; }};
}

} // namespace sotto::cli

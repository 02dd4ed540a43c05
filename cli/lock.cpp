// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "core/rpc/objects.h"

#include <thread>

namespace sotto::cli {

namespace {

/// Until the kernel says that nobody has it any more: "locked" is not said before.
bool isLetGo(const std::filesystem::path& directory, const Clock& clock) {
    const auto deadline = clock.steady() + rpc::ProfileChannel::kPatience;
    std::chrono::milliseconds pause(1);
    while (rpc::ProfileChannel::isHeld(directory)) {
        if (clock.steady() >= deadline) {
            return false;
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::milliseconds(50));
    }
    return true;
}

rpc::Exit run(Context& context) {
    Output& out = context.out();
    const auto place = context.place();
    if (!place) {
        return out.error(place.error());
    }
    const auto protection = core::Profile::protectionOf(place->directory);
    if (!protection) {
        return out.error(rpc::errorOf(protection.error()));
    }
    const bool wasOpen = rpc::ProfileChannel::isHeld(place->directory);
    if (const auto owner = rpc::RemoteChannel::connect(place->socket)) {
        const auto asked = rpc::await(*owner, "lock", {});
        if (!asked && asked.error().code != "owner_gone") {
            return out.error(asked.error());
        }
    }
    if (!isLetGo(place->directory, context.clock())) {
        return out.error({rpc::Exit::Locked,
                          "in_use",
                          "cannot lock: the process that has the profile open does not let go; end it",
                          {}});
    }
    if (out.isJson()) {
        QJsonObject object = rpc::objectOf("lock", "profile", unixMilliseconds(context.clock().wall()));
        object["was_open"] = wasOpen;
        out.object(object);
    } else {
        out.line(wasOpen ? "Locked: the profile is closed and its keys are wiped."
                         : "Locked already: nothing had the profile open.");
    }
    if (*protection != core::KeyProtection::Passphrase) {
        out.note("Warning: this profile has no passphrase; the next command opens it again.");
    }
    return rpc::Exit::Done;
}

} // namespace

Command lockCommand() {
    return {{"lock"},
            "Close the profile wherever it is open, and wipe its keys",
            "sotto lock    # ends daemon and `recv --follow`; the next command asks for the passphrase",
            [](Synopsis&) -> Run { return run; }};
}

} // namespace sotto::cli

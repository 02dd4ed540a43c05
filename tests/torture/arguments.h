// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What `sotto-torture` was asked to do.

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sotto::torture {

struct Arguments {
    std::uint64_t seed = 1;
    std::uint64_t kills = 0;      ///< of clients, at random
    std::uint64_t relayKills = 0; ///< at random
    std::uint64_t messages = 0;   ///< sent meanwhile; 0: some for each kill
    std::uint64_t minutes = 0;    ///< go on with random kills for so long
    bool syscalls = false;        ///< kill before and after each state-changing system call
    bool relaySyscalls = false;   ///< the same to the relay
    std::uint64_t points = 0;     ///< at most so many of these, spread evenly; 0: all
    std::uint64_t cuts = 0;
    std::uint64_t diskFull = 0; ///< levels
    bool slowDisk = false;
    std::uint64_t replay = 0;   ///< messages in the mailbox
    std::uint64_t restores = 0; ///< of the relay, and as many of clients
    std::uint64_t forged = 0;   ///< seconds of forged counters
    std::uint16_t proxyPort = 0;
    std::string faults; ///< what the relay breaks itself, in the random kills
    std::string only;   ///< one scenario of --syscalls
    bool help = false;

    bool hasTraffic() const { return kills + relayKills + messages + minutes > 0; }
    bool hasPart() const {
        return hasTraffic() || syscalls || relaySyscalls || cuts > 0 || diskFull > 0 || slowDisk ||
               replay > 0 || restores > 0 || forged > 0;
    }
};

std::string usage();
/// The error is one line for people.
Expected<Arguments, std::string> parseArguments(const std::vector<std::string>& words);

} // namespace sotto::torture

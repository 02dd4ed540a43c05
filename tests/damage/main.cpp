// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-damage: a profile damaged N times in as many ways, and what the doctor made of it.
#include "tests/damage/mutation.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
    using namespace sotto::test;
    std::uint64_t mutations = 1000;
    std::uint64_t seed = 1;
    std::size_t messages = 5000;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
        if (std::strcmp(argv[i], "--mutations") == 0) {
            mutations = value;
        } else if (std::strcmp(argv[i], "--seed") == 0) {
            seed = value;
        } else if (std::strcmp(argv[i], "--messages") == 0) {
            messages = static_cast<std::size_t>(value);
        } else {
            argc = 0;
        }
    }
    if (argc % 2 == 0) {
        std::fputs(
            "sotto-damage [--mutations N] [--messages N] [--seed K]\n"
            "Damages the files of a profile N times, each time from whole again, and has them examined and\n"
            "repaired. The last line is a JSON summary; exit code 1 when a promise did not hold.\n",
            stderr);
        return 2;
    }
    const DamagedProfile closed(messages, false);
    const DamagedProfile killed(messages, true);
    std::uint64_t faults = 0;
    std::uint64_t sound = 0;
    std::uint64_t repaired = 0;
    std::uint64_t onePage = 0;
    std::size_t least = 1000;
    for (std::uint64_t i = 0; i < mutations; ++i) {
        const Trial trial = tryOut(i % 2 == 0 ? closed : killed, seed * 1'000'003 + i);
        sound += trial.wasSound ? 1 : 0;
        repaired += trial.wasRepaired ? 1 : 0;
        if (trial.mutation.isOnePage) {
            ++onePage;
            least = std::min(least, trial.thousandthsBack);
        }
        for (const std::string& fault : trial.faults) {
            ++faults;
            std::fprintf(stderr, "%llu (%s): %s\n", static_cast<unsigned long long>(i),
                         trial.mutation.text.c_str(), fault.c_str());
        }
    }
    std::printf("{\"mutations\":%llu,\"faults\":%llu,\"sound\":%llu,\"repaired\":%llu,\"one_page\":%llu,"
                "\"least_back_per_mille\":%zu}\n",
                static_cast<unsigned long long>(mutations), static_cast<unsigned long long>(faults),
                static_cast<unsigned long long>(sound), static_cast<unsigned long long>(repaired),
                static_cast<unsigned long long>(onePage), least);
    return faults == 0 ? 0 : 1;
}

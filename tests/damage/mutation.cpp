// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/damage/mutation.h"

namespace sotto::test {

using namespace sotto::core;

namespace {

constexpr std::size_t kPage = 4096;

std::string noise(std::size_t size, Chance& chance) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) {
        byte = static_cast<char>(chance.next());
    }
    return bytes;
}

void flip(std::string& contents, Chance& chance) {
    const std::size_t at = chance.below(contents.size());
    contents[at] = static_cast<char>(static_cast<unsigned char>(contents[at]) ^ (1U << chance.below(8)));
}

/// Pages of the database stand at multiples of their size, those of the log a little further.
Mutation mutatePages(const DamagedProfile& profile, const char* name, Chance& chance) {
    std::string contents = readAll(profile.place() / name);
    const bool isLog = std::string_view(name).ends_with("-wal");
    const std::size_t header = isLog ? 32 : 0;
    const std::size_t step = isLog ? kPage + 24 : kPage;
    Mutation mutation;
    mutation.isOnePage = true;
    if (contents.size() < header + step) {
        return mutation;
    }
    const std::size_t pages = (contents.size() - header) / step;
    const std::size_t page = chance.below(pages);
    const std::size_t other = chance.below(pages);
    const std::size_t at = header + page * step;
    const std::string where = std::string(name) + ", page " + std::to_string(page + 1);
    switch (chance.below(isLog ? 7 : 8)) {
    case 0:
        flip(contents, chance);
        mutation.text = std::string("a bit of ") + name;
        break;
    case 1: {
        std::string part = contents.substr(at, step);
        flip(part, chance);
        contents.replace(at, step, part);
        mutation.text = "a bit of " + where;
        break;
    }
    case 2:
        contents.replace(at, step, std::string(step, '\0'));
        mutation.text = "zeros over " + where;
        break;
    case 3:
        contents.replace(at, step, noise(step, chance));
        mutation.text = "noise over " + where;
        break;
    case 4: {
        const std::string first = contents.substr(at, step);
        contents.replace(at, step, contents.substr(header + other * step, step));
        contents.replace(header + other * step, step, first);
        mutation.text = where + " swapped with " + std::to_string(other + 1);
        mutation.isOnePage = page == other || !isLog; // a swapped page of the database is found again
        break;
    }
    case 5:
        contents.replace(at, step, contents.substr(header + other * step, step));
        mutation.text = where + " replaced by a copy of " + std::to_string(other + 1);
        break;
    case 6:
        contents.resize(chance.below(4) == 0 ? contents.size() - 1 - chance.below(kPage)
                                             : chance.below(contents.size()));
        mutation.text = std::string(name) + " cut to " + std::to_string(contents.size());
        mutation.isOnePage = false;
        break;
    default: { // part of a page, as of a bad sector
        const std::size_t sector = at + 512 * chance.below(8);
        contents.replace(sector, 512, noise(512, chance));
        mutation.text = "noise over a sector of " + where;
        break;
    }
    }
    profile.overwrite(name, contents);
    return mutation;
}

} // namespace

Mutation mutateHistory(const DamagedProfile& profile, Chance& chance) {
    const bool hasLog = profile.files().contains("history.db-wal");
    return mutatePages(profile, hasLog && chance.below(2) == 0 ? "history.db-wal" : "history.db", chance);
}

Mutation mutateAnything(const DamagedProfile& profile, Chance& chance) {
    Mutation all;
    all.isOnePage = false;
    for (std::uint64_t i = 0, times = 1 + chance.below(3); i < times; ++i) {
        auto file = profile.files().begin();
        std::advance(file, static_cast<std::ptrdiff_t>(chance.below(profile.files().size())));
        if (file->first == "history.db-shm") {
            --file; // without it nobody knows how long the log was
        }
        std::string contents = readAll(profile.place() / file->first);
        all.text += (i == 0 ? "" : "; ");
        if (chance.below(2) == 0 || contents.empty()) {
            all.text += mutateHistory(profile, chance).text;
        } else if (chance.below(4) == 0) {
            fs::remove(profile.place() / file->first);
            all.text += file->first + " removed";
        } else {
            flip(contents, chance);
            profile.overwrite(file->first.c_str(), contents);
            all.text += "a bit of " + file->first;
        }
    }
    return all;
}

Trial tryOut(const DamagedProfile& profile, std::uint64_t seed) {
    Chance chance(seed);
    profile.reset();
    Trial trial;
    trial.mutation = chance.below(3) == 0 ? mutateAnything(profile, chance) : mutateHistory(profile, chance);
    auto& faults = trial.faults;
    const auto before = profile.filesNow();
    const auto examined = examineProfile(profile.place(), {});
    if (profile.filesNow() != before) {
        faults.emplace_back("looking at it changed it");
    }
    if (!examined) {
        if (examined.error().code != FailureCode::Damaged && examined.error().code != FailureCode::Locked) {
            faults.push_back("examining failed: " + examined.error().text);
        }
        if (trial.mutation.isOnePage) {
            faults.push_back("one page was too much: " + examined.error().text);
        }
    }
    const auto repaired = repairProfile(profile.place(), {});
    if (!repaired) {
        if (repaired.error().code != FailureCode::Damaged) {
            faults.push_back("repairing failed: " + repaired.error().text);
        }
        if (trial.mutation.isOnePage) {
            faults.push_back("one page could not be repaired: " + repaired.error().text);
        }
        // Never a new one in its place.
        const auto opened = profile.opening();
        try {
            if (opened.empty() && !profile.rowsNow().contains("message")) {
                faults.emplace_back("an empty profile took its place");
            }
        } catch (const std::exception&) { // it cannot be read from end to end: no wonder
        }
        return trial;
    }
    trial.wasSound = repaired->isSound;
    trial.wasRepaired = repaired->isRepaired;
    if (!repaired->isSound && !repaired->isRepaired) {
        faults.emplace_back("neither sound nor repaired");
    }
    if (const std::string opened = profile.opening(); !opened.empty()) {
        faults.push_back("it does not open: " + opened);
        return trial;
    }
    const Truth now = profile.rowsNow();
    const bool isTold = !repaired->findings.empty();
    for (const std::string& unnamed : unnamedLosses(profile.truth(), now, *repaired)) {
        // What was in the log's end is told of as pages, not as rows.
        if (!isTold || !profile.files().contains("history.db-wal")) {
            faults.push_back("not named: " + unnamed);
        }
    }
    trial.thousandthsBack = messagesBack(profile.truth(), now) * 1000 / profile.messages();
    if (trial.mutation.isOnePage && trial.thousandthsBack < 990) {
        faults.push_back("only " + std::to_string(trial.thousandthsBack) + " of 1000 messages are back");
    }
    const auto again = examineProfile(profile.place(), {});
    if (!again || !again->isSound) {
        faults.push_back("not sound afterwards: " +
                         (again ? (again->findings.empty() ? std::string("?") : again->findings.front())
                                : again.error().text));
    }
    return trial;
}

} // namespace sotto::test

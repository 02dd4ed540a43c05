// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/simulated_disk.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace sotto::test {

SimulatedDisk::Outcome SimulatedDisk::begin(Operation operation) {
    if (m_truces > 0) {
        return Outcome::Done;
    }
    if (m_dead) {
        return Outcome::Dead;
    }
    ++m_operations;
    if (m_dieAt && m_operations >= *m_dieAt) {
        m_dead = true;
        return Outcome::Dead;
    }
    if (m_failing == operation) {
        if (!m_failsForEver) {
            m_failing.reset();
        }
        ++m_faults;
        return Outcome::Failed;
    }
    return Outcome::Done;
}

std::shared_ptr<SimulatedDisk::File> SimulatedDisk::find(const std::string& name) {
    const auto found = m_files.find(name);
    return found == m_files.end() ? nullptr : found->second;
}

std::shared_ptr<SimulatedDisk::File> SimulatedDisk::findOrMake(const std::string& name) {
    auto& file = m_files[name];
    if (!file) {
        file = std::make_shared<File>();
    }
    return file;
}

void SimulatedDisk::remove(const std::string& name) {
    m_files.erase(name);
}

void SimulatedDisk::apply(Bytes& contents, const Write& write) {
    if (write.newSize) {
        contents.resize(*write.newSize);
        return;
    }
    if (contents.size() < write.offset + write.bytes.size()) {
        contents.resize(write.offset + write.bytes.size());
    }
    std::copy(write.bytes.begin(), write.bytes.end(),
              contents.begin() + static_cast<std::ptrdiff_t>(write.offset));
}

SimulatedDisk::Outcome SimulatedDisk::write(File& file, std::size_t offset, BytesView bytes) {
    Outcome outcome = begin(Operation::Write);
    if (outcome == Outcome::Done && m_full && m_truces == 0 && offset + bytes.size() > file.contents.size()) {
        ++m_faults;
        return Outcome::Full;
    }
    if (outcome == Outcome::Dead && m_operations == m_dieAt) {
        // The last one: some of its sectors got as far as the program's write did.
        m_dieAt.reset();
        bytes = bytes.first(bytes.size() > kSector ? m_chance.below(bytes.size() / kSector) * kSector : 0);
        if (bytes.empty()) {
            return outcome;
        }
    } else if (outcome != Outcome::Done) {
        return outcome;
    }
    if (inspect) {
        inspect(bytes);
    }
    Write done{offset, bytesOf(bytes), {}};
    apply(file.contents, done);
    file.unsynced.push_back(std::move(done));
    return outcome;
}

SimulatedDisk::Outcome SimulatedDisk::truncate(File& file, std::size_t size) {
    const Outcome outcome = begin(Operation::Other);
    if (outcome == Outcome::Done) {
        Write done{0, {}, size};
        apply(file.contents, done);
        file.unsynced.push_back(std::move(done));
    }
    return outcome;
}

SimulatedDisk::Outcome SimulatedDisk::sync(File& file) {
    const Outcome outcome = begin(Operation::Sync);
    if (outcome == Outcome::Done) {
        for (const Write& write : file.unsynced) {
            apply(file.durable, write);
        }
        file.unsynced.clear();
    } else if (outcome == Outcome::Failed) {
        // As kernels do it: programs go on reading what they wrote, and no later sync brings it to the disk.
        file.unsynced.clear();
    }
    return outcome;
}

void SimulatedDisk::dieIn(std::uint64_t operations, Death death) {
    m_dieAt = m_operations + operations;
    m_death = death;
}

void SimulatedDisk::dieNow(Death death) {
    m_death = death;
    m_dead = true;
}

void SimulatedDisk::restart() {
    if (m_death == Death::PowerCut) {
        for (auto& [name, file] : m_files) {
            loseUnsynced(*file);
        }
        loseRenames();
    }
    m_renames.clear();
    // Whoever still holds a file of before holds another one.
    for (auto& [name, file] : m_files) {
        file = std::make_shared<File>(std::move(*file));
    }
    m_dead = false;
    m_dieAt.reset();
}

/// Each sector written since the last sync becomes what it was before or what one of the writes made of it.
void SimulatedDisk::loseUnsynced(File& file) {
    for (const Write& write : file.unsynced) {
        if (write.newSize) {
            if (m_chance.oneIn(2)) {
                file.durable.resize(*write.newSize);
            }
            continue;
        }
        if (m_chance.oneIn(3)) {
            ++m_lostWrites; // as a whole
            continue;
        }
        const bool torn = m_chance.oneIn(2);
        m_tornWrites += torn ? 1U : 0U;
        for (std::size_t begin = 0; begin < write.bytes.size(); begin += kSector) {
            if (torn && m_chance.oneIn(2)) {
                continue;
            }
            const std::size_t size = std::min(kSector, write.bytes.size() - begin);
            const auto from = write.bytes.begin() + static_cast<std::ptrdiff_t>(begin);
            apply(file.durable,
                  {write.offset + begin, Bytes(from, from + static_cast<std::ptrdiff_t>(size)), {}});
        }
    }
    file.contents = file.durable;
    file.unsynced.clear();
}

void SimulatedDisk::renamed(const std::string& path, std::optional<Bytes> before, bool synced) {
    m_renames.push_back({path, std::move(before), synced});
}

/// Later names rest on earlier ones: from some point on all are undone.
void SimulatedDisk::loseRenames() {
    std::size_t kept = m_renames.empty() ? 0 : m_chance.below(m_renames.size() + 1);
    for (std::size_t i = 0; i < kept; ++i) {
        if (!m_renames[i].synced && m_chance.oneIn(2)) {
            std::filesystem::resize_file(m_renames[i].path, 0); // its name arrived, its bytes did not
        }
    }
    for (std::size_t i = m_renames.size(); i > kept; --i) {
        const Rename& lost = m_renames[i - 1];
        if (!lost.before) {
            std::filesystem::remove(lost.path);
            continue;
        }
        std::ofstream(lost.path, std::ios::binary | std::ios::trunc)
            .write(reinterpret_cast<const char*>(lost.before->data()),
                   static_cast<std::streamsize>(lost.before->size()));
    }
}

void SimulatedDisk::fail(Operation operation, bool forEver) {
    m_failing = operation;
    m_failsForEver = forEver;
}

void SimulatedDisk::mend() {
    m_failing.reset();
    m_full = false;
    m_dieAt.reset();
}

SimulatedDisk::Files SimulatedDisk::copy() const {
    Files files;
    for (const auto& [name, file] : m_files) {
        files.emplace(name, file->contents);
    }
    return files;
}

void SimulatedDisk::replaceAll(const Files& files) {
    m_files.clear();
    for (const auto& [name, contents] : files) {
        m_files.emplace(name, std::make_shared<File>(File{contents, contents, {}}));
    }
}

} // namespace sotto::test

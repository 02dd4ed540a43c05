// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A disk of one computer that lies in memory and breaks as it is told: SQLite's files through a VFS
/// (simulated_vfs.h), other small files through wrapped system calls (small_files.h).
///
/// Each file is what programs read (contents), what a power cut leaves for certain (durable), and what was
/// written since the last sync. Names are durable at once; what renames of small files leave is up to
/// small_files.cpp.
///
/// Dying takes two steps, since no exception may pass SQLite: at the chosen operation the disk stops, and
/// everything after it fails and changes nothing; whoever runs the computer then ends its program, discards
/// what it did meanwhile, and calls restart().

#include "core/base/bytes.h"
#include "tests/support/chance.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sotto::test {

class SimulatedDisk {
public:
    static constexpr std::size_t kSector = 512;

    struct Write {
        std::size_t offset = 0;
        Bytes bytes;
        std::optional<std::size_t> newSize; ///< a truncation
    };
    struct File {
        Bytes contents;
        Bytes durable;
        std::vector<Write> unsynced;
    };
    using Files = std::map<std::string, Bytes>; ///< by name

    enum class Operation { Read, Write, Sync, Other };
    enum class Outcome { Done, Failed, Full, Dead };
    enum class Death {
        Kill,     ///< the program ends; what it wrote stays
        PowerCut, ///< what was not synced is lost, kept, torn or reordered, sector by sector
    };

    explicit SimulatedDisk(Chance& chance)
        : m_chance(chance) {}

    // ---- What the computer does ----
    /// Counts an operation and tells its fate. Nothing happens unless it is Done.
    Outcome begin(Operation operation);
    std::shared_ptr<File> find(const std::string& name);
    std::shared_ptr<File> findOrMake(const std::string& name);
    void remove(const std::string& name);
    Outcome write(File& file, std::size_t offset, BytesView bytes);
    Outcome truncate(File& file, std::size_t size);
    Outcome sync(File& file);

    // ---- What happens to it ----
    /// It stops at the operation that many operations from now.
    void dieIn(std::uint64_t operations, Death death);
    void dieNow(Death death);
    bool isDead() const { return m_dead; }
    /// Whether it is going to die at some operation.
    bool isDoomed() const { return m_dieAt.has_value(); }
    Death death() const { return m_death; }
    /// After everything on it was closed: what is left becomes what there is.
    void restart();
    void setFull(bool full) { m_full = full; }
    /// The next such operations fail, until mended when forEver.
    void fail(Operation operation, bool forEver);
    void mend();

    /// Whole files, as a backup of a computer at rest takes them.
    Files copy() const;
    void replaceAll(const Files& files);

    std::uint64_t operations() const { return m_operations; }
    std::uint64_t faults() const { return m_faults; }
    /// By power cuts: as a whole, and sector by sector.
    std::uint64_t lostWrites() const { return m_lostWrites; }
    std::uint64_t tornWrites() const { return m_tornWrites; }
    /// Called for every block written, when set.
    std::function<void(BytesView)> inspect;

    // ---- Small files, which really lie in a directory ----
    /// A file took another's name; until the directory is synced a power cut may undo that. before: what
    /// stood there; nothing: no file.
    void renamed(const std::string& path, std::optional<Bytes> before, bool synced);
    void directorySynced() { m_renames.clear(); }

    /// The disk of the program that runs now; nullptr: none that is simulated.
    static SimulatedDisk* running() { return s_running; }
    class Running {
    public:
        explicit Running(SimulatedDisk* disk)
            : m_before(s_running) {
            s_running = disk;
        }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;
        ~Running() { s_running = m_before; }

    private:
        SimulatedDisk* m_before;
    };

    bool isFull() const { return m_full && m_truces == 0; }

    /// While one exists nothing fails and nothing is counted: for the oracle's own reading.
    class Truce {
    public:
        explicit Truce(SimulatedDisk* disk)
            : m_disk(disk) {
            if (m_disk != nullptr) {
                ++m_disk->m_truces;
            }
        }
        Truce(const Truce&) = delete;
        Truce& operator=(const Truce&) = delete;
        ~Truce() {
            if (m_disk != nullptr) {
                --m_disk->m_truces;
            }
        }

    private:
        SimulatedDisk* m_disk;
    };

private:
    static void apply(Bytes& contents, const Write& write);
    void loseUnsynced(File& file);

    struct Rename {
        std::string path;
        std::optional<Bytes> before;
        bool synced = true;
    };
    void loseRenames();

    static inline SimulatedDisk* s_running = nullptr;
    Chance& m_chance;
    std::vector<Rename> m_renames;
    std::map<std::string, std::shared_ptr<File>> m_files;
    std::uint64_t m_operations = 0;
    std::uint64_t m_faults = 0;
    std::uint64_t m_lostWrites = 0;
    std::uint64_t m_tornWrites = 0;
    std::optional<std::uint64_t> m_dieAt;
    Death m_death = Death::Kill;
    bool m_dead = false;
    bool m_full = false;
    std::optional<Operation> m_failing;
    bool m_failsForEver = false;
    int m_truces = 0;
};

} // namespace sotto::test

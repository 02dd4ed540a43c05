// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/simulated_vfs.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <sqlite3.h>
#include <stdexcept>

namespace sotto::test {
namespace {

using Operation = SimulatedDisk::Operation;
using Outcome = SimulatedDisk::Outcome;

constexpr int kWalLocks = 8; // SQLITE_SHM_NLOCK

/// Who has locked a file and how, and its WAL's index: what a kernel keeps of an open file.
struct OpenFile {
    std::shared_ptr<SimulatedDisk::File> file;
    int handles = 0;
    int shared = 0;
    const void* reserved = nullptr;
    const void* pending = nullptr;
    const void* exclusive = nullptr;
    std::vector<std::unique_ptr<std::array<char, 32768>>> regions;
    std::array<int, kWalLocks> walShared{};
    std::array<const void*, kWalLocks> walExclusive{};
};

std::map<std::string, SimulatedDisk*>& disks() {
    static std::map<std::string, SimulatedDisk*> all;
    return all;
}
std::map<const SimulatedDisk::File*, std::shared_ptr<OpenFile>>& openFiles() {
    static std::map<const SimulatedDisk::File*, std::shared_ptr<OpenFile>> all;
    return all;
}

struct Place {
    SimulatedDisk* disk = nullptr;
    std::string name;
};
Place placeOf(const char* path) {
    const std::filesystem::path whole(path);
    const auto found = disks().find(whole.parent_path().string());
    return {found == disks().end() ? nullptr : found->second, whole.filename().string()};
}

/// What SQLite holds: plain, as it comes from C.
struct Handle {
    sqlite3_file base;
    SimulatedDisk* disk;
    std::shared_ptr<OpenFile>* open;
    std::string* name; ///< to be removed when closed; else nullptr
    int level;
    std::uint16_t walShared; ///< bits of the locks held
    std::uint16_t walExclusive;
};
Handle& of(sqlite3_file* file) {
    return *reinterpret_cast<Handle*>(file);
}
SimulatedDisk::File& fileOf(sqlite3_file* file) {
    return *(*of(file).open)->file;
}

int codeOf(Outcome outcome, int failed) {
    switch (outcome) {
    case Outcome::Done:
        return SQLITE_OK;
    case Outcome::Full:
        return SQLITE_FULL;
    case Outcome::Failed:
    case Outcome::Dead:
        return failed;
    }
    return failed;
}

int closeFile(sqlite3_file* base) {
    Handle& handle = of(base);
    OpenFile& open = **handle.open;
    const SimulatedDisk::File* key = open.file.get();
    if (--open.handles == 0) {
        openFiles().erase(key);
    }
    if (handle.name != nullptr) {
        handle.disk->remove(*handle.name);
        delete handle.name;
    }
    delete handle.open;
    return SQLITE_OK;
}

int readFile(sqlite3_file* base, void* to, int amount, sqlite3_int64 offset) {
    if (const int code = codeOf(of(base).disk->begin(Operation::Read), SQLITE_IOERR_READ);
        code != SQLITE_OK) {
        return code;
    }
    const Bytes& contents = fileOf(base).contents;
    const auto begin = std::min(static_cast<std::size_t>(offset), contents.size());
    const auto size = std::min(static_cast<std::size_t>(amount), contents.size() - begin);
    // Not memcpy: a file without a byte yet has no address to copy from.
    std::copy_n(contents.begin() + static_cast<std::ptrdiff_t>(begin), size, static_cast<std::uint8_t*>(to));
    if (size < static_cast<std::size_t>(amount)) {
        std::memset(static_cast<char*>(to) + size, 0, static_cast<std::size_t>(amount) - size);
        return SQLITE_IOERR_SHORT_READ;
    }
    return SQLITE_OK;
}

int writeFile(sqlite3_file* base, const void* from, int amount, sqlite3_int64 offset) {
    const BytesView bytes(static_cast<const std::uint8_t*>(from), static_cast<std::size_t>(amount));
    return codeOf(of(base).disk->write(fileOf(base), static_cast<std::size_t>(offset), bytes),
                  SQLITE_IOERR_WRITE);
}

int truncateFile(sqlite3_file* base, sqlite3_int64 size) {
    return codeOf(of(base).disk->truncate(fileOf(base), static_cast<std::size_t>(size)),
                  SQLITE_IOERR_TRUNCATE);
}

int syncFile(sqlite3_file* base, int) {
    return codeOf(of(base).disk->sync(fileOf(base)), SQLITE_IOERR_FSYNC);
}

int sizeOfFile(sqlite3_file* base, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(fileOf(base).contents.size());
    return SQLITE_OK;
}

int lockFile(sqlite3_file* base, int level) {
    Handle& handle = of(base);
    OpenFile& open = **handle.open;
    if (handle.disk->isDead()) {
        return SQLITE_BUSY; // nobody tidies up on a disk that has stopped
    }
    if (handle.level >= level) {
        return SQLITE_OK;
    }
    const auto other = [&](const void* holder) { return holder != nullptr && holder != base; };
    if (level == SQLITE_LOCK_SHARED) {
        if (other(open.pending) || other(open.exclusive)) {
            return SQLITE_BUSY;
        }
        ++open.shared;
        handle.level = level;
        return SQLITE_OK;
    }
    if (other(open.reserved) || other(open.pending) || other(open.exclusive)) {
        return SQLITE_BUSY;
    }
    if (level == SQLITE_LOCK_RESERVED) {
        open.reserved = base;
        handle.level = level;
        return SQLITE_OK;
    }
    open.pending = base;
    handle.level = SQLITE_LOCK_PENDING;
    if (level == SQLITE_LOCK_EXCLUSIVE) {
        if (open.shared > 1) {
            return SQLITE_BUSY;
        }
        open.exclusive = base;
        handle.level = level;
    }
    return SQLITE_OK;
}

int unlockFile(sqlite3_file* base, int level) {
    Handle& handle = of(base);
    OpenFile& open = **handle.open;
    if (handle.level <= level) {
        return SQLITE_OK;
    }
    for (const void** holder : {&open.reserved, &open.pending, &open.exclusive}) {
        if (*holder == base) {
            *holder = nullptr;
        }
    }
    if (level == SQLITE_LOCK_NONE && handle.level >= SQLITE_LOCK_SHARED) {
        --open.shared;
    }
    handle.level = level;
    return SQLITE_OK;
}

int checkReservedLock(sqlite3_file* base, int* reserved) {
    *reserved = (*of(base).open)->reserved != nullptr;
    return SQLITE_OK;
}

int fileControl(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}
int sectorSize(sqlite3_file*) {
    return static_cast<int>(SimulatedDisk::kSector);
}
/// As the system's VFS says of its files: a torn write spares what lies around it.
int characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int mapShared(sqlite3_file* base, int region, int size, int extend, void volatile** to) {
    auto& regions = (*of(base).open)->regions;
    const auto index = static_cast<std::size_t>(region);
    if (size > 32768) {
        return SQLITE_IOERR_SHMSIZE;
    }
    while (extend != 0 && regions.size() <= index) {
        regions.push_back(std::make_unique<std::array<char, 32768>>());
    }
    *to = index < regions.size() ? regions[index]->data() : nullptr;
    return SQLITE_OK;
}

int lockShared(sqlite3_file* base, int offset, int count, int flags) {
    Handle& handle = of(base);
    OpenFile& open = **handle.open;
    const auto each = [&](auto act) {
        for (int i = offset; i < offset + count; ++i) {
            act(static_cast<std::size_t>(i), static_cast<std::uint16_t>(1U << static_cast<unsigned>(i)));
        }
    };
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        each([&](std::size_t i, std::uint16_t bit) {
            if ((handle.walExclusive & bit) != 0) {
                open.walExclusive[i] = nullptr;
                handle.walExclusive = static_cast<std::uint16_t>(handle.walExclusive & ~bit);
            }
            if ((handle.walShared & bit) != 0) {
                --open.walShared[i];
                handle.walShared = static_cast<std::uint16_t>(handle.walShared & ~bit);
            }
        });
        return SQLITE_OK;
    }
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    bool free = true;
    each([&](std::size_t i, std::uint16_t bit) {
        const bool othersShare = open.walShared[i] > ((handle.walShared & bit) != 0 ? 1 : 0);
        const bool othersExclude = open.walExclusive[i] != nullptr && open.walExclusive[i] != base;
        free &= !othersExclude && !(exclusive && othersShare);
    });
    if (!free) {
        return SQLITE_BUSY;
    }
    each([&](std::size_t i, std::uint16_t bit) {
        if (exclusive) {
            open.walExclusive[i] = base;
            handle.walExclusive = static_cast<std::uint16_t>(handle.walExclusive | bit);
        } else if ((handle.walShared & bit) == 0) {
            ++open.walShared[i];
            handle.walShared = static_cast<std::uint16_t>(handle.walShared | bit);
        }
    });
    return SQLITE_OK;
}

void barrier(sqlite3_file*) {}

int unmapShared(sqlite3_file* base, int) {
    lockShared(base, 0, kWalLocks, SQLITE_SHM_UNLOCK);
    OpenFile& open = **of(base).open;
    if (open.handles == 1) {
        open.regions.clear();
    }
    return SQLITE_OK;
}

const sqlite3_io_methods kMethods = [] {
    sqlite3_io_methods methods{};
    methods.iVersion = 2;
    methods.xClose = closeFile;
    methods.xRead = readFile;
    methods.xWrite = writeFile;
    methods.xTruncate = truncateFile;
    methods.xSync = syncFile;
    methods.xFileSize = sizeOfFile;
    methods.xLock = lockFile;
    methods.xUnlock = unlockFile;
    methods.xCheckReservedLock = checkReservedLock;
    methods.xFileControl = fileControl;
    methods.xSectorSize = sectorSize;
    methods.xDeviceCharacteristics = characteristics;
    methods.xShmMap = mapShared;
    methods.xShmLock = lockShared;
    methods.xShmBarrier = barrier;
    methods.xShmUnmap = unmapShared;
    return methods;
}();

int openFile(sqlite3_vfs*, const char* path, sqlite3_file* base, int flags, int* outFlags) {
    std::memset(base, 0, sizeof(Handle));
    static int scratch = 0;
    const Place place =
        path != nullptr ? placeOf(path) : Place{nullptr, "scratch " + std::to_string(++scratch)};
    // A scratch file belongs to whichever disk there is; no program finds it again.
    SimulatedDisk* disk = path == nullptr && !disks().empty() ? disks().begin()->second : place.disk;
    if (disk == nullptr) {
        return SQLITE_CANTOPEN;
    }
    if (const int code = codeOf(disk->begin(Operation::Other), SQLITE_CANTOPEN); code != SQLITE_OK) {
        return code;
    }
    auto file = (flags & SQLITE_OPEN_CREATE) != 0 ? disk->findOrMake(place.name) : disk->find(place.name);
    if (!file) {
        return SQLITE_CANTOPEN;
    }
    auto& open = openFiles()[file.get()];
    if (!open) {
        open = std::make_shared<OpenFile>();
        open->file = file;
    }
    ++open->handles;
    Handle& handle = of(base);
    handle.disk = disk;
    handle.open = new std::shared_ptr<OpenFile>(open);
    const bool passing = path == nullptr || (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    handle.name = passing ? new std::string(place.name) : nullptr;
    handle.base.pMethods = &kMethods;
    if (outFlags != nullptr) {
        *outFlags = flags;
    }
    return SQLITE_OK;
}

int removeFile(sqlite3_vfs*, const char* path, int) {
    const Place place = placeOf(path);
    if (place.disk == nullptr || !place.disk->find(place.name)) {
        return SQLITE_IOERR_DELETE_NOENT;
    }
    const int code = codeOf(place.disk->begin(Operation::Other), SQLITE_IOERR_DELETE);
    if (code == SQLITE_OK) {
        place.disk->remove(place.name);
    }
    return code;
}

int hasFile(sqlite3_vfs*, const char* path, int, int* result) {
    const Place place = placeOf(path);
    const auto file = place.disk != nullptr ? place.disk->find(place.name) : nullptr;
    // An empty journal counts as none, as in the system's VFS.
    *result = file && !file->contents.empty();
    return SQLITE_OK;
}

int fullPath(sqlite3_vfs*, const char* path, int size, char* to) {
    sqlite3_snprintf(size, to, "%s", path);
    return SQLITE_OK;
}
int fillRandom(sqlite3_vfs*, int size, char* to) {
    // Salts of WAL files: no need to be secret here, and alike in every run.
    static std::uint64_t drawn = 0;
    for (int i = 0; i < size; ++i) {
        drawn = drawn * 6364136223846793005ULL + 1442695040888963407ULL;
        to[i] = static_cast<char>(drawn >> 56U);
    }
    return size;
}
int sleepMicroseconds(sqlite3_vfs*, int time) {
    return time;
}
int currentTime(sqlite3_vfs*, double* julianDay) {
    *julianDay = 2461000.5;
    return SQLITE_OK;
}
int lastError(sqlite3_vfs*, int, char*) {
    return 0;
}

void registerOnce() {
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs made{};
        made.iVersion = 1;
        made.szOsFile = sizeof(Handle);
        made.mxPathname = 512;
        made.zName = kSimulatedVfs;
        made.xOpen = openFile;
        made.xDelete = removeFile;
        made.xAccess = hasFile;
        made.xFullPathname = fullPath;
        made.xRandomness = fillRandom;
        made.xSleep = sleepMicroseconds;
        made.xCurrentTime = currentTime;
        made.xGetLastError = lastError;
        return made;
    }();
    static const int registered = sqlite3_vfs_register(&vfs, 0);
    if (registered != SQLITE_OK) {
        throw std::runtime_error("the simulated VFS cannot be registered");
    }
}

} // namespace

SimulatedMount::SimulatedMount(const std::filesystem::path& directory, SimulatedDisk& disk)
    : m_directory(directory.string()) {
    registerOnce();
    disks()[m_directory] = &disk;
}

SimulatedMount::~SimulatedMount() {
    disks().erase(m_directory);
}

} // namespace sotto::test

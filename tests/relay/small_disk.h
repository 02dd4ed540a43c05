// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// An SQLite file system that runs out of space, or fails, after so many writes, and recovers when told to.

#include <optional>
#include <sqlite3.h>
#include <stdexcept>

namespace sotto::relay {

class SmallDisk {
public:
    static constexpr const char* kName = "small-disk";

    SmallDisk() {
        s_disk = this;
        s_real = sqlite3_vfs_find(nullptr);
        m_vfs = *s_real;
        m_vfs.zName = kName;
        m_vfs.pNext = nullptr;
        m_vfs.szOsFile = static_cast<int>(sizeof(File)) + s_real->szOsFile;
        m_vfs.xOpen = open;
        if (sqlite3_vfs_register(&m_vfs, 0) != SQLITE_OK) {
            throw std::runtime_error("cannot register the test's file system");
        }
    }
    ~SmallDisk() { sqlite3_vfs_unregister(&m_vfs); }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    /// After `writes` more, every write and sync gives `code` until recover().
    void failAfter(int writes, int code) {
        m_left = writes;
        m_code = code;
        m_fired = false;
    }
    void recover() { m_left.reset(); }
    bool fired() const { return m_fired; }

private:
    struct File {
        sqlite3_file base;
        sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    };
    static sqlite3_file* realOf(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

    bool fails() {
        if (m_left && *m_left == 0) {
            m_fired = true;
            return true;
        }
        if (m_left) {
            --*m_left;
        }
        return false;
    }

    static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* outFlags) {
        auto* shim = reinterpret_cast<File*>(file);
        shim->base.pMethods = nullptr;
        const int code = s_real->xOpen(s_real, name, shim->real(), flags, outFlags);
        if (code == SQLITE_OK) {
            shim->base.pMethods = &kMethods;
        }
        return code;
    }
    template <auto Method, class... Arguments>
    static int forward(sqlite3_file* file, Arguments... arguments) {
        return (realOf(file)->pMethods->*Method)(realOf(file), arguments...);
    }
    static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
        return s_disk->fails() ? s_disk->m_code
                               : realOf(file)->pMethods->xWrite(realOf(file), data, size, offset);
    }
    static int sync(sqlite3_file* file, int flags) {
        // A full disk syncs what it has; a failing one does not.
        return s_disk->m_code != SQLITE_FULL && s_disk->fails()
                   ? SQLITE_IOERR_FSYNC
                   : realOf(file)->pMethods->xSync(realOf(file), flags);
    }
    static void shmBarrier(sqlite3_file* file) { realOf(file)->pMethods->xShmBarrier(realOf(file)); }

    using M = sqlite3_io_methods;
    static constexpr M kMethods = {2,
                                   forward<&M::xClose>,
                                   forward<&M::xRead, void*, int, sqlite3_int64>,
                                   write,
                                   forward<&M::xTruncate, sqlite3_int64>,
                                   sync,
                                   forward<&M::xFileSize, sqlite3_int64*>,
                                   forward<&M::xLock, int>,
                                   forward<&M::xUnlock, int>,
                                   forward<&M::xCheckReservedLock, int*>,
                                   forward<&M::xFileControl, int, void*>,
                                   forward<&M::xSectorSize>,
                                   forward<&M::xDeviceCharacteristics>,
                                   forward<&M::xShmMap, int, int, int, void volatile**>,
                                   forward<&M::xShmLock, int, int, int>,
                                   shmBarrier,
                                   forward<&M::xShmUnmap, int>,
                                   nullptr,
                                   nullptr};

    inline static SmallDisk* s_disk = nullptr;
    inline static sqlite3_vfs* s_real = nullptr;
    sqlite3_vfs m_vfs{};
    std::optional<int> m_left;
    int m_code = SQLITE_FULL;
    bool m_fired = false;
};

} // namespace sotto::relay

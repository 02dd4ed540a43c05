// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A regular file as far as it can be read, without following a link or waiting for a pipe.

#include "core/base/bytes.h"

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace sotto::core {

struct ReadOnlyFile {
    explicit ReadOnlyFile(const std::filesystem::path& path)
        : descriptor(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)) {
        struct stat status {};
        if (descriptor >= 0 && ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
            size = static_cast<std::uint64_t>(status.st_size);
            isFile = true;
        }
    }
    ReadOnlyFile(const ReadOnlyFile&) = delete;
    ReadOnlyFile& operator=(const ReadOnlyFile&) = delete;
    ~ReadOnlyFile() {
        if (descriptor >= 0) {
            ::close(descriptor);
        }
    }
    /// Shorter at the end of the file, and where the disk does not read.
    Bytes at(std::uint64_t offset, std::size_t length) const {
        Bytes bytes(length);
        std::size_t got = 0;
        while (got < length) {
            const ssize_t count =
                ::pread(descriptor, bytes.data() + got, length - got, static_cast<off_t>(offset + got));
            if (count <= 0) {
                break;
            }
            got += static_cast<std::size_t>(count);
        }
        bytes.resize(got);
        return bytes;
    }
    int descriptor;
    std::uint64_t size = 0;
    bool isFile = false;
};

inline std::uint32_t bigEndian(BytesView bytes) {
    return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U |
           bytes[3];
}

inline std::uint32_t littleEndian(BytesView bytes) {
    return std::uint32_t{bytes[3]} << 24U | std::uint32_t{bytes[2]} << 16U | std::uint32_t{bytes[1]} << 8U |
           bytes[0];
}

} // namespace sotto::core

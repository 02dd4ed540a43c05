// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A file that appears under its name when it is whole, and not before: written as a hidden sibling (0600),
/// which a failure takes away again. Nothing is ever overwritten.

#include "core/profile/profile_directory.h"

namespace sotto::core {

class NewFile {
public:
    /// path: absolute. Invalid: something of that name is there already. `attempted` opens the sentence of
    /// every failure.
    static Result<NewFile> begin(const std::filesystem::path& path, const std::string& attempted,
                                 Random& random);
    NewFile(NewFile&& other) noexcept;
    NewFile& operator=(NewFile&&) = delete;
    ~NewFile();

    Result<void> write(BytesView bytes);
    /// Durable, under its name, when it returns.
    Result<void> finish();

private:
    NewFile(std::filesystem::path path, std::filesystem::path sibling, std::string attempted,
            FileDescriptor file);
    Failure fail(int error) const;
    std::filesystem::path m_path;
    std::filesystem::path m_sibling; ///< empty: finished, or moved from
    std::string m_attempted;
    FileDescriptor m_file;
};

/// A file that is read from its beginning.
class OldFile {
public:
    static Result<OldFile> open(const std::filesystem::path& path, std::string attempted);
    /// Fills out as far as the file reaches.
    Result<std::size_t> read(std::span<std::uint8_t> out);
    std::uint64_t size() const { return m_size; }

private:
    OldFile(std::string attempted, FileDescriptor file, std::uint64_t size)
        : m_attempted(std::move(attempted))
        , m_file(std::move(file))
        , m_size(size) {}
    std::string m_attempted;
    FileDescriptor m_file;
    std::uint64_t m_size;
};

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The pages of an SQLCipher 4 database and its log, read without SQLite, which gives up at the first bad
/// one.
///
/// Every page of 4,096 bytes is ciphertext ‖ IV (16) ‖ HMAC-SHA512 (64) of ciphertext, IV and the page's
/// number (little endian); the first begins with the salt of 16 bytes instead of ciphertext. The MAC's key is
/// PBKDF2-HMAC-SHA512 of the key with that salt XOR 0x3A, two rounds. The log is SQLite's own, of such pages
/// (https://sqlite.org/fileformat2.html#walformat).
///
/// Nothing is believed that no MAC vouches for, and nothing is written. One thread.

#include "core/base/secret.h"
#include "core/db/database.h"
#include "core/salvage/page_log.h"

#include <array>
#include <functional>
#include <map>

namespace sotto::core {

class PageFile {
public:
    static constexpr std::size_t kPageBytes = 4096;
    static constexpr std::size_t kUsable = kPageBytes - 80;
    using Page = std::vector<std::uint8_t>; ///< kUsable bytes, decrypted

    enum class State : std::uint8_t {
        Sound,
        Older,   ///< the newest version is damaged; an earlier one, of the file, the log or the head, is read
        Damaged, ///< no version is readable
        Unused,  ///< where SQLite keeps no page (the byte at 1 GiB that it locks)
    };

    enum class Look {
        AtEveryPage,  ///< so that damaged() and moved() know
        AtWhatIsRead, ///< quick: for whoever wants a few pages of a sound file
    };
    /// Looks at every page once, or only when it is read. The log is at `file` with "-wal" at its end, its
    /// index with "-shm". head: pages of the schema kept elsewhere (encodeHead()); may be empty or damaged.
    /// Nothing when there is no such file or nothing in it is sound under this key. told: pages looked at, of
    /// how many.
    static std::optional<PageFile> open(const std::filesystem::path& file, BytesView head,
                                        const db::DatabaseKey& key, Look look = Look::AtEveryPage,
                                        const std::function<void(std::uint64_t, std::uint64_t)>& told = {});
    PageFile(PageFile&&) noexcept;
    PageFile& operator=(PageFile&&) noexcept;
    ~PageFile();

    PageNumber pages() const { return static_cast<PageNumber>(m_places.size()) - 1; }
    State state(PageNumber page) const;
    std::vector<PageNumber> damaged() const;        ///< all that are not Sound, ascending
    std::uint32_t moved() const { return m_moved; } ///< sound pages found in another page's place
    const LogCondition& log() const { return m_log.condition(); }

    /// Nothing when it is damaged or there is no such page.
    std::optional<Page> read(PageNumber page) const;
    /// As it stands on disk, for encodeHead().
    Bytes raw(PageNumber page) const;

private:
    struct Place {
        enum class In : std::uint8_t { Nowhere, Database, Log, Head } in = In::Nowhere;
        State state = State::Damaged;
        std::uint64_t offset = 0;
        bool isKnown = false;
    };
    PageFile();
    void deriveMacKey(BytesView salt, const db::DatabaseKey& key);
    bool findSalt(const db::DatabaseKey& key);
    bool isSound(BytesView page, PageNumber number) const;
    Bytes bytesAt(const Place& place) const;
    Place newest(PageNumber number) const;
    const Place& placeOf(PageNumber page) const;
    void countPages();
    void placePages(const std::function<void(std::uint64_t, std::uint64_t)>& told);
    void findMoved();

    std::unique_ptr<ReadOnlyFile> m_database;
    std::unique_ptr<ReadOnlyFile> m_logFile;
    std::filesystem::path m_path;
    std::map<PageNumber, Bytes> m_head;
    Secret<32> m_macKey;
    std::optional<db::DatabaseKey> m_key;
    std::array<std::uint8_t, 16> m_salt{};
    mutable std::vector<Place> m_places; ///< by page, looked for when it is wanted; the first is none
    std::uint32_t m_moved = 0;
    PageLog m_log;
};

/// Pages as they stand on disk, to be kept beside the database: with the first page go the salt, without
/// which no other can be read, and with the schema's the roots of all tables.
///
///     file := "sotto head 1\n" ‖ pages, each: u32 number (big endian) ‖ 4,096 bytes
Bytes encodeHead(const PageFile& file, std::span<const PageNumber> pages);
inline constexpr std::size_t kMaxHeadBytes = 1024 * 1024;

} // namespace sotto::core

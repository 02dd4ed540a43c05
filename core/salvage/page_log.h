// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// SQLite's write-ahead log (https://sqlite.org/fileformat2.html#walformat), read for what each page in it is
/// worth.
///
/// SQLite reads a log up to its first frame whose checksum does not fit and forgets the rest: one flipped bit
/// can cost a thousand transactions. Here a MAC vouches for each page by itself, so that the rest counts;
/// only the last transaction must be whole if nothing after it shows that it was once finished.

#include "core/salvage/read_only_file.h"

#include <functional>
#include <map>

namespace sotto::core {

/// From 1; 0 is none.
using PageNumber = std::uint32_t;

/// What a log holds, and what it does not.
struct LogCondition {
    std::uint32_t frames = 0;        ///< of this log's run, up to the last transaction that is used
    std::uint32_t damagedFrames = 0; ///< of these: pages whose MAC does not fit
    std::uint32_t lostFrames = 0;    ///< written once and no longer there
    bool headerDamaged = false;
    /// The last transaction is not whole: it was being written when the computer stopped, or was damaged
    /// since. It does not count.
    bool tornEnd = false;
    bool isWhole() const { return damagedFrames == 0 && lostFrames == 0 && !headerDamaged; }
};

class PageLog {
public:
    static constexpr std::size_t kHeader = 32;
    static constexpr std::size_t kFrameHeader = 24;
    static constexpr std::size_t kFrame = kFrameHeader + 4096;

    /// A version of a page; the oldest of each comes first.
    struct Frame {
        PageNumber page = 0;
        std::uint64_t offset = 0; ///< of the page, in the log
        bool isSound = false;
    };
    using IsSound = std::function<bool(BytesView page, PageNumber number)>;

    PageLog() = default;
    /// index: the log's index of a process that was killed, which tells how long the log was. databasePages:
    /// of the file beside it.
    PageLog(const ReadOnlyFile& log, const std::filesystem::path& index, PageNumber databasePages,
            const IsSound& isSound);

    const std::map<PageNumber, std::vector<Frame>>& pages() const { return m_pages; }
    PageNumber databasePages() const { return m_databasePages; } ///< by its last transaction; 0: not told
    std::uint32_t moved() const { return m_moved; }              ///< frames that stood in another's place
    const LogCondition& condition() const { return m_condition; }

private:
    struct Read;
    struct Reader;
    std::map<PageNumber, std::vector<Frame>> m_pages;
    PageNumber m_databasePages = 0;
    std::uint32_t m_moved = 0;
    LogCondition m_condition;
};

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/salvage/page_log.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace sotto::core {
namespace {

/// What stands in another's place is looked for among this many frames: each is held against each.
constexpr std::size_t kMostMoved = 64;

/// SQLite's checksum of its log: Fibonacci sums over pairs of words.
struct LogSum {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    void add(BytesView bytes, bool isBigEndian) {
        for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
            const BytesView one = bytes.subspan(at, 4);
            const BytesView other = bytes.subspan(at + 4, 4);
            first += (isBigEndian ? bigEndian(one) : littleEndian(one)) + second;
            second += (isBigEndian ? bigEndian(other) : littleEndian(other)) + first;
        }
    }
    static LogSum at(BytesView bytes) { return {bigEndian(bytes), bigEndian(bytes.subspan(4))}; }
    friend bool operator==(const LogSum&, const LogSum&) = default;
    bool stands(BytesView bytes) const {
        return bigEndian(bytes) == first && bigEndian(bytes.subspan(4)) == second;
    }
};

using Salts = std::array<std::uint8_t, 8>;

/// How many frames the index of a killed process counts, and how many of these had been moved into the
/// database.
struct Counted {
    std::uint32_t frames = 0;
    std::uint32_t moved = 0;
    Salts salts{};
};

/// Nothing when there is none, or it is no longer what was written. In the byte order of the machine.
std::optional<Counted> readIndex(const std::filesystem::path& path) {
    constexpr std::size_t kCopy = 48;
    const ReadOnlyFile file(path);
    const Bytes index = file.isFile ? file.at(0, 2 * kCopy + 4) : Bytes();
    if (index.size() != 2 * kCopy + 4) {
        return std::nullopt;
    }
    const BytesView header = BytesView(index).first(kCopy);
    LogSum sum;
    sum.add(header.first(40), false);
    if (sum.first != littleEndian(header.subspan(40)) || sum.second != littleEndian(header.subspan(44)) ||
        header[12] == 0) {
        return std::nullopt;
    }
    Counted counted;
    counted.frames = littleEndian(header.subspan(16));
    counted.moved = std::min(littleEndian(BytesView(index).subspan(2 * kCopy)), counted.frames);
    std::copy_n(header.begin() + 32, counted.salts.size(), counted.salts.begin());
    return counted;
}

} // namespace

struct PageLog::Read {
    Frame frame;
    PageNumber committed = 0; ///< pages of the database after this transaction; 0: it goes on
    LogSum stored;            ///< of all frames up to this one, as it says
    bool hasSalts = false;
    bool follows = false; ///< its sum goes on from that of the frame before
    bool chained = false; ///< and so do all before it
    bool ends() const { return hasSalts && committed != 0; }
};

struct PageLog::Reader {
    const ReadOnlyFile& file;
    const IsSound& isSound;
    PageNumber most; ///< no page has a higher number
    Salts salts{};
    LogSum start;
    bool hasStart = false;
    bool isBigEndian = false;
    std::vector<Read> frames;

    bool readHeader() {
        const Bytes header = file.at(0, kHeader);
        if (header.size() == kHeader) {
            LogSum sum;
            isBigEndian = (header[3] & 1U) != 0;
            sum.add(BytesView(header).first(24), isBigEndian);
            std::copy_n(header.begin() + 16, 8, salts.begin());
            start = LogSum::at(BytesView(header).subspan(24));
            hasStart = (bigEndian(header) & ~1U) == 0x377F0682U &&
                       bigEndian(BytesView(header).subspan(8)) == 4096 && sum == start;
        }
        if (!hasStart) {
            isBigEndian = false; // as SQLite writes it here
            const Bytes first = file.at(kHeader, kFrameHeader);
            if (first.size() == kFrameHeader) {
                std::copy_n(first.begin() + 8, 8, salts.begin());
            }
        }
        return hasStart;
    }
    bool goesOn(const LogSum& before, const Read& read) const {
        const Bytes bytes = file.at(read.frame.offset - kFrameHeader, kFrame);
        if (bytes.size() != kFrame || !read.hasSalts) {
            return false;
        }
        LogSum now = before;
        now.add(BytesView(bytes).first(8), isBigEndian);
        now.add(BytesView(bytes).subspan(kFrameHeader), isBigEndian);
        return now == read.stored;
    }
    void look(std::size_t i) {
        if (i < frames.size()) {
            frames[i].follows = i == 0 && !hasStart
                                    ? frames[i].frame.isSound // nothing tells what it goes on from
                                    : goesOn(i == 0 ? start : frames[i - 1].stored, frames[i]);
        }
    }
    void readFrames() {
        for (std::uint64_t at = kHeader; at + kFrame <= file.size; at += kFrame) {
            const Bytes bytes = file.at(at, kFrame);
            if (bytes.size() != kFrame) {
                break;
            }
            const BytesView view = bytes;
            Read read;
            read.frame.offset = at + kFrameHeader;
            read.frame.page = bigEndian(view);
            read.committed = bigEndian(view.subspan(4));
            read.stored = LogSum::at(view.subspan(16));
            read.hasSalts = std::equal(salts.begin(), salts.end(), view.begin() + 8) &&
                            read.frame.page <= most && read.committed <= most;
            read.frame.isSound = isSound(view.subspan(kFrameHeader), read.frame.page);
            frames.push_back(read);
            look(frames.size() - 1);
        }
    }
    /// What stands in another frame's place is put back: it alone goes on from the frame before.
    std::uint32_t order() {
        std::uint32_t moved = 0;
        std::vector<std::size_t> strays;
        for (std::size_t i = 0; i < frames.size(); ++i) {
            if (!frames[i].follows && frames[i].hasSalts) {
                strays.push_back(i);
            }
        }
        if (strays.size() > kMostMoved) {
            return 0;
        }
        for (std::size_t i = 0; i < strays.size(); ++i) {
            const std::size_t place = strays[i];
            for (std::size_t j = i + 1; j < strays.size() && !frames[place].follows; ++j) {
                if (goesOn(place == 0 ? start : frames[place - 1].stored, frames[strays[j]])) {
                    std::swap(frames[place], frames[strays[j]]);
                    ++moved;
                    for (const std::size_t changed : {place, place + 1, strays[j], strays[j] + 1}) {
                        look(changed);
                    }
                }
            }
        }
        return moved;
    }
    /// A copy of another frame has no place of its own, and what stood there is lost.
    void dropCopies() {
        std::set<std::pair<std::uint32_t, std::uint32_t>> sums;
        for (const Read& read : frames) {
            if (read.follows) {
                sums.emplace(read.stored.first, read.stored.second);
            }
        }
        for (Read& read : frames) {
            if (!read.follows && sums.contains({read.stored.first, read.stored.second})) {
                read.hasSalts = false;
                read.frame.isSound = false;
            }
        }
    }
    void chain() {
        bool chained = hasStart;
        for (Read& read : frames) {
            chained = chained && read.follows;
            read.chained = chained;
        }
    }
    /// After the last transaction among the first `count` frames. The rest is of an earlier run, or never
    /// finished.
    std::size_t endWithin(std::size_t count) const {
        while (count > 0 && !frames[count - 1].ends()) {
            --count;
        }
        return count;
    }
};

PageLog::PageLog(const ReadOnlyFile& log, const std::filesystem::path& index, PageNumber databasePages,
                 const IsSound& isSound) {
    const auto counted = readIndex(index);
    if (!log.isFile || log.size == 0) {
        m_condition.lostFrames = counted ? counted->frames - counted->moved : 0;
        return;
    }
    Reader reader{log,   isSound, databasePages + static_cast<PageNumber>(log.size / kFrame) + 1,
                  {},    {},      false,
                  false, {}};
    m_condition.headerDamaged = !reader.readHeader();
    reader.readFrames();
    m_moved = reader.order();
    reader.dropCopies();
    reader.chain();
    const auto& frames = reader.frames;
    std::size_t end = reader.endWithin(frames.size());
    const std::uint32_t finished = counted && counted->salts == reader.salts ? counted->frames : 0;
    const bool goesOn = (log.size - kHeader) % kFrame != 0 || (end < frames.size() && frames[end].hasSalts);
    m_condition.tornEnd = log.size > kHeader && goesOn && finished <= end;
    // Every transaction is brought to the disk before the next: only the last can be half there by itself.
    const std::size_t lastBegin = reader.endWithin(end == 0 ? 0 : end - 1);
    const bool breaksInLast =
        end > 0 && !frames[end - 1].chained && (lastBegin == 0 || frames[lastBegin - 1].chained);
    if (breaksInLast && finished < end && !m_condition.headerDamaged) {
        m_condition.tornEnd = true;
        end = lastBegin;
    }
    m_condition.lostFrames =
        finished > end && !m_condition.tornEnd
            ? finished - std::max(static_cast<std::uint32_t>(end), std::min(counted->moved, finished))
            : 0;
    m_condition.frames = static_cast<std::uint32_t>(end);
    for (std::size_t i = 0; i < end; ++i) {
        const Read& read = frames[i];
        m_condition.damagedFrames += read.frame.isSound && read.hasSalts && read.follows ? 0 : 1;
        if (read.frame.isSound || read.hasSalts) {
            m_pages[read.frame.page].push_back(read.frame);
        }
        m_databasePages = read.ends() ? read.committed : m_databasePages;
    }
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/salvage/page_file.h"

#include <algorithm>
#include <openssl/evp.h>

namespace sotto::core {
namespace {

constexpr std::size_t kSalt = 16;
constexpr std::size_t kMac = 64;
constexpr std::size_t kLogHeader = PageLog::kHeader;
constexpr std::size_t kFrameHeader = PageLog::kFrameHeader;
constexpr std::size_t kFrame = PageLog::kFrame;
constexpr PageNumber kLockedPage = 0x40000000 / PageFile::kPageBytes + 1;
/// What is misplaced is looked for among this many damaged pages: each is held against each.
constexpr std::size_t kMostMoved = 64;
constexpr std::string_view kHeadMagic = "sotto head 1\n";

bool isZero(BytesView bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::map<PageNumber, Bytes> decodeHead(BytesView file) {
    std::map<PageNumber, Bytes> pages;
    if (file.size() < kHeadMagic.size() || textOf(file.first(kHeadMagic.size())) != kHeadMagic) {
        return pages;
    }
    constexpr std::size_t kEntry = 4 + PageFile::kPageBytes;
    for (file = file.subspan(kHeadMagic.size()); file.size() >= kEntry; file = file.subspan(kEntry)) {
        pages[bigEndian(file)] = bytesOf(file.subspan(4, PageFile::kPageBytes));
    }
    return pages;
}

} // namespace

PageFile::PageFile() = default;
PageFile::PageFile(PageFile&&) noexcept = default;
PageFile& PageFile::operator=(PageFile&&) noexcept = default;
PageFile::~PageFile() = default;

std::optional<PageFile> PageFile::open(const std::filesystem::path& path, BytesView head,
                                       const db::DatabaseKey& key, Look look,
                                       const std::function<void(std::uint64_t, std::uint64_t)>& told) {
    PageFile file;
    file.m_path = path;
    file.m_database = std::make_unique<ReadOnlyFile>(path);
    file.m_logFile = std::make_unique<ReadOnlyFile>(path.string() + "-wal");
    if (!file.m_database->isFile) {
        return std::nullopt;
    }
    file.m_head = decodeHead(head);
    if (!file.findSalt(key)) {
        return std::nullopt;
    }
    file.m_key = key.clone();
    const PageNumber inFile = static_cast<PageNumber>(file.m_database->size / kPageBytes);
    file.m_log = PageLog(*file.m_logFile, path.string() + "-shm", inFile,
                         [&file](BytesView page, PageNumber number) { return file.isSound(page, number); });
    file.m_moved = file.m_log.moved();
    file.countPages();
    if (look == Look::AtEveryPage) {
        file.placePages(told);
        file.findMoved();
    }
    return file;
}

/// The file's own salt, or that of a first page elsewhere: whichever makes some page readable.
bool PageFile::findSalt(const db::DatabaseKey& key) {
    constexpr std::uint64_t kTried = 64;
    std::vector<Bytes> salts = {m_database->at(0, kSalt)};
    if (const auto first = m_head.find(1); first != m_head.end()) {
        salts.push_back(bytesOf(BytesView(first->second).first(kSalt)));
    }
    for (std::uint64_t at = kLogHeader; m_logFile->isFile && at + kFrame <= m_logFile->size; at += kFrame) {
        const Bytes start = m_logFile->at(at, kFrameHeader + kSalt);
        if (start.size() == kFrameHeader + kSalt && bigEndian(start) == 1) {
            salts.push_back(bytesOf(BytesView(start).subspan(kFrameHeader)));
            break;
        }
    }
    for (const Bytes& salt : salts) {
        if (salt.size() != kSalt) {
            continue;
        }
        deriveMacKey(salt, key);
        const std::uint64_t count = m_database->size / kPageBytes;
        for (std::uint64_t i = 0; i < std::min(count, kTried); ++i) {
            // All over the file: damage often comes in one piece.
            const std::uint64_t page = count <= kTried ? i : i * (count - 1) / (kTried - 1);
            const Bytes bytes = m_database->at(page * kPageBytes, kPageBytes);
            if (isSound(bytes, static_cast<PageNumber>(page + 1))) {
                return true;
            }
        }
    }
    return false;
}

void PageFile::deriveMacKey(BytesView salt, const db::DatabaseKey& key) {
    std::copy(salt.begin(), salt.end(), m_salt.begin());
    std::array<std::uint8_t, kSalt + 4> input{};
    std::transform(salt.begin(), salt.end(), input.begin(),
                   [](std::uint8_t byte) { return static_cast<std::uint8_t>(byte ^ 0x3AU); });
    input.back() = 1; // the number of the only block
    ShortSecret<kMac> round;
    ShortSecret<kMac> sum;
    crypto_auth_hmacsha512_state state;
    crypto_auth_hmacsha512_init(&state, key.expose().data(), key.expose().size());
    crypto_auth_hmacsha512_update(&state, input.data(), input.size());
    crypto_auth_hmacsha512_final(&state, round.exposeWritable().data());
    std::copy(round.expose().begin(), round.expose().end(), sum.exposeWritable().begin());
    crypto_auth_hmacsha512_init(&state, key.expose().data(), key.expose().size());
    crypto_auth_hmacsha512_update(&state, round.expose().data(), kMac);
    crypto_auth_hmacsha512_final(&state, round.exposeWritable().data());
    for (std::size_t i = 0; i < m_macKey.expose().size(); ++i) {
        m_macKey.exposeWritable()[i] = static_cast<std::uint8_t>(sum.expose()[i] ^ round.expose()[i]);
    }
    sodium_memzero(&state, sizeof state);
}

bool PageFile::isSound(BytesView page, PageNumber number) const {
    if (page.size() != kPageBytes || isZero(page)) {
        return false;
    }
    const std::size_t begin = number == 1 ? kSalt : 0;
    if (number == 1 && !std::equal(m_salt.begin(), m_salt.end(), page.begin())) {
        return false;
    }
    const std::array<std::uint8_t, 4> counted = {
        static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8U),
        static_cast<std::uint8_t>(number >> 16U), static_cast<std::uint8_t>(number >> 24U)};
    std::array<std::uint8_t, kMac> mac{};
    crypto_auth_hmacsha512_state state;
    crypto_auth_hmacsha512_init(&state, m_macKey.expose().data(), m_macKey.expose().size());
    crypto_auth_hmacsha512_update(&state, page.data() + begin, kPageBytes - kMac - begin);
    crypto_auth_hmacsha512_update(&state, counted.data(), counted.size());
    crypto_auth_hmacsha512_final(&state, mac.data());
    sodium_memzero(&state, sizeof state);
    return sodium_memcmp(mac.data(), page.data() + kPageBytes - kMac, kMac) == 0;
}

/// The newest version that is sound.
PageFile::Place PageFile::newest(PageNumber number) const {
    Place place;
    place.isKnown = true;
    if (number == kLockedPage) {
        place.state = State::Unused;
        return place;
    }
    bool isNewest = true;
    if (const auto logged = m_log.pages().find(number); logged != m_log.pages().end()) {
        for (auto frame = logged->second.rbegin(); frame != logged->second.rend(); ++frame) {
            if (frame->isSound) {
                return {Place::In::Log, isNewest ? State::Sound : State::Older, frame->offset, true};
            }
            isNewest = false;
        }
    }
    place.offset = std::uint64_t{number - 1} * kPageBytes;
    if (isSound(m_database->at(place.offset, kPageBytes), number)) {
        place.in = Place::In::Database;
        place.state = isNewest ? State::Sound : State::Older;
    } else if (const auto kept = m_head.find(number); kept != m_head.end() && isSound(kept->second, number)) {
        place.in = Place::In::Head;
        place.state = State::Older;
    }
    return place;
}

const PageFile::Place& PageFile::placeOf(PageNumber page) const {
    Place& place = m_places[page];
    if (!place.isKnown) {
        place = newest(page);
    }
    return place;
}

void PageFile::countPages() {
    auto count = static_cast<PageNumber>((m_database->size + kPageBytes - 1) / kPageBytes);
    for (const auto& [page, frames] : m_log.pages()) {
        count = std::max(count, page);
    }
    m_places.assign(2, Place{});
    if (m_log.databasePages() != 0) {
        count = m_log.databasePages();
    } else if (const auto header = placeOf(1).state == State::Sound ? read(1) : std::nullopt) {
        // A file that was cut off says how long it was. A number beyond belief is none.
        const PageNumber written = bigEndian(BytesView(*header).subspan(28, 4));
        count = written != 0 && written < (std::uint32_t{1} << 28U) ? written : count;
    }
    m_places.assign(std::size_t{count} + 1, Place{});
}

void PageFile::placePages(const std::function<void(std::uint64_t, std::uint64_t)>& told) {
    for (PageNumber page = 1; page <= pages(); ++page) {
        placeOf(page);
        if (told && page % 1024 == 0) {
            told(page, pages());
        }
    }
}

/// A page under another's number is no worse for it.
void PageFile::findMoved() {
    std::vector<PageNumber> missing;
    for (PageNumber page = 1; page <= pages(); ++page) {
        if (m_places[page].state == State::Damaged &&
            !isZero(m_database->at(std::uint64_t{page - 1} * kPageBytes, kPageBytes))) {
            missing.push_back(page);
        }
    }
    if (missing.size() > kMostMoved) {
        return;
    }
    for (const PageNumber place : missing) {
        const std::uint64_t offset = std::uint64_t{place - 1} * kPageBytes;
        const Bytes bytes = m_database->at(offset, kPageBytes);
        for (const PageNumber page : missing) {
            if (page != place && isSound(bytes, page)) {
                m_places[page] = {Place::In::Database, State::Sound, offset, true};
                ++m_moved;
            }
        }
    }
}

PageFile::State PageFile::state(PageNumber page) const {
    return page == 0 || page > pages() ? State::Damaged : placeOf(page).state;
}

std::vector<PageNumber> PageFile::damaged() const {
    std::vector<PageNumber> found;
    for (PageNumber page = 1; page <= pages(); ++page) {
        if (m_places[page].state == State::Damaged || m_places[page].state == State::Older) {
            found.push_back(page);
        }
    }
    return found;
}

Bytes PageFile::bytesAt(const Place& place) const {
    switch (place.in) {
    case Place::In::Database:
        return m_database->at(place.offset, kPageBytes);
    case Place::In::Log:
        return m_logFile->at(place.offset, kPageBytes);
    case Place::In::Head:
    case Place::In::Nowhere:
        return {};
    }
    return {};
}

Bytes PageFile::raw(PageNumber page) const {
    if (page == 0 || page > pages()) {
        return {};
    }
    const Place& place = placeOf(page);
    return place.in == Place::In::Head ? m_head.at(page) : bytesAt(place);
}

std::optional<PageFile::Page> PageFile::read(PageNumber number) const {
    const Bytes bytes = raw(number);
    if (!isSound(bytes, number)) {
        return std::nullopt; // also when the disk does not read the second time
    }
    const std::size_t begin = number == 1 ? kSalt : 0;
    Page page(kUsable);
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                  EVP_CIPHER_CTX_free);
    int length = 0;
    if (!context ||
        EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, m_key->expose().data(),
                           bytes.data() + kUsable) != 1 ||
        EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
        EVP_DecryptUpdate(context.get(), page.data() + begin, &length, bytes.data() + begin,
                          static_cast<int>(kUsable - begin)) != 1) {
        return std::nullopt;
    }
    if (number == 1) {
        const std::string_view magic("SQLite format 3\0", kSalt);
        std::copy(magic.begin(), magic.end(), page.begin());
    }
    return page;
}

Bytes encodeHead(const PageFile& file, std::span<const PageNumber> pages) {
    Bytes out = bytesOf(viewOf(kHeadMagic));
    for (const PageNumber page : pages) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.push_back(static_cast<std::uint8_t>(page >> shift));
        }
        const Bytes bytes = file.raw(page);
        out.insert(out.end(), bytes.begin(), bytes.end());
    }
    return out;
}

} // namespace sotto::core

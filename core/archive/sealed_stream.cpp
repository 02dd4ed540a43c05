// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/sealed_stream.h"

#include "core/base/hash.h"

namespace sotto::core {
namespace {

constexpr std::string_view kMagic = "sotto backup 1\n";
/// What every version begins with.
constexpr std::string_view kFamily = "sotto backup ";
constexpr std::string_view kMarkLabel = "sotto backup recipient";
constexpr std::size_t kMarkSize = 16;
constexpr std::size_t kHeaderSize = kMagic.size() + Curve25519Key::kSize + kMarkSize;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
using Nonce24 = std::array<std::uint8_t, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES>;

Bytes markOf(const Curve25519Key& ephemeral, const Curve25519Key& recipient) {
    Bytes keys = bytesOf(ephemeral.view());
    keys.insert(keys.end(), recipient.value.begin(), recipient.value.end());
    const Digest hash = labelledHash(kMarkLabel, keys);
    return bytesOf(hash.view().first(kMarkSize));
}

void putNumber(std::uint64_t number, std::span<std::uint8_t> out) {
    for (std::size_t i = out.size(); i-- > 0; number >>= 8U) {
        out[i] = static_cast<std::uint8_t>(number);
    }
}

Nonce24 nonceOf(std::uint64_t number, bool isLast) {
    Nonce24 nonce{};
    const std::string_view word = isLast ? "last" : "more";
    std::copy(word.begin(), word.end(), nonce.begin());
    putNumber(number, std::span(nonce).last(8));
    return nonce;
}

} // namespace

SealedWriter::SealedWriter(NewFile file, Secret<32> key)
    : m_file(std::move(file))
    , m_key(std::move(key)) {
    m_piece.reserve(kPieceBytes);
}

Result<SealedWriter> SealedWriter::begin(const std::filesystem::path& path, const Curve25519Key& recipient,
                                         const std::string& attempted, Random& random) {
    auto key = crypto::newStreamKey(recipient, random);
    if (!key) {
        return failure(FailureCode::Invalid, attempted + ": the profile's backup key is no key");
    }
    auto file = NewFile::begin(path, attempted, random);
    if (!file) {
        return unexpected(file.error());
    }
    Bytes header = bytesOf(viewOf(kMagic));
    const Bytes mark = markOf(key->ephemeral, recipient);
    header.insert(header.end(), key->ephemeral.value.begin(), key->ephemeral.value.end());
    header.insert(header.end(), mark.begin(), mark.end());
    if (auto written = file->write(header); !written) {
        return unexpected(written.error());
    }
    SealedWriter writer(std::move(*file), std::move(key->key));
    writer.m_written = header.size();
    return writer;
}

Result<void> SealedWriter::seal(bool isLast) {
    Bytes sealed(4 + m_piece.size() + kTagSize);
    putNumber(m_piece.size() + kTagSize, std::span(sealed).first(4));
    const Nonce24 nonce = nonceOf(m_number++, isLast);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + 4, nullptr, m_piece.data(), m_piece.size(),
                                               nullptr, 0, nullptr, nonce.data(), m_key.expose().data());
    sodium_memzero(m_piece.data(), m_piece.size());
    m_piece.clear();
    m_written += sealed.size();
    return m_file.write(sealed);
}

Result<void> SealedWriter::write(BytesView bytes) {
    while (!bytes.empty()) {
        if (m_piece.size() == kPieceBytes) {
            if (auto sealed = seal(false); !sealed) {
                return sealed;
            }
        }
        const BytesView part = bytes.first(std::min(bytes.size(), kPieceBytes - m_piece.size()));
        m_piece.insert(m_piece.end(), part.begin(), part.end());
        bytes = bytes.subspan(part.size());
    }
    return {};
}

Result<void> SealedWriter::finish() {
    return seal(true).and_then([&] { return m_file.finish(); });
}

SealedReader::SealedReader(OldFile file, Secret<32> key, std::string attempted)
    : m_file(std::move(file))
    , m_key(std::move(key))
    , m_attempted(std::move(attempted))
    , m_begin(kHeaderSize)
    , m_next(kHeaderSize) {}

SealedReader::~SealedReader() {
    sodium_memzero(m_plain.data(), m_plain.size());
}

Result<SealedReader> SealedReader::open(const std::filesystem::path& path, const crypto::BackupKey& key,
                                        std::string attempted) {
    auto file = OldFile::open(path, attempted);
    if (!file) {
        return unexpected(file.error());
    }
    Bytes header(kHeaderSize);
    const auto size = file->read(header);
    if (!size) {
        return unexpected(size.error());
    }
    const std::string_view beginning = textOf(BytesView(header).first(std::min(*size, kMagic.size())));
    if (!beginning.starts_with(kFamily)) {
        return failure(FailureCode::Invalid, attempted + ": it is no backup of Sotto");
    }
    if (beginning != kMagic && *size >= kMagic.size()) {
        return failure(FailureCode::Invalid,
                       attempted + ": it was written by a newer version of Sotto; update this program");
    }
    if (*size < kHeaderSize) {
        return failure(FailureCode::Damaged, attempted + ": it is cut off at byte " + std::to_string(*size));
    }
    const auto ephemeral =
        *Curve25519Key::from(BytesView(header).subspan(kMagic.size(), Curve25519Key::kSize));
    const Bytes mark = markOf(ephemeral, key.publicKey());
    if (!std::ranges::equal(mark, BytesView(header).last(kMarkSize))) {
        return failure(FailureCode::Locked,
                       attempted +
                           ": this recovery code is not the one of the account that made it (or its "
                           "first " +
                           std::to_string(kHeaderSize) + " bytes are damaged)");
    }
    auto stream = key.streamKey(ephemeral);
    if (!stream) {
        return failure(FailureCode::Damaged, attempted + ": its first bytes are damaged");
    }
    return SealedReader(std::move(*file), std::move(*stream), std::move(attempted));
}

Failure SealedReader::damaged(const std::string& what) const {
    return {FailureCode::Damaged,
            m_attempted + ": " + what + " at byte " + std::to_string(m_begin) +
                ". Nothing of it was taken over",
            {}};
}

/// Appends the next piece to what is open.
Result<void> SealedReader::openNext() {
    m_begin = m_next;
    if (m_ended) {
        return unexpected(damaged("it ends in the middle of a record"));
    }
    std::array<std::uint8_t, 4> sizeBytes{};
    auto got = m_file.read(sizeBytes);
    if (!got) {
        return unexpected(got.error());
    }
    if (*got < sizeBytes.size()) {
        return unexpected(damaged("it is cut off"));
    }
    std::size_t size = 0;
    for (const std::uint8_t byte : sizeBytes) {
        size = size << 8U | byte;
    }
    if (size < kTagSize || size > kPieceBytes + kTagSize) {
        return unexpected(damaged("it is damaged"));
    }
    Bytes sealed(size);
    got = m_file.read(sealed);
    if (!got) {
        return unexpected(got.error());
    }
    if (*got < size) {
        return unexpected(damaged("it is cut off"));
    }
    m_plain.erase(m_plain.begin(), m_plain.begin() + static_cast<std::ptrdiff_t>(m_at));
    m_at = 0;
    const std::size_t before = m_plain.size();
    m_plain.resize(before + size - kTagSize);
    for (const bool isLast : {false, true}) {
        const Nonce24 nonce = nonceOf(m_number, isLast);
        if (crypto_aead_xchacha20poly1305_ietf_decrypt(m_plain.data() + before, nullptr, nullptr,
                                                       sealed.data(), sealed.size(), nullptr, 0, nonce.data(),
                                                       m_key.expose().data()) == 0) {
            ++m_number;
            m_next += 4 + size;
            m_ended = isLast;
            return {};
        }
    }
    return unexpected(damaged("it is damaged, or put together from pieces,"));
}

Result<BytesView> SealedReader::read(std::size_t size) {
    while (m_plain.size() - m_at < size) {
        if (auto opened = openNext(); !opened) {
            return unexpected(opened.error());
        }
    }
    const BytesView bytes = BytesView(m_plain).subspan(m_at, size);
    m_at += size;
    return bytes;
}

Result<void> SealedReader::expectEnd() {
    if (!m_ended && m_at == m_plain.size()) {
        if (auto opened = openNext(); !opened) { // the last piece may hold nothing
            return unexpected(opened.error());
        }
    }
    std::array<std::uint8_t, 1> more{};
    const auto got = m_file.read(more);
    if (!got) {
        return unexpected(got.error());
    }
    if (!m_ended || m_at != m_plain.size() || *got != 0) {
        return unexpected(damaged("there is more than was written"));
    }
    return {};
}

} // namespace sotto::core

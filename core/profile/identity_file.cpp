// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/identity_file.h"

#include "core/profile/database_key.h"

namespace sotto::core {
namespace {

constexpr std::string_view kMagic = "sotto identity 1\n";
constexpr std::string_view kKeyLabel = "sotto identity file";
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kSealedOffset = kMagic.size() + kNonceSize;

/// Writes into memory of the right size; reads without a copy. Secrets pass through no other buffer.
class PlainWriter {
public:
    explicit PlainWriter(std::span<std::uint8_t> out)
        : m_out(out) {}
    void number(std::uint64_t value, std::size_t size) {
        for (std::size_t i = size; i-- > 0;) {
            m_out.front() = static_cast<std::uint8_t>(value >> (8 * i));
            m_out = m_out.subspan(1);
        }
    }
    void bytes(BytesView value) {
        std::copy(value.begin(), value.end(), m_out.begin());
        m_out = m_out.subspan(value.size());
    }

private:
    std::span<std::uint8_t> m_out;
};

class PlainReader {
public:
    explicit PlainReader(BytesView in)
        : m_in(in) {}
    std::uint64_t number(std::size_t size) {
        std::uint64_t value = 0;
        for (const std::uint8_t byte : bytes(size)) {
            value = value << 8U | byte;
        }
        return value;
    }
    BytesView bytes(std::size_t size) {
        m_good = m_good && size <= m_in.size();
        if (!m_good) {
            return {};
        }
        const BytesView taken = m_in.first(size);
        m_in = m_in.subspan(size);
        return taken;
    }
    bool finished() const { return m_good && m_in.empty(); }

private:
    BytesView m_in;
    bool m_good = true;
};

} // namespace

SecretBytes encodeIdentity(std::uint64_t revision, const std::optional<Identity>& identity) {
    if (!identity) {
        SecretBytes plain(8 + 1);
        PlainWriter writer(plain.exposeWritable());
        writer.number(revision, 8);
        writer.number(0, 1);
        return plain;
    }
    const SecretBytes keys = identity->keys.serialise();
    const SecretBytes signer = identity->signer ? identity->signer->serialise() : SecretBytes();
    SecretBytes plain(8 + 1 + AccountId::kSize + 4 + 2 + keys.size() + 2 + signer.size());
    PlainWriter writer(plain.exposeWritable());
    writer.number(revision, 8);
    writer.number(1, 1);
    writer.bytes(identity->account.view());
    writer.number(number(identity->device), 4);
    writer.number(keys.size(), 2);
    writer.bytes(keys.expose());
    writer.number(signer.size(), 2);
    writer.bytes(signer.expose());
    return plain;
}

std::optional<IdentityRecord> decodeIdentity(BytesView plain) {
    PlainReader reader(plain);
    IdentityRecord record;
    record.revision = reader.number(8);
    if (reader.number(1) == 0) {
        return reader.finished() ? std::optional(std::move(record)) : std::nullopt;
    }
    const auto account = AccountId::from(reader.bytes(AccountId::kSize));
    const auto device = static_cast<DeviceNumber>(reader.number(4));
    auto keys = crypto::DeviceKeys::parse(reader.bytes(reader.number(2)));
    const BytesView signerBytes = reader.bytes(reader.number(2));
    auto signer = crypto::SignerKey::parse(signerBytes);
    if (!reader.finished() || !account || !keys || signer.has_value() == signerBytes.empty()) {
        return std::nullopt;
    }
    record.identity.emplace(Identity{*account, device, std::move(*keys), std::move(signer)});
    return record;
}

Bytes sealIdentity(std::uint64_t revision, const std::optional<Identity>& identity,
                   const db::DatabaseKey& key, Random& random) {
    const SecretBytes plain = encodeIdentity(revision, identity);
    Bytes file(kSealedOffset + plain.size() + kTagSize);
    std::copy(kMagic.begin(), kMagic.end(), file.begin());
    const auto nonce = std::span(file).subspan(kMagic.size(), kNonceSize);
    random.fill(nonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt(file.data() + kSealedOffset, nullptr, plain.expose().data(),
                                               plain.size(), viewOf(kMagic).data(), kMagic.size(), nullptr,
                                               nonce.data(), deriveKey(key, kKeyLabel).expose().data());
    return file;
}

std::optional<IdentityRecord> openIdentity(BytesView file, const db::DatabaseKey& key) {
    if (file.size() < kSealedOffset + kTagSize || textOf(file.first(kMagic.size())) != kMagic) {
        return std::nullopt;
    }
    SecretBytes plain(file.size() - kSealedOffset - kTagSize);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            plain.exposeWritable().data(), nullptr, nullptr, file.data() + kSealedOffset,
            file.size() - kSealedOffset, viewOf(kMagic).data(), kMagic.size(), file.data() + kMagic.size(),
            deriveKey(key, kKeyLabel).expose().data()) != 0) {
        return std::nullopt;
    }
    return decodeIdentity(plain.expose());
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/database_key.h"

#include "core/base/encoding.h"
#include "core/base/hash.h"

namespace sotto::core {
namespace {

constexpr std::string_view kSealedMagic = "sotto key sealed 1\n";
constexpr std::string_view kFileMagic = "sotto key file 1\n";
constexpr std::string_view kKeychainMagic = "sotto key keychain 1\n";
constexpr std::string_view kPurpose = "database key";
constexpr std::size_t kEntrySize = 16;
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kWrappedSize = kEntrySize + kNonceSize + 32 + kTagSize;

/// The magic without its line end is the label: a sealed key is never read as a plain one.
Digest checkOf(std::string_view magic, BytesView body) {
    return labelledHash(magic.substr(0, magic.size() - 1), body);
}

std::optional<BytesView> bodyOf(std::string_view magic, BytesView file) {
    const std::size_t start = magic.size() + Digest::kSize;
    if (file.size() < start || textOf(file.first(magic.size())) != magic) {
        return std::nullopt;
    }
    const Digest check = checkOf(magic, file.subspan(start));
    return std::ranges::equal(check.value, file.subspan(magic.size(), Digest::kSize))
               ? std::optional(file.subspan(start))
               : std::nullopt;
}

KeyRefusal refusalOf(crypto::BlobRefusal refusal) {
    switch (refusal) {
    case crypto::BlobRefusal::Malformed:
        return KeyRefusal::Damaged;
    case crypto::BlobRefusal::WrongPassphrase:
        return KeyRefusal::WrongPassphrase;
    case crypto::BlobRefusal::NoMemory:
        return KeyRefusal::NoMemory;
    }
    return KeyRefusal::Damaged;
}

} // namespace

Expected<Bytes, KeyRefusal> sealKey(const db::DatabaseKey& key, const SecretBytes& passphrase,
                                    const crypto::PassphraseCost& cost, Random& random) {
    const auto blob = crypto::sealBlob(kPurpose, passphrase.expose(), key.expose(), cost, random);
    if (!blob) {
        return unexpected(blob.error() == crypto::BlobRefusal::Malformed ? KeyRefusal::CostOutOfBounds
                                                                         : refusalOf(blob.error()));
    }
    Bytes file = bytesOf(viewOf(kSealedMagic));
    const Digest check = checkOf(kSealedMagic, *blob);
    file.insert(file.end(), check.value.begin(), check.value.end());
    file.insert(file.end(), blob->begin(), blob->end());
    return file;
}

Expected<db::DatabaseKey, KeyRefusal> openSealedKey(BytesView file, const SecretBytes& passphrase) {
    const auto body = bodyOf(kSealedMagic, file);
    if (!body) {
        return unexpected(KeyRefusal::Damaged);
    }
    const auto secret = crypto::openBlob(kPurpose, passphrase.expose(), *body);
    if (!secret) {
        return unexpected(refusalOf(secret.error()));
    }
    auto key = db::DatabaseKey::from(secret->expose());
    if (!key) {
        return unexpected(KeyRefusal::Damaged);
    }
    return std::move(*key);
}

SecretBytes encodeKeyFile(const db::DatabaseKey& key) {
    const Digest check = checkOf(kFileMagic, key.expose());
    SecretBytes file(kFileMagic.size() + check.value.size() + key.expose().size());
    auto out = file.exposeWritable().begin();
    for (const BytesView part : {viewOf(kFileMagic), check.view(), BytesView(key.expose())}) {
        out = std::copy(part.begin(), part.end(), out);
    }
    return file;
}

std::optional<db::DatabaseKey> decodeKeyFile(BytesView file) {
    const auto body = bodyOf(kFileMagic, file);
    return body ? db::DatabaseKey::from(*body) : std::nullopt;
}

std::optional<KeyProtection> protectionOf(BytesView file) {
    const auto begins = [&](std::string_view magic) {
        return file.size() >= magic.size() && textOf(file.first(magic.size())) == magic;
    };
    if (begins(kSealedMagic)) {
        return KeyProtection::Passphrase;
    }
    if (begins(kFileMagic)) {
        return KeyProtection::KeyFile;
    }
    return begins(kKeychainMagic) ? std::optional(KeyProtection::Keychain) : std::nullopt;
}

namespace {

Bytes keychainData(BytesView entry) {
    Bytes data = bytesOf(viewOf(kKeychainMagic));
    data.insert(data.end(), entry.begin(), entry.end());
    return data;
}

/// One character for four bits, and back; secrets pass through no other buffer.
SecretBytes hexOf(const Secret<32>& secret) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    SecretBytes text(64);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::uint8_t byte = secret.expose()[i / 2];
        text.exposeWritable()[i] = static_cast<std::uint8_t>(kDigits[i % 2 == 0 ? byte >> 4U : byte & 15U]);
    }
    return text;
}

std::optional<Secret<32>> secretOf(const SecretBytes& text) {
    Secret<32> secret;
    std::size_t size = 0;
    return sodium_hex2bin(secret.exposeWritable().data(), 32,
                          reinterpret_cast<const char*>(text.expose().data()), text.size(), nullptr, &size,
                          nullptr) == 0 &&
                   size == 32
               ? std::optional(std::move(secret))
               : std::nullopt;
}

} // namespace

KeychainKey sealUnderKeychain(const db::DatabaseKey& key, Random& random) {
    const auto secret = Secret<32>::random(random);
    Bytes body(kWrappedSize);
    const std::span<std::uint8_t> all(body);
    random.fill(all.first(kEntrySize + kNonceSize));
    const Bytes data = keychainData(all.first(kEntrySize));
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        body.data() + kEntrySize + kNonceSize, nullptr, key.expose().data(), key.expose().size(), data.data(),
        data.size(), nullptr, body.data() + kEntrySize, secret.expose().data());
    Bytes file = bytesOf(viewOf(kKeychainMagic));
    const Digest check = checkOf(kKeychainMagic, body);
    file.insert(file.end(), check.value.begin(), check.value.end());
    file.insert(file.end(), body.begin(), body.end());
    std::string entry = *keychainEntry(file);
    return {std::move(file), std::move(entry), hexOf(secret)};
}

std::optional<std::string> keychainEntry(BytesView file) {
    const auto body = bodyOf(kKeychainMagic, file);
    if (!body || body->size() != kWrappedSize) {
        return std::nullopt;
    }
    return "sotto-" + encodeHex(body->first(kEntrySize));
}

Expected<db::DatabaseKey, KeyRefusal> openUnderKeychain(BytesView file, const SecretBytes& secret) {
    const auto body = bodyOf(kKeychainMagic, file);
    if (!body || body->size() != kWrappedSize) {
        return unexpected(KeyRefusal::Damaged);
    }
    const auto bytes = secretOf(secret);
    Secret<32> key;
    const Bytes data = keychainData(body->first(kEntrySize));
    if (!bytes || crypto_aead_xchacha20poly1305_ietf_decrypt(
                      key.exposeWritable().data(), nullptr, nullptr, body->data() + kEntrySize + kNonceSize,
                      32 + kTagSize, data.data(), data.size(), body->data() + kEntrySize,
                      bytes->expose().data()) != 0) {
        return unexpected(KeyRefusal::WrongPassphrase);
    }
    return std::move(*db::DatabaseKey::from(key.expose()));
}

Secret<32> deriveKey(const db::DatabaseKey& key, std::string_view label) {
    Secret<32> derived;
    const BytesView input = viewOf(label);
    crypto_generichash(derived.exposeWritable().data(), derived.expose().size(), input.data(), input.size(),
                       key.expose().data(), key.expose().size());
    return derived;
}

} // namespace sotto::core

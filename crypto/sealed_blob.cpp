// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/sealed_blob.h"

namespace sotto::crypto {
namespace {

constexpr std::string_view kMagic = "sotto blob 1";
constexpr std::size_t kSaltSize = crypto_pwhash_SALTBYTES;
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kCheckSize = 16;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kCostOffset = kMagic.size();
constexpr std::size_t kSaltOffset = kCostOffset + 8;
constexpr std::size_t kNonceOffset = kSaltOffset + kSaltSize;
constexpr std::size_t kCheckOffset = kNonceOffset + kNonceSize;
constexpr std::size_t kCiphertextOffset = kCheckOffset + kCheckSize;

bool isWithinBounds(const PassphraseCost& cost) {
    return cost.passes >= kMinCost.passes && cost.passes <= kMaxCost.passes &&
           cost.memoryKiB >= kMinCost.memoryKiB && cost.memoryKiB <= kMaxCost.memoryKiB;
}

void writeNumber(std::uint32_t value, std::uint8_t* out) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        *out++ = static_cast<std::uint8_t>(value >> shift);
    }
}
std::uint32_t readNumber(BytesView bytes) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : bytes.first(4)) {
        value = value << 8 | byte;
    }
    return value;
}

/// 32 bytes of key, then 16 that tell a wrong passphrase from a damaged file. Nothing without memory.
std::optional<Secret<32 + kCheckSize>> derive(BytesView passphrase, BytesView salt,
                                              const PassphraseCost& cost) {
    Secret<32 + kCheckSize> derived;
    const int result =
        crypto_pwhash(derived.exposeWritable().data(), 32 + kCheckSize,
                      reinterpret_cast<const char*>(passphrase.data()), passphrase.size(), salt.data(),
                      cost.passes, std::size_t{cost.memoryKiB} * 1024, crypto_pwhash_ALG_ARGON2ID13);
    return result == 0 ? std::optional(std::move(derived)) : std::nullopt;
}

/// Everything before the ciphertext and what the blob is for.
Bytes additionalData(std::string_view purpose, BytesView blobHeader) {
    Bytes data(blobHeader.size() + purpose.size());
    std::copy(purpose.begin(), purpose.end(), std::copy(blobHeader.begin(), blobHeader.end(), data.begin()));
    return data;
}

} // namespace

Expected<Bytes, BlobRefusal> sealBlob(std::string_view purpose, BytesView passphrase, BytesView secret,
                                      const PassphraseCost& cost, Random& random) {
    if (!isWithinBounds(cost) || secret.size() > kMaxBlobSecret) {
        return unexpected(BlobRefusal::Malformed);
    }
    Bytes blob(kCiphertextOffset + secret.size() + kTagSize);
    std::copy(kMagic.begin(), kMagic.end(), blob.begin());
    writeNumber(cost.passes, blob.data() + kCostOffset);
    writeNumber(cost.memoryKiB, blob.data() + kCostOffset + 4);
    const std::span<std::uint8_t> all(blob);
    random.fill(all.subspan(kSaltOffset, kSaltSize + kNonceSize));
    const auto derived = derive(passphrase, all.subspan(kSaltOffset, kSaltSize), cost);
    if (!derived) {
        return unexpected(BlobRefusal::NoMemory);
    }
    const BytesView check = derived->expose().last<kCheckSize>();
    std::copy(check.begin(), check.end(), blob.begin() + kCheckOffset);
    const Bytes data = additionalData(purpose, all.first(kCiphertextOffset));
    crypto_aead_xchacha20poly1305_ietf_encrypt(blob.data() + kCiphertextOffset, nullptr, secret.data(),
                                               secret.size(), data.data(), data.size(), nullptr,
                                               blob.data() + kNonceOffset, derived->expose().data());
    return blob;
}

Expected<SecretBytes, BlobRefusal> openBlob(std::string_view purpose, BytesView passphrase, BytesView blob) {
    if (blob.size() < kCiphertextOffset + kTagSize ||
        blob.size() > kCiphertextOffset + kMaxBlobSecret + kTagSize ||
        textOf(blob.first(kMagic.size())) != kMagic) {
        return unexpected(BlobRefusal::Malformed);
    }
    const PassphraseCost cost{readNumber(blob.subspan(kCostOffset)),
                              readNumber(blob.subspan(kCostOffset + 4))};
    if (!isWithinBounds(cost)) {
        return unexpected(BlobRefusal::Malformed);
    }
    const auto derived = derive(passphrase, blob.subspan(kSaltOffset, kSaltSize), cost);
    if (!derived) {
        return unexpected(BlobRefusal::NoMemory);
    }
    if (sodium_memcmp(derived->expose().last<kCheckSize>().data(), blob.data() + kCheckOffset, kCheckSize) !=
        0) {
        return unexpected(BlobRefusal::WrongPassphrase);
    }
    SecretBytes secret(blob.size() - kCiphertextOffset - kTagSize);
    const Bytes data = additionalData(purpose, blob.first(kCiphertextOffset));
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            secret.exposeWritable().data(), nullptr, nullptr, blob.data() + kCiphertextOffset,
            blob.size() - kCiphertextOffset, data.data(), data.size(), blob.data() + kNonceOffset,
            derived->expose().data()) != 0) {
        return unexpected(BlobRefusal::Malformed);
    }
    return secret;
}

} // namespace sotto::crypto

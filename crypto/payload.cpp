// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/payload.h"

#include "core/base/hash.h"

#include <bit>
#include <stdexcept>

namespace sotto::crypto {
namespace {

constexpr std::string_view kKeyLabel = "sotto payload key 1";
constexpr std::string_view kAadLabel = "sotto payload 1";
constexpr std::string_view kDigestLabel = "sotto payload digest 1";
constexpr std::size_t kSmallest = 512;
constexpr std::size_t kStepsPerDoubling = 8;
constexpr std::size_t kCommitSize = 32;
constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kSealedOffset = 1 + kCommitSize;
// The key is fresh for each payload, so the nonce need not be.
constexpr std::array<std::uint8_t, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES> kZeroNonce{};

struct Derived {
    ShortSecret<64> bytes;
    const std::uint8_t* key() const { return bytes.expose().data(); }
    const std::uint8_t* commit() const { return bytes.expose().data() + 32; }
};

Derived derive(const ShortSecret<32>& key) {
    Derived derived;
    crypto_generichash(derived.bytes.exposeWritable().data(), 64, viewOf(kKeyLabel).data(), kKeyLabel.size(),
                       key.expose().data(), 32);
    return derived;
}

std::array<std::uint8_t, kAadLabel.size() + 1> additionalData() {
    std::array<std::uint8_t, kAadLabel.size() + 1> data;
    std::copy(kAadLabel.begin(), kAadLabel.end(), data.begin());
    data.back() = static_cast<std::uint8_t>(Suite::Classic);
    return data;
}

} // namespace

std::size_t payloadSize(std::size_t contentBytes) {
    const std::size_t needed = contentBytes + kPayloadOverhead;
    if (needed <= kSmallest) {
        return kSmallest;
    }
    // Eight steps to each doubling: 512, 576, 640 … 960, 1024, 1152 … 122880.
    const std::size_t step = std::bit_floor(needed - 1) / kStepsPerDoubling;
    return (needed + step - 1) / step * step;
}

SealedPayload sealPayload(BytesView content, Random& random) {
    if (content.size() > kMaxContentBytes) {
        throw std::length_error("content is over the payload limit");
    }
    SealedPayload sealed;
    sealed.key = ShortSecret<32>::random(random);
    const Derived derived = derive(sealed.key);
    sealed.bytes.resize(payloadSize(content.size()));
    sealed.bytes[0] = static_cast<std::uint8_t>(Suite::Classic);
    std::copy_n(derived.commit(), kCommitSize, sealed.bytes.begin() + 1);
    std::uint8_t* body = sealed.bytes.data() + kSealedOffset;
    for (std::size_t i = 0; i < kLengthSize; ++i) {
        body[i] = static_cast<std::uint8_t>(content.size() >> (8 * (kLengthSize - 1 - i)));
    }
    std::copy(content.begin(), content.end(), body + kLengthSize);
    const auto aad = additionalData();
    crypto_aead_xchacha20poly1305_ietf_encrypt(body, nullptr, body,
                                               sealed.bytes.size() - kSealedOffset - kTagSize, aad.data(),
                                               aad.size(), nullptr, kZeroNonce.data(), derived.key());
    sealed.digest = payloadDigest(sealed.bytes);
    return sealed;
}

Digest payloadDigest(BytesView payload) {
    return labelledHash(kDigestLabel, payload);
}

Expected<Bytes, PayloadRefusal> openPayload(BytesView payload, const ShortSecret<32>& key,
                                            const Digest& digest) {
    if (payload.empty() || payloadDigest(payload) != digest) {
        return unexpected(PayloadRefusal::WrongDigest);
    }
    if (payload[0] != static_cast<std::uint8_t>(Suite::Classic)) {
        return unexpected(PayloadRefusal::UnknownSuite);
    }
    if (payload.size() < kSmallest || payload.size() > kMaxPayloadBytes) {
        return unexpected(PayloadRefusal::Undecryptable);
    }
    const Derived derived = derive(key);
    if (sodium_memcmp(payload.data() + 1, derived.commit(), kCommitSize) != 0) {
        return unexpected(PayloadRefusal::Undecryptable);
    }
    Bytes opened(payload.size() - kSealedOffset - kTagSize);
    const auto aad = additionalData();
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            opened.data(), nullptr, nullptr, payload.data() + kSealedOffset, payload.size() - kSealedOffset,
            aad.data(), aad.size(), kZeroNonce.data(), derived.key()) != 0) {
        return unexpected(PayloadRefusal::Undecryptable);
    }
    std::size_t size = 0;
    for (std::size_t i = 0; i < kLengthSize; ++i) {
        size = size << 8 | opened[i];
    }
    // One content has one size and one padding, whoever sealed it.
    const bool lengthFits = size <= kMaxContentBytes && payloadSize(size) == payload.size();
    if (!lengthFits || std::any_of(opened.begin() + static_cast<std::ptrdiff_t>(kLengthSize + size),
                                   opened.end(), [](std::uint8_t byte) { return byte != 0; })) {
        return unexpected(PayloadRefusal::Undecryptable);
    }
    opened.erase(opened.begin(), opened.begin() + kLengthSize);
    opened.resize(size);
    return opened;
}

} // namespace sotto::crypto

// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/agreement.h"

#include <cstring>
#include <memory>
#include <openssl/bn.h>
#include <sodium.h>

namespace {

using namespace sotto;

thread_local std::uint64_t t_agreements = 0;
constexpr std::uint8_t kBasePoint[32] = {9};

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using BigNumber = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using BigNumberContext = std::unique_ptr<BN_CTX, FreeWith<BN_CTX_free>>;

/// 2^255 - 19.
BigNumber fieldPrime() {
    BigNumber prime(BN_new());
    BN_set_bit(prime.get(), 255);
    BN_sub_word(prime.get(), 19);
    return prime;
}

/// Montgomery u = (1 + y) / (1 - y) of a compressed Edwards point (RFC 7748 section 4.1). Both are public
/// values, so the time this takes tells nothing.
bool montgomeryFromEdwards(const std::uint8_t* edwards, std::uint8_t* montgomery) {
    static const BigNumber prime = fieldPrime();
    std::uint8_t unsignedY[32];
    std::memcpy(unsignedY, edwards, sizeof unsignedY);
    unsignedY[31] &= 0x7F;
    const BigNumberContext context(BN_CTX_new());
    const BigNumber y(BN_lebin2bn(unsignedY, sizeof unsignedY, nullptr));
    const BigNumber above(BN_dup(y.get()));
    const BigNumber below(BN_new());
    const BigNumber u(BN_new());
    return BN_add_word(above.get(), 1) == 1 && BN_sub(below.get(), prime.get(), y.get()) == 1 &&
           BN_add_word(below.get(), 1) == 1 &&
           BN_mod_inverse(below.get(), below.get(), prime.get(), context.get()) != nullptr &&
           BN_mod_mul(u.get(), above.get(), below.get(), prime.get(), context.get()) == 1 &&
           BN_bn2lebinpad(u.get(), montgomery, 32) == 32;
}

} // namespace

int curve25519_donna(std::uint8_t* result, const std::uint8_t* secret, const std::uint8_t* point) {
    ++t_agreements;
    if (std::memcmp(point, kBasePoint, sizeof kBasePoint) != 0) {
        return crypto_scalarmult(result, secret, point);
    }
    const Curve25519Key key = crypto::publicKeyOf(std::span<const std::uint8_t, 32>(secret, 32));
    std::memcpy(result, key.value.data(), key.value.size());
    return 0;
}

namespace sotto::crypto {

Curve25519Key publicKeyOf(std::span<const std::uint8_t, 32> secret) {
    // libsodium's fixed-base multiplication is twice as fast on the Edwards curve, even with the way back.
    ShortSecret<32> clamped;
    std::copy(secret.begin(), secret.end(), clamped.exposeWritable().begin());
    clamp(clamped.exposeWritable());
    std::array<std::uint8_t, 32> edwards;
    Curve25519Key key;
    if (crypto_scalarmult_ed25519_base_noclamp(edwards.data(), clamped.expose().data()) != 0 ||
        !montgomeryFromEdwards(edwards.data(), key.value.data())) {
        crypto_scalarmult_base(key.value.data(), clamped.expose().data());
    }
    return key;
}

void clamp(std::span<std::uint8_t, 32> secret) {
    secret[0] &= 248;
    secret[31] &= 127;
    secret[31] |= 64;
}

std::uint64_t agreementsMade() {
    return t_agreements;
}

} // namespace sotto::crypto

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/signature.h"

#include <memory>
#include <openssl/bn.h>
#include <sodium.h>

namespace sotto {
namespace {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using BigNumber = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using BigNumberContext = std::unique_ptr<BN_CTX, FreeWith<BN_CTX_free>>;

/// u-coordinates below p of the points whose order divides 8, on the curve and its twist.
constexpr std::array<std::array<std::uint8_t, 32>, 5> kSmallOrder = {{
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
    {0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
     0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
     0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
}};

BigNumber fieldPrime() {
    BigNumber prime(BN_new());
    BN_set_bit(prime.get(), 255);
    BN_sub_word(prime.get(), 19);
    return prime;
}

/// Edwards y = (u - 1) / (u + 1) of a Montgomery u (RFC 7748 section 4.1), sign bit clear. False when u = -1.
bool edwardsFromMontgomery(const Curve25519Key& key, std::array<std::uint8_t, 32>& edwards) {
    const BigNumberContext context(BN_CTX_new());
    const BigNumber prime = fieldPrime();
    const BigNumber u(BN_lebin2bn(key.value.data(), 32, nullptr));
    const BigNumber below(BN_dup(u.get()));
    const BigNumber above(BN_dup(u.get()));
    BN_sub_word(below.get(), 1);
    BN_add_word(above.get(), 1);
    const BigNumber inverse(BN_mod_inverse(nullptr, above.get(), prime.get(), context.get()));
    const BigNumber y(BN_new());
    return inverse && BN_mod_mul(y.get(), below.get(), inverse.get(), prime.get(), context.get()) == 1 &&
           BN_bn2lebinpad(y.get(), edwards.data(), 32) == 32;
}

} // namespace

bool verifyEd25519(const Ed25519Key& key, BytesView message, const Signature& signature) {
    return crypto_sign_verify_detached(signature.value.data(), message.data(), message.size(),
                                       key.value.data()) == 0;
}

bool verifyXeddsa(const Curve25519Key& key, BytesView message, const Signature& signature) {
    Ed25519Key edwards;
    if (!isAcceptable(key) || !edwardsFromMontgomery(key, edwards.value)) {
        return false;
    }
    Signature plain = signature;
    edwards.value[31] = static_cast<std::uint8_t>(edwards.value[31] | (plain.value[63] & 0x80U));
    plain.value[63] &= 0x7FU;
    return verifyEd25519(edwards, message, plain);
}

bool isAcceptable(const Curve25519Key& key) {
    // Canonical: compare with p = 2^255 - 19 from the top; a set top bit is above it.
    const auto& bytes = key.value;
    bool allOnes = bytes[31] == 0x7F;
    for (std::size_t i = 30; i >= 1; --i) {
        allOnes = allOnes && bytes[i] == 0xFF;
    }
    if (bytes[31] > 0x7F || (allOnes && bytes[0] >= 0xED)) {
        return false;
    }
    // Small order: a key is checked for each message of a peer, so compare with the five canonical ones
    // (cr.yp.to/ecdh.html) rather than multiply, which takes as long as an agreement.
    return std::find(kSmallOrder.begin(), kSmallOrder.end(), bytes) == kSmallOrder.end();
}

bool isAcceptable(const Ed25519Key& key) {
    return crypto_core_ed25519_is_valid_point(key.value.data()) == 1;
}

} // namespace sotto

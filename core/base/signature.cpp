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
    // Small order: any clamped scalar is a multiple of 8 and sends it to zero, which libsodium reports.
    static constexpr std::array<std::uint8_t, 32> kScalar = {8};
    std::array<std::uint8_t, 32> product;
    return crypto_scalarmult_curve25519(product.data(), kScalar.data(), bytes.data()) == 0;
}

bool isAcceptable(const Ed25519Key& key) {
    return crypto_core_ed25519_is_valid_point(key.value.data()) == 1;
}

} // namespace sotto

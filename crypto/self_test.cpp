// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/self_test.h"

#include "crypto/aes_cbc.h"
#include "crypto/agreement.h"
#include "crypto/hmac_sha256.h"
#include "crypto/signal_library.h"

#include <cstdlib>
#include <signal/curve.h>
#include <stdexcept>
#include <string>

namespace sotto::crypto {
namespace {

void check(bool good, const char* what) {
    if (!good) {
        throw std::runtime_error(std::string("cryptographic self-test failed: ") + what);
    }
}

/// The library's agreement: 32 bytes, or nothing when it refuses.
std::optional<Bytes> agree(const SignalLibrary& library, const Curve25519Key& point,
                           const Curve25519Key& scalar) {
    const auto publicKey = library.publicKey(point);
    const auto privateKey = library.privateKey(scalar.value);
    std::uint8_t* shared = nullptr;
    const int size = curve_calculate_agreement(&shared, publicKey.get(), privateKey.get());
    if (size < 0) {
        return std::nullopt;
    }
    Bytes bytes(shared, shared + size);
    std::free(shared);
    return bytes;
}

void checkAgreement() {
    SystemRandom random;
    const SignalLibrary library(random);
    // RFC 7748 section 6.1: Alice's secret and Bob's public key.
    const auto secret =
        *Curve25519Key::fromHex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    const auto point =
        *Curve25519Key::fromHex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const auto shared = *decodeHex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    const std::uint64_t before = agreementsMade();
    const auto result = agree(library, point, secret);
    check(agreementsMade() == before + 1,
          "libsignal's agreement bypasses ours (curve25519_donna is not exported)");
    check(result == shared, "Curve25519 differs from RFC 7748");
    check(!agree(library, Curve25519Key{}, secret), "an all-zero agreement was accepted");
    ec_public_key* made = nullptr;
    const auto privateKey = library.privateKey(secret.value);
    check(curve_generate_public_key(&made, privateKey.get()) >= 0, "no public key");
    const SignalRef<ec_public_key> publicKey(made);
    check(keyOf(publicKey.get()).hex() == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
          "Curve25519 base point differs from RFC 7748");
}

void checkHmac() {
    // RFC 4231 test cases 2 and 6: a short key, and one longer than a block.
    HmacSha256 shortKey(viewOf("Jefe"));
    shortKey.update(viewOf("what do ya want "));
    shortKey.update(viewOf("for nothing?"));
    check(encodeHex(shortKey.finish()) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
          "HMAC-SHA-256 differs from RFC 4231");
    HmacSha256 longKey(Bytes(131, 0xaa));
    longKey.update(viewOf("Test Using Larger Than Block-Size Key - Hash Key First"));
    check(encodeHex(longKey.finish()) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
          "HMAC-SHA-256 with a long key differs from RFC 4231");
}

void checkAes() {
    // NIST SP 800-38A, F.2.5: the first block of CBC-AES256.
    AesCbc cipher;
    const auto key = *decodeHex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
    const auto iv = *decodeHex("000102030405060708090a0b0c0d0e0f");
    const auto plaintext = *decodeHex("6bc1bee22e409f96e93d7e117393172a");
    const Bytes ciphertext = cipher.encrypt(key, iv, plaintext);
    check(encodeHex(BytesView(ciphertext).first(16)) == "f58c4c04d6e5f1ba779eabfb5f7bfbd6",
          "AES-256-CBC differs from SP 800-38A");
    check(cipher.decrypt(key, iv, ciphertext) == plaintext, "AES-256-CBC does not decrypt");
}

} // namespace

void selfTest() {
    checkAgreement();
    checkHmac();
    checkAes();
}

} // namespace sotto::crypto

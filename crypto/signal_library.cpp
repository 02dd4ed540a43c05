// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/signal_library.h"

#include "crypto/agreement.h"
#include "crypto/hmac_sha256.h"

#include <cstring>
#include <signal/curve.h>
#include <sodium.h>
#include <stdexcept>

namespace sotto::crypto {
namespace {

int fillRandom(std::uint8_t* data, std::size_t size, void* random) {
    static_cast<Random*>(random)->fill({data, size});
    return 0;
}

int hmacInit(void** context, const std::uint8_t* key, std::size_t size, void*) {
    *context = new (std::nothrow) HmacSha256({key, size});
    return *context == nullptr ? SG_ERR_NOMEM : 0;
}
int hmacUpdate(void* context, const std::uint8_t* data, std::size_t size, void*) {
    static_cast<HmacSha256*>(context)->update({data, size});
    return 0;
}
int hmacFinal(void* context, signal_buffer** output, void*) {
    auto mac = static_cast<HmacSha256*>(context)->finish();
    *output = signal_buffer_create(mac.data(), mac.size());
    sodium_memzero(mac.data(), mac.size());
    return *output == nullptr ? SG_ERR_NOMEM : 0;
}
void hmacCleanup(void* context, void*) {
    delete static_cast<HmacSha256*>(context);
}

int sha512Init(void** context, void*) {
    auto* state = new (std::nothrow) crypto_hash_sha512_state;
    if (state == nullptr) {
        return SG_ERR_NOMEM;
    }
    crypto_hash_sha512_init(state);
    *context = state;
    return 0;
}
int sha512Update(void* context, const std::uint8_t* data, std::size_t size, void*) {
    return crypto_hash_sha512_update(static_cast<crypto_hash_sha512_state*>(context), data, size);
}
int sha512Final(void* context, signal_buffer** output, void*) {
    auto* state = static_cast<crypto_hash_sha512_state*>(context);
    std::array<std::uint8_t, crypto_hash_sha512_BYTES> hash;
    crypto_hash_sha512_final(state, hash.data());
    crypto_hash_sha512_init(state); // the library goes on with the same context: the fingerprint's iterations
    *output = signal_buffer_create(hash.data(), hash.size());
    return *output == nullptr ? SG_ERR_NOMEM : 0;
}
void sha512Cleanup(void* context, void*) {
    delete static_cast<crypto_hash_sha512_state*>(context);
}

// Only the library's own session cipher encrypts, and crypto does not use that.
int refuseCipher(signal_buffer**, int, const std::uint8_t*, std::size_t, const std::uint8_t*, std::size_t,
                 const std::uint8_t*, std::size_t, void*) {
    return SG_ERR_INVAL;
}

void lockLibrary(void* mutex) {
    static_cast<std::recursive_mutex*>(mutex)->lock();
}
void unlockLibrary(void* mutex) {
    static_cast<std::recursive_mutex*>(mutex)->unlock();
}
void logNothing(int, const char*, std::size_t, void*) {}

void require(int result) {
    if (result < 0) {
        throw std::runtime_error("libsignal-protocol-c failed");
    }
}

} // namespace

Error errorOf(int signalResult) {
    switch (signalResult) {
    case SG_ERR_DUPLICATE_MESSAGE:
        return Error::Duplicate;
    case SG_ERR_INVALID_KEY_ID:
        return Error::PrekeyGone;
    case SG_ERR_NO_SESSION:
        return Error::NoSession;
    case SG_ERR_UNTRUSTED_IDENTITY:
        return Error::UntrustedIdentity;
    case SG_ERR_INVALID_KEY:
    case SG_ERR_INVALID_VERSION:
    case SG_ERR_LEGACY_MESSAGE:
    case SG_ERR_INVALID_PROTO_BUF:
    case SG_ERR_INVAL:
        return Error::Malformed;
    case SG_ERR_NOMEM:
        throw std::bad_alloc();
    default:
        return Error::Undecryptable;
    }
}

SignalLibrary::SignalLibrary(Random& random) {
    agreementsMade();
    require(signal_context_create(&m_context, &m_mutex));
    const signal_crypto_provider provider = {
        .random_func = fillRandom,
        .hmac_sha256_init_func = hmacInit,
        .hmac_sha256_update_func = hmacUpdate,
        .hmac_sha256_final_func = hmacFinal,
        .hmac_sha256_cleanup_func = hmacCleanup,
        .sha512_digest_init_func = sha512Init,
        .sha512_digest_update_func = sha512Update,
        .sha512_digest_final_func = sha512Final,
        .sha512_digest_cleanup_func = sha512Cleanup,
        .encrypt_func = refuseCipher,
        .decrypt_func = refuseCipher,
        .user_data = &random,
    };
    require(signal_context_set_crypto_provider(m_context, &provider));
    require(signal_context_set_locking_functions(m_context, lockLibrary, unlockLibrary));
    require(signal_context_set_log_function(m_context, logNothing));
    hkdf_context* hkdf = nullptr;
    require(hkdf_create(&hkdf, CIPHERTEXT_CURRENT_VERSION, m_context));
    m_hkdf = SignalRef(hkdf);
}

SignalLibrary::~SignalLibrary() {
    m_hkdf = {};
    signal_context_destroy(m_context);
}

SignalRef<ec_public_key> SignalLibrary::publicKey(const Curve25519Key& key) const {
    std::array<std::uint8_t, 33> form;
    form[0] = 0x05;
    std::copy(key.value.begin(), key.value.end(), form.begin() + 1);
    ec_public_key* object = nullptr;
    require(curve_decode_point(&object, form.data(), form.size(), m_context));
    return SignalRef(object);
}

SignalRef<ec_private_key> SignalLibrary::privateKey(std::span<const std::uint8_t, 32> secret) const {
    ec_private_key* object = nullptr;
    require(curve_decode_private_point(&object, secret.data(), secret.size(), m_context));
    return SignalRef(object);
}

SignalRef<ec_key_pair> SignalLibrary::keyPair(const Curve25519Key& key,
                                              std::span<const std::uint8_t, 32> secret) const {
    const auto publicHalf = publicKey(key);
    const auto privateHalf = privateKey(secret);
    ec_key_pair* object = nullptr;
    require(ec_key_pair_create(&object, publicHalf.get(), privateHalf.get()));
    return SignalRef(object);
}

SignalRef<ec_key_pair> SignalLibrary::freshKeyPair() const {
    ec_key_pair* object = nullptr;
    require(curve_generate_key_pair(m_context, &object));
    return SignalRef(object);
}

Curve25519Key keyOf(const ec_public_key* key) {
    signal_buffer* raw = nullptr;
    require(ec_public_key_serialize(&raw, key));
    const SignalBuffer buffer(raw);
    return *Curve25519Key::from(buffer.view().subspan(1));
}

} // namespace sotto::crypto

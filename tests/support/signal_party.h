// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One end of a conversation on libsignal-protocol-c as it comes: its own session cipher and builder,
/// OpenSSL's EVP functions behind them, stores in memory. Tests talk to it to show that crypto's bytes are
/// the library's; the bench measures it.

#include <cstdint>
#include <map>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <signal/curve.h>
#include <signal/key_helper.h>
#include <signal/protocol.h>
#include <signal/session_builder.h>
#include <signal/session_cipher.h>
#include <signal/session_pre_key.h>
#include <signal/signal_protocol.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace sotto::bare {

using Buffer = std::vector<std::uint8_t>;

inline void need(bool good) {
    if (!good) {
        throw std::runtime_error("libsignal-protocol-c failed");
    }
}

inline EVP_MAC* hmac() {
    static EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    return mac;
}

inline int randomBytes(std::uint8_t* data, std::size_t size, void*) {
    return RAND_bytes(data, static_cast<int>(size)) == 1 ? 0 : SG_ERR_UNKNOWN;
}
inline int hmacInit(void** context, const std::uint8_t* key, std::size_t size, void*) {
    EVP_MAC_CTX* mac = EVP_MAC_CTX_new(hmac());
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    *context = mac;
    return EVP_MAC_init(mac, key, size, parameters) == 1 ? 0 : SG_ERR_UNKNOWN;
}
inline int hmacUpdate(void* context, const std::uint8_t* data, std::size_t size, void*) {
    return EVP_MAC_update(static_cast<EVP_MAC_CTX*>(context), data, size) == 1 ? 0 : SG_ERR_UNKNOWN;
}
inline int hmacFinal(void* context, signal_buffer** output, void*) {
    std::uint8_t mac[32];
    std::size_t size = 0;
    if (EVP_MAC_final(static_cast<EVP_MAC_CTX*>(context), mac, &size, sizeof mac) != 1) {
        return SG_ERR_UNKNOWN;
    }
    *output = signal_buffer_create(mac, size);
    return 0;
}
inline void hmacCleanup(void* context, void*) {
    EVP_MAC_CTX_free(static_cast<EVP_MAC_CTX*>(context));
}
inline int sha512Init(void** context, void*) {
    EVP_MD_CTX* digest = EVP_MD_CTX_new();
    *context = digest;
    return EVP_DigestInit_ex(digest, EVP_sha512(), nullptr) == 1 ? 0 : SG_ERR_UNKNOWN;
}
inline int sha512Update(void* context, const std::uint8_t* data, std::size_t size, void*) {
    return EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context), data, size) == 1 ? 0 : SG_ERR_UNKNOWN;
}
inline int sha512Final(void* context, signal_buffer** output, void*) {
    std::uint8_t hash[64];
    unsigned size = 0;
    EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context), hash, &size);
    EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context), EVP_sha512(), nullptr);
    *output = signal_buffer_create(hash, size);
    return 0;
}
inline void sha512Cleanup(void* context, void*) {
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}
inline int cipher(bool encrypt, signal_buffer** output, const std::uint8_t* key, const std::uint8_t* iv,
                  const std::uint8_t* in, std::size_t size) {
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    Buffer out(size + 16);
    int first = 0;
    int last = 0;
    const bool good = EVP_CipherInit_ex(context, EVP_aes_256_cbc(), nullptr, key, iv, encrypt ? 1 : 0) == 1 &&
                      EVP_CipherUpdate(context, out.data(), &first, in, static_cast<int>(size)) == 1 &&
                      EVP_CipherFinal_ex(context, out.data() + first, &last) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!good) {
        return SG_ERR_UNKNOWN;
    }
    *output = signal_buffer_create(out.data(), static_cast<std::size_t>(first + last));
    return 0;
}
inline int encryptAes(signal_buffer** output, int, const std::uint8_t* key, std::size_t,
                      const std::uint8_t* iv, std::size_t, const std::uint8_t* in, std::size_t size, void*) {
    return cipher(true, output, key, iv, in, size);
}
inline int decryptAes(signal_buffer** output, int, const std::uint8_t* key, std::size_t,
                      const std::uint8_t* iv, std::size_t, const std::uint8_t* in, std::size_t size, void*) {
    return cipher(false, output, key, iv, in, size);
}

struct SignalStore {
    std::map<std::string, Buffer> sessions;
    std::map<std::uint32_t, Buffer> prekeys;
    std::map<std::uint32_t, Buffer> signedPrekeys;
    Buffer identityPublic;
    Buffer identityPrivate;
};

inline SignalStore& storeOf(void* data) {
    return *static_cast<SignalStore*>(data);
}
inline std::string nameOf(const signal_protocol_address* address) {
    return std::string(address->name, address->name_len) + '.' + std::to_string(address->device_id);
}
inline int give(signal_buffer** out, const Buffer& record) {
    *out = signal_buffer_create(record.data(), record.size());
    return 1;
}
template <class Table, class Key>
inline int loadFrom(const Table& table, const Key& key, signal_buffer** out, int missing) {
    const auto found = table.find(key);
    return found == table.end() ? missing : give(out, found->second);
}

struct SignalParty {
    signal_context* context = nullptr;
    signal_protocol_store_context* storeContext = nullptr;
    SignalStore store;
    std::string name;
    signal_protocol_address address{};

    explicit SignalParty(std::string partyName)
        : name(std::move(partyName)) {
        address = {name.data(), name.size(), 1};
        signal_context_create(&context, nullptr);
        const signal_crypto_provider provider = {randomBytes,   hmacInit,   hmacUpdate,   hmacFinal,
                                                 hmacCleanup,   sha512Init, sha512Update, sha512Final,
                                                 sha512Cleanup, encryptAes, decryptAes,   nullptr};
        need(signal_context_set_crypto_provider(context, &provider) == 0);
        signal_protocol_store_context_create(&storeContext, context);
        setStores();
        ratchet_identity_key_pair* identity = nullptr;
        need(signal_protocol_key_helper_generate_identity_key_pair(&identity, context) == 0);
        signal_buffer* raw = nullptr;
        ec_public_key_serialize(&raw, ratchet_identity_key_pair_get_public(identity));
        store.identityPublic.assign(signal_buffer_data(raw),
                                    signal_buffer_data(raw) + signal_buffer_len(raw));
        signal_buffer_free(raw);
        ec_private_key_serialize(&raw, ratchet_identity_key_pair_get_private(identity));
        store.identityPrivate.assign(signal_buffer_data(raw),
                                     signal_buffer_data(raw) + signal_buffer_len(raw));
        signal_buffer_free(raw);
        SIGNAL_UNREF(identity);
    }
    SignalParty(const SignalParty&) = delete;
    SignalParty& operator=(const SignalParty&) = delete;
    ~SignalParty() {
        signal_protocol_store_context_destroy(storeContext);
        signal_context_destroy(context);
    }

    void setStores() {
        signal_protocol_session_store sessions{};
        sessions.load_session_func = [](signal_buffer** record, signal_buffer**,
                                        const signal_protocol_address* who, void* data) {
            return loadFrom(storeOf(data).sessions, nameOf(who), record, 0);
        };
        sessions.store_session_func = [](const signal_protocol_address* who, std::uint8_t* record,
                                         std::size_t size, std::uint8_t*, std::size_t, void* data) {
            storeOf(data).sessions[nameOf(who)].assign(record, record + size);
            return 0;
        };
        sessions.contains_session_func = [](const signal_protocol_address* who, void* data) {
            return storeOf(data).sessions.contains(nameOf(who)) ? 1 : 0;
        };
        sessions.user_data = &store;
        signal_protocol_store_context_set_session_store(storeContext, &sessions);

        signal_protocol_pre_key_store prekeys{};
        prekeys.load_pre_key = [](signal_buffer** record, std::uint32_t id, void* data) {
            return loadFrom(storeOf(data).prekeys, id, record, SG_ERR_INVALID_KEY_ID);
        };
        prekeys.remove_pre_key = [](std::uint32_t id, void* data) {
            storeOf(data).prekeys.erase(id);
            return 0;
        };
        prekeys.user_data = &store;
        signal_protocol_store_context_set_pre_key_store(storeContext, &prekeys);

        signal_protocol_signed_pre_key_store signedPrekeys{};
        signedPrekeys.load_signed_pre_key = [](signal_buffer** record, std::uint32_t id, void* data) {
            return loadFrom(storeOf(data).signedPrekeys, id, record, SG_ERR_INVALID_KEY_ID);
        };
        signedPrekeys.user_data = &store;
        signal_protocol_store_context_set_signed_pre_key_store(storeContext, &signedPrekeys);

        signal_protocol_identity_key_store identities{};
        identities.get_identity_key_pair = [](signal_buffer** publicData, signal_buffer** privateData,
                                              void* data) {
            give(publicData, storeOf(data).identityPublic);
            give(privateData, storeOf(data).identityPrivate);
            return 0;
        };
        identities.get_local_registration_id = [](void*, std::uint32_t* id) {
            *id = 1000;
            return 0;
        };
        identities.save_identity = [](const signal_protocol_address*, std::uint8_t*, std::size_t, void*) {
            return 0;
        };
        identities.is_trusted_identity = [](const signal_protocol_address*, std::uint8_t*, std::size_t,
                                            void*) { return 1; };
        identities.user_data = &store;
        signal_protocol_store_context_set_identity_key_store(storeContext, &identities);
    }

    ratchet_identity_key_pair* identity() const {
        ec_public_key* publicKey = nullptr;
        ec_private_key* privateKey = nullptr;
        curve_decode_point(&publicKey, store.identityPublic.data(), store.identityPublic.size(), context);
        curve_decode_private_point(&privateKey, store.identityPrivate.data(), store.identityPrivate.size(),
                                   context);
        ratchet_identity_key_pair* pair = nullptr;
        ratchet_identity_key_pair_create(&pair, publicKey, privateKey);
        SIGNAL_UNREF(publicKey);
        SIGNAL_UNREF(privateKey);
        return pair;
    }
    /// A bundle with fresh signed and one-time prekeys under this id.
    session_pre_key_bundle* makeBundle(std::uint32_t id) {
        ratchet_identity_key_pair* own = identity();
        session_signed_pre_key* signedPrekey = nullptr;
        need(signal_protocol_key_helper_generate_signed_pre_key(&signedPrekey, own, id, 0, context) == 0);
        ec_key_pair* oneTimePair = nullptr;
        curve_generate_key_pair(context, &oneTimePair);
        session_pre_key* oneTime = nullptr;
        session_pre_key_create(&oneTime, id, oneTimePair);
        keep(store.signedPrekeys[id], signedPrekey, session_signed_pre_key_serialize);
        keep(store.prekeys[id], oneTime, session_pre_key_serialize);
        session_pre_key_bundle* bundle = nullptr;
        need(session_pre_key_bundle_create(
                 &bundle, 1000, 1, id, ec_key_pair_get_public(oneTimePair), id,
                 ec_key_pair_get_public(session_signed_pre_key_get_key_pair(signedPrekey)),
                 session_signed_pre_key_get_signature(signedPrekey),
                 session_signed_pre_key_get_signature_len(signedPrekey),
                 ratchet_identity_key_pair_get_public(own)) == 0);
        SIGNAL_UNREF(oneTime);
        SIGNAL_UNREF(oneTimePair);
        SIGNAL_UNREF(signedPrekey);
        SIGNAL_UNREF(own);
        return bundle;
    }
    template <class Prekey>
    static void keep(Buffer& record, Prekey* prekey, int (*serialise)(signal_buffer**, const Prekey*)) {
        signal_buffer* raw = nullptr;
        need(serialise(&raw, prekey) == 0);
        record.assign(signal_buffer_data(raw), signal_buffer_data(raw) + signal_buffer_len(raw));
        signal_buffer_free(raw);
    }
    void start(const SignalParty& other, session_pre_key_bundle* bundle) {
        session_builder* builder = nullptr;
        session_builder_create(&builder, storeContext, &other.address, context);
        need(session_builder_process_pre_key_bundle(builder, bundle) >= 0);
        session_builder_free(builder);
    }
    Buffer encrypt(const SignalParty& other, const Buffer& plaintext) {
        session_cipher* session = nullptr;
        session_cipher_create(&session, storeContext, &other.address, context);
        ciphertext_message* message = nullptr;
        need(session_cipher_encrypt(session, plaintext.data(), plaintext.size(), &message) >= 0);
        const signal_buffer* raw = ciphertext_message_get_serialized(message);
        Buffer out(signal_buffer_const_data(raw), signal_buffer_const_data(raw) + signal_buffer_len(raw));
        SIGNAL_UNREF(message);
        session_cipher_free(session);
        return out;
    }
    Buffer decrypt(const SignalParty& other, const Buffer& bytes, bool prekeyMessage) {
        session_cipher* session = nullptr;
        session_cipher_create(&session, storeContext, &other.address, context);
        signal_buffer* plaintext = nullptr;
        if (prekeyMessage) {
            pre_key_signal_message* message = nullptr;
            need(pre_key_signal_message_deserialize(&message, bytes.data(), bytes.size(), context) >= 0);
            need(session_cipher_decrypt_pre_key_signal_message(session, message, nullptr, &plaintext) >= 0);
            SIGNAL_UNREF(message);
        } else {
            signal_message* message = nullptr;
            need(signal_message_deserialize(&message, bytes.data(), bytes.size(), context) >= 0);
            need(session_cipher_decrypt_signal_message(session, message, nullptr, &plaintext) >= 0);
            SIGNAL_UNREF(message);
        }
        Buffer out(signal_buffer_data(plaintext),
                   signal_buffer_data(plaintext) + signal_buffer_len(plaintext));
        signal_buffer_free(plaintext);
        session_cipher_free(session);
        return out;
    }
};

} // namespace sotto::bare

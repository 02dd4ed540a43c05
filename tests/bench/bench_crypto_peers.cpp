// SPDX-License-Identifier: GPL-3.0-or-later
// What others reach on the work of sotto-bench-crypto: libsignal-protocol-c as it comes, with OpenSSL's EVP
// functions behind it, and libolm. A program of its own, because nothing of crypto may be linked in: that
// would override the library's agreement. As with ours the session is serialised for each message; libolm can
// only do that by encrypting it, so it is also measured without ("libolmUnsaved"). Prints one line a figure:
// "<library> <figure> <operations per CPU-second>".

#include "tests/bench/timed_run.h"
#include "tests/support/signal_party.h"

#include <cstring>
#include <memory>
#ifdef SOTTO_BENCH_OLM
#include <olm/olm.h>
#endif

namespace {

using sotto::bare::Buffer;
using sotto::bare::need;
using sotto::bare::SignalParty;
constexpr std::size_t kPlaintextSize = 275; // a header plaintext
constexpr std::size_t kMessages = 4000;
constexpr std::size_t kTurns = 600;
constexpr std::size_t kSetups = 150;

void report(const char* library, const char* figure, double rate) {
    std::printf("%s %s %.0f\n", library, figure, rate);
}

void measureSignal() {
    const Buffer plaintext(kPlaintextSize, 0x5A);
    SignalParty alice("alice");
    SignalParty bob("bob");
    session_pre_key_bundle* bundle = bob.makeBundle(1);
    alice.start(bob, bundle);
    SIGNAL_UNREF(bundle);
    bob.decrypt(alice, alice.encrypt(bob, plaintext), true);
    alice.decrypt(bob, bob.encrypt(alice, plaintext), false);

    std::vector<Buffer> messages(kMessages);
    const auto encryptAll = [&] {
        for (Buffer& message : messages) {
            message = alice.encrypt(bob, plaintext);
        }
    };
    const auto decryptAll = [&] {
        for (const Buffer& message : messages) {
            bob.decrypt(alice, message, false);
        }
    };
    report("libsignal", "encrypt",
           sotto::bench::ratePerCpuSecond(
               kMessages, [&] {}, [&] { encryptAll(); }));
    // What was just encrypted five times over is skipped by one new session.
    bundle = bob.makeBundle(2);
    alice.start(bob, bundle);
    SIGNAL_UNREF(bundle);
    bob.decrypt(alice, alice.encrypt(bob, plaintext), true);
    alice.decrypt(bob, bob.encrypt(alice, plaintext), false);
    report("libsignal", "decrypt", sotto::bench::ratePerCpuSecond(kMessages, encryptAll, decryptAll));
    report("libsignal", "pingPong",
           sotto::bench::ratePerCpuSecond(
               kTurns, [] {},
               [&] {
                   for (std::size_t i = 0; i < kTurns; i += 2) {
                       bob.decrypt(alice, alice.encrypt(bob, plaintext), false);
                       alice.decrypt(bob, bob.encrypt(alice, plaintext), false);
                   }
               }));
    std::vector<session_pre_key_bundle*> bundles(kSetups);
    std::uint32_t id = 10;
    report("libsignal", "setup",
           sotto::bench::ratePerCpuSecond(
               kSetups,
               [&] {
                   for (auto*& made : bundles) {
                       made = bob.makeBundle(id++);
                   }
               },
               [&] {
                   for (auto* made : bundles) {
                       alice.store.sessions.clear();
                       bob.store.sessions.clear();
                       alice.start(bob, made);
                       bob.decrypt(alice, alice.encrypt(bob, plaintext), true);
                       SIGNAL_UNREF(made);
                   }
               }));
}

#ifdef SOTTO_BENCH_OLM
/// A libolm object in memory of its own.
template <class Object, std::size_t (*Size)(), Object* (*Make)(void*)>
struct OlmObject {
    std::unique_ptr<std::uint8_t[]> memory = std::make_unique<std::uint8_t[]>(Size());
    Object* get = Make(memory.get());
};
using OlmAccountObject = OlmObject<OlmAccount, olm_account_size, olm_account>;
using OlmSessionObject = OlmObject<OlmSession, olm_session_size, olm_session>;

Buffer randomBuffer(std::size_t size) {
    Buffer bytes(size);
    RAND_bytes(bytes.data(), static_cast<int>(size));
    return bytes;
}

/// The value of the first `"name":"…"` after `from`.
std::string valueAfter(const std::string& json, const std::string& marker) {
    const auto at = json.find(marker);
    need(at != std::string::npos);
    const auto open = json.find('"', json.find(':', at + marker.size() - 1) + 1);
    return json.substr(open + 1, json.find('"', open + 1) - open - 1);
}

struct OlmParty {
    OlmAccountObject account;
    std::string identityKey;

    OlmParty() {
        Buffer random = randomBuffer(olm_create_account_random_length(account.get));
        need(olm_create_account(account.get, random.data(), random.size()) != olm_error());
        std::string keys(olm_account_identity_keys_length(account.get), '\0');
        olm_account_identity_keys(account.get, keys.data(), keys.size());
        identityKey = valueAfter(keys, "\"curve25519\"");
    }
    std::string freshOneTimeKey() {
        Buffer random = randomBuffer(olm_account_generate_one_time_keys_random_length(account.get, 1));
        olm_account_generate_one_time_keys(account.get, 1, random.data(), random.size());
        std::string keys(olm_account_one_time_keys_length(account.get), '\0');
        olm_account_one_time_keys(account.get, keys.data(), keys.size());
        olm_account_mark_keys_as_published(account.get);
        const auto brace = keys.find('{', keys.find("curve25519"));
        return valueAfter(keys.substr(brace), "\":");
    }
};

void pickle(OlmSession* session) {
    static const char key[] = "bench";
    static Buffer out;
    out.resize(olm_pickle_session_length(session));
    need(olm_pickle_session(session, key, sizeof key, out.data(), out.size()) != olm_error());
}

struct OlmMessage {
    std::size_t type = 0;
    std::string body;
};

/// Whether sessions are pickled after each message.
bool g_saving = true;

OlmMessage olmEncrypt(OlmSession* session, const Buffer& plaintext) {
    OlmMessage message;
    message.type = olm_encrypt_message_type(session);
    Buffer random = randomBuffer(olm_encrypt_random_length(session));
    message.body.resize(olm_encrypt_message_length(session, plaintext.size()));
    need(olm_encrypt(session, plaintext.data(), plaintext.size(), random.data(), random.size(),
                     message.body.data(), message.body.size()) != olm_error());
    if (g_saving) {
        pickle(session);
    }
    return message;
}

void olmDecrypt(OlmSession* session, const OlmMessage& message) {
    std::string copy = message.body; // the library overwrites its input
    Buffer plaintext(olm_decrypt_max_plaintext_length(session, message.type, copy.data(), copy.size()));
    copy = message.body;
    need(olm_decrypt(session, message.type, copy.data(), copy.size(), plaintext.data(), plaintext.size()) !=
         olm_error());
    if (g_saving) {
        pickle(session);
    }
}

void olmStart(OlmParty& alice, OlmSession* aliceSession, OlmParty& bob, const std::string& oneTimeKey) {
    Buffer random = randomBuffer(olm_create_outbound_session_random_length(aliceSession));
    need(olm_create_outbound_session(aliceSession, alice.account.get, bob.identityKey.data(),
                                     bob.identityKey.size(), oneTimeKey.data(), oneTimeKey.size(),
                                     random.data(), random.size()) != olm_error());
}

void olmAccept(OlmParty& bob, OlmSession* bobSession, const OlmMessage& first) {
    std::string copy = first.body;
    need(olm_create_inbound_session(bobSession, bob.account.get, copy.data(), copy.size()) != olm_error());
    olm_remove_one_time_keys(bob.account.get, bobSession);
    olmDecrypt(bobSession, first);
}

void measureOlm() {
    const Buffer plaintext(kPlaintextSize, 0x5A);
    OlmParty alice;
    OlmParty bob;
    OlmSessionObject aliceSession;
    OlmSessionObject bobSession;
    olmStart(alice, aliceSession.get, bob, bob.freshOneTimeKey());
    olmAccept(bob, bobSession.get, olmEncrypt(aliceSession.get, plaintext));
    olmDecrypt(aliceSession.get, olmEncrypt(bobSession.get, plaintext));

    std::vector<OlmMessage> messages(kMessages);
    const auto encryptAll = [&] {
        for (OlmMessage& message : messages) {
            message = olmEncrypt(aliceSession.get, plaintext);
        }
    };
    const auto decryptAll = [&] {
        for (const OlmMessage& message : messages) {
            olmDecrypt(bobSession.get, message);
        }
    };
    const auto measure = [&](const char* name) {
        report(name, "decrypt", sotto::bench::ratePerCpuSecond(kMessages, encryptAll, decryptAll));
    };
    measure("libolm");
    g_saving = false;
    measure("libolmUnsaved");
    const auto nothing = [] {};
    report("libolmUnsaved", "encrypt", sotto::bench::ratePerCpuSecond(kMessages, nothing, encryptAll));
    g_saving = true;
    report("libolm", "encrypt", sotto::bench::ratePerCpuSecond(kMessages, nothing, encryptAll));
    OlmSessionObject aliceTurning;
    OlmSessionObject bobTurning;
    olmStart(alice, aliceTurning.get, bob, bob.freshOneTimeKey());
    olmAccept(bob, bobTurning.get, olmEncrypt(aliceTurning.get, plaintext));
    report("libolm", "pingPong",
           sotto::bench::ratePerCpuSecond(
               kTurns, [] {},
               [&] {
                   for (std::size_t i = 0; i < kTurns; i += 2) {
                       olmDecrypt(aliceTurning.get, olmEncrypt(bobTurning.get, plaintext));
                       olmDecrypt(bobTurning.get, olmEncrypt(aliceTurning.get, plaintext));
                   }
               }));
    // libolm keeps at most 100 one-time keys.
    constexpr std::size_t kOlmSetups = 50;
    std::vector<std::string> keys(kOlmSetups);
    report("libolm", "setup",
           sotto::bench::ratePerCpuSecond(
               kOlmSetups,
               [&] {
                   for (auto& key : keys) {
                       key = bob.freshOneTimeKey();
                   }
               },
               [&] {
                   for (const auto& key : keys) {
                       OlmSessionObject starting;
                       OlmSessionObject accepting;
                       olmStart(alice, starting.get, bob, key);
                       olmAccept(bob, accepting.get, olmEncrypt(starting.get, plaintext));
                   }
               }));
}
#endif

} // namespace

int main() {
    try {
        measureSignal();
#ifdef SOTTO_BENCH_OLM
        measureOlm();
#endif
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sotto-bench-crypto-peers: %s\n", error.what());
        return 1;
    }
}

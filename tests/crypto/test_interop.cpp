// SPDX-License-Identifier: GPL-3.0-or-later
// The ratchet that crypto drives is libsignal's: its messages open in the library's own session cipher, and
// the library's in ours, through set-up, turns, gaps and reordering.

#include "crypto/agreement.h"
#include "crypto/header_form.h"
#include "tests/crypto/party.h"
#include "tests/support/signal_party.h"

#include <QTest>

using namespace sotto;
using namespace sotto::crypto;
using bare::SignalParty;

namespace {

template <class Raw>
struct Owned {
    Raw* raw;
    ~Owned() { signal_type_unref(reinterpret_cast<signal_type_base*>(raw)); }
};

Bytes bytesOf(const signal_buffer* buffer) {
    return {signal_buffer_const_data(buffer), signal_buffer_const_data(buffer) + signal_buffer_len(buffer)};
}

Bytes plaintextOf(const HeaderPlaintext& header) {
    return sotto::bytesOf(encodeHeaderPlaintext(header).expose());
}

/// Bob, one of whose two programs is crypto and the other the bare library, with the same keys.
struct Both {
    Party ours{"bob"};
    SignalParty theirs{"bob"};

    Both() {
        const auto form = signalForm(ours.keys.identityKey());
        theirs.store.identityPublic.assign(form.begin(), form.end());
        const auto secret = ours.keys.identitySecret().expose();
        theirs.store.identityPrivate.assign(secret.begin(), secret.end());
    }
    ec_key_pair* pairOf(const MemoryProtocolStore::StoredPair& stored) const {
        const auto form = signalForm(stored.publicKey);
        ec_public_key* publicKey = nullptr;
        ec_private_key* privateKey = nullptr;
        bare::need(curve_decode_point(&publicKey, form.data(), form.size(), theirs.context) == 0);
        bare::need(curve_decode_private_point(&privateKey, stored.privateKey.data(), 32, theirs.context) ==
                   0);
        const Owned<ec_public_key> ownedPublic{publicKey};
        const Owned<ec_private_key> ownedPrivate{privateKey};
        ec_key_pair* pair = nullptr;
        bare::need(ec_key_pair_create(&pair, publicKey, privateKey) == 0);
        return pair;
    }
    /// Gives the bare program the prekeys that crypto made.
    void sharePrekeys(const SignedBundleStatement& statement, const OneTimePrekey& oneTime) {
        const auto decoded =
            verifyBundleStatement(statement, ours.makeList().devices[0], ours.address.account).value();
        const Owned<ec_key_pair> signedPair{
            pairOf(ours.store.tables.signedOnes.at(PrekeyId{decoded.signedPrekeyId}))};
        session_signed_pre_key* signedPrekey = nullptr;
        bare::need(session_signed_pre_key_create(&signedPrekey, decoded.signedPrekeyId, 0, signedPair.raw,
                                                 decoded.signedPrekeySignature.value.data(), 64) == 0);
        const Owned<session_signed_pre_key> ownedSigned{signedPrekey};
        SignalParty::keep(theirs.store.signedPrekeys[decoded.signedPrekeyId], signedPrekey,
                          session_signed_pre_key_serialize);
        const Owned<ec_key_pair> oneTimePair{pairOf(ours.store.tables.oneTime.at(oneTime.id))};
        session_pre_key* prekey = nullptr;
        bare::need(session_pre_key_create(&prekey, number(oneTime.id), oneTimePair.raw) == 0);
        const Owned<session_pre_key> ownedPrekey{prekey};
        SignalParty::keep(theirs.store.prekeys[number(oneTime.id)], prekey, session_pre_key_serialize);
    }
};

/// Our prekey message as the library's.
Bytes asLibraryMessage(const SignalParty& party, BytesView header) {
    const auto form = readHeader(header).value();
    if (!form.prekeyPart) {
        return sotto::bytesOf(form.message);
    }
    signal_message* inner = nullptr;
    bare::need(signal_message_deserialize(&inner, form.message.data(), form.message.size(), party.context) ==
               0);
    const Owned<signal_message> ownedInner{inner};
    ec_public_key* base = nullptr;
    ec_public_key* identity = nullptr;
    const auto baseForm = signalForm(form.prekeyPart->baseKey);
    const auto identityForm = signalForm(form.prekeyPart->identityKey);
    curve_decode_point(&base, baseForm.data(), baseForm.size(), party.context);
    curve_decode_point(&identity, identityForm.data(), identityForm.size(), party.context);
    const Owned<ec_public_key> ownedBase{base};
    const Owned<ec_public_key> ownedIdentity{identity};
    const std::uint32_t oneTime = number(form.prekeyPart->oneTimePrekey);
    pre_key_signal_message* message = nullptr;
    bare::need(pre_key_signal_message_create(&message, 3, 1000, oneTime == 0 ? nullptr : &oneTime,
                                             number(form.prekeyPart->signedPrekey), base, identity, inner,
                                             party.context) == 0);
    const Owned<pre_key_signal_message> ownedMessage{message};
    return bytesOf(ciphertext_message_get_serialized(reinterpret_cast<ciphertext_message*>(message)));
}

Curve25519Key keyFrom(const SignalParty& party, const ec_public_key* key) {
    (void)party;
    signal_buffer* raw = nullptr;
    ec_public_key_serialize(&raw, key);
    const auto bytes = bytesOf(raw);
    signal_buffer_free(raw);
    return *Curve25519Key::from(BytesView(bytes).subspan(1));
}

/// The library's message as a header of ours.
Bytes asHeader(const SignalParty& party, const Bytes& bytes, bool prekeyMessage) {
    if (!prekeyMessage) {
        return wrapHeader(std::nullopt, bytes);
    }
    pre_key_signal_message* message = nullptr;
    bare::need(pre_key_signal_message_deserialize(&message, bytes.data(), bytes.size(), party.context) == 0);
    const Owned<pre_key_signal_message> owned{message};
    PrekeyPart part;
    part.signedPrekey = PrekeyId{pre_key_signal_message_get_signed_pre_key_id(message)};
    part.oneTimePrekey = PrekeyId{pre_key_signal_message_get_pre_key_id(message)};
    part.baseKey = keyFrom(party, pre_key_signal_message_get_base_key(message));
    part.identityKey = keyFrom(party, pre_key_signal_message_get_identity_key(message));
    const auto inner = bytesOf(ciphertext_message_get_serialized(
        reinterpret_cast<ciphertext_message*>(pre_key_signal_message_get_signal_message(message))));
    return wrapHeader(part, inner);
}

} // namespace

class TestInterop : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void theLibraryReadsWhatWeStart() {
        Party alice("alice");
        Both bob;
        const auto bundle = bob.ours.bundle();
        bob.sharePrekeys(bundle.statement, *bundle.oneTime);
        QVERIFY(
            alice.sessions
                .start(
                    verifyBundle(bundle, bob.ours.list(), bob.ours.address.device, alice.clock.now).value())
                .has_value());
        SignalParty aliceAsNamed("alice");
        for (int round = 0; round < 8; ++round) {
            // Each round: one that arrives late, one that never does, one in order, and an answer.
            std::vector<std::pair<HeaderPlaintext, Bytes>> sent;
            for (int i = 0; i < 3; ++i) {
                auto header = alice.headerFor(bob.ours);
                auto sealed =
                    alice.sessions.seal(bob.ours.address, bob.ours.keys.identityKey(), header).value();
                sent.emplace_back(std::move(header), std::move(sealed));
            }
            for (const std::size_t i : {std::size_t{2}, std::size_t{0}}) {
                const auto message = asLibraryMessage(bob.theirs, sent[i].second);
                QCOMPARE(
                    bob.theirs.decrypt(aliceAsNamed, message, sent[i].second.size() != kMessageHeaderSize),
                    plaintextOf(sent[i].first));
            }
            const auto answer = bob.ours.headerFor(alice);
            const auto bytes = bob.theirs.encrypt(aliceAsNamed, plaintextOf(answer));
            const auto opened = alice.openFrom(bob.ours, asHeader(bob.theirs, bytes, false));
            QVERIFY(opened.has_value());
            QCOMPARE(plaintextOf(opened->header), plaintextOf(answer));
        }
    }
    void weReadWhatTheLibraryStarts() {
        Party alice("alice"); // the addressee
        Both bob;             // starts with the bare library
        const auto bundle = alice.bundle();
        const auto verified =
            verifyBundle(bundle, alice.list(), alice.address.device, alice.clock.now).value();
        const auto statement =
            verifyBundleStatement(bundle.statement, alice.makeList().devices[0], alice.address.account)
                .value();
        SignalParty aliceAsNamed("alice");
        const auto decode = [&](const Curve25519Key& key) {
            ec_public_key* decoded = nullptr;
            const auto form = signalForm(key);
            bare::need(curve_decode_point(&decoded, form.data(), form.size(), bob.theirs.context) == 0);
            return decoded;
        };
        const Owned<ec_public_key> oneTime{decode(bundle.oneTime->key)};
        const Owned<ec_public_key> signedPrekey{decode(statement.signedPrekey)};
        const Owned<ec_public_key> identity{decode(alice.keys.identityKey())};
        session_pre_key_bundle* raw = nullptr;
        QVERIFY(session_pre_key_bundle_create(
                    &raw, alice.keys.registrationId(), 1, number(bundle.oneTime->id), oneTime.raw,
                    number(verified.signedPrekeyId()), signedPrekey.raw,
                    statement.signedPrekeySignature.value.data(), 64, identity.raw) == 0);
        const Owned<session_pre_key_bundle> ownedBundle{raw};
        bob.theirs.start(aliceAsNamed, raw); // the library checks our XEdDSA signature here

        bool answered = false;
        for (int round = 0; round < 8; ++round) {
            const auto first = bob.ours.headerFor(alice);
            const auto second = bob.ours.headerFor(alice);
            const auto firstBytes =
                asHeader(bob.theirs, bob.theirs.encrypt(aliceAsNamed, plaintextOf(first)), !answered);
            const auto secondBytes =
                asHeader(bob.theirs, bob.theirs.encrypt(aliceAsNamed, plaintextOf(second)), !answered);
            const auto openedSecond = alice.openFrom(bob.ours, secondBytes);
            QVERIFY(openedSecond.has_value());
            QCOMPARE(openedSecond->startedSession, round == 0);
            QCOMPARE(plaintextOf(openedSecond->header), plaintextOf(second));
            const auto openedFirst = alice.openFrom(bob.ours, firstBytes);
            QVERIFY(openedFirst.has_value());
            QCOMPARE(plaintextOf(openedFirst->header), plaintextOf(first));
            const auto answer = alice.headerFor(bob.ours);
            const auto sealed =
                alice.sessions.seal(bob.ours.address, bob.ours.keys.identityKey(), answer).value();
            QCOMPARE(bob.theirs.decrypt(aliceAsNamed, asLibraryMessage(bob.theirs, sealed), false),
                     plaintextOf(answer));
            answered = true;
        }
    }
    void theLibraryAgreesThroughOurOverride() {
        SignalParty party("alice");
        const auto before = agreementsMade();
        ec_key_pair* pair = nullptr;
        QVERIFY(curve_generate_key_pair(party.context, &pair) == 0);
        SIGNAL_UNREF(pair);
        QCOMPARE(agreementsMade(), before + 1);
    }
    void xeddsaOfTheLibraryVerifiesInBaseAndTheOtherWayRound() {
        SystemRandom random;
        SignalParty library("library");
        for (int i = 0; i < 50; ++i) {
            const auto keys = DeviceKeys::generate(random);
            const auto prekey = DeviceKeys::generate(random).identityKey();
            auto signature = keys.signPrekey(prekey, random);
            const auto message = signalForm(prekey);
            QVERIFY(verifyXeddsa(keys.identityKey(), message, signature));
            const auto form = signalForm(keys.identityKey());
            ec_public_key* key = nullptr;
            QVERIFY(curve_decode_point(&key, form.data(), form.size(), library.context) == 0);
            const Owned<ec_public_key> owned{key};
            const auto libraryAccepts = [&] {
                return curve_verify_signature(key, message.data(), message.size(), signature.value.data(),
                                              64) == 1;
            };
            QVERIFY(libraryAccepts());
            signature.value[static_cast<std::size_t>(i)] ^= 4;
            QVERIFY(!verifyXeddsa(keys.identityKey(), message, signature));
            QVERIFY(!libraryAccepts());
        }
    }
};

QTEST_GUILESS_MAIN(TestInterop)
#include "test_interop.moc"

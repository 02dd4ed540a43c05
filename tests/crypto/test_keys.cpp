// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/crypto/party.h"

#include <QTest>
#include <cctype>

using namespace sotto;
using namespace sotto::crypto;

namespace {

std::string printed(const RecoveryCode& code) {
    return stringOf(code.print().expose());
}

} // namespace

class TestKeys : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    // ---- Recovery code ----

    void aRecoveryCodeIsReadBackAsPrinted() {
        SystemRandom random;
        for (int i = 0; i < 50; ++i) {
            const auto code = RecoveryCode::generate(random);
            const std::string text = printed(code);
            QCOMPARE(text.size(), std::size_t{69});
            const auto parsed = RecoveryCode::parse(text);
            QVERIFY(parsed.has_value());
            QVERIFY(parsed->secret() == code.secret());
        }
    }
    void aRecoveryCodeIsReadAsPeopleWriteIt() {
        SystemRandom random;
        const auto code = RecoveryCode::generate(random);
        std::string written = "  ";
        for (const char character : printed(code)) {
            switch (character) {
            case '-':
                written += " \n";
                break;
            case '0':
                written += 'o';
                break;
            case '1':
                written += written.size() % 2 == 0 ? 'l' : 'I';
                break;
            default:
                written += static_cast<char>(std::tolower(character));
            }
        }
        const auto parsed = RecoveryCode::parse(written + "\r\n");
        QVERIFY(parsed.has_value());
        QVERIFY(parsed->secret() == code.secret());
    }
    void aMistypedRecoveryCodeIsNoticed() {
        SystemRandom random;
        const std::string text = printed(RecoveryCode::generate(random));
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '-') {
                continue;
            }
            std::string wrong = text;
            wrong[i] = text[i] == '7' ? '8' : '7';
            QVERIFY(RecoveryCode::parse(wrong).error() == RecoveryCodeError::WrongChecksum);
        }
    }
    void anIncompleteRecoveryCodeIsNamed() {
        SystemRandom random;
        const std::string text = printed(RecoveryCode::generate(random));
        QVERIFY(RecoveryCode::parse("").error() == RecoveryCodeError::WrongLength);
        QVERIFY(RecoveryCode::parse(text.substr(1)).error() == RecoveryCodeError::WrongLength);
        QVERIFY(RecoveryCode::parse(text + "0").error() == RecoveryCodeError::WrongLength);
        QVERIFY(RecoveryCode::parse("U" + text.substr(1)).error() == RecoveryCodeError::WrongCharacter);
        QVERIFY(RecoveryCode::parse("\xC3\xA9" + text).error() == RecoveryCodeError::WrongCharacter);
    }

    // ---- Account and device keys ----

    void oneRecoveryCodeIsOneAccount() {
        SystemRandom random;
        const auto code = RecoveryCode::generate(random);
        const auto again = RecoveryCode::parse(printed(code)).value();
        QVERIFY(AccountRoot(code).account() == AccountRoot(again).account());
        QVERIFY(AccountRoot(code).account() != AccountRoot(RecoveryCode::generate(random)).account());
    }
    void aListSignedByTheCertifiedSignerVerifies() {
        const Party alice("alice");
        QVERIFY(verifyDeviceList(alice.signer.sign(alice.makeList())).has_value());
    }
    void aListOfAnUncertifiedSignerIsRefused() {
        const Party alice("alice");
        const auto other = SignerKey::generate(alice.random);
        QVERIFY(verifyDeviceList(other.sign(alice.makeList())).error() == ListError::BadSignature);
    }
    void aDeviceThatDidNotSignItselfIsRefused() {
        const Party alice("alice");
        const Party mallory("mallory");
        // Mallory lists Alice's device as her own: its signatures name another account.
        auto list = mallory.makeList();
        list.devices[0] = alice.makeList().devices[0];
        QVERIFY(verifyDeviceList(mallory.signer.sign(list)).error() == ListError::BadSignature);
        // Nor can she mix keys: an identity of Alice's beside an authentication key of her own.
        list = mallory.makeList();
        list.devices[0].identityKey = alice.keys.identityKey();
        QVERIFY(verifyDeviceList(mallory.signer.sign(list)).error() == ListError::BadSignature);
    }
    void storedKeysAreTheSameKeys() {
        const Party alice("alice");
        const auto signer = SignerKey::parse(alice.signer.serialise().expose());
        QVERIFY(signer.has_value());
        QVERIFY(signer->publicKey() == alice.signer.publicKey());
        const auto device = DeviceKeys::parse(alice.keys.serialise().expose());
        QVERIFY(device.has_value());
        QVERIFY(device->identityKey() == alice.keys.identityKey());
        QVERIFY(device->authenticationKey() == alice.keys.authenticationKey());
        QCOMPARE(device->registrationId(), alice.keys.registrationId());
        QVERIFY(device->identitySecret() == alice.keys.identitySecret());
    }
    void storedKeysOfAnotherShapeAreRefused() {
        const Party alice("alice");
        Bytes stored = bytesOf(alice.keys.serialise().expose());
        stored[0] = 2;
        QVERIFY(!DeviceKeys::parse(stored));
        stored[0] = 1;
        stored.pop_back();
        QVERIFY(!DeviceKeys::parse(stored));
        QVERIFY(!SignerKey::parse(Bytes(31)));
    }
    void freshKeysAreAcceptable() {
        SystemRandom random;
        for (int i = 0; i < 20; ++i) {
            const auto keys = DeviceKeys::generate(random);
            QVERIFY(isAcceptable(keys.identityKey()));
            QVERIFY(isAcceptable(keys.authenticationKey()));
            QVERIFY(keys.registrationId() >= 128 && keys.registrationId() <= 16380);
        }
    }

    // ---- Typed statements ----

    /// A device or account named like somebody's key id or fingerprint: every field is typed and
    /// length-prefixed, so no choice of names makes one statement read as another (CVE-2022-39250).
    void case13_aNameThatLooksLikeAKeyIsNotAKey() {
        Party alice("alice");
        auto list = alice.makeList();
        const auto genuine = encodeDeviceList(list);
        list.name = alice.keys.identityKey().hex().substr(0, 32);
        const auto named = verifyDeviceList(alice.signer.sign(list));
        QVERIFY(named.has_value());
        QVERIFY(named->list().find(alice.address.device)->identityKey == alice.keys.identityKey());
        QVERIFY(!verifyEd25519(alice.signer.publicKey(), genuine, named->signedList().signature));
        // Moving bytes over a field's border changes what is signed.
        auto shifted = alice.makeList();
        shifted.devices[0].registrationId ^= 1;
        QVERIFY(verifyDeviceList(alice.signer.sign(shifted)).error() == ListError::BadSignature);
    }
    void case89_aSignatureOfOneKindIsNoSignatureOfAnother() {
        Party alice("alice");
        LoginStatement login{alice.address, alice.random.next<RelayId>(), alice.random.next<Nonce>(), {}};
        const Signature loginSignature = alice.keys.sign(login);
        const auto bundle = alice.statement();
        const auto entry = alice.makeList().devices[0];
        RegistrationStatement registration{alice.address.account, login.relay, login.nonce, {}, {}, {}};
        const Signature registrationSignature = alice.signer.sign(registration);
        const auto list = alice.signer.sign(alice.makeList());

        const std::vector<std::pair<Bytes, Signature>> byDevice = {
            {encodeLoginStatement(login), loginSignature},
            {bundle.bytes, bundle.signature},
            {encodeDeviceStatement(alice.address.account, entry), entry.byAuthentication}};
        const std::vector<std::pair<Bytes, Signature>> bySigner = {
            {encodeRegistrationStatement(registration), registrationSignature}, {list.bytes, list.signature}};
        const auto onlyOwn = [](const auto& statements, const Ed25519Key& key) {
            for (std::size_t i = 0; i < statements.size(); ++i) {
                for (std::size_t j = 0; j < statements.size(); ++j) {
                    if (verifyEd25519(key, statements[i].first, statements[j].second) != (i == j)) {
                        return false;
                    }
                }
            }
            return true;
        };
        QVERIFY(onlyOwn(byDevice, alice.keys.authenticationKey()));
        QVERIFY(onlyOwn(bySigner, alice.signer.publicKey()));
    }
    /// A relay whose challenge is the bytes of another statement gets a login signature over it and nothing
    /// else.
    void case89_aChallengeShapedLikeAStatementIsNotSignedAsOne() {
        Party alice("alice");
        const auto bundle = alice.statement();
        LoginStatement login{alice.address, {}, {}, {}};
        std::copy_n(bundle.bytes.begin(), Nonce::kSize, login.nonce.value.begin());
        const SignedBundleStatement forged{bundle.bytes, alice.keys.sign(login)};
        QVERIFY(verifyBundleStatement(forged, alice.makeList().devices[0], alice.address.account).error() ==
                ListError::BadSignature);
    }
    void loginSignaturesHoldForOneRelayAndOneConnection() {
        Party alice("alice");
        const LoginStatement login{alice.address, alice.random.next<RelayId>(), alice.random.next<Nonce>(),
                                   alice.random.next<Digest>()};
        const Signature signature = alice.keys.sign(login);
        const auto holds = [&](const LoginStatement& statement) {
            return verifyEd25519(alice.keys.authenticationKey(), encodeLoginStatement(statement), signature);
        };
        QVERIFY(holds(login));
        auto other = login;
        other.relay.value[0] ^= 1;
        QVERIFY(!holds(other));
        other = login;
        other.nonce.value[31] ^= 1;
        QVERIFY(!holds(other));
        other = login;
        other.tlsKeyHash.value[5] ^= 1;
        QVERIFY(!holds(other));
        other = login;
        other.device.device = DeviceNumber{2};
        QVERIFY(!holds(other));
    }
};

QTEST_GUILESS_MAIN(TestKeys)
#include "test_keys.moc"

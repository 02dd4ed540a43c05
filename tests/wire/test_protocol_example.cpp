// SPDX-License-Identifier: GPL-3.0-or-later
// The worked example of docs/PROTOCOL.md: Alice registers, logs in and sends Bob a first message, he answers
// with a receipt. Made anew from a seed each time and compared with what is frozen in
// tests/vectors/protocol1.json; the page's own hex is compared with the same values, so that neither can go
// stale.

#include "core/base/hash.h"
#include "core/messaging/content.h"
#include "core/storage/conversation_store.h"
#include "core/wire/packet.h"
#include "crypto/account_keys.h"
#include "crypto/header_form.h"
#include "crypto/payload.h"
#include "crypto/sessions.h"
#include "tests/support/memory_protocol_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/virtual_clock.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTest>

using namespace sotto;
using namespace sotto::core;
using namespace sotto::crypto;
namespace pb = sotto::wire::pb;

namespace {

/// One account with one device, made from a seed.
struct Party {
    Party(std::string accountName, std::uint64_t seed)
        : name(std::move(accountName))
        , random(seed)
        , code(RecoveryCode::generate(random))
        , root(code)
        , signer(SignerKey::generate(random))
        , keys(DeviceKeys::generate(random))
        , address{root.account(), DeviceNumber{1}}
        , prekeys(store, keys, random)
        , sessions(store, keys, random, clock) {
        DeviceList unsignedList;
        unsignedList.certificate = root.certify(1, signer.publicKey());
        unsignedList.version = 1;
        unsignedList.name = name;
        unsignedList.issuedAt = unixMilliseconds(clock.wall());
        unsignedList.devices.push_back(keys.entry(address.account, address.device, random));
        list = verifyDeviceList(signer.sign(unsignedList)).value();
    }
    ListReference listReference() const { return {1, 1, list->hash()}; }

    std::string name;
    test::SeededRandom random;
    test::VirtualClock clock;
    RecoveryCode code;
    AccountRoot root;
    SignerKey signer;
    DeviceKeys keys;
    DeviceAddress address;
    MemoryProtocolStore store;
    Prekeys prekeys;
    Sessions sessions;
    std::optional<VerifiedDeviceList> list;
};

class Example {
public:
    Example() {
        relay.value.fill(0x52);
        nonce.value.fill(0x4e);
        introduce(alice);
        introduce(bob);
        note("relayId", relay.view());
        note("nonce", nonce.view());
        registerAlice();
        logAliceIn();
        const PrekeyBundle bundle = publishBob();
        const auto verified = verifyBundle(bundle, *bob.list, bob.address.device, bob.clock.wall());
        opened &= verified && alice.sessions.start(*verified);
        TextBody hello{"Hello, Bob"};
        const MessageId message = sendFrom(alice, bob, "first", hello, 1);
        sendFrom(bob, alice, "second", ReceiptsBody{{{message, MessageState::Delivered}}}, 0);
    }
    QJsonObject values;
    bool opened = true; ///< everybody could open what was meant for them

private:
    void note(const std::string& key, BytesView bytes) {
        values.insert(QString::fromStdString(key), QString::fromStdString(encodeHex(bytes)));
    }
    void introduce(const Party& party) {
        const DeviceList& list = party.list->list();
        note(party.name + ".recoverySecret", party.code.secret().expose());
        note(party.name + ".account", party.address.account.view());
        note(party.name + ".signerSecret", party.signer.serialise().expose());
        note(party.name + ".identitySecret", party.keys.identitySecret().expose());
        note(party.name + ".authenticationSecret", party.keys.serialise().expose().last(32));
        note(party.name + ".signerStatement",
             encodeSignerStatement(party.address.account, 1, party.signer.publicKey()));
        note(party.name + ".deviceStatement", encodeDeviceStatement(party.address.account, list.devices[0]));
        note(party.name + ".list", party.list->signedList().bytes);
        note(party.name + ".listSignature", party.list->signedList().signature.view());
        note(party.name + ".listHash", party.list->hash().view());
    }
    void registerAlice() {
        const Bytes invite(16, 0x49);
        const RegistrationStatement statement{alice.address.account, relay, nonce, Digest{relay.value},
                                              alice.list->hash(),    invite};
        const Signature signature = alice.signer.sign(statement);
        note("registrationStatement", encodeRegistrationStatement(statement));
        pb::Frame frame;
        frame.set_request(1);
        auto* registration = frame.mutable_register_();
        registration->set_version(wire::kVersion);
        registration->set_invite(stringOf(invite));
        registration->mutable_list()->set_bytes(stringOf(alice.list->signedList().bytes));
        registration->mutable_list()->set_signature(wire::fieldOf(alice.list->signedList().signature));
        registration->set_signature(wire::fieldOf(signature));
        note("registerPacket", wire::encodeFrame(frame));
    }
    void logAliceIn() {
        const LoginStatement statement{alice.address, relay, nonce, Digest{relay.value}};
        const Signature signature = alice.keys.sign(statement);
        note("loginStatement", encodeLoginStatement(statement));
        note("loginSignature", signature.view());
        pb::Frame frame;
        frame.set_request(2);
        auto* hello = frame.mutable_hello();
        hello->set_version(wire::kVersion);
        hello->set_account(wire::fieldOf(alice.address.account));
        hello->set_device(1);
        hello->set_signature(wire::fieldOf(signature));
        hello->mutable_cursor();
        hello->mutable_pending()->set_number(1);
        hello->mutable_pending()->set_nonce(std::string(16, 'G'));
        note("helloPacket", wire::encodeFrame(frame));
    }
    PrekeyBundle publishBob() {
        PrekeyBundle bundle;
        bundle.statement =
            bob.prekeys.makeSigned(bob.address, bob.clock.wall(), std::chrono::days(45)).value();
        bundle.oneTime = bob.prekeys.makeOneTime(1).value().front();
        note("bundleStatement", bundle.statement.bytes);
        note("bundleSignature", bundle.statement.signature.view());
        note("signedPrekeySecret", bob.store.tables.signedOnes.begin()->second.privateKey);
        note("oneTimePrekey", bundle.oneTime->key.view());
        note("oneTimePrekeySecret", bob.store.tables.oneTime.begin()->second.privateKey);
        return bundle;
    }
    MessageId sendFrom(Party& sender, Party& recipient, const std::string& which, const Body& body,
                       std::uint64_t seq) {
        Content content;
        content.sender = sender.address;
        content.conversation = directConversationId(sender.address.account, recipient.address.account);
        content.message = sender.random.next<MessageId>();
        content.generation = 1;
        content.seq = seq;
        content.sentAt = unixMilliseconds(sender.clock.wall());
        content.salt = sender.random.next<decltype(content.salt)>();
        content.body = body;
        const Bytes contentBytes = encodeContent(content);
        SealedPayload payload = sealPayload(contentBytes, sender.random);

        HeaderPlaintext header;
        header.sendId = sender.random.next<SendId>();
        header.messageId = content.message;
        header.payloadKey = *ShortSecret<32>::from(payload.key.expose());
        header.payloadDigest = payload.digest;
        header.senderAccount = accountHash(sender.address.account);
        header.senderDevice = sender.address.device;
        header.recipientAccount = accountHash(recipient.address.account);
        header.recipientDevice = recipient.address.device;
        header.senderList = sender.listReference();
        header.recipientList = recipient.listReference();
        header.seqBase = seq;
        const Bytes sealed =
            sender.sessions.seal(recipient.address, recipient.keys.identityKey(), header).value();
        const auto received = recipient.sessions.open(sender.address, sender.keys.identityKey(), sealed);
        opened &= received && received->header.isBetween(sender.address, recipient.address) &&
                  openPayload(payload.bytes, received->header.payloadKey, received->header.payloadDigest) ==
                      contentBytes;

        note(which + ".conversation", content.conversation.view());
        note(which + ".content", contentBytes);
        note(which + ".contentHash", contentHash(contentBytes).view());
        note(which + ".payloadKey", payload.key.expose());
        note(which + ".payload", payload.bytes);
        note(which + ".payloadDigest", payload.digest.view());
        note(which + ".headerPlaintext", encodeHeaderPlaintext(header).expose());
        note(which + ".header", sealed);
        note(which + ".headerHash", headerHash(sealed).view());
        pb::Frame frame;
        frame.set_request(7);
        auto* send = frame.mutable_send();
        send->set_send_id(wire::fieldOf(header.sendId));
        send->set_class_(seq == 0 ? pb::RECEIPT : pb::DURABLE);
        send->set_payload(stringOf(payload.bytes));
        wire::setAddress(send->add_headers()->mutable_device(), recipient.address);
        send->mutable_headers(0)->set_bytes(stringOf(sealed));
        for (const Party* party : {&sender, &recipient}) {
            auto* list = send->add_lists();
            list->set_account(wire::fieldOf(party->address.account));
            list->set_signer_epoch(1);
            list->set_version(1);
            list->set_hash(wire::fieldOf(party->list->hash()));
        }
        note(which + ".sendPacket", wire::encodeFrame(frame));
        return content.message;
    }

    Party alice{"alice", 1};
    Party bob{"bob", 2};
    RelayId relay;
    Nonce nonce;
};

QByteArray readFile(const QString& path) {
    QFile file(qEnvironmentVariable("SOTTO_SOURCE_DIR") + "/" + path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestProtocolExample : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void theExampleIsWhatWasFrozen() {
        const Example example;
        QVERIFY(example.opened);
        const QJsonObject frozen = QJsonDocument::fromJson(readFile("tests/vectors/protocol1.json")).object();
        for (const QString& name : example.values.keys()) {
            QCOMPARE(name + " " + example.values[name].toString(), name + " " + frozen[name].toString());
        }
        QCOMPARE(frozen.size(), example.values.size() + 1); // and where it came from
    }
    /// Each block ```hex NAME of the page holds one value; what follows two spaces on a line is explanation.
    void thePageShowsTheExample() {
        const QJsonObject frozen = QJsonDocument::fromJson(readFile("tests/vectors/protocol1.json")).object();
        const QString page = QString::fromUtf8(readFile("docs/PROTOCOL.md"));
        auto blocks = QRegularExpression(QStringLiteral("```hex (\\S+)\n(.*?)```"),
                                         QRegularExpression::DotMatchesEverythingOption)
                          .globalMatch(page);
        int shown = 0;
        for (; blocks.hasNext(); ++shown) {
            const auto block = blocks.next();
            QString hex;
            for (const QString& line : block.captured(2).split('\n')) {
                hex += line.section(QStringLiteral("  "), 0, 0).remove(' ');
            }
            QCOMPARE(block.captured(1) + " " + hex,
                     block.captured(1) + " " + frozen[block.captured(1)].toString());
        }
        QVERIFY(shown >= 4);
    }
};

QTEST_GUILESS_MAIN(TestProtocolExample)
#include "test_protocol_example.moc"

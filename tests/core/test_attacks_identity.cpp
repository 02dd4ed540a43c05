// SPDX-License-Identifier: GPL-3.0-or-later
// What a hostile relay and strangers try against keys, names and device lists. Numbers are those of
// docs/SECURITY.md.
#include "tests/support/forger.h"

#include <QTest>

using namespace sotto;
using namespace sotto::test;
using core::FailureCode;
using core::MessageState;
using core::PlaceholderCause;
using core::Trust;
using std::chrono::minutes;
namespace pb = wire::pb;

namespace {

/// Adds a contact by name and waits for the relay's answer.
core::Result<core::Contact> addByName(World& world, Person& person, const std::string& name) {
    std::optional<core::Result<core::Contact>> result;
    person.client().addContact(name, [&](auto answer) { result = answer; });
    if (!world.until([&] { return result.has_value(); })) {
        throw std::runtime_error("no answer to a look-up");
    }
    return *result;
}

/// The relay names another account for a name: the list it serves is whole and signed, by somebody else.
World::Script claimsName(Person& impostor, const std::string& name, bool byAccountToo = false) {
    const SignedDeviceList list = nextList(impostor, [&](DeviceList& l) { l.name = name; });
    return eachFrame([list, byAccountToo](Person&, pb::Frame& frame) {
        if (frame.has_lists()) {
            for (auto& served : *frame.mutable_lists()->mutable_lists()) {
                const auto verified = verifyDeviceList(
                    {bytesOf(viewOf(served.bytes())), wire::fixedOf<Signature>(served.signature())});
                const auto evil = verifyDeviceList(list);
                if (verified && (verified->list().name == evil->list().name ||
                                 (byAccountToo && verified->list().account() == evil->list().account()))) {
                    served = wireOf(list);
                }
            }
        }
    });
}

/// The relay serves this list wherever the account's own would come.
World::Script serves(const AccountId& account, const SignedDeviceList& list) {
    return eachFrame([account, list](Person&, pb::Frame& frame) {
        if (frame.has_lists()) {
            for (auto& served : *frame.mutable_lists()->mutable_lists()) {
                const auto verified = verifyDeviceList(
                    {bytesOf(viewOf(served.bytes())), wire::fixedOf<Signature>(served.signature())});
                if (verified && verified->list().account() == account) {
                    served = wireOf(list);
                }
            }
        }
    });
}

/// Every device that some person's sends were addressed to.
std::set<DeviceAddress> addresseesOf(const std::vector<pb::Send>& sends) {
    std::set<DeviceAddress> found;
    for (const pb::Send& send : sends) {
        for (const pb::Header& header : send.headers()) {
            found.insert(wire::addressOf(header.device()));
        }
    }
    return found;
}
World::Script watchSends(Person& author, std::vector<pb::Send>& sends) {
    return eachFrame([&](Person& person, pb::Frame& frame) {
        if (&person == &author && frame.has_send()) {
            sends.push_back(frame.send());
        }
    });
}

void reconnect(World& world, Person& person) {
    person.goOffline();
    person.goOnline();
    QVERIFY(world.until([&] { return person.client().link().state == core::LinkState::Drained; }));
    world.pass(std::chrono::seconds(2));
}

} // namespace

class TestAttacksIdentity : public QObject {
    Q_OBJECT

    /// Overwrites an identity key inside a first message's header.
    static void claimIdentity(pb::Row& row, const Curve25519Key& from, const Curve25519Key& to) {
        std::string& header = *row.mutable_header();
        const auto at = header.find(stringOf(from.view()));
        QVERIFY(at != std::string::npos);
        header.replace(at, Curve25519Key::kSize, stringOf(to.view()));
    }
    static Curve25519Key identityOf(Person& person) {
        return person.profile().identity()->keys.identityKey();
    }

    /// Alice knows Bob by name, has written to him and verified him.
    struct Acquainted {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        Person& mallory = world.person("mallory");
        explicit Acquainted(bool verified = true) {
            const auto contact = addByName(world, alice, "bob").value();
            alice.says(bob, "before");
            if (!world.until([&] { return bob.texts().size() == 1; })) {
                throw std::runtime_error("the first message did not arrive");
            }
            if (verified) {
                alice.client().verify(contact.key, alice.client().safetyNumber(contact.key).value()).value();
            }
        }
    };

private slots:
    void case01_anotherKeyAtFirstContactShowsInTheSafetyNumber() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        Person& mallory = world.person("mallory");
        world.toClient = claimsName(mallory, "bob");
        const auto believed = addByName(world, alice, "bob").value();
        world.toClient = nullptr;
        QCOMPARE(believed.account, mallory.address().account);
        QCOMPARE(believed.trust, Trust::FirstUse); // never more than that by the relay's word
        const auto honest = bob.client().addContact(alice.client().contactLink().value()).value();
        const auto atAlice = alice.client().safetyNumber(believed.key).value();
        const auto atBob = bob.client().safetyNumber(honest.key).value();
        QVERIFY(atAlice != atBob);
        // Comparing is the only way to Verified, and it fails.
        const auto compared = alice.client().verify(believed.key, atBob);
        QCOMPARE(compared.error().code, FailureCode::NotTrusted);
        QCOMPARE(alice.contact("bob").trust, Trust::FirstUse);
        for (const char* nonsense :
             {"", "0", "000000000000000000000000000000000000000000000000000000000000"}) {
            QCOMPARE(alice.client().verify(believed.key, nonsense).error().code, FailureCode::NotTrusted);
        }
    }
    void case01_honestNumbersAgreeOnBothSides() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        const auto bobAtAlice = addByName(world, alice, "bob").value();
        const auto aliceAtBob = addByName(world, bob, "alice").value();
        const auto number = bob.client().safetyNumber(aliceAtBob.key).value();
        QCOMPARE(alice.client().safetyNumber(bobAtAlice.key).value(), number);
        QCOMPARE(alice.client().verify(bobAtAlice.key, number)->trust, Trust::Verified);
    }

    void case02_queuedMailWaitsUntilAChangedKeyIsAccepted() {
        Acquainted story;
        auto& [world, alice, bob, mallory] = story;
        alice.goOffline();
        std::vector<core::Message> queued;
        for (const char* words : {"one", "two", "three"}) {
            queued.push_back(alice.says("bob", words));
        }
        std::vector<pb::Send> sends;
        world.toRelay = watchSends(alice, sends);
        world.toClient = claimsName(mallory, "bob");
        alice.goOnline();
        world.pass(minutes(1));
        QVERIFY(sends.empty()); // neither to the new key nor, behind its back, to the old one
        QCOMPARE(alice.saw<core::KeyChanged>().size(), std::size_t{1});
        QCOMPARE(alice.client().status().held, 3);
        QCOMPARE(alice.contact("bob").changedTo, std::optional(mallory.address().account));
        // It survives a restart, and is not told again and again.
        alice.crash();
        world.pass(minutes(1));
        QVERIFY(sends.empty());
        QCOMPARE(alice.client().status().held, 3);
        QCOMPARE(alice.saw<core::KeyChanged>().size(), std::size_t{1});
        // The digits to compare are the new key's; the old verification does not pass for it.
        const auto contact = alice.contact("bob");
        QCOMPARE(
            alice.client().verify(contact.key, alice.client().safetyNumber(contact.key).value()).error().code,
            FailureCode::NotTrusted);
        QVERIFY(mallory.texts().empty());
        QCOMPARE(bob.texts(), Lines{"before"});

        // Accepted: it all goes to the new account, in order, and to nobody else.
        const auto accepted = alice.client().acceptKey(contact.key).value();
        QCOMPARE(accepted.account, mallory.address().account);
        QCOMPARE(accepted.trust, Trust::FirstUse); // another key was never verified
        QVERIFY(world.until([&] { return mallory.texts() == Lines({"one", "two", "three"}); }));
        QCOMPARE(addresseesOf(sends), std::set{mallory.address()});
        QCOMPARE(mallory.client().status().placeholders, 0);
        QCOMPARE(bob.texts(), Lines{"before"});
        QCOMPARE(alice.texts(), Lines({"before", "one", "two", "three"}));
        QCOMPARE(alice.client().acceptKey(contact.key).error().code, FailureCode::Invalid);
    }
    /// Bytes that were fixed for the old key, and whose answer got lost, are made anew for the new one.
    void case02_whatWasFixedForTheOldKeyIsMadeAnewForTheNew() {
        Acquainted story;
        auto& [world, alice, bob, mallory] = story;
        bool swallow = true;
        world.toRelay = eachFrame([&](Person& person, pb::Frame& frame) {
            if (&person == &alice && frame.has_send() && swallow) {
                frame.Clear();
            }
        });
        const auto waiting = alice.says("bob", "fixed already");
        world.pass(Milliseconds(50));
        QCOMPARE(alice.stateOf(waiting), MessageState::Encrypted);
        alice.goOffline();
        swallow = false;
        std::vector<pb::Send> sends;
        world.toRelay = watchSends(alice, sends);
        world.toClient = claimsName(mallory, "bob");
        alice.goOnline();
        QVERIFY(world.until([&] { return alice.saw<core::KeyChanged>().size() == 1; }));
        world.pass(minutes(1));
        QVERIFY(sends.empty());
        QVERIFY(alice.client().acceptKey(alice.contact("bob").key));
        QVERIFY(world.until([&] { return mallory.texts() == Lines{"fixed already"}; }));
        QCOMPARE(addresseesOf(sends), std::set{mallory.address()});
        QCOMPARE(alice.stateOf(waiting), MessageState::Sent);
        world.pass(minutes(1));
        QCOMPARE(mallory.client().status().placeholders, 0);
        // The history keeps its order, and both sides can go on.
        alice.says("bob", "and on");
        mallory.client().addContact(alice.client().contactLink().value()).value();
        mallory.says("alice", "fine");
        QVERIFY(world.until([&] { return alice.texts().size() == 4; }));
        QCOMPARE(alice.texts(), Lines({"before", "fixed already", "and on", "fine"}));
        QCOMPARE(mallory.texts(), Lines({"fixed already", "and on", "fine"}));
    }
    /// The new account has written before it is accepted: its lines join the conversation, in order.
    void case02_anAcceptedStrangersLinesJoinTheHistory() {
        Acquainted story;
        auto& [world, alice, bob, mallory] = story;
        alice.says("bob", "more");
        alice.says("bob", "and more");
        QVERIFY(world.until([&] { return bob.texts().size() == 3; }));
        // Bob gave his name up, and somebody else took it: no relay need be hostile for that.
        publish(world, bob, nextList(bob, [](DeviceList& list) { list.name = "robert"; }));
        publish(world, mallory, nextList(mallory, [](DeviceList& list) { list.name = "bob"; }));
        mallory.client().addContact(alice.client().contactLink().value()).value();
        mallory.says("alice", "I have a new phone");
        QVERIFY(world.until([&] { return alice.saw<core::KeyChanged>().size() == 1; }));
        QVERIFY(world.until([&] { return alice.client().status().requests == 1; }));
        QCOMPARE(alice.textsFrom("bob"), Lines()); // a stranger's lines stand apart
        QVERIFY(alice.client().acceptKey(alice.contact("bob").key));
        QCOMPARE(alice.client().conversations().size(), std::size_t{1});
        QCOMPARE(alice.client().status().unread, 1);
        alice.says("bob", "hello again");
        QVERIFY(world.until([&] { return mallory.texts().size() == 2; }));
        QCOMPARE(alice.texts(), Lines({"before", "more", "and more", "I have a new phone", "hello again"}));
        const auto history = alice.history("bob");
        QVERIFY(alice.client().markRead(history.back().conversation, history.back().key));
        QCOMPARE(alice.client().status().unread, 0);
    }
    void case02_aContactFromALinkStaysPinned() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        Person& mallory = world.person("mallory");
        alice.knows(bob);
        world.toClient = claimsName(mallory, "bob", true);
        // The relay also lets Mallory write under Bob's name.
        mallory.client().addContact(alice.client().contactLink().value()).value();
        mallory.says("alice", "it is me, Bob");
        QVERIFY(world.until([&] { return hasAlarm(alice, "Somebody else uses the name @bob"); }));
        QVERIFY(alice.saw<core::KeyChanged>().empty());
        const auto contact = alice.contact("bob");
        QCOMPARE(contact.account, bob.address().account);
        QVERIFY(!contact.changedTo);
        QCOMPARE(alice.client().acceptKey(contact.key).error().code, FailureCode::Invalid);
        QCOMPARE(addByName(world, alice, "bob").value().account, bob.address().account);
        world.toClient = nullptr;
        alice.says("bob", "to the true Bob");
        QVERIFY(world.until([&] { return bob.texts() == Lines{"to the true Bob"}; }));
        QVERIFY(mallory.texts() == Lines{"it is me, Bob"});
    }

    /// Fact 1: libsignal saves the identity before it checks the MAC.
    void case05_aForgedFirstMessageLeavesNoIdentityBehind() {
        World world;
        Person& alice = world.person("alice");
        Person& carol = world.person("carol");
        Person& mallory = world.person("mallory");
        mallory.client().addContact(alice.client().contactLink().value()).value();
        std::vector<pb::Row> rows;
        world.toClient = catchRows(alice, rows, false);
        mallory.says("alice", "first");
        QVERIFY(world.until([&] { return !rows.empty(); }));
        world.toClient = nullptr;
        const std::string before = keysOf(alice);
        // As it is under Carol's name; with Carol's identity key written over Mallory's; and as a device that
        // Carol does not have.
        pb::Row asCarol = rows.front();
        asCarol.set_number(0);
        wire::setAddress(asCarol.mutable_sender(), carol.address());
        pb::Row withHerKey = asCarol;
        claimIdentity(withHerKey, identityOf(mallory), identityOf(carol));
        pb::Row asNobody = asCarol;
        wire::setAddress(asNobody.mutable_sender(), {carol.address().account, DeviceNumber{7}});
        for (const pb::Row& row : {asCarol, withHerKey, asNobody}) {
            world.inject(alice, {row});
            world.pass(std::chrono::seconds(5));
        }
        QVERIFY(alice.texts().empty());
        QCOMPARE(count(alice, "SELECT count(*) FROM session"), 0);
        QCOMPARE(count(alice, "SELECT count(*) FROM one_time_prekey"), 100);
        QVERIFY(alice.saw<core::KeyChanged>().empty());
        Q_UNUSED(before)
        // The real Carol is accepted without a question.
        carol.client().addContact(alice.client().contactLink().value()).value();
        carol.says("alice", "the real one");
        QVERIFY(world.until([&] { return alice.textsFrom("carol") == Lines{"the real one"}; }));
        QVERIFY(alice.saw<core::KeyChanged>().empty());
        QVERIFY(alice.saw<core::Alarm>().empty());
    }
    void case05_aForgedFirstMessageOfAKnownContactChangesNothing() {
        Acquainted story;
        auto& [world, alice, bob, mallory] = story;
        bob.client().addContact(alice.client().contactLink().value()).value();
        bob.says("alice", "hello");
        QVERIFY(world.until([&] { return alice.texts().size() == 2; }));
        mallory.client().addContact(alice.client().contactLink().value()).value();
        std::vector<pb::Row> rows;
        world.toClient = catchRows(alice, rows, false);
        mallory.says("alice", "first");
        QVERIFY(world.until([&] { return !rows.empty(); }));
        world.toClient = nullptr;
        world.pass(minutes(1));
        const std::string before = everythingOf(alice);
        pb::Row forged = rows.front();
        forged.set_number(0);
        wire::setAddress(forged.mutable_sender(), bob.address());
        world.inject(alice, {forged});
        claimIdentity(forged, identityOf(mallory), identityOf(bob));
        world.inject(alice, {forged});
        QCOMPARE(everythingOf(alice), before);
        QCOMPARE(placeholdersOf(alice),
                 std::vector({PlaceholderCause::UntrustedDevice, PlaceholderCause::Undecryptable}));
    }

    /// Mallory cannot register Bob's keys (tests/relay); so the relay hands Bob what Alice wrote to Mallory.
    void case06_mailForAnotherAccountIsQuarantined() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        Person& mallory = world.person("mallory");
        alice.knows(bob);
        alice.says(bob, "hello Bob");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        alice.knows(mallory);
        std::vector<pb::Row> rows;
        world.toClient = catchRows(mallory, rows, false);
        alice.says(mallory, "for Mallory only");
        QVERIFY(world.until([&] { return !rows.empty(); }));
        world.toClient = nullptr;
        world.pass(minutes(1));
        const std::string before = everythingOf(bob);
        rows.front().set_number(0);
        world.inject(bob, {rows.front()});
        QCOMPARE(everythingOf(bob), before);
        QCOMPARE(bob.client().status().placeholders, 1);
        // Even sealed for Bob's session by Alice's own keys: the inside names Mallory.
        Forger forger(world, alice);
        world.inject(bob, {forger.row(bob, forger.text(bob, "misdirected", 2), [&](auto& header) {
                         header.recipientAccount = crypto::accountHash(mallory.address().account);
                     })});
        QCOMPARE(bob.texts(), Lines{"hello Bob"});
        QCOMPARE(lastPlaceholderOf(bob), PlaceholderCause::Mismatch);
    }

    void case07_nothingIsEncryptedForAGhostDevice_data() {
        QTest::addColumn<int>("kind");
        QTest::newRow("appended behind the signature") << 0;
        QTest::newRow("signed by another account's signer") << 1;
        QTest::newRow("certified by another account's root") << 2;
        QTest::newRow("signed, with an entry that no device signed") << 3;
    }
    void case07_nothingIsEncryptedForAGhostDevice() {
        QFETCH(int, kind);
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        Person& mallory = world.person("mallory");
        alice.knows(bob);
        alice.says(bob, "before");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));

        const VerifiedDeviceList honest = ownList(bob);
        DeviceList list = honest.list();
        ++list.version;
        list.previous = honest.hash();
        list.devices.push_back(ghostOf(bob.address().account, DeviceNumber{2}, world.random));
        SignedDeviceList forged;
        switch (kind) {
        case 0:
            forged = {encodeDeviceList(list), honest.signedList().signature};
            break;
        case 1:
            forged = signedBy(mallory, list);
            break;
        case 2:
            list.certificate = ownList(mallory).list().certificate;
            list.certificate.account = bob.address().account;
            forged = signedBy(mallory, list);
            break;
        default:
            list.devices.back().byIdentity = list.devices.front().byIdentity;
            forged = signedBy(bob, list); // not even Bob's own signer can list what is not his
            break;
        }
        std::vector<pb::Send> sends;
        world.toRelay = watchSends(alice, sends);
        world.toClient = serves(bob.address().account, forged);
        reconnect(world, alice);
        alice.says(bob, "after");
        QVERIFY(world.until([&] { return bob.texts().size() == 2; }));
        QCOMPARE(addresseesOf(sends), std::set{bob.address()});
        QCOMPARE(alice.contact("bob").devices, 1U);
        QVERIFY(alice.saw<core::Alarm>().size() == 1);
        QVERIFY(hasAlarm(alice, "refused"));
    }
    void case08_nothingIsEncryptedForAGhostOnOnesOwnAccount() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        const VerifiedDeviceList honest = ownList(alice);
        DeviceList list = honest.list();
        ++list.version;
        list.previous = honest.hash();
        list.devices.push_back(ghostOf(alice.address().account, DeviceNumber{2}, world.random));
        const SignedDeviceList forged{encodeDeviceList(list), honest.signedList().signature};
        const auto evil = serves(alice.address().account, forged);
        std::vector<pb::Send> sends;
        world.toRelay = watchSends(alice, sends);
        // The relay says there is a newer list, and serves the ghost when asked.
        world.toClient = [&](Person& person, const pb::Packet& packet) {
            pb::Packet altered = packet;
            for (pb::Frame& frame : *altered.mutable_frames()) {
                if (&person == &alice && frame.has_welcome()) {
                    frame.mutable_welcome()->mutable_list()->set_version(list.version);
                    frame.mutable_welcome()->mutable_list()->set_hash(
                        wire::fieldOf(deviceListHash(forged.bytes)));
                }
            }
            return &person == &alice ? evil(person, altered) : std::vector{packet};
        };
        reconnect(world, alice);
        const std::string before = keysOf(alice);
        alice.says(bob, "hello");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        QCOMPARE(addresseesOf(sends), std::set{bob.address()});
        QCOMPARE(alice.client().account()->listVersion, std::uint64_t{1});
        QVERIFY(hasAlarm(alice, "not signed by its account"));
        Q_UNUSED(before)
        // Nobody was looking: it is still there after a restart, counted and not repeated.
        alice.crash();
        world.pass(minutes(1));
        QVERIFY(hasAlarm(alice, "not signed by its account"));
        QCOMPARE(alice.client().status().alarms, 1);
        QCOMPARE(alice.saw<core::Alarm>().size(), std::size_t{1});
    }

    void case09_anOlderListOfAContactIsRefused() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.says(bob, "before");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        const SignedDeviceList first = ownList(bob).signedList();
        // Bob publishes a second list; Alice gets it.
        const SignedDeviceList second = nextList(bob);
        publish(world, bob, second);
        reconnect(world, alice);
        QCOMPARE(alice.contact("bob").listVersion, std::uint64_t{2});
        const std::string before = keysOf(alice);
        world.toClient = serves(bob.address().account, first);
        reconnect(world, alice);
        QCOMPARE(keysOf(alice), before);
        alice.crash();
        world.pass(minutes(1));
        QCOMPARE(alice.contact("bob").listVersion, std::uint64_t{2});
        QCOMPARE(keysOf(alice), before);
    }
    void case09_aForkedListIsRefusedAndTheAlarmStays() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.says(bob, "before");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        const SignedDeviceList second = nextList(bob);
        publish(world, bob, second);
        reconnect(world, alice);
        // Another second list, signed by a thief with Bob's signer key.
        DeviceList other = verifyDeviceList(second)->list();
        other.issuedAt += 1;
        other.devices.push_back(ghostOf(bob.address().account, DeviceNumber{2}, world.random));
        const SignedDeviceList fork = signedBy(bob, other);
        std::vector<pb::Send> sends;
        world.toRelay = watchSends(alice, sends);
        world.toClient = serves(bob.address().account, fork);
        const std::string before = keysOf(alice);
        reconnect(world, alice);
        QCOMPARE(keysOf(alice), before);
        QVERIFY(hasAlarm(alice, "two device lists"));
        for (int i = 0; i < 5; ++i) {
            reconnect(world, alice); // the relay goes on and on
        }
        alice.crash();
        world.pass(minutes(1));
        QCOMPARE(keysOf(alice), before);
        QVERIFY(hasAlarm(alice, "two device lists"));
        const auto history = alice.history("bob");
        const auto notices = std::count_if(history.begin(), history.end(), [](const core::Message& line) {
            return line.kind == core::MessageKind::Notice &&
                   line.detail.find("two device lists") != std::string::npos;
        });
        QCOMPARE(notices, 1); // said where the user looks, once
        QVERIFY(alice.client().alarms().front().times > 5);
        alice.says(bob, "after");
        world.pass(minutes(1));
        QVERIFY(!addresseesOf(sends).contains({bob.address().account, DeviceNumber{2}}));
    }
    /// A contact link carries a floor: nothing is sent by a list from before it, known or offered.
    void case09_nothingIsSentByAListBelowTheFloorOfALink_data() {
        QTest::addColumn<bool>("knownBefore");
        QTest::newRow("first seen through the link") << false;
        QTest::newRow("known by name before") << true;
    }
    void case09_nothingIsSentByAListBelowTheFloorOfALink() {
        QFETCH(bool, knownBefore);
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        const SignedDeviceList first = ownList(bob).signedList();
        if (knownBefore) {
            QVERIFY(addByName(world, alice, "bob"));
        }
        publish(world, bob, nextList(bob));
        std::vector<pb::Send> sends;
        world.toRelay = watchSends(alice, sends);
        world.toClient = serves(bob.address().account, first); // the one a stolen device stands in
        QVERIFY(alice.client().addContact(bob.client().contactLink().value()));
        const auto waiting = alice.says("bob", "by the newest list only");
        reconnect(world, alice);
        world.pass(minutes(5));
        QVERIFY(sends.empty());
        QCOMPARE(alice.stateOf(waiting), MessageState::Queued);
        QVERIFY(hasAlarm(alice, "older than the contact link"));
        world.toClient = nullptr;
        reconnect(world, alice);
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }, minutes(5)));
        QCOMPARE(alice.contact("bob").listVersion, std::uint64_t{2});
    }
    void aRemovedDeviceTakesItsSessionWithIt() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        alice.says(bob, "before");
        QVERIFY(world.until([&] { return bob.texts().size() == 1; }));
        QCOMPARE(count(alice, "SELECT count(*) FROM session"), 1);
        const SignedDeviceList moved = nextList(bob, [&](DeviceList& list) {
            list.devices = {ghostOf(bob.address().account, DeviceNumber{2}, world.random)};
        });
        world.toClient = serves(bob.address().account, moved);
        reconnect(world, alice);
        QCOMPARE(alice.contact("bob").devices, 1U);
        QCOMPARE(count(alice, "SELECT count(*) FROM session"), 0);
        const auto history = alice.history("bob");
        QVERIFY(std::any_of(history.begin(), history.end(), [](const core::Message& line) {
            return line.detail == "@bob changed their devices.";
        }));
        // What the removed one still had to say is not believed.
        QCOMPARE(placeholdersOf(alice), std::vector{PlaceholderCause::UntrustedDevice});
    }
    void aSessionWithAnotherIdentityIsNeverUsed() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        Person& mallory = world.person("mallory");
        alice.knows(bob);
        alice.knows(mallory);
        alice.says(bob, "one");
        alice.says(mallory, "one");
        QVERIFY(world.until([&] { return bob.texts().size() == 1 && mallory.texts().size() == 1; }));
        // Somehow Bob's place holds a session with Mallory.
        auto& database = alice.profile().database();
        QVERIFY(database.transaction([&] {
            database.run("UPDATE session SET record = (SELECT record FROM session WHERE account = ?1) "
                         "WHERE account = ?2",
                         mallory.address().account, bob.address().account);
        }));
        alice.crash();
        alice.says(bob, "two");
        QVERIFY(world.until([&] { return bob.texts() == Lines({"one", "two"}); }));
        QCOMPARE(mallory.texts(), Lines{"one"});
        QCOMPARE(bob.client().status().placeholders, 0);
    }
    void aStrangerWhoBorrowsANameGetsNeitherMailNorTrust() {
        Acquainted story;
        auto& [world, alice, bob, mallory] = story;
        world.toClient = claimsName(mallory, "bob", true);
        mallory.client().addContact(alice.client().contactLink().value()).value();
        mallory.says("alice", "it is me");
        QVERIFY(world.until([&] { return alice.texts().size() == 2; }));
        // The name still means the one Alice knows; the stranger's lines stand apart, unaccepted.
        const auto contact = alice.contact("bob");
        QCOMPARE(contact.account, bob.address().account);
        QCOMPARE(alice.client().contacts().size(), std::size_t{2});
        QCOMPARE(alice.textsFrom("bob"), Lines());
        const auto all = alice.client().contacts();
        const auto stranger = std::find_if(all.begin(), all.end(), [&](const core::Contact& c) {
            return c.account == mallory.address().account;
        });
        QVERIFY(stranger != all.end() && !stranger->accepted && stranger->trust == Trust::FirstUse);
        // A contact believed on the relay's word has a rival now: its mail waits for the user.
        QCOMPARE(alice.saw<core::KeyChanged>().size(), std::size_t{1});
        alice.says("bob", "secret");
        world.pass(minutes(2));
        QCOMPARE(bob.texts(), Lines{"before"});
        QCOMPARE(mallory.texts(), Lines{"it is me"});
        // Bob's link settles it.
        QVERIFY(alice.client().addContact(bob.client().contactLink().value()));
        QVERIFY(world.until([&] { return bob.texts() == Lines({"before", "secret"}); }));
        QCOMPARE(mallory.texts(), Lines{"it is me"});
    }

    void case13_aNameThatLooksLikeAKeyIsOnlyAName() {
        World world;
        Person& alice = world.person("alice");
        Person& bob = world.person("bob");
        alice.knows(bob);
        // Mallory's account is called like the beginning of Bob's account key.
        const std::string fingerprint = bob.address().account.hex().substr(0, 16);
        Person& mallory = world.person(fingerprint);
        QCOMPARE(alice.contact(fingerprint).account, bob.address().account);
        QVERIFY(mallory.client().addContact(alice.client().contactLink().value()));
        mallory.says("alice", "I am Bob's key");
        QVERIFY(world.until([&] { return alice.texts().size() == 1; }));
        // Two things match now: that is said, and nothing is guessed.
        QCOMPARE(alice.client().findContact(fingerprint).error().code, FailureCode::Ambiguous);
        QCOMPARE(alice.contact("bob").account, bob.address().account);
        QCOMPARE(alice.contact(bob.address().account.hex()).account, bob.address().account);
    }

private:
    /// The person's profile and the relay take this list.
    static void publish(World& world, Person& person, const SignedDeviceList& list) {
        auto& database = person.profile().database();
        QVERIFY(database.transaction(
            [&] { core::AccountStore(database).storeList(*verifyDeviceList(list), world.clock.wall()); }));
        person.crash(); // at the next log-in the relay's list is older than ours
        QVERIFY(world.until([&] { return person.client().link().state == core::LinkState::Drained; }));
        world.pass(std::chrono::seconds(2));
        QCOMPARE(person.client().account()->listVersion, verifyDeviceList(list)->list().version);
    }
};

QTEST_GUILESS_MAIN(TestAttacksIdentity)
#include "test_attacks_identity.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// What a testing relay breaks: that it is what was asked for, and the same every time.
#include "server-stub/faults/faulty_link.h"

#include <QTest>
#include <set>

using namespace sotto;
using namespace sotto::relay;

namespace {

DeviceAddress device(std::uint8_t who) {
    DeviceAddress address;
    address.account.value.fill(who);
    address.device = DeviceNumber{1};
    return address;
}

SteadyTime at(int ms) {
    return SteadyTime(Milliseconds(ms));
}

FaultPlan plan(const char* text) {
    const auto parsed = parseFaultPlan(text);
    if (!parsed) {
        qFatal("%s", parsed.error().sentence.c_str());
    }
    return *parsed;
}

/// A packet with one frame to a device, told by its number.
Bytes packet(std::uint64_t number) {
    wire::pb::Packet packet;
    packet.add_frames()->set_request(number);
    packet.mutable_frames(0)->mutable_pong()->set_time(1);
    return bytesOf(viewOf(packet.SerializeAsString()));
}

/// The numbers of what comes out by then.
std::vector<std::uint64_t> taken(FaultyLink& link, Way way, SteadyTime now) {
    std::vector<std::uint64_t> numbers;
    while (const auto bytes = link.take(way, now)) {
        wire::pb::Packet packet;
        packet.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()));
        for (const wire::pb::Frame& frame : packet.frames()) {
            numbers.push_back(frame.request());
        }
    }
    return numbers;
}

using Numbers = std::vector<std::uint64_t>;

} // namespace

class TestFaults : public QObject {
    Q_OBJECT
private slots:
    void aPlanIsRead();
    void aPlanThatDoesNotParseNamesThePlace_data();
    void aPlanThatDoesNotParseNamesThePlace();
    void theSameFramesHaveTheSameFaults();
    void faultsComeAsOftenAsAsked();
    void nothingIsBrokenBeforeTheLogIn();
    void framesAreDroppedAndDoubled();
    void framesAreLateAndKeepTheirOrder();
    void framesPassEachOther();
    void aCutLosesWhatWasUnderWay();
    void aStallIsSilentBothWays();
    void theDiskIsFullForAWhile();
};

void TestFaults::aPlanIsRead() {
    const FaultPlan all = plan(
        "seed=42,drop=2%,dup=0.5%,reorder=8,delay=50..2000ms,cut=1/40,stall=1/200,diskfull@10k+20,skew=-7m");
    QCOMPARE(all.seed, 42U);
    QCOMPARE(all.drop.millionths, 20'000U);
    QCOMPARE(all.duplicate.millionths, 5'000U);
    QCOMPARE(all.reorder, 8U);
    QCOMPARE(all.delayLeast, Milliseconds(50));
    QCOMPARE(all.delayMost, Milliseconds(2'000));
    QCOMPARE(all.cut.millionths, 25'000U);
    QCOMPARE(all.stall.millionths, 5'000U);
    QVERIFY(all.diskFullFrom == 10'000U);
    QCOMPARE(all.diskFullFor, 20U);
    QCOMPARE(all.skew, Milliseconds(-7 * 60'000));
    QCOMPARE(plan("delay=20ms").delayMost, Milliseconds(20));
    QCOMPARE(plan("delay=1s..1m").delayMost, Milliseconds(60'000));
    QCOMPARE(plan("drop=100%").drop.millionths, 1'000'000U);
    QVERIFY(plan("diskfull@3").diskFullFrom == 3U);
}

void TestFaults::aPlanThatDoesNotParseNamesThePlace_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("position");
    QTest::addColumn<QByteArray>("word");
    const auto row = [](const char* text, int position, const char* word) {
        QTest::newRow(text) << QByteArray(text) << position << QByteArray(word);
    };
    row("", 0, "missing");
    row("drop=2%,", 8, "missing");
    row("seed=1,,drop=2%", 7, "missing");
    row("seed=1,lose=2%", 7, "no fault 'lose'");
    row("drop=2%,drop=3%", 8, "twice");
    row("drop", 4, "share");
    row("drop=2", 6, "share");
    row("drop=101%", 9, "share");
    row("drop=-1%", 5, "share");
    row("cut=3/2", 7, "share");
    row("cut=1/0", 7, "share");
    row("stall=1/200x", 11, "share");
    row("drop=0.12345%", 12, "share");
    row("seed=x", 5, "whole number");
    row("seed=99999999999999999999", 5, "whole number");
    row("reorder=1001", 12, "up to 1000");
    row("delay=50", 8, "time");
    row("delay=9..2ms", 12, "range");
    row("delay=11m", 9, "time");
    row("diskfull=10", 8, "number of a send");
    row("diskfull@0", 10, "number of a send");
    row("skew=7m", 5, "sign");
    row("skew=+7", 7, "sign");
    row("drop=2% ,dup=1%", 7, "share");
}

void TestFaults::aPlanThatDoesNotParseNamesThePlace() {
    QFETCH(const QByteArray, text);
    QFETCH(const int, position);
    QFETCH(const QByteArray, word);
    const auto parsed = parseFaultPlan(text.toStdString());
    QVERIFY(!parsed);
    QVERIFY2(parsed.error().sentence.find(word.toStdString()) != std::string::npos,
             parsed.error().sentence.c_str());
    QCOMPARE(static_cast<int>(parsed.error().position), position);
}

void TestFaults::theSameFramesHaveTheSameFaults() {
    const char* const text = "seed=7,drop=10%,dup=10%,reorder=2,delay=0..50ms,cut=1/100,stall=1/100";
    const auto play = [](const char* faults, bool bobFirst) {
        std::vector<std::string> lines;
        FaultEngine engine(plan(faults), [&](const std::string& line) { lines.push_back(line); });
        for (const bool first : {true, false}) {
            const DeviceAddress who = device(first == bobFirst ? 2 : 1);
            for (int i = 0; i < 500; ++i) {
                engine.next(who, i % 2 == 0 ? Way::ToRelay : Way::ToDevice, false);
            }
        }
        return std::pair(engine.logHash(), std::multiset<std::string>(lines.begin(), lines.end()));
    };
    const auto once = play(text, false);
    QVERIFY(!once.second.empty());
    QVERIFY(play(text, false) == once);
    // Who comes first is chance in a real relay: it changes neither the faults nor the hash.
    QVERIFY(play(text, true) == once);
    QVERIFY(play("seed=8,drop=10%,dup=10%,reorder=2,delay=0..50ms,cut=1/100,stall=1/100", false).first !=
            once.first);
    // Leaving a fault out does not move the others.
    std::multiset<std::string> cuts;
    for (const std::string& line : once.second) {
        if (line.find("cut") != std::string::npos) {
            cuts.insert(line.substr(0, line.find_first_of(" ", line.find_first_of("<>") + 2)));
        }
    }
    std::multiset<std::string> alone;
    for (const std::string& line : play("seed=7,cut=1/100", false).second) {
        alone.insert(line.substr(0, line.find(" cut")));
    }
    QVERIFY(alone == cuts);
}

void TestFaults::faultsComeAsOftenAsAsked() {
    FaultEngine engine(plan("seed=3,drop=2%,dup=5%,cut=1/40,delay=10..20ms,reorder=4"));
    int drops = 0;
    int duplicates = 0;
    int cuts = 0;
    std::set<std::uint32_t> held;
    for (int i = 0; i < 20'000; ++i) {
        const FrameFate fate = engine.next(device(1), Way::ToDevice, false);
        drops += fate.drop ? 1 : 0;
        duplicates += fate.duplicate ? 1 : 0;
        cuts += fate.cut ? 1 : 0;
        held.insert(fate.heldBack);
        QVERIFY(fate.delay >= Milliseconds(10) && fate.delay <= Milliseconds(20));
    }
    QVERIFY2(drops > 300 && drops < 500, QByteArray::number(drops));
    QVERIFY2(duplicates > 850 && duplicates < 1150, QByteArray::number(duplicates));
    QVERIFY2(cuts > 400 && cuts < 600, QByteArray::number(cuts));
    QCOMPARE(held, (std::set<std::uint32_t>{0, 1, 2, 3, 4}));
    QCOMPARE(engine.frames(), 20'000U);
}

void TestFaults::nothingIsBrokenBeforeTheLogIn() {
    FaultEngine engine(plan("drop=100%"));
    FaultyLink link(engine);
    link.put(Way::ToDevice, packet(1), nullptr, at(0));
    QCOMPARE(taken(link, Way::ToDevice, at(0)), Numbers{1});
    QCOMPARE(engine.frames(), 0U);
    const DeviceAddress alice = device(1);
    link.put(Way::ToDevice, packet(2), &alice, at(0));
    QCOMPARE(taken(link, Way::ToDevice, at(10'000)), Numbers{});
}

void TestFaults::framesAreDroppedAndDoubled() {
    const DeviceAddress alice = device(1);
    FaultEngine twice(plan("dup=100%"));
    FaultyLink link(twice);
    link.put(Way::ToDevice, packet(1), &alice, at(0));
    link.put(Way::ToRelay, packet(5), &alice, at(0)); // a pong to a relay does not parse: it passes as it is
    QCOMPARE(taken(link, Way::ToDevice, at(0)), (Numbers{1, 1}));
    QCOMPARE(taken(link, Way::ToRelay, at(0)), Numbers{5});
}

void TestFaults::framesAreLateAndKeepTheirOrder() {
    const DeviceAddress alice = device(1);
    FaultEngine late(plan("seed=5,delay=10..100ms"));
    FaultyLink link(late);
    Numbers sent;
    for (std::uint64_t i = 1; i <= 50; ++i) {
        link.put(Way::ToDevice, packet(i), &alice, at(0));
        sent.push_back(i);
    }
    QCOMPARE(taken(link, Way::ToDevice, at(9)), Numbers{});
    QVERIFY(link.due(Way::ToDevice) && *link.due(Way::ToDevice) <= at(100));
    QCOMPARE(taken(link, Way::ToDevice, at(100)), sent);
    QVERIFY(!link.due(Way::ToDevice));
}

void TestFaults::framesPassEachOther() {
    const DeviceAddress alice = device(1);
    FaultEngine engine(plan("seed=1,reorder=3"));
    FaultyLink link(engine);
    Numbers sent;
    for (std::uint64_t i = 1; i <= 200; ++i) {
        link.put(Way::ToDevice, packet(i), &alice, at(0));
        sent.push_back(i);
    }
    // The last ones wait for others that do not come, and go on after a while.
    Numbers got = taken(link, Way::ToDevice, at(500));
    QVERIFY(got != sent);
    for (std::size_t i = 0; i < got.size(); ++i) {
        const auto place = static_cast<std::int64_t>(i) + 1;
        QVERIFY2(static_cast<std::int64_t>(got[i]) <= place + 3 + 1, QByteArray::number(place));
    }
    std::sort(got.begin(), got.end());
    QCOMPARE(got, sent);
}

void TestFaults::aCutLosesWhatWasUnderWay() {
    const DeviceAddress alice = device(1);
    FaultEngine engine(plan("cut=100%,delay=50ms"));
    FaultyLink link(engine);
    link.put(Way::ToDevice, packet(1), nullptr, at(0));
    link.put(Way::ToDevice, packet(2), &alice, at(0));
    QVERIFY(link.isCut());
    QCOMPARE(taken(link, Way::ToDevice, at(1'000)), Numbers{});
}

void TestFaults::aStallIsSilentBothWays() {
    const DeviceAddress alice = device(1);
    FaultEngine engine(plan("stall=100%"));
    FaultyLink link(engine);
    link.put(Way::ToDevice, packet(1), &alice, at(0));
    QVERIFY(link.isStalled() && !link.isCut());
    link.put(Way::ToRelay, packet(2), nullptr, at(0));
    QCOMPARE(taken(link, Way::ToRelay, at(100'000)), Numbers{});
    QVERIFY(!link.due(Way::ToRelay));
}

void TestFaults::theDiskIsFullForAWhile() {
    const DeviceAddress alice = device(1);
    FaultEngine engine(plan("diskfull@2+2"));
    FaultyLink link(engine);
    for (std::uint64_t i = 1; i <= 5; ++i) {
        wire::pb::Packet packet;
        wire::pb::Frame& frame = *packet.add_frames();
        frame.set_request(i);
        wire::pb::Send& send = *frame.mutable_send();
        send.set_send_id(std::string(16, static_cast<char>(i)));
        send.add_headers()->set_bytes("header");
        send.mutable_headers(0)->mutable_device()->set_account(std::string(32, 'a'));
        send.mutable_headers(0)->mutable_device()->set_device(1);
        link.put(Way::ToRelay, bytesOf(viewOf(packet.SerializeAsString())), &alice, at(0));
    }
    const Numbers passed = taken(link, Way::ToRelay, at(0));
    const Numbers refused = taken(link, Way::ToDevice, at(0));
    QCOMPARE(refused, (Numbers{2, 3}));
    QCOMPARE(passed, (Numbers{1, 4, 5}));
}

QTEST_GUILESS_MAIN(TestFaults)
#include "test_faults.moc"

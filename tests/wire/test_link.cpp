// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/link.h"

#include <QTest>

using namespace sotto;
using namespace sotto::wire;

namespace {

RelayAddress relayAt(const std::string& host, bool plain = false) {
    RelayId pin;
    pin.value.fill(0xAB);
    return {host, 4433, pin, plain};
}

ContactLink bobsLink() {
    ContactLink link{relayAt("relay.example"), "bob", {}, 1, 12, {}};
    link.account.value.fill(1);
    link.listHash.value.fill(2);
    return link;
}

} // namespace

class TestLink : public QObject {
    Q_OBJECT
private slots:
    void linksReadBackAsTheyWereWritten() {
        for (const auto& host : {"relay.example", "127.0.0.1", "::1"}) {
            const JoinLink join{relayAt(host), {1, 2, 3}};
            QCOMPARE(parseJoinLink(format(join)).value(), join);
        }
        const JoinLink open{relayAt("relay.example"), {}};
        QCOMPARE(parseJoinLink(format(open)).value(), open);
        QCOMPARE(parseContactLink(format(bobsLink())).value(), bobsLink());
    }
    void eachKindSaysWhenItIsTheOther() {
        QCOMPARE(parseJoinLink(format(bobsLink())).error(), LinkError::WrongKind);
        QCOMPARE(parseContactLink(format(JoinLink{relayAt("h"), {}})).error(), LinkError::WrongKind);
    }
    void plainIsForThisMachineOnly() {
        QVERIFY(parseJoinLink(format(JoinLink{relayAt("127.0.0.1", true), {}})).has_value());
        for (const auto& host :
             {"relay.example", "128.0.0.1", "127.evil.example", "localhost.evil.example"}) {
            QCOMPARE(parseJoinLink(format(JoinLink{relayAt(host, true), {}})).error(),
                     LinkError::PlainOffLoopback);
        }
    }
    void anythingElseIsNotALink() {
        const std::string good = format(bobsLink());
        QStringList bad = {"",
                           "sotto:",
                           "https://relay.example:1/#",
                           "sotto://",
                           "sotto://relay.example/#a,b",
                           "sotto://relay.example:0/#a,b",
                           "sotto://relay.example:65536/#a,b",
                           "sotto://user@relay.example:1/#a,b",
                           QString::fromStdString(good + " "),
                           QString::fromStdString(good + ",x"),
                           QString::fromStdString(" " + good),
                           QString::fromStdString(good).replace("@bob", "@Bob"),
                           QString::fromStdString(good).replace("@bob", "@"),
                           QString::fromStdString(good).replace(",1.12,", ",1.012,"),
                           QString::fromStdString(good).replace(",1.12,", ",1,"),
                           QString::fromStdString(good).replace("4433", "04433")};
        for (const QString& text : bad) {
            QVERIFY2(!parseContactLink(text.toStdString()), qPrintable(text));
            QVERIFY2(!parseJoinLink(text.toStdString()), qPrintable(text));
        }
        QVERIFY(!parseJoinLink(std::string(100'000, 'a')));
    }
};

QTEST_GUILESS_MAIN(TestLink)
#include "test_link.moc"

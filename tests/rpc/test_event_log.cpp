// SPDX-License-Identifier: GPL-3.0-or-later
// A log may go into a bug report: it must tell what happened and nothing of what was said, or by whom.

#include "core/rpc/event_log.h"

#include <QTest>

using namespace sotto;
using namespace sotto::rpc;

namespace {

const std::string kSecret = "canary 7391";

core::Message message(core::MessageKind kind) {
    core::Message made;
    made.id = MessageId::fromHex("00112233445566778899aabbccddeeff").value();
    made.conversation = core::ConversationKey{7};
    made.kind = kind;
    made.state = core::MessageState::Sent;
    made.cause = core::PlaceholderCause::PrekeyGone;
    made.text = made.detail = made.senderName = kSecret;
    return made;
}

core::Contact contact() {
    core::Contact made;
    made.account.value.fill(0xab);
    made.name = kSecret;
    return made;
}

std::set<LogCategory> all() {
    return logCategoriesFrom("all").value();
}

std::string line(const core::Event& event) {
    return logLine(event, all(), 1'700'000'000'000).value();
}

} // namespace

class TestEventLog : public QObject {
    Q_OBJECT
private slots:
    void aLineSaysWhenWhatAndWhich() {
        QCOMPARE(line(core::MessageChanged{message(core::MessageKind::Text)}),
                 "2023-11-14T22:13:20.000Z mail changed msg_00112233445566778899aabbccddeeff in c:7 sent");
        QCOMPARE(
            line(core::MessageAdded{message(core::MessageKind::Placeholder)}),
            "2023-11-14T22:13:20.000Z mail added msg_00112233445566778899aabbccddeeff in c:7 placeholder "
            "prekey_gone");
        QCOMPARE(line(core::LinkChanged{core::LinkState::Offline, "the relay fell silent"}),
                 "2023-11-14T22:13:20.000Z link offline: the relay fell silent");
        QCOMPARE(line(core::LinkChanged{core::LinkState::Drained, ""}),
                 "2023-11-14T22:13:20.000Z link drained");
    }
    void nothingThatPeopleWroteIsInIt() {
        const std::vector<core::Event> events = {
            core::MessageAdded{message(core::MessageKind::Text)},
            core::MessageAdded{message(core::MessageKind::Placeholder)},
            core::MessageAdded{message(core::MessageKind::Notice)},
            core::MessageChanged{message(core::MessageKind::Text)},
            core::MessageRemoved{core::ConversationKey{7}, core::MessageKey{9}},
            core::AccountRegistered{},
            core::ContactChanged{contact()},
            core::KeyChanged{contact()},
            core::Alarm{kSecret},
        };
        for (const core::Event& event : events) {
            QVERIFY2(line(event).find(kSecret) == std::string::npos, line(event).c_str());
        }
    }
    void onlyWhatIsAskedForIsTold() {
        const auto link = logCategoriesFrom("link,trust").value();
        QVERIFY(logLine(core::LinkChanged{core::LinkState::Online, ""}, link, 0).has_value());
        QVERIFY(logLine(core::Alarm{kSecret}, link, 0).has_value());
        QVERIFY(!logLine(core::MessageChanged{message(core::MessageKind::Text)}, link, 0).has_value());
        QVERIFY(!logLine(core::AccountRegistered{}, link, 0).has_value());
        QVERIFY(logCategoriesFrom("").value().empty());
    }
    void anUnknownCategoryIsNamed() {
        const auto refused = logCategoriesFrom("link,keys");
        QVERIFY(!refused);
        QCOMPARE(refused.error().exit, Exit::Usage);
        QVERIFY(refused.error().text.find("'keys'") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TestEventLog)
#include "test_event_log.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/send_state.h"

#include <QTest>
#include <map>

using namespace sotto::core;
using State = MessageState;
using Event = SendEvent;

class TestSendState : public QObject {
    Q_OBJECT
private slots:
    /// Every state against every event; whatever is not listed changes nothing.
    void theWholeTable() {
        const std::map<std::pair<State, Event>, State> allowed = {
            {{State::Queued, Event::BytesFixed}, State::Encrypted},
            {{State::Encrypted, Event::Stored}, State::Sent},
            // A receipt may overtake the relay's own answer.
            {{State::Encrypted, Event::Delivered}, State::Delivered},
            {{State::Sent, Event::Delivered}, State::Delivered},
            {{State::Encrypted, Event::Read}, State::Read},
            {{State::Sent, Event::Read}, State::Read},
            {{State::Delivered, Event::Read}, State::Read},
            {{State::Queued, Event::GivenUp}, State::Failed},
            {{State::Encrypted, Event::GivenUp}, State::Failed},
        };
        for (const State state : {State::Received, State::Queued, State::Encrypted, State::Sent,
                                  State::Delivered, State::Read, State::Failed}) {
            for (const Event event :
                 {Event::BytesFixed, Event::Stored, Event::Delivered, Event::Read, Event::GivenUp}) {
                const auto expected = allowed.find({state, event});
                const auto result = next(state, event);
                QCOMPARE(result.has_value(), expected != allowed.end());
                if (result) {
                    QCOMPARE(*result, expected->second);
                    QVERIFY(*result > state); // only forward
                }
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestSendState)
#include "test_send_state.moc"

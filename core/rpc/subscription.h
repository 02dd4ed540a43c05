// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One reader's stream of events. Messages are durable: they come from the history after the reader's place,
/// in the order they were stored, at most kWindow of them not acknowledged; a reader that ended goes on where
/// it stopped. All other events are news of the moment.

#include "core/rpc/session.h"

#include <deque>
#include <set>

namespace sotto::rpc {

/// What a reader may ask for.
enum class EventType {
    Message,
    Sent,
    State,
    Change,
    Conversation,
    Typing,
    Presence,
    Contact,
    KeyChange,
    Alarm,
    Link,
    CaughtUp
};
std::optional<EventType> eventTypeFrom(const QString& name);

class Subscription {
public:
    enum class Keep { Place, Nothing }; ///< whether acknowledging moves the named reader
    static constexpr std::size_t kWindow = 256;

    Subscription(Session& session, QString id, std::string reader, Keep keep, core::MessageKey after,
                 std::set<EventType> types);

    const QString& id() const { return m_id; }
    core::MessageKey place() const { return m_scanned; }
    /// Hands out what the window allows, soon.
    void pump();
    /// Everything handed out up to this message is dealt with.
    Result<void> acknowledge(core::MessageKey upTo);

private:
    void pumpNow();
    bool wants(const core::Message& message) const;
    void onEvent(const core::Event& event);
    void give(const QJsonObject& event) { m_session.emitter()(m_id, event); }

    Session& m_session;
    QString m_id;
    std::string m_reader; ///< empty: no name, nothing is kept
    Keep m_keep;
    core::MessageKey m_scanned; ///< every message up to here was handed out or not wanted
    std::set<EventType> m_types;
    std::deque<core::MessageKey> m_open; ///< handed out, not acknowledged
    bool m_pumping = false;
    bool m_saidCaughtUp = false;
    QObject m_context;
};

} // namespace sotto::rpc

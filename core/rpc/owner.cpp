// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/owner.h"

namespace sotto::rpc {

struct Owner::Wait {
    QObject* holder;
    Condition condition;
    std::function<Result<QJsonObject>()> onTimeout;
    Reply reply;
    std::unique_ptr<QTimer> timer;
};

Owner::Owner(core::Profile profile, Random& random, const Clock& clock)
    : m_random(random)
    , m_clock(clock)
    , m_profile(std::move(profile))
    , m_edge(clock, [this] { happened(); })
    , m_client(m_profile, m_edge, *this, random, clock) {
    m_edge.attach(&m_client);
}

Owner::~Owner() {
    if (m_online) {
        m_client.stop();
    }
    m_edge.attach(nullptr);
}

void Owner::goOnline() {
    if (!m_online) {
        m_online = true;
        m_client.start();
    }
}

void Owner::goOnlineAgain() {
    m_online = false;
    goOnline();
}

void Owner::waitFor(QObject* holder, Condition condition, std::int64_t timeoutMs,
                    std::function<Result<QJsonObject>()> onTimeout, Reply reply) {
    if (auto answer = condition()) {
        QMetaObject::invokeMethod(
            holder, [reply = std::move(reply), answer = std::move(*answer)] { reply(answer); },
            Qt::QueuedConnection);
        return;
    }
    const auto wait = m_waits.insert(m_waits.end(), Wait{holder, std::move(condition), std::move(onTimeout),
                                                         std::move(reply), std::make_unique<QTimer>()});
    wait->timer->setSingleShot(true);
    QObject::connect(wait->timer.get(), &QTimer::timeout, &m_context,
                     [this, wait] { settle(wait, wait->onTimeout()); });
    wait->timer->start(std::chrono::milliseconds(timeoutMs));
    QObject::connect(holder, &QObject::destroyed, &m_context, [this, holder] {
        std::erase_if(m_waits, [&](const Wait& candidate) { return candidate.holder == holder; });
    });
}

bool Owner::lock() {
    if (!onLock) {
        return false;
    }
    m_locking = true;
    QMetaObject::invokeMethod(
        &m_context, [this] { onLock(); }, Qt::QueuedConnection);
    return true;
}

void Owner::listen(QObject* holder, std::function<void(const core::Event&)> listener) {
    m_listeners.push_back({holder, std::move(listener)});
    QObject::connect(holder, &QObject::destroyed, &m_context, [this, holder] {
        std::erase_if(m_listeners, [&](const Listener& candidate) { return candidate.holder == holder; });
    });
}

void Owner::onEvent(const core::Event& event) {
    if (const auto* link = std::get_if<core::LinkChanged>(&event)) {
        m_offlineForNow = link->state == core::LinkState::Offline || link->state == core::LinkState::Stopped;
    }
    if (const auto* refused = std::get_if<core::RegistrationRefused>(&event)) {
        m_registrationRefusal = refused->failure;
    }
    m_events.push_back(event);
    happened();
}

void Owner::happened() {
    if (!m_handingOut) {
        m_handingOut = true;
        // Later: a listener may want to call the client, which is in the middle of something.
        QMetaObject::invokeMethod(
            &m_context, [this] { handOut(); }, Qt::QueuedConnection);
    }
}

void Owner::handOut() {
    m_handingOut = false;
    const auto events = std::exchange(m_events, {});
    for (const core::Event& event : events) {
        // A listener may end itself or another one: a copy is walked, the living ones are called.
        const auto listeners = m_listeners;
        for (const Listener& listener : listeners) {
            const bool lives =
                std::any_of(m_listeners.begin(), m_listeners.end(),
                            [&](const Listener& other) { return other.holder == listener.holder; });
            if (lives) {
                listener.call(event);
            }
        }
    }
    look();
}

void Owner::look() {
    for (auto wait = m_waits.begin(); wait != m_waits.end();) {
        const auto next = std::next(wait);
        if (auto answer = wait->condition()) {
            settle(wait, *answer);
        }
        wait = next;
    }
}

void Owner::settle(std::list<Wait>::iterator wait, const Result<QJsonObject>& answer) {
    // The reply may do anything, ending its holder included: it runs when this list is at rest.
    QMetaObject::invokeMethod(
        wait->holder, [reply = std::move(wait->reply), answer] { reply(answer); }, Qt::QueuedConnection);
    wait->timer.release()->deleteLater(); // it may be the one that is firing
    m_waits.erase(wait);
}

} // namespace sotto::rpc

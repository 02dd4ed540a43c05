// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The process that has the profile open: its client, the edge of its network, and what is waiting for
/// something to happen. Lives in a thread with a Qt event loop.

#include "core/client.h"
#include "core/net/client_edge.h"
#include "core/rpc/channel.h"

#include <QObject>
#include <QTimer>
#include <list>

namespace sotto::rpc {

class Owner final : private core::Observer {
public:
    Owner(core::Profile profile, Random& random, const Clock& clock);
    ~Owner() override;
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;

    core::Client& client() { return m_client; }
    core::Profile& profile() { return m_profile; }
    Random& random() { return m_random; }
    const Clock& clock() const { return m_clock; }
    std::int64_t now() const { return unixMilliseconds(m_clock.wall()); }

    /// Wants the relay from now on. Until then a command costs no socket and no TLS.
    void goOnline();
    /// The same after the account was made anew.
    void goOnlineAgain();
    /// Whether the relay has been tried and could not be reached, or will not be tried any more.
    bool isOfflineForNow() const { return m_offlineForNow; }

    /// Why the relay did not take the account at the last try, if it has said so.
    const std::optional<core::Failure>& registrationRefusal() const { return m_registrationRefusal; }
    void forgetRegistrationRefusal() { m_registrationRefusal.reset(); }

    /// Looks after everything that happened whether the condition has an answer, and gives it to reply, which
    /// comes from the event loop. After the timeout: what onTimeout says. Dropped without a reply when
    /// `holder` ends.
    using Condition = std::function<std::optional<Result<QJsonObject>>()>;
    void waitFor(QObject* holder, Condition condition, std::int64_t timeoutMs,
                 std::function<Result<QJsonObject>()> onTimeout, Reply reply);

    bool isOnline() const { return m_online; }

    /// Ends this process's hold on the profile, soon and from the event loop, by whoever set onLock. False:
    /// nobody did.
    bool lock();
    bool isLocking() const { return m_locking; }
    std::function<void()> onLock;

    /// Events as they happen, from the event loop and never from inside a call to the client.
    void listen(QObject* holder, std::function<void(const core::Event&)> listener);

private:
    struct Wait;
    struct Listener {
        QObject* holder;
        std::function<void(const core::Event&)> call;
    };

    void onEvent(const core::Event& event) override;
    void happened();
    void handOut();
    void look();
    void settle(std::list<Wait>::iterator wait, const Result<QJsonObject>& answer);

    Random& m_random;
    const Clock& m_clock;
    core::Profile m_profile;
    net::ClientEdge m_edge;
    std::vector<core::Event> m_events; ///< not handed out yet
    core::Client m_client;
    bool m_handingOut = false; ///< handOut() is about to run
    bool m_online = false;
    bool m_locking = false;
    bool m_offlineForNow = false;
    std::optional<core::Failure> m_registrationRefusal;
    std::list<Wait> m_waits;
    std::list<Listener> m_listeners;
    QObject m_context;
};

} // namespace sotto::rpc

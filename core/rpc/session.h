// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One caller of an owner: this process itself, or one connection to its socket. Holds the caller's
/// subscriptions; when it ends, they and everything it waits for end too.

#include "core/rpc/job.h"
#include "core/rpc/owner.h"

#include <map>

namespace sotto::rpc {

class Subscription;

class Session {
public:
    using Emit = std::function<void(const QString& subscription, const QJsonObject& event)>;
    /// The owner must outlive the session. sink is called from the event loop.
    Session(Owner& owner, Emit sink);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Runs a method of the table after holding the parameters against its description.
    void call(const std::string& method, const QJsonObject& params, Reply reply);

    Owner& owner() { return m_owner; }
    core::Client& client() { return m_owner.client(); }
    /// Ends with the session: replies that come later hang on it.
    QObject* context() { return &m_context; }

    Subscription& addSubscription(std::unique_ptr<Subscription> subscription);
    /// nullptr when there is none of that name.
    Subscription* subscription(const QString& id);
    void removeSubscription(const QString& id);
    /// Returns the job's id. One at a time is enough for anybody: another one ends the one before.
    QString addJob(std::unique_ptr<Job> job);
    /// nullptr when there is none of that name.
    Job* job(const QString& id) { return m_job && id == m_jobId ? m_job.get() : nullptr; }
    void removeJob() { m_job.reset(); }
    const Emit& emitter() const { return m_emit; }
    QString nextSubscriptionId() { return QStringLiteral("sub_%1").arg(++m_lastSubscription); }

private:
    Owner& m_owner;
    Emit m_emit;
    QObject m_context;
    int m_lastSubscription = 0;
    int m_lastJob = 0;
    QString m_jobId;
    std::unique_ptr<Job> m_job;
    std::map<QString, std::unique_ptr<Subscription>> m_subscriptions;
};

/// An owner in this process, seen as a channel.
class LocalChannel final : public Channel {
public:
    explicit LocalChannel(Owner& owner)
        : m_session(owner, [this](const QString& subscription, const QJsonObject& event) {
            if (onEvent) {
                onEvent(subscription, event);
            }
        }) {}
    void call(const std::string& method, const QJsonObject& params, Reply reply) override {
        m_session.call(method, params, std::move(reply));
    }

private:
    Session m_session;
};

} // namespace sotto::rpc

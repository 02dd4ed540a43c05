// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/session.h"

#include "core/rpc/method_table.h"
#include "core/rpc/subscription.h"

namespace sotto::rpc {

Session::Session(Owner& owner, Emit sink)
    : m_owner(owner)
    , m_emit(std::move(sink)) {}

Session::~Session() = default;

void Session::call(const std::string& name, const QJsonObject& params, Reply reply) {
    const Method* method = findMethod(name);
    if (method == nullptr) {
        reply(fail(Exit::Usage, "unknown_method", "there is no method '" + name + "'"));
        return;
    }
    if (const auto error = checkParams(*method, params)) {
        reply(tl::unexpected(*error));
        return;
    }
    method->run(*this, params, std::move(reply));
}

Subscription& Session::addSubscription(std::unique_ptr<Subscription> subscription) {
    Subscription& added = *subscription;
    m_subscriptions[added.id()] = std::move(subscription);
    return added;
}

Subscription* Session::subscription(const QString& id) {
    const auto found = m_subscriptions.find(id);
    return found == m_subscriptions.end() ? nullptr : found->second.get();
}

void Session::removeSubscription(const QString& id) {
    m_subscriptions.erase(id);
}

QString Session::addJob(std::unique_ptr<Job> job) {
    m_job = std::move(job);
    m_jobId = QStringLiteral("job_%1").arg(++m_lastJob);
    return m_jobId;
}

} // namespace sotto::rpc

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One run of `sotto recv`: a subscription whose messages are printed or handed to a program, one after the
/// other, and acknowledged when that is done. Outlives owners: when the one it reads from ends, it becomes
/// the owner or finds the next one.

#include "cli/context.h"

#include <QEventLoop>
#include <QProcess>
#include <QStringList>
#include <QTimer>
#include <deque>

namespace sotto::cli {

class Receiving {
public:
    struct Options {
        std::string reader = "default";
        bool follow = false;
        std::string since;
        std::string ack = "auto";
        std::string exec;
        std::size_t most = 0;        ///< 0: no end
        std::int64_t timeoutMs = -1; ///< < 0: none given
        QStringList types;
        bool markRead = false;
    };

    Receiving(Context& context, const Options& options);
    /// Until everything asked for is there, the time is over, or a signal came.
    rpc::Exit run();

private:
    rpc::Result<void> begin();
    void onEvent(const QString& subscription, const QJsonObject& event);
    void handleNext();
    void hand(const QJsonObject& message);
    void handled(const QJsonObject& message);
    void acknowledge();
    void markRead(const QJsonObject& message);
    void end(rpc::Exit exit);
    bool isEndless() const { return m_options.follow || m_options.most > 0; }

    Context& m_context;
    Options m_options;
    QStringList m_command; ///< of --exec, in words
    QEventLoop m_loop;
    QTimer m_deadline;
    std::unique_ptr<QProcess> m_process;
    QString m_subscription;
    std::string m_lastCursor; ///< of the last message handled, for the next subscription
    std::string m_unackedCursor;
    bool m_ackSoon = false;
    std::deque<QJsonObject> m_waiting;
    std::size_t m_count = 0;
    bool m_ownerGone = false;
    std::optional<rpc::Exit> m_exit;
    std::optional<rpc::Error> m_catchUpError;
};

} // namespace sotto::cli

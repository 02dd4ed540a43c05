// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/receiving.h"

#include "cli/escape.h"
#include "cli/message_text.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <csignal>

namespace sotto::cli {

namespace {

/// How long a recv that does not stay gives the relay to hand over what waits there.
constexpr qint64 kCatchUpMs = 10'000;

QString qtext(const std::string& text) {
    return QString::fromStdString(text);
}

} // namespace

Receiving::Receiving(Context& context, const Options& options)
    : m_context(context)
    , m_options(options) {
    m_deadline.setSingleShot(true);
    QObject::connect(&m_deadline, &QTimer::timeout, &m_loop, [this] {
        if (m_options.most > 0 && m_count < m_options.most) {
            end(m_context.out().error({rpc::Exit::TimedOut,
                                       "timed_out",
                                       "received " + std::to_string(m_count) + " of " +
                                           std::to_string(m_options.most) + " messages in the given time",
                                       {}}));
        } else {
            end(rpc::Exit::Done);
        }
    });
}

rpc::Exit Receiving::run() {
    Output& out = m_context.out();
    if (!m_options.exec.empty()) {
        m_command = QProcess::splitCommand(qtext(m_options.exec));
        if (m_command.isEmpty()) {
            return out.error({rpc::Exit::Usage, "usage", "--exec names no program", {}});
        }
    }
    // A reader that went away is a failed write, after which nothing is acknowledged any more.
    std::signal(SIGPIPE, SIG_IGN);
    if (m_options.timeoutMs >= 0 && isEndless()) {
        m_deadline.start(std::chrono::milliseconds(m_options.timeoutMs));
    }
    while (!m_exit && m_context.interrupts().caught() == 0) {
        m_ownerGone = false;
        if (const auto begun = begin(); !begun) {
            if (begun.error().code == "owner_gone") {
                m_context.forgetProfile();
                continue;
            }
            if (begun.error().exit == rpc::Exit::Interrupted) {
                break;
            }
            return out.error(begun.error());
        }
        if (!m_exit && !m_ownerGone) {
            m_loop.exec();
        }
        if (m_ownerGone && !m_exit) {
            m_waiting.clear(); // not acknowledged: the next owner hands them out again
            m_context.forgetProfile();
        } else if (!m_exit) {
            break; // a signal
        }
    }
    if (!m_exit) {
        acknowledge();
        // Asked to end by whoever started it, or stopped by a person.
        return m_context.interrupts().caught() == SIGTERM ? rpc::Exit::Done : rpc::Exit::Interrupted;
    }
    if (*m_exit == rpc::Exit::Done && m_catchUpError) {
        return out.error(*m_catchUpError);
    }
    return *m_exit;
}

rpc::Result<void> Receiving::begin() {
    if (isEndless()) {
        if (const auto account = m_context.call("whoami", {}); !account) {
            return tl::unexpected(account.error());
        }
        if (const auto connected = m_context.call("relay.connect", {}); !connected) {
            return tl::unexpected(connected.error());
        }
    } else {
        const auto drained = m_context.call(
            "relay.catchup",
            {{"timeout_ms", m_options.timeoutMs >= 0 ? qint64{m_options.timeoutMs} : kCatchUpMs}});
        if (!drained &&
            (drained.error().code == "owner_gone" || drained.error().exit == rpc::Exit::Interrupted ||
             drained.error().exit == rpc::Exit::NotFound)) {
            return tl::unexpected(drained.error());
        }
        if (!drained) {
            m_catchUpError = drained.error(); // what is stored here is shown first
        }
    }
    const auto opened = m_context.profile();
    if (!opened) {
        return tl::unexpected(opened.error());
    }
    rpc::Channel& channel = (*opened)->channel();
    channel.onEvent = [this](const QString& subscription, const QJsonObject& event) {
        onEvent(subscription, event);
    };
    channel.onClosed = [this] {
        m_ownerGone = true;
        m_loop.quit();
    };
    QJsonArray types;
    for (const QString& type : m_options.types) {
        types.append(type);
    }
    if (!isEndless()) {
        types.append("caught_up");
    }
    const std::string since = m_lastCursor.empty() ? m_options.since : m_lastCursor;
    m_subscription.clear();
    const auto subscribed = rpc::await(channel, "subscribe",
                                       {{"as", qtext(m_options.reader)},
                                        {"since", qtext(since)},
                                        {"types", types},
                                        {"ack", qtext(m_options.ack)}});
    if (!subscribed) {
        return tl::unexpected(subscribed.error());
    }
    m_subscription = (*subscribed)["id"].toString();
    return {};
}

void Receiving::onEvent(const QString&, const QJsonObject& event) {
    m_waiting.push_back(event);
    if (!m_process) {
        handleNext();
    }
}

void Receiving::handleNext() {
    while (!m_waiting.empty() && !m_process && !m_exit && m_context.interrupts().caught() == 0) {
        const QJsonObject event = m_waiting.front();
        m_waiting.pop_front();
        const QString type = event["type"].toString();
        if (type == "caught_up") {
            end(rpc::Exit::Done);
        } else if (type == "message") {
            hand(event);
        } else if (m_context.out().isJson()) {
            m_context.out().object(event);
        } else {
            // For people one line will do; scripts take --json.
            m_context.out().line("[" + type.toStdString() + "] " +
                                 escaped(QJsonDocument(event).toJson(QJsonDocument::Compact).toStdString()));
        }
    }
}

void Receiving::hand(const QJsonObject& message) {
    if (m_command.isEmpty()) {
        printMessage(m_context.out(), message);
        handled(message);
        return;
    }
    m_process = std::make_unique<QProcess>();
    m_process->setProcessChannelMode(QProcess::ForwardedChannels);
    const auto finish = [this, message](bool ok, const QString& how) {
        m_process.release()->deleteLater();
        if (ok) {
            handled(message);
            handleNext();
            return;
        }
        end(m_context.out().error({rpc::Exit::Partial,
                                   "exec_failed",
                                   "stopped: " + m_command.first().toStdString() + " " + how.toStdString() +
                                       " for " + message["id"].toString().toStdString() +
                                       "; the message counts as not received and comes again",
                                   {}}));
    };
    QObject::connect(m_process.get(), &QProcess::finished, m_process.get(),
                     [finish](int code, QProcess::ExitStatus status) {
                         finish(status == QProcess::NormalExit && code == 0,
                                status == QProcess::NormalExit ? QStringLiteral("ended with %1").arg(code)
                                                               : QStringLiteral("was killed"));
                     });
    QObject::connect(m_process.get(), &QProcess::errorOccurred, m_process.get(),
                     [this, finish](QProcess::ProcessError error) {
                         if (error == QProcess::FailedToStart) {
                             finish(false, "cannot be started: " + m_process->errorString());
                         }
                     });
    m_process->start(m_command.first(), m_command.mid(1));
    m_process->write(QJsonDocument(message).toJson(QJsonDocument::Compact) + '\n');
    m_process->closeWriteChannel();
}

void Receiving::handled(const QJsonObject& message) {
    if (!m_context.out().isWhole()) {
        end(rpc::Exit::Internal); // nobody reads what we print: nothing more is done
        return;
    }
    m_lastCursor = message["cursor"].toString().toStdString();
    m_unackedCursor = m_lastCursor;
    ++m_count;
    if (m_options.markRead && message["direction"] == QJsonValue("in")) {
        markRead(message);
    }
    if (m_options.most > 0 && m_count >= m_options.most) {
        end(rpc::Exit::Done);
        return;
    }
    if (m_options.exec.empty() && !m_ackSoon) {
        // One write to the database for a burst, not one a message.
        m_ackSoon = true;
        QTimer::singleShot(0, &m_loop, [this] {
            m_ackSoon = false;
            acknowledge();
        });
    } else if (!m_options.exec.empty()) {
        acknowledge();
    }
}

void Receiving::acknowledge() {
    if (m_unackedCursor.empty() || m_subscription.isEmpty() || m_ownerGone) {
        return;
    }
    const auto opened = m_context.profile();
    if (opened) {
        (*opened)->channel().call(
            "ack", {{"subscription", m_subscription}, {"cursor", qtext(std::exchange(m_unackedCursor, {}))}},
            [this](const rpc::Result<QJsonObject>& done) {
                if (!done && done.error().code != "owner_gone") {
                    end(m_context.out().error(done.error()));
                }
            });
    }
}

void Receiving::markRead(const QJsonObject& message) {
    const auto opened = m_context.profile();
    if (opened) {
        (*opened)->channel().call("conv.read",
                                  {{"target", message["conversation"]}, {"cursor", message["cursor"]}},
                                  [this](const rpc::Result<QJsonObject>& done) {
                                      if (!done && done.error().code != "owner_gone") {
                                          m_context.out().note("sotto: " + escaped(done.error().text));
                                      }
                                  });
    }
}

void Receiving::end(rpc::Exit exit) {
    if (!m_exit) {
        m_exit = exit;
        acknowledge();
    }
    m_loop.quit();
}

} // namespace sotto::cli

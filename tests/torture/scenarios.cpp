// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/scenario.h"

#include <QFile>
#include <csignal>
#include <stdexcept>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace sotto::torture {

namespace {

using test::Person;

const QStringList kReceive = {"--json", "recv", "--types", "message,alarm,key_change"};

QString messageId(qint64 number) {
    return QString("msg_%1").arg(number, 32, 16, QChar('0'));
}

/// Alice, Bob and the messages between them, with a file that collects what Bob's processes print in one
/// round.
class TwoPeople : public Scenario {
public:
    explicit TwoPeople(Findings& findings, QString where)
        : m_findings(findings)
        , m_where(std::move(where))
        , m_alice(m_cast.person("alice"))
        , m_bob(m_cast.person("bob"))
        , m_printed(m_bob->home() + "/printed")
        , m_lines(m_alice->home() + "/lines") {
        m_alice->must({"contact", "add", "bob"});
        m_bob->must({"contact", "add", "alice"});
        // A session that goes both ways, so that only some scenarios begin one.
        say({numbered("alice", ++m_number)});
        m_bob->must({"recv"});
        m_bob->must({"send", "@alice", "bob 1", "--wait", "relay"});
        m_alice->must({"recv"});
    }

    void finish() override {
        Checker checker(m_findings, m_where);
        checker.delivered({}, Checker::history(*m_alice, "bob"), Checker::history(*m_bob, "alice"), {});
    }

protected:
    QStringList next(int count) {
        QStringList texts;
        for (int i = 0; i < count; ++i) {
            texts.append(numbered("alice", ++m_number));
        }
        return texts;
    }

    void writeLines(const QStringList& texts) {
        QFile::remove(m_lines);
        append(m_lines, (texts.join('\n') + "\n").toUtf8());
    }

    /// Alice says it, and the relay has it.
    void say(const QStringList& texts) {
        writeLines(texts);
        run(sayLaunch());
    }
    Launch sayLaunch() {
        Launch launch = launchFor(*m_alice, {"--json", "send", "@bob", "--lines", "--wait", "relay"});
        launch.in = m_lines.toStdString();
        return launch;
    }

    /// Ends with 0, or that is a violation.
    void run(const Launch& launch, Milliseconds patience = std::chrono::seconds(30)) {
        Process process(launch);
        if (!process.waitForEnd(patience) || process.exitCode() != 0) {
            m_findings.violation("broken",
                                 m_where + ": no recovery: " + QString::fromStdString(launch.arguments[1]) +
                                     " ended with " + QString::number(process.exitCode().value_or(-1)));
        }
    }

    Launch receive(const QStringList& more = {}) {
        Launch launch = launchFor(*m_bob, kReceive + more);
        launch.out = m_printed.toStdString();
        return launch;
    }
    void beginRound(const QStringList& expected) {
        m_expected = expected;
        QFile::remove(m_printed);
        beginRun(m_printed, RunAfter::End);
    }
    /// What is still to come comes, and nothing else has.
    void receiveRest(bool killed) {
        beginRun(m_printed, killed ? RunAfter::Kill : RunAfter::End);
        run(receive());
        Checker(m_findings, m_where).printed(m_expected, m_printed);
    }

    Findings& m_findings;
    const QString m_where;
    Cast m_cast;
    std::unique_ptr<Person> m_alice;
    std::unique_ptr<Person> m_bob;
    QString m_printed;
    QString m_lines;
    QStringList m_expected;
    qint64 m_number = 0;
};

/// Mail waits at the relay.
class ReceiveWaiting final : public TwoPeople {
public:
    using TwoPeople::TwoPeople;
    void prepare() override {
        beginRound(next(3));
        say(m_expected);
    }
    Launch victim() override { return receive(); }
    void recover(const TracedEnd& end) override { receiveRest(end.killed); }
};

/// Mail comes while the connection stands.
class ReceiveLive final : public TwoPeople {
public:
    using TwoPeople::TwoPeople;
    void prepare() override {
        beginRound(next(3));
        writeLines(m_expected);
    }
    Launch victim() override { return receive({"--max", "3", "--timeout", "20s"}); }
    void begun(const Process&) override { m_sender = std::make_unique<Process>(sayLaunch()); }
    void recover(const TracedEnd& end) override {
        if (!m_sender->waitForEnd(std::chrono::seconds(30)) || m_sender->exitCode() != 0) {
            m_findings.violation("broken", m_where + ": the sender did not end");
        }
        receiveRest(end.killed);
    }

private:
    std::unique_ptr<Process> m_sender;
};

/// Mail waits, and its sender is told that it was read.
class ReceiveAndMarkRead final : public TwoPeople {
public:
    using TwoPeople::TwoPeople;
    void prepare() override {
        beginRound(next(2));
        say(m_expected);
    }
    Launch victim() override { return receive({"--mark-read"}); }
    void recover(const TracedEnd& end) override { receiveRest(end.killed); }
};

/// A send under an id of its own: whoever does not know what became of it repeats it.
class SendById : public TwoPeople {
public:
    SendById(Findings& findings, const QString& where, QStringList options)
        : TwoPeople(findings, where)
        , m_options(std::move(options)) {}
    void prepare() override { beginRound(next(1)); }
    Launch victim() override {
        return launchFor(
            *m_alice, QStringList{"--json", "send", "--id", messageId(m_number), "@bob", m_expected.first()} +
                          m_options);
    }
    void recover(const TracedEnd&) override {
        run(launchFor(*m_alice, {"--json", "send", "--id", messageId(m_number), "@bob", m_expected.first(),
                                 "--wait", "relay"}));
        receiveRest(false);
    }

private:
    QStringList m_options;
};

/// Lines of a stream, whose ids nobody knew before: after a crash the history says which were taken.
class SendLines final : public TwoPeople {
public:
    using TwoPeople::TwoPeople;
    void prepare() override {
        beginRound(next(3));
        writeLines(m_expected);
    }
    Launch victim() override {
        Launch launch = launchFor(*m_alice, {"--json", "send", "@bob", "--lines"});
        launch.in = m_lines.toStdString();
        return launch;
    }
    void recover(const TracedEnd&) override {
        QStringList left = m_expected;
        for (const Entry& entry : Checker::newest(*m_alice, "bob", 10)) {
            left.removeAll(entry.text);
        }
        // One more, which cannot pass those that were queued before the crash.
        const QStringList more = next(1);
        m_expected += more;
        say(left + more);
        receiveRest(false);
    }
};

/// Somebody waits until it has arrived.
class SendUntilDelivered final : public TwoPeople {
public:
    using TwoPeople::TwoPeople;
    void prepare() override {
        beginRound(next(1));
        m_owner = std::make_unique<Process>(receive({"--follow"}));
    }
    Launch victim() override {
        return launchFor(*m_alice, {"--json", "send", "--id", messageId(m_number), "@bob", m_expected.first(),
                                    "--wait", "delivered", "--timeout", "20s"});
    }
    void recover(const TracedEnd&) override {
        run(victim());
        m_owner->signal(SIGTERM);
        if (!m_owner->waitForEnd(std::chrono::seconds(10)) || m_owner->exitCode() != 0) {
            m_findings.violation("broken", m_where + ": the recipient does not end cleanly");
        }
        receiveRest(false);
    }

private:
    std::unique_ptr<Process> m_owner;
};

/// Somebody new writes for the first time; the writer is interrupted.
class FirstContactSend final : public TwoPeople {
public:
    using TwoPeople::TwoPeople;
    void prepare() override {
        const QString name = QString("first%1").arg(++m_people);
        m_stranger = m_cast.person(name);
        m_stranger->must({"contact", "add", "bob"});
        beginRound({numbered(name, 1)});
    }
    Launch victim() override {
        return launchFor(*m_stranger, {"--json", "send", "--id", messageId(1), "@bob", m_expected.first(),
                                       "--wait", "relay"});
    }
    void recover(const TracedEnd&) override {
        run(victim());
        receiveRest(false);
        Checker(m_findings, m_where)
            .delivered({m_expected}, Checker::history(*m_stranger, "bob"),
                       Checker::history(*m_bob, m_stranger->name()), m_printed);
    }
    void finish() override {}

private:
    std::unique_ptr<Person> m_stranger;
    int m_people = 0;
};

/// The same; the reader is interrupted.
class FirstContactReceive final : public TwoPeople {
public:
    using TwoPeople::TwoPeople;
    void prepare() override {
        const QString name = QString("first%1").arg(++m_people);
        m_stranger = m_cast.person(name);
        m_stranger->must({"contact", "add", "bob"});
        beginRound({numbered(name, 1)});
        m_stranger->must({"send", "@bob", m_expected.first(), "--wait", "relay"});
    }
    Launch victim() override { return receive(); }
    void recover(const TracedEnd& end) override {
        receiveRest(end.killed);
        Checker(m_findings, m_where)
            .delivered({m_expected}, Checker::history(*m_stranger, "bob"),
                       Checker::history(*m_bob, m_stranger->name()), m_printed);
    }
    void finish() override {}

private:
    std::unique_ptr<Person> m_stranger;
    int m_people = 0;
};

/// A name stands for another key, and the new one is accepted.
class KeyChange final : public TwoPeople {
public:
    using TwoPeople::TwoPeople;
    void prepare() override {
        m_name = QString("changed%1").arg(++m_people);
        m_before = m_cast.person(m_name);
        m_alice->must({"contact", "add", m_name});
        m_alice->must({"send", "@" + m_name, "to the one before", "--wait", "relay"});
        m_cast.changeRelay(
            QString("UPDATE account SET name = 'gone%1' WHERE name = '%2'").arg(m_people).arg(m_name));
        m_after = m_cast.person(m_name);
        m_alice->must({"contact", "add", m_name}, 4);
    }
    Launch victim() override { return launchFor(*m_alice, {"--json", "contact", "trust", "@" + m_name}); }
    void recover(const TracedEnd&) override {
        const test::Outcome again = m_alice->json({"contact", "trust", "@" + m_name});
        if (again.exit != 0 && again.exit != 2) { // 2: nothing is left to accept
            m_findings.violation("broken", m_where + ": " + again.toString());
        }
        const QString text = numbered("alice", ++m_number);
        run(launchFor(*m_alice, {"--json", "send", "--id", messageId(m_number), "@" + m_name, text, "--wait",
                                 "relay"}));
        const test::Outcome got = m_after->json({"recv"});
        if (got.objects().size() != 1 || got.objects().first()["text"].toString() != text) {
            m_findings.violation("lost", m_where + ": after the change: " + got.toString());
        }
        const test::Outcome old = m_before->json({"recv"});
        if (old.objects().size() != 1) {
            m_findings.violation("broken", m_where + ": the one before: " + old.toString());
        }
    }
    void finish() override {}

private:
    QString m_name;
    std::unique_ptr<Person> m_before;
    std::unique_ptr<Person> m_after;
    int m_people = 0;
};

/// The relay is the one that is interrupted, while people do something with it; it comes back at once, and
/// they get on by themselves.
class RelayServes : public TwoPeople {
public:
    using TwoPeople::TwoPeople;
    ~RelayServes() override { join(); }
    void prepare() override {
        m_cast.relay().terminate();
        begin();
    }
    Launch victim() override { return m_cast.relayLaunch(); }
    void begun(const Process& process) override {
        m_relay = static_cast<int>(::syscall(SYS_pidfd_open, process.pid(), 0));
        m_players = std::thread([this] {
            try {
                play();
            } catch (const std::exception& error) {
                m_problem = error.what();
            }
            ::syscall(SYS_pidfd_send_signal, m_relay, SIGTERM, nullptr, 0); // whoever was killed is not hit
        });
    }
    void recover(const TracedEnd&) override {
        m_cast.relay().start();
        join();
        if (!m_problem.empty()) {
            m_findings.violation("broken", m_where + ": " + QString::fromStdString(m_problem));
        }
        check();
    }

protected:
    /// While there is no relay.
    virtual void begin() = 0;
    /// In another thread, with a relay that ends somewhere and comes back.
    virtual void play() = 0;
    virtual void check() = 0;
    /// Ends with 0, or play() ends here.
    static void finish(const Launch& launch) {
        Process process(launch);
        if (!process.waitForEnd(std::chrono::seconds(60)) || process.exitCode() != 0) {
            throw std::runtime_error(launch.arguments[1] + " ended with " +
                                     std::to_string(process.exitCode().value_or(-1)));
        }
    }

private:
    void join() {
        if (m_players.joinable()) {
            m_players.join();
            ::close(m_relay);
        }
    }

    std::thread m_players;
    std::string m_problem; ///< the players' until they are joined
    int m_relay = -1;
};

/// It stores and hands out mail.
class RelayForwards final : public RelayServes {
public:
    using RelayServes::RelayServes;

private:
    void begin() override {
        beginRound(next(3));
        writeLines(m_expected);
    }
    void play() override {
        Launch say = sayLaunch();
        say.arguments.insert(say.arguments.end(), {"--timeout", "50s"});
        finish(say);
        finish(receive({"--max", "3", "--timeout", "50s"}));
    }
    void check() override { receiveRest(false); }
};

/// It takes an account, prekeys and the first message of a session.
class RelayRegisters final : public RelayServes {
public:
    using RelayServes::RelayServes;
    void finish() override {}

private:
    void begin() override {
        const QString name = QString("first%1").arg(++m_people);
        m_stranger = std::make_unique<Person>(name);
        beginRound({numbered(name, 1)});
    }
    void play() override {
        // What a person does who reads "cannot reach the relay".
        const auto until = [this](const QStringList& words) {
            test::Outcome outcome;
            for (int i = 0; i < kTries && outcome.exit != 0; ++i) {
                outcome = m_stranger->run(words);
            }
            if (outcome.exit != 0) {
                throw std::runtime_error(words.join(' ').toStdString() + ": " +
                                         outcome.toString().toStdString());
            }
        };
        until({"account", "new", "--name", m_stranger->name(), "--link", m_cast.joinLink(), "--key-file"});
        until({"contact", "add", "bob"});
        until({"send", "--id", messageId(1), "@bob", m_expected.first(), "--wait", "relay", "--timeout",
               "20s"});
    }
    void check() override {
        receiveRest(false);
        Checker(m_findings, m_where)
            .delivered({m_expected}, Checker::history(*m_stranger, "bob"),
                       Checker::history(*m_bob, m_stranger->name()), m_printed);
    }

    static constexpr int kTries = 5;
    std::unique_ptr<Person> m_stranger;
    int m_people = 0;
};

template <class Made>
ScenarioEntry entry(const char* name) {
    return {name, [name](Findings& findings) { return std::make_unique<Made>(findings, name); }};
}
template <class Made>
ScenarioEntry relayEntry(const char* name) {
    return {name, [name](Findings& findings) { return std::make_unique<Made>(findings, name); }, true};
}
ScenarioEntry sendEntry(const char* name, const QStringList& options) {
    return {name, [name, options](Findings& findings) {
                return std::make_unique<SendById>(findings, name, options);
            }};
}

} // namespace

const std::vector<ScenarioEntry>& scenarios() {
    static const std::vector<ScenarioEntry> kAll = {
        entry<ReceiveWaiting>("receive-waiting"),
        entry<ReceiveLive>("receive-live"),
        entry<ReceiveAndMarkRead>("receive-mark-read"),
        sendEntry("send-relay", {"--wait", "relay"}),
        sendEntry("send-queued", {"--no-push"}),
        entry<SendLines>("send-lines"),
        entry<SendUntilDelivered>("send-delivered"),
        entry<FirstContactSend>("first-contact-send"),
        entry<FirstContactReceive>("first-contact-receive"),
        entry<KeyChange>("key-change"),
        relayEntry<RelayForwards>("relay-forwards"),
        relayEntry<RelayRegisters>("relay-registers"),
    };
    return kAll;
}

} // namespace sotto::torture

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/cast.h"
#include "tests/torture/checker.h"
#include "tests/torture/dice.h"
#include "tests/torture/parts.h"

#include <QFile>
#include <cstdio>

namespace sotto::torture {

namespace {

using test::Person;

constexpr int kMessages = 3;
constexpr auto kPatience = std::chrono::seconds(60);
/// A session may be lost, and its successor too; more than that is no bad luck.
constexpr int kTries = 4;

class Cuts {
public:
    Cuts(const Arguments& arguments, Findings& findings)
        : m_arguments(arguments)
        , m_findings(findings)
        , m_dice(arguments.seed)
        , m_proxy(arguments.proxyPort)
        , m_cast(&m_proxy)
        , m_alice(m_cast.person("alice"))
        , m_bob(m_cast.person("bob"))
        , m_lines(m_alice->home() + "/lines")
        , m_printed(m_bob->home() + "/printed") {
        m_alice->must({"contact", "add", "bob"});
        m_bob->must({"contact", "add", "alice"});
    }

    void run() {
        // How long a session is without a cut: twice, since the first one also begins the session of two
        // devices.
        std::uint64_t sendBytes = 0;
        std::uint64_t receiveBytes = 0;
        for (int i = 0; i < 2; ++i) {
            play([] {}, [] {});
            receiveBytes = m_proxy.lastBytes();
            play([] {}, [&] { sendBytes = m_proxy.lastBytes(); });
        }
        std::fprintf(stderr, "  a session has %llu bytes when it sends, %llu when it receives\n",
                     static_cast<unsigned long long>(sendBytes),
                     static_cast<unsigned long long>(receiveBytes));
        const std::uint64_t each = (m_arguments.cuts + 1) / 2;
        for (std::uint64_t i = 0; i < m_arguments.cuts && m_findings.isClean(); ++i) {
            const bool sending = i % 2 == 0;
            const std::uint64_t whole = sending ? sendBytes : receiveBytes;
            // Evenly over the session, and a little off, so that another seed meets other bytes.
            LinkPlan plan;
            plan.endAfter = whole * (i / 2) / each + m_dice.below(whole / each + 1);
            plan.silence = std::chrono::milliseconds(200);
            constexpr LinkPlan::End kEnds[] = {LinkPlan::End::Close, LinkPlan::End::Reset,
                                               LinkPlan::End::BlackHole, LinkPlan::End::HalfOpen};
            plan.end = kEnds[m_dice.below(4)];
            plan.slice = m_dice.below(8) == 0;
            const auto cut = [&] {
                m_proxy.plan(
                    [plan, used = false]() mutable { return std::exchange(used, true) ? LinkPlan{} : plan; });
            };
            const auto none = [] {};
            sending ? play(cut, none) : play(none, cut);
            m_findings.count("cuts");
            if (!m_findings.isClean()) {
                m_findings.violation(
                    "broken", QString("the cut was after %1 of %2 bytes").arg(plan.endAfter).arg(whole));
            }
        }
        Checker(m_findings, "cuts")
            .delivered({}, Checker::history(*m_alice, "bob"), Checker::history(*m_bob, "alice"), {});
    }

private:
    template <class BeforeSend, class BeforeReceive>
    void play(BeforeSend beforeSend, BeforeReceive beforeReceive) {
        QStringList texts;
        for (int i = 0; i < kMessages; ++i) {
            texts.append(numbered("alice", ++m_number));
        }
        QFile::remove(m_lines);
        append(m_lines, (texts.join('\n') + "\n").toUtf8());
        QFile::remove(m_printed);
        beforeSend();
        Launch send = launchFor(*m_alice, {"--json", "send", "@bob", "--lines", "--wait", "relay"});
        send.in = m_lines.toStdString();
        finish(send, 1);
        beforeReceive();
        Launch receive = launchFor(*m_bob, {"--json", "recv", "--types", "message,alarm,key_change"});
        receive.out = m_printed.toStdString();
        finish(receive, kTries);
        Checker(m_findings, "cuts").printed(texts, m_printed);
    }

    /// Until it ends with 0: what a person does who reads "cannot reach the relay".
    void finish(const Launch& launch, int tries) {
        std::optional<int> exit;
        for (int i = 0; i < tries && exit != 0; ++i) {
            if (!launch.out.ends_with("null")) {
                beginRun(QString::fromStdString(launch.out), RunAfter::End);
            }
            Process process(launch);
            process.waitForEnd(kPatience);
            exit = process.exitCode();
        }
        if (exit != 0) {
            m_findings.violation("broken", "after a cut " + QString::fromStdString(launch.arguments[1]) +
                                               " ends with " + QString::number(exit.value_or(-1)));
        }
    }

    const Arguments& m_arguments;
    Findings& m_findings;
    Dice m_dice;
    FaultProxy m_proxy;
    Cast m_cast;
    std::unique_ptr<Person> m_alice;
    std::unique_ptr<Person> m_bob;
    QString m_lines;
    QString m_printed;
    qint64 m_number = 0;
};

} // namespace

void runCuts(const Arguments& arguments, Findings& findings) {
    Cuts(arguments, findings).run();
}

} // namespace sotto::torture

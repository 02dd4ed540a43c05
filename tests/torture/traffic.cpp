// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/actor.h"
#include "tests/torture/dice.h"
#include "tests/torture/parts.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

namespace sotto::torture {

namespace {

using std::chrono::milliseconds;

constexpr qint64 kMessagesPerKill = 50;
constexpr qint64 kBetweenFaultsMs = 60;
constexpr auto kStuck = std::chrono::seconds(120);
constexpr auto kSettle = std::chrono::seconds(300);

/// What a link suffers: most work, some are slow, some end.
LinkPlan badLink(Dice& dice) {
    LinkPlan plan;
    const std::uint64_t kind = dice.below(100);
    plan.latency = milliseconds(kind < 60 ? dice.below(3) : dice.below(30));
    if (kind < 75) {
        return plan;
    }
    if (kind < 80) {
        plan.slice = true;
        return plan;
    }
    plan.endAfter = dice.between(200, 200'000);
    plan.silence = milliseconds(dice.between(200, 2'000));
    plan.end = kind < 87   ? LinkPlan::End::Close
               : kind < 94 ? LinkPlan::End::Reset
               : kind < 97 ? LinkPlan::End::BlackHole
                           : LinkPlan::End::HalfOpen;
    return plan;
}

enum class Fault { KillClient, KillRelay, Stop };

/// Faults in a random order.
std::vector<Fault> faultsOf(const Arguments& arguments, Dice& dice) {
    std::vector<Fault> faults(arguments.kills, Fault::KillClient);
    faults.insert(faults.end(), arguments.relayKills, Fault::KillRelay);
    faults.insert(faults.end(), (arguments.kills + arguments.relayKills) / 8, Fault::Stop);
    for (std::size_t i = faults.size(); i > 1; --i) {
        std::swap(faults[i - 1], faults[dice.below(i)]);
    }
    return faults;
}

class Traffic {
public:
    Traffic(const Arguments& arguments, Findings& findings)
        : m_arguments(arguments)
        , m_findings(findings)
        , m_dice(arguments.seed)
        , m_proxy(arguments.proxyPort)
        , m_cast(&m_proxy, QString::fromStdString(arguments.faults)) {
        const std::array<QString, 3> names = {"alice", "bob", "carol"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            m_actors.push_back(std::make_unique<Actor>(findings, m_cast, names[i],
                                                       names[(i + 1) % names.size()],
                                                       i == 1 ? Actor::Place::Printed : Actor::Place::Kept));
        }
        for (const auto& actor : m_actors) {
            actor->person().must({"contact", "add", actor->peer()});
        }
    }

    void run() {
        m_proxy.plan([dice = Dice(m_arguments.seed + 1)]() mutable { return badLink(dice); });
        QElapsedTimer whole;
        whole.start();
        do {
            round();
        } while (whole.elapsed() < static_cast<qint64>(m_arguments.minutes) * 60'000 && m_findings.isClean());
        settle();
        check();
    }

private:
    void round() {
        std::vector<Fault> faults = faultsOf(m_arguments, m_dice);
        const std::uint64_t messages = m_arguments.messages != 0
                                           ? m_arguments.messages
                                           : std::max<std::size_t>(1, faults.size()) * kMessagesPerKill;
        const qint64 before = confirmed();
        for (std::size_t i = 0; i < m_actors.size(); ++i) {
            m_actors[i]->add(messages / m_actors.size() + (i < messages % m_actors.size() ? 1 : 0));
        }
        const double spacing = static_cast<double>(messages) / static_cast<double>(faults.size() + 1);
        QDeadlineTimer stuck(kStuck);
        QElapsedTimer sinceFault;
        sinceFault.start();
        std::size_t done = 0;
        qint64 last = before;
        while (done < faults.size() || !allSaid()) {
            tend();
            const qint64 now = confirmed();
            if (now != last) {
                last = now;
                stuck = QDeadlineTimer(kStuck);
            } else if (stuck.hasExpired()) {
                m_findings.violation("broken", "nobody gets on: " + m_actors.front()->errors());
                return;
            }
            const bool due = static_cast<double>(now - before) >= spacing * static_cast<double>(done + 1);
            if (done < faults.size() && (due || allSaid()) && sinceFault.elapsed() >= kBetweenFaultsMs) {
                inflict(faults[done++]);
                sinceFault.restart();
                if (done % 50 == 0) {
                    std::fprintf(stderr, "  %zu of %zu faults, %lld messages said\n", done, faults.size(),
                                 static_cast<long long>(now));
                }
            }
            std::this_thread::sleep_for(milliseconds(3));
        }
        m_findings.count("messages", confirmed() - before);
    }

    qint64 confirmed() const {
        qint64 sum = 0;
        for (const auto& actor : m_actors) {
            sum += actor->confirmed();
        }
        return sum;
    }
    bool allSaid() const {
        return std::all_of(m_actors.begin(), m_actors.end(),
                           [](const auto& actor) { return actor->hasSaidAll(); });
    }

    void tend() {
        if (m_stopped && m_resumeAt.hasExpired()) {
            resume();
        }
        // Nobody is looked after meanwhile: it would be waited for.
        if (!m_stopped) {
            for (const auto& actor : m_actors) {
                actor->tend();
            }
        }
    }

    void inflict(Fault fault) {
        resume();
        switch (fault) {
        case Fault::KillClient: {
            Actor& actor = *m_actors[m_dice.below(m_actors.size())];
            if (m_dice.below(2) == 0 || !actor.killSender()) {
                actor.killReader();
            }
            m_findings.count("kills");
            return;
        }
        case Fault::KillRelay:
            m_cast.relay().kill();
            if (m_dice.below(4) == 0) { // long enough that clients notice
                std::this_thread::sleep_for(milliseconds(m_dice.between(100, 600)));
            }
            m_cast.relay().start();
            m_findings.count("relay_kills");
            return;
        case Fault::Stop: {
            const std::uint64_t who = m_dice.below(m_actors.size() + 1);
            m_stopped = who == m_actors.size() ? static_cast<pid_t>(m_cast.relay().pid())
                                               : m_actors[who]->reader()->pid();
            ::kill(*m_stopped, SIGSTOP);
            m_resumeAt =
                QDeadlineTimer(milliseconds(m_dice.between(50, m_arguments.minutes > 0 ? 20'000 : 800)));
            m_findings.count("stops");
            return;
        }
        }
    }

    void resume() {
        if (m_stopped) {
            ::kill(*m_stopped, SIGCONT);
            m_stopped.reset();
        }
    }

    /// No more faults: now everything has to come.
    void settle() {
        resume();
        m_proxy.plan({});
        QElapsedTimer timer;
        timer.start();
        QDeadlineTimer deadline(kSettle);
        const auto arrived = [this] {
            if (!std::all_of(m_actors.begin(), m_actors.end(),
                             [](const auto& actor) { return actor->isOnline(); })) {
                return false;
            }
            for (std::size_t i = 0; i < m_actors.size(); ++i) {
                Actor& recipient = *m_actors[(i + 1) % m_actors.size()];
                if (recipient.printed() < m_actors[i]->confirmed()) {
                    return false;
                }
            }
            return true;
        };
        while (!arrived() && !deadline.hasExpired()) {
            tend();
            std::this_thread::sleep_for(milliseconds(20));
        }
        // The relay's last answers may still be under way to the senders.
        const auto answered = [](const auto& actor) { return actor->isAnswered(); };
        while (!std::all_of(m_actors.begin(), m_actors.end(), answered) && !deadline.hasExpired()) {
            std::this_thread::sleep_for(milliseconds(100));
        }
        std::fprintf(stderr, "  settled after %lld ms\n", static_cast<long long>(timer.elapsed()));
        m_findings.set("settle_ms", timer.elapsed());
    }

    void check() {
        for (const auto& actor : m_actors) {
            actor->end();
        }
        for (std::size_t i = 0; i < m_actors.size(); ++i) {
            const Actor& sender = *m_actors[i];
            const Actor& recipient = *m_actors[(i + 1) % m_actors.size()];
            Checker checker(m_findings, sender.name() + " to " + recipient.name());
            if (!m_arguments.faults.empty()) {
                checker.allowLateArrivals();
            }
            checker.delivered(sender.said(), Checker::history(sender.person(), recipient.name()),
                              Checker::history(recipient.person(), sender.name()), recipient.printedPath());
        }
    }

    const Arguments& m_arguments;
    Findings& m_findings;
    Dice m_dice;
    FaultProxy m_proxy;
    Cast m_cast;
    std::vector<std::unique_ptr<Actor>> m_actors;
    std::optional<pid_t> m_stopped; ///< not reaped before it goes on: tend() leaves it alone
    QDeadlineTimer m_resumeAt;
};

} // namespace

void runTraffic(const Arguments& arguments, Findings& findings) {
    Traffic(arguments, findings).run();
}

} // namespace sotto::torture

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/torture/cast.h"
#include "tests/torture/checker.h"
#include "tests/torture/parts.h"

#include <QDir>
#include <QFile>
#include <filesystem>
#include <stdexcept>

namespace sotto::torture {

namespace {

using test::Person;
namespace fs = std::filesystem;

constexpr auto kPatience = std::chrono::seconds(60);
constexpr int kTexts = 3; ///< in each stretch of a story

/// Somebody who listens until the object ends.
class Listener {
public:
    explicit Listener(const Person& person)
        : m_process(launchFor(person, {"--json", "recv", "--follow"})) {}
    ~Listener() {
        m_process.signal(SIGTERM);
        m_process.waitForEnd(kPatience);
    }

private:
    Process m_process;
};

class Restores {
public:
    explicit Restores(Findings& findings)
        : m_findings(findings)
        , m_alice(m_cast.person("alice")) {}

    /// Mail is stored and fetched, mail is stored and waits; then the relay is what it was before.
    void restoreRelay(int round) {
        const QString where = QString("relay restore %1").arg(round);
        const auto bob = friendOf("relay", round);
        const QString file = m_backups.filePath(QString::number(round));
        const QString data = m_cast.relay().directory() + "/relay";
        QStringList expected = say(*m_alice, *bob, "before it");
        runRelay({"backup", "--to", file, "--data", data}); // while it runs
        bob->must({"recv"});
        expected += say(*m_alice, *bob, "fetched");
        bob->must({"recv"});
        m_alice->must({"recv"});
        expected += say(*m_alice, *bob, "waiting");
        m_cast.relay().kill();
        runRelay({"restore", "--from", file, "--data", data});
        m_cast.relay().start();
        {
            const Listener atAlice(*m_alice);
            const Listener atBob(*bob);
            expected += say(*m_alice, *bob, "after it");
            await(where, *bob, *m_alice, expected);
        }
        check(where, *bob, *m_alice, expected);
        m_findings.count("relay_restores");
    }

    /// What was written and read since the copy is not in it; the others still have it.
    void restoreClient(int round) {
        const QString where = QString("client restore %1").arg(round);
        const auto bob = friendOf("client", round);
        QStringList atAlice = say(*bob, *m_alice, "before it");
        QStringList atBob = say(*m_alice, *bob, "before it");
        bob->must({"recv"});
        m_alice->must({"recv"});
        const fs::path profile = bob->profile().toStdString();
        const fs::path copy = m_backups.filePath(bob->name()).toStdString();
        fs::copy(profile, copy, fs::copy_options::recursive);
        atAlice += say(*bob, *m_alice, "lost at bob");
        atBob += say(*m_alice, *bob, "lost at bob");
        bob->must({"recv"});
        m_alice->must({"recv"});
        atBob += say(*m_alice, *bob, "under way");
        if (round % 2 == 0) {
            fs::remove_all(profile);
            fs::copy(copy, profile, fs::copy_options::recursive);
        } else {
            // A backup of the one file that seems to matter.
            for (const char* name : {"history.db", "history.db-wal", "history.db-shm"}) {
                fs::remove(profile / name);
            }
            fs::copy(copy / "history.db", profile / "history.db");
        }
        {
            const Listener listening(*m_alice);
            const Listener restored(*bob);
            atAlice += say(*bob, *m_alice, "from the restored one");
            atBob += say(*m_alice, *bob, "to the restored one");
            await(where, *m_alice, *bob, atAlice);
            // What had been confirmed goes out again only with its author's word.
            const bool asked = test::eventually([&] { return held(*m_alice) > 0; });
            if (asked) {
                m_alice->must({"conv", "resend", "@" + bob->name()});
            }
            await(where, *bob, *m_alice, atBob);
        }
        check(where, *m_alice, *bob, atAlice);
        check(where, *bob, *m_alice, atBob);
        m_findings.count("client_restores");
    }

private:
    std::unique_ptr<Person> friendOf(const QString& part, int round) {
        auto bob = m_cast.person(QString("bob-%1-%2").arg(part).arg(round));
        bob->must({"contact", "add", "alice"});
        m_alice->must({"contact", "add", bob->name()});
        say(*bob, *m_alice, "hello");
        m_alice->must({"recv"});
        return bob;
    }

    /// The relay has it, or the command has failed.
    static QStringList say(const Person& from, const Person& to, const QString& what) {
        QStringList texts;
        for (int i = 1; i <= kTexts; ++i) {
            texts.append(numbered(what, i));
            from.must({"send", "@" + to.name(), texts.last(), "--wait", "relay", "--timeout", "30s"});
        }
        return texts;
    }

    static void runRelay(const QStringList& arguments) {
        QProcess process;
        process.start(test::program("sotto-relay"), arguments);
        if (!process.waitForFinished(test::kPatienceMs) || process.exitCode() != 0) {
            throw std::runtime_error("sotto-relay " + arguments.first().toStdString() + ": " +
                                     process.readAllStandardError().toStdString());
        }
    }

    static qint64 held(const Person& person) {
        return person.json({"status"}).objects().first()["resends_held"].toInteger();
    }

    /// Incoming texts, the ones before the story left out.
    static QStringList received(const Person& by, const Person& from) {
        QStringList texts;
        for (const Entry& entry : Checker::history(by, from.name())) {
            if (!entry.outgoing && entry.kind == "text" && !entry.text.startsWith("hello")) {
                texts.append(entry.text);
            }
        }
        return texts;
    }

    void await(const QString& where, const Person& by, const Person& from, const QStringList& expected) {
        if (!test::eventually([&] { return received(by, from).size() >= expected.size(); })) {
            m_findings.violation("lost", where + ": " + by.name() + " has only " +
                                             received(by, from).join(", ").left(300));
        }
    }

    void check(const QString& where, const Person& by, const Person& from, const QStringList& expected) {
        Checker checker(m_findings, where);
        checker.texts(expected, received(by, from));
        for (const Entry& entry : Checker::history(by, from.name())) {
            if (entry.kind == "gap" || entry.kind == "placeholder") {
                m_findings.violation("lost", where + ": a " + entry.kind + " is left at " + by.name());
            }
        }
    }

    Findings& m_findings;
    Cast m_cast;
    QTemporaryDir m_backups;
    std::unique_ptr<Person> m_alice;
};

} // namespace

void runRestores(const Arguments& arguments, Findings& findings) {
    Restores restores(findings);
    for (int round = 1; round <= static_cast<int>(arguments.restores) && findings.isClean(); ++round) {
        restores.restoreRelay(round);
        restores.restoreClient(round);
    }
}

} // namespace sotto::torture

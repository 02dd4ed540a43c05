// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/child_process.h"
#include "tests/torture/cast.h"
#include "tests/torture/checker.h"
#include "tests/torture/parts.h"

#include <QFile>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

namespace sotto::torture {

namespace {

using test::Outcome;
using test::Person;

constexpr const char* kDiskSize = "size=16m";
constexpr std::uint64_t kStep = 8 * 1024; ///< of free space from one level to the next
constexpr int kReadOnlyRounds = 3;

/// A disk of its own at a folder, in this process's mount namespace.
class SmallDisk {
public:
    explicit SmallDisk(const QString& path)
        : m_path(path.toStdString()) {
        if (::mount("tmpfs", m_path.c_str(), "tmpfs", 0, kDiskSize) != 0) {
            throw std::runtime_error(std::string("cannot mount a tmpfs: ") + std::strerror(errno));
        }
    }
    ~SmallDisk() { ::umount2(m_path.c_str(), MNT_DETACH); }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    /// Leaves so many bytes.
    void fill(std::uint64_t left) const {
        struct statvfs disk {};
        ::statvfs(m_path.c_str(), &disk);
        const std::uint64_t available = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
        const int file = ::open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0 ||
            (available > left && ::posix_fallocate(file, 0, static_cast<off_t>(available - left)) != 0)) {
            throw std::runtime_error("cannot fill a disk");
        }
        ::close(file);
    }
    void makeRoom() const { ::unlink(filler().c_str()); }
    void setReadOnly(bool readOnly) const {
        if (::mount(nullptr, m_path.c_str(), nullptr,
                    MS_REMOUNT | (readOnly ? static_cast<unsigned long>(MS_RDONLY) : 0UL), kDiskSize) != 0) {
            throw std::runtime_error(std::string("cannot remount: ") + std::strerror(errno));
        }
    }

private:
    std::string filler() const { return m_path + "/filler"; }
    std::string m_path;
};

class FullDisk {
public:
    FullDisk(std::uint64_t levels, Findings& findings)
        : m_levels(levels)
        , m_findings(findings)
        , m_alice(m_cast.person("alice"))
        , m_bob("bob")
        , m_bobsDisk(m_bob.home() + "/data")
        , m_printed(m_bob.home() + "/printed") {
        m_cast.join(m_bob);
        m_alice->must({"contact", "add", "bob"});
        m_bob.must({"contact", "add", "alice"});
        m_alice->must({"send", "@bob", nextText(), "--wait", "relay"});
        m_bob.must({"recv"});
        moveRelay();
    }

    void run() {
        for (std::uint64_t level = 0; level < m_levels && m_findings.isClean(); ++level) {
            const std::uint64_t left = level / 3 * kStep;
            switch (level % 3) {
            case 0:
                receive([&] { m_bobsDisk.fill(left); }, [&] { m_bobsDisk.makeRoom(); }, "space");
                break;
            case 1:
                send([&] { m_bobsDisk.fill(left); }, [&] { m_bobsDisk.makeRoom(); });
                break;
            case 2:
                send([&] { m_relayDisk->fill(left); }, [&] { m_relayDisk->makeRoom(); });
                break;
            }
            m_findings.count("disk_full_levels");
        }
        for (int i = 0; i < kReadOnlyRounds && m_findings.isClean(); ++i) {
            receive([&] { m_bobsDisk.setReadOnly(true); }, [&] { m_bobsDisk.setReadOnly(false); }, "");
            m_findings.count("read_only_rounds");
        }
        Checker(m_findings, "full disk")
            .delivered({}, Checker::history(*m_alice, "bob"), Checker::history(m_bob, "alice"), {});
        Checker(m_findings, "full disk")
            .delivered({}, Checker::history(m_bob, "alice"), Checker::history(*m_alice, "bob"), {});
    }

private:
    QString nextText() { return numbered("a long text", ++m_number) + " " + QString(1500, 'x'); }

    /// The relay's directory goes to a small disk too.
    void moveRelay() {
        m_cast.relay().terminate();
        const QString directory = m_cast.relay().directory();
        QTemporaryDir aside;
        if (QProcess::execute("cp", {"-a", directory + "/relay", aside.path()}) != 0) {
            throw std::runtime_error("cannot copy the relay's directory");
        }
        m_relayDisk = std::make_unique<SmallDisk>(directory);
        if (QProcess::execute("cp", {"-a", aside.filePath("relay"), directory}) != 0) {
            throw std::runtime_error("cannot copy the relay's directory");
        }
        m_cast.relay().start();
    }

    /// A command on a bad disk either works or says why not.
    Outcome attempt(const Person& person, const QStringList& arguments, const QString& word) {
        const Outcome outcome = person.run(arguments);
        if (outcome.exit != 0) {
            m_findings.count("disk_errors_said");
            if (outcome.exit < 0 || !outcome.err.startsWith("sotto: ") || !outcome.err.contains(word)) {
                m_findings.violation("broken", "no clear error on a bad disk: " + outcome.toString());
            }
        }
        return outcome;
    }

    template <class Break, class Mend>
    void receive(Break breakDisk, Mend mend, const QString& word) {
        QStringList texts;
        for (int i = 0; i < 5; ++i) {
            texts.append(nextText());
            m_alice->must({"send", "@bob", texts.last(), "--wait", "relay"});
        }
        QFile::remove(m_printed);
        beginRun(m_printed, RunAfter::End);
        breakDisk();
        append(m_printed, attempt(m_bob, {"--json", "recv"}, word).out.toUtf8());
        mend();
        // What was printed and could not be noted down comes again, as after a kill.
        beginRun(m_printed, RunAfter::Kill);
        const Outcome rest = m_bob.run({"--json", "recv"});
        append(m_printed, rest.out.toUtf8());
        if (rest.exit != 0) {
            m_findings.violation("broken", "it does not go on when there is room: " + rest.toString());
        }
        Checker(m_findings, "full disk, receiving").printed(texts, m_printed);
    }

    template <class Break, class Mend>
    void send(Break breakDisk, Mend mend) {
        const QString text = nextText();
        const QStringList command = {
            "--json",   "send", "--id",   QString("msg_%1").arg(m_number, 32, 16, QChar('0')),
            "@alice",   text,   "--wait", "relay",
            "--timeout"};
        breakDisk();
        attempt(m_bob, command + QStringList{"2s"}, "");
        mend();
        const Outcome again = m_bob.run(command + QStringList{"60s"});
        if (again.exit != 0) {
            m_findings.violation("broken", "it does not go on when there is room: " + again.toString());
        }
        const Outcome got = m_alice->json({"recv"});
        if (got.objects().size() != 1 || got.objects().first()["text"].toString() != text) {
            m_findings.violation(got.objects().isEmpty() ? "lost" : "doubled",
                                 "full disk, sending: " + got.toString());
        }
    }

    const std::uint64_t m_levels;
    Findings& m_findings;
    Cast m_cast;
    std::unique_ptr<Person> m_alice;
    Person m_bob;
    SmallDisk m_bobsDisk;
    std::unique_ptr<SmallDisk> m_relayDisk;
    QString m_printed;
    qint64 m_number = 0;
};

} // namespace

void runFullDisk(const Arguments& arguments, Findings& findings) {
    // A process of its own, since the mounts are its own.
    test::Child child([&]() -> std::string {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
            return std::string("no mount namespace: ") + std::strerror(errno);
        }
        Findings own;
        try {
            FullDisk(arguments.diskFull, own).run();
        } catch (const std::exception& error) {
            own.violation("broken", QString("full disk: ") + error.what());
        }
        return own.toJson().toStdString();
    });
    const std::string report = child.report();
    if (report.starts_with("no mount namespace")) {
        findings.skip("full disks", QString::fromStdString(report) + " (needs CAP_SYS_ADMIN)");
    } else if (report.empty() || report.front() != '{') {
        findings.violation("broken",
                           "the part with full disks ended early: " + QString::fromStdString(report));
    } else {
        findings.add(Findings::fromJson(QByteArray::fromStdString(report)));
    }
}

} // namespace sotto::torture

// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-bench-desktop [--json] [--messages N] [--conversations N] [--queued N] [--keep FOLDER]: the window on
// a long history, drawn into memory (QT_QPA_PLATFORM=offscreen unless it is set), and while N messages arrive
// from a real relay. With --keep the profile stays in FOLDER and is used again. Exit 0 when it measured.

#include "app/views/composer.h"
#include "app/views/conversation_pane.h"
#include "app/views/message_view.h"
#include "app/views/side_pane.h"
#include "app/when_done.h"
#include "core/start_up.h"
#include "tests/app/desk.h"
#include "tests/bench/timed_run.h"
#include "tests/support/long_profile.h"
#include "tests/support/message_bus.h"
#include "tests/support/secret_service.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QScrollBar>
#include <QSocketNotifier>
#include <QTimer>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

using namespace sotto;
using namespace sotto::app;
namespace fs = std::filesystem;

namespace {

constexpr int kStarts = 7;
constexpr int kOpened = 40;
constexpr std::size_t kInOne = 12'000; ///< messages of the conversation that is scrolled
constexpr int kScrolled = 10'000;
constexpr int kRestMs = 5'000;
constexpr int kIdleMs = 30'000;

struct Figure {
    std::string name;
    double value = 0;
    double goal = 0; ///< 0: reported without one
    const char* unit = "";
};

struct Options {
    bool json = false;
    bool child = false;
    test::LongHistory size;
    int queued = 10'000;
    fs::path kept;
};

double at(std::vector<double> times, double share) {
    std::ranges::sort(times);
    return times[static_cast<std::size_t>(static_cast<double>(times.size() - 1) * share)];
}

double milliseconds(const QElapsedTimer& timer) {
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

/// How long the thread of the window did not come to its events, at most.
class Heartbeat {
public:
    Heartbeat() {
        QObject::connect(&m_timer, &QTimer::timeout, [this] { beat(); });
        m_timer.setTimerType(Qt::PreciseTimer);
        m_since.start();
        m_timer.start(1);
    }
    double worst() const { return m_worst; }
    double p99() const { return at(m_gaps, 0.99); }

private:
    void beat() {
        const double gap = milliseconds(m_since);
        m_since.restart();
        m_worst = std::max(m_worst, gap);
        m_gaps.push_back(gap);
    }
    QTimer m_timer;
    QElapsedTimer m_since;
    double m_worst = 0;
    std::vector<double> m_gaps{0.0};
};

bool waits(const std::function<bool()>& condition) {
    const QDeadlineTimer deadline(300'000);
    while (!condition()) {
        if (deadline.hasExpired()) {
            return false;
        }
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 1);
    }
    return true;
}

void need(bool done, const char* what) {
    if (!done) {
        throw std::runtime_error(what);
    }
}

/// A window that says when it can be used, and goes on until stdin ends.
int child(const CoreThread::Place& place) {
    CoreThread core(place);
    applyTheme(ThemeChoice::Light);
    Settings settings{QString()};
    const LinkGate gate([](const QUrl&) {});
    MainWindow window(core, settings, gate);
    QObject::connect(
        &window, &MainWindow::ready, &window,
        [&window] {
            window.repaint();
            std::cout << "usable" << std::endl;
        },
        Qt::QueuedConnection);
    window.show();
    window.begin();
    QSocketNotifier input(0, QSocketNotifier::Read);
    QObject::connect(&input, &QSocketNotifier::activated, &window, [] { QApplication::quit(); });
    return QApplication::exec();
}

double privateMebibytes(qint64 pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
    double kibibytes = 0;
    for (std::string word; file >> word;) {
        if (word == "Private_Clean:" || word == "Private_Dirty:") {
            double part = 0;
            file >> part;
            kibibytes += part;
        }
    }
    return kibibytes / 1024;
}

/// Milliseconds on a processor, of all threads.
double processorTime(qint64 pid) {
    double nanoseconds = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        std::ifstream file(task.path() / "schedstat");
        double ran = 0;
        file >> ran;
        nanoseconds += ran;
    }
    return nanoseconds / 1e6;
}

class Bench {
public:
    explicit Bench(Options options)
        : m_options(std::move(options)) {}

    void run(const fs::path& folder) {
        m_person.environment().insert("XDG_DATA_HOME", QString::fromStdString((folder / "data").string()));
        const fs::path profile = test::placeOf(m_person).directory;
        if (!fs::exists(profile)) {
            SystemRandom random;
            const SystemClock clock;
            fs::create_directories(profile.parent_path());
            test::makeLongProfile(profile, m_options.size, random, clock);
            auto made = core::Profile::open(profile, {}).value();
            made.database().run("UPDATE message SET conversation = (SELECT min(id) FROM conversation) "
                                "WHERE id <= ?",
                                std::min(kInOne, m_options.size.messages));
        }
        {
            const bench::TimedRun timed;
            start();
            startWithKeychain();
            use();
            arrive();
            m_others = timed.otherProcessors();
        }
    }
    void print() const {
        if (m_options.json) {
            std::cout << "{\"bench\":\"desktop\",\"messages\":" << m_options.size.messages
                      << ",\"conversations\":" << m_options.size.conversations
                      << ",\"otherProcessors\":" << m_others << ",\"figures\":{";
        } else {
            std::cout << m_options.size.messages << " messages in " << m_options.size.conversations
                      << " conversations; other processes used " << m_others << " processors meanwhile\n";
        }
        const char* separator = "";
        for (const Figure& figure : m_figures) {
            const bool reached = figure.value <= figure.goal;
            if (m_options.json) {
                std::cout << separator << '"' << figure.name << "\":{\"value\":" << figure.value;
                if (figure.goal > 0) {
                    std::cout << ",\"goal\":" << figure.goal << ",\"ratio\":" << figure.value / figure.goal
                              << ",\"reached\":" << (reached ? "true" : "false");
                }
                std::cout << '}';
                separator = ",";
            } else {
                std::cout << figure.name << ": " << figure.value << figure.unit;
                if (figure.goal > 0) {
                    std::cout << "  (goal " << figure.goal << ", ratio " << figure.value / figure.goal
                              << (reached ? ")" : ", MISSED)");
                }
                std::cout << '\n';
            }
        }
        std::cout << (m_options.json ? "}}\n" : "");
    }

private:
    void add(const char* name, double value, double goal, const char* unit) {
        m_figures.push_back({name, value, goal, unit});
    }

    void start() {
        std::vector<double> times;
        for (int i = 0; i < kStarts; ++i) {
            QProcess process;
            process.setProcessEnvironment(m_person.environment());
            QElapsedTimer timer;
            timer.start();
            process.start(QCoreApplication::applicationFilePath(), {"--child"});
            while (!process.canReadLine()) {
                need(process.waitForReadyRead(60'000), "no window");
            }
            times.push_back(milliseconds(timer));
            if (i == kStarts - 1) {
                process.waitForReadyRead(kRestMs); // the words of the index and the link come to rest
                const double before = processorTime(process.processId());
                QElapsedTimer idle;
                idle.start();
                process.waitForReadyRead(kIdleMs);
                const double used = processorTime(process.processId()) - before;
                add("idlePrivate", privateMebibytes(process.processId()), 60, " MiB");
                add("idleCpu", used / milliseconds(idle) * 100, 0.05, " %"); // 0.0
            }
            process.closeWriteChannel();
            process.waitForFinished(60'000);
        }
        add("startToUsable", at(times, 0.5), 300, " ms");
        add("startToUsableWorst", at(times, 1), 0, " ms");
    }

    /// The same where the desktop's keychain keeps the key: a Secret Service of this program's own, on a bus
    /// of its own. Nothing where there is no dbus-daemon.
    void startWithKeychain() {
        const test::Bus bus;
        test::SecretService service(bus.address());
        if (!bus.isThere() || !service.isThere()) {
            return;
        }
        QProcessEnvironment environment = m_person.environment();
        environment.insert("DBUS_SESSION_BUS_ADDRESS", bus.address());
        const auto protect = [&](const char* how) {
            QProcess process;
            process.setProcessEnvironment(environment);
            process.start(qEnvironmentVariable("SOTTO_BIN_DIR") + "/sotto", {"account", "protect", how});
            need(waits([&] { return process.state() == QProcess::NotRunning; }) && process.exitCode() == 0,
                 "the keychain did not take the key");
        };
        protect("--keychain");
        std::vector<double> times;
        for (int i = 0; i < kStarts; ++i) {
            QProcess process;
            process.setProcessEnvironment(environment);
            QElapsedTimer timer;
            timer.start();
            process.start(QCoreApplication::applicationFilePath(), {"--child"});
            need(waits([&] { return process.canReadLine(); }), "no window");
            times.push_back(milliseconds(timer));
            process.closeWriteChannel();
            need(waits([&] { return process.state() == QProcess::NotRunning; }), "no end");
        }
        protect("--key-file");
        add("startToUsableKeychain", at(times, 0.5), 300, " ms");
        add("startToUsableKeychainWorst", at(times, 1), 0, " ms");
    }

    void use() {
        test::Desk desk(m_person);
        need(waits([&] { return desk.window.isReady(); }), "not ready");
        openSome(desk);
        scroll(desk);
        typeSome(desk);
        searchSome(desk);
    }

    void openSome(test::Desk& desk) {
        ConversationPane& pane = desk.window.pane();
        std::vector<double> times;
        for (int i = 0; i < std::min(kOpened, desk.window.side().conversations().rowCount()); ++i) {
            const core::ConversationEntry entry = desk.window.side().conversations().entry(i);
            bool opened = false;
            QObject context;
            QObject::connect(&pane.model(), &ConversationModel::opened, &context, [&] { opened = true; });
            QElapsedTimer timer;
            timer.start();
            pane.open(entry, {});
            need(waits([&] { return opened; }), "not opened");
            pane.view().viewport()->repaint();
            times.push_back(milliseconds(timer));
        }
        add("openConversationP50", at(times, 0.5), 0, " ms");
        add("openConversationP95", at(times, 0.95), 50, " ms");
    }

    void scroll(test::Desk& desk) {
        ConversationPane& pane = desk.window.pane();
        core::ConversationEntry longest;
        bool found = false;
        whenRead(desk, longest, found);
        need(waits([&] { return found; }), "no long conversation");
        bool opened = false;
        QObject context;
        QObject::connect(&pane.model(), &ConversationModel::opened, &context, [&] { opened = true; });
        pane.open(longest, {});
        need(waits([&] { return opened; }), "not opened");
        MessageView& view = pane.view();
        std::vector<double> frames;
        std::int64_t seen = 0;
        core::MessageKey last{};
        int still = 0;
        while (seen < kScrolled && still < 2000) {
            QElapsedTimer timer;
            timer.start();
            view.verticalScrollBar()->setValue(view.verticalScrollBar()->value() - 160);
            QCoreApplication::processEvents();
            view.viewport()->repaint();
            frames.push_back(milliseconds(timer));
            const QModelIndex top = view.indexAt(QPoint(10, 2));
            if (top.isValid() && pane.model().row(top.row()).message.key != last) {
                const core::MessageKey key = pane.model().row(top.row()).message.key;
                const int before = pane.model().rowOf(last);
                seen += before < 0 ? 1 : std::max(1, before - top.row());
                last = key;
                still = 0;
            } else {
                ++still; // waits for a page
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 1);
            }
        }
        add("scrolled", static_cast<double>(seen), 0, " messages");
        add("scrollFrameP50", at(frames, 0.5), 0, " ms");
        add("scrollFrameP99", at(frames, 0.99), 16, " ms");
        add("scrollFrameWorst", at(frames, 1), 0, " ms");
    }
    /// The conversation that was made long.
    static void whenRead(test::Desk& desk, core::ConversationEntry& longest, bool& found) {
        whenDone(desk.core.read(
                     [](core::Reader& reader) { return reader.conversation(core::ConversationKey{1}); }),
                 &desk.window, [&](const core::Result<core::ConversationEntry>& entry) {
                     longest = entry.value();
                     found = true;
                 });
    }

    void typeSome(test::Desk& desk) {
        ComposerEdit& edit = desk.window.pane().composer().edit();
        edit.setFocus();
        std::vector<double> times;
        for (int i = 0; i < 300; ++i) {
            QElapsedTimer timer;
            timer.start();
            QTest::keyClick(&edit, i % 6 == 5 ? Qt::Key_Space : static_cast<Qt::Key>(Qt::Key_A + i % 26));
            desk.window.repaint();
            times.push_back(milliseconds(timer));
        }
        edit.clear();
        add("keyToEchoP95", at(times, 0.95), 16, " ms");
    }

    void searchSome(test::Desk& desk) {
        QLineEdit& field = desk.window.side().searchField();
        test::Chatter chatter(1);
        std::vector<double> times;
        for (int word = 0; word < 25; ++word) {
            const QString typed =
                QString::fromStdString(chatter.words(0)[static_cast<std::size_t>(20 + word * 37)]);
            field.clear();
            for (const QChar letter : typed) {
                bool answered = false;
                QObject context;
                QObject::connect(&desk.window.side().hits(), &SearchModel::answered, &context,
                                 [&] { answered = true; });
                QElapsedTimer timer;
                timer.start();
                field.insert(letter);
                need(waits([&] { return answered; }), "no answer");
                desk.window.side().repaint();
                times.push_back(milliseconds(timer));
            }
        }
        field.clear();
        add("searchTypingP50", at(times, 0.5), 0, " ms");
        add("searchTypingP95", at(times, 0.95), 50, " ms");
    }

    /// What waited at the relay comes while the window is open on it.
    void arrive() {
        if (m_options.queued == 0) {
            return;
        }
        test::Relay relay;
        const test::Person alice("alice", relay);
        const test::Person bob("bob", relay);
        QByteArray lines;
        for (int i = 0; i < m_options.queued; ++i) {
            lines += "message number " + QByteArray::number(i) + '\n';
        }
        bob.must({"contact", "add", "@alice"});
        alice.must({"contact", "add", "@bob"});
        const test::Outcome sent =
            bob.run({"send", "@alice", "--lines", "--wait", "relay", "--timeout", "5m"}, lines);
        need(sent.exit == 0, sent.toString().constData());
        test::Desk desk(alice);
        Heartbeat heart;
        QElapsedTimer timer;
        timer.start();
        need(
            waits([&] { return desk.window.isReady() && desk.window.side().conversations().rowCount() > 0; }),
            "no list");
        desk.window.pane().open(desk.window.side().conversations().entry(0), {});
        need(waits([&] {
                 ConversationModel& model = desk.window.pane().model();
                 return model.rowCount() > 0 && model.row(model.rowCount() - 1).message.text ==
                                                    "message number " + std::to_string(m_options.queued - 1);
             }),
             "they did not arrive");
        add("arrived", m_options.queued / (milliseconds(timer) / 1000), 0, "/s");
        add("arrivingBlockP99", heart.p99(), 0, " ms");
        add("arrivingBlockWorst", heart.worst(), 16, " ms");
    }

    Options m_options;
    test::Person m_person{"me"};
    std::vector<Figure> m_figures;
    double m_others = 0;
};

Options optionsFrom(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const bool hasValue = i + 1 < argc;
        if (std::strcmp(argv[i], "--json") == 0) {
            options.json = true;
        } else if (std::strcmp(argv[i], "--child") == 0) {
            options.child = true;
        } else if (std::strcmp(argv[i], "--messages") == 0 && hasValue) {
            options.size.messages = std::strtoul(argv[++i], nullptr, 10);
        } else if (std::strcmp(argv[i], "--conversations") == 0 && hasValue) {
            options.size.conversations = std::strtoul(argv[++i], nullptr, 10);
        } else if (std::strcmp(argv[i], "--queued") == 0 && hasValue) {
            options.queued = std::atoi(argv[++i]);
        } else if (std::strcmp(argv[i], "--keep") == 0 && hasValue) {
            options.kept = argv[++i];
        } else {
            throw std::runtime_error(std::string("unknown argument ") + argv[i]);
        }
    }
    return options;
}

} // namespace

int main(int argc, char** argv) {
    try {
        const Options options = optionsFrom(argc, argv);
        qputenv("QT_QPA_PLATFORM", qEnvironmentVariable("QT_QPA_PLATFORM", "offscreen").toUtf8());
        core::startUp();
        QApplication application(argc, argv);
        if (options.child) {
            const auto paths = core::Paths::fromEnvironment(core::processEnvironment());
            const auto directory = paths.profileDirectory("default").value();
            return child({directory, paths.socketOf(directory).value()});
        }
        qputenv("SOTTO_BIN_DIR", QCoreApplication::applicationDirPath().toUtf8());
        applyTheme(ThemeChoice::Light);
        const QTemporaryDir own;
        Bench bench(options);
        bench.run(options.kept.empty() ? fs::path(own.path().toStdString()) : options.kept);
        bench.print();
    } catch (const std::exception& error) {
        std::cerr << "sotto-bench-desktop: " << error.what() << '\n';
        return 1;
    }
    return 0;
}

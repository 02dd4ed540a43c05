// SPDX-License-Identifier: GPL-3.0-or-later
// Two people at one screen, from the first run to the first messages: two processes with a real window each,
// on an X server of this test alone. They are told when to begin, and else wait for what they see.
#include "app/views/composer.h"
#include "app/views/conversation_pane.h"
#include "app/views/side_pane.h"
#include "core/start_up.h"
#include "tests/app/first_run.h"

#include <QApplication>
#include <QDialog>
#include <QScreen>
#include <QToolButton>
#include <iostream>
#include <set>

using namespace sotto;
using namespace sotto::app;
using test::waits;

namespace {

void need(bool happened, const char* what) {
    if (!happened) {
        throw std::runtime_error(what);
    }
}

bool shows(const ConversationModel& model, const std::string& text) {
    for (int row = 0; row < model.rowCount(); ++row) {
        if (model.row(row).message.text == text) {
            return true;
        }
    }
    return false;
}

/// What stands on the screen, by the X server's own word.
std::size_t coloursOf(QWidget& window) {
    const QImage seen = window.screen()->grabWindow(window.winId()).toImage();
    std::set<QRgb> colours;
    for (int y = 0; y < seen.height(); y += 3) {
        for (int x = 0; x < seen.width(); x += 3) {
            colours.insert(seen.pixel(x, y));
        }
    }
    return colours.size();
}

/// One person: makes an account, begins a conversation, says something and waits for the other to say theirs.
void talk(const QString& name, const QString& other, const QString& link) {
    core::startUp();
    applyTheme(ThemeChoice::Light);
    const test::Person person(name);
    test::Desk desk(person);
    MainWindow& window = desk.window;
    test::makeAccount(window, link, name);
    std::cout << "ready" << std::endl;
    std::string line;
    std::getline(std::cin, line); // the other is there too

    // By the mouse: one screen has one keyboard focus, and shortcuts listen to it alone.
    auto* const compose = test::named<QToolButton>(window, "New conversation (Ctrl+N)");
    need(compose != nullptr, "no button for a new conversation");
    QTest::mouseClick(compose, Qt::LeftButton);
    auto* const begin = window.findChild<QDialog*>();
    need(begin != nullptr, "no dialog for a new conversation");
    test::typeInto(*begin, "Name or contact link", '@' + other);
    test::press(*begin, "Begin");
    ConversationPane& pane = window.pane();
    need(waits([&] { return pane.conversation().has_value(); }), "the conversation did not begin");
    QWidget& edit = pane.composer().edit();
    QTest::keyClicks(&edit, "this is " + name);
    QTest::keyClick(&edit, Qt::Key_Return);
    need(waits([&] { return shows(pane.model(), "this is " + name.toStdString()); }), "not shown");
    need(waits([&] { return shows(pane.model(), "this is " + other.toStdString()); }), "nothing came");
    need(waits([&] { return coloursOf(window) > 20; }), "nothing stands on the screen");
    test::shot(window, "two-windows-" + name);
    std::cout << "heard" << std::endl;
    std::getline(std::cin, line);
}

} // namespace

class TestTwoWindows : public QObject {
    Q_OBJECT

private slots:
    void fromTheFirstRunToTheFirstMessages() {
        QProcess screen;
        screen.start("Xvfb", {"-displayfd", "1", "-screen", "0", "1400x800x24", "-nolisten", "tcp"});
        QVERIFY2(screen.waitForStarted() && screen.waitForReadyRead(test::kPatienceMs),
                 "no Xvfb: scripts/setup installs it");
        const QString display = ':' + QString::fromLatin1(screen.readLine()).trimmed();
        test::Relay relay;
        std::vector<std::unique_ptr<QProcess>> people;
        for (const auto& [name, other] : {std::pair("alice", "bob"), std::pair("bob", "alice")}) {
            auto process = std::make_unique<QProcess>();
            auto environment = QProcessEnvironment::systemEnvironment();
            environment.insert("DISPLAY", display);
            environment.insert("QT_QPA_PLATFORM", "xcb");
            environment.remove("WAYLAND_DISPLAY");
            // Nobody's bus: looking for one would start one, and libdbus leaks what it read of the machine's
            // id.
            environment.insert("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
            // libxkbcommon copies a bounded part of a reply without an end: right, but not to the strict
            // check.
            environment.insert("ASAN_OPTIONS", environment.value("ASAN_OPTIONS") + ":strict_string_checks=0");
            process->setProcessEnvironment(environment);
            process->setProcessChannelMode(QProcess::ForwardedErrorChannel);
            process->start(QCoreApplication::applicationFilePath(),
                           {"--person", name, other, relay.joinLink()});
            people.push_back(std::move(process));
        }
        for (const char* step : {"ready\n", "heard\n"}) {
            for (const auto& process : people) {
                while (!process->canReadLine() && process->state() != QProcess::NotRunning) {
                    process->waitForReadyRead(test::kPatienceMs);
                }
                QCOMPARE(process->readLine(), QByteArray(step));
            }
            for (const auto& process : people) {
                process->write("go\n");
                process->waitForBytesWritten();
            }
        }
        for (const auto& process : people) {
            QVERIFY(process->waitForFinished(test::kPatienceMs));
            QCOMPARE(process->exitCode(), 0);
        }
        screen.terminate();
        QVERIFY(screen.waitForFinished(test::kPatienceMs));
    }
};

int main(int argc, char** argv) {
    const QStringList arguments(argv + 1, argv + argc);
    if (arguments.value(0) == "--person") {
        QApplication application(argc, argv);
        try {
            talk(arguments.value(1), arguments.value(2), arguments.value(3));
        } catch (const std::exception& error) {
            std::cerr << arguments.value(1).toStdString() << ": " << error.what() << '\n';
            return 1;
        }
        return 0;
    }
    QCoreApplication application(argc, argv);
    TestTwoWindows test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_two_windows.moc"

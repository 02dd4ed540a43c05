// SPDX-License-Identifier: GPL-3.0-or-later
// What of the window reaches the desktop: notifications on a bus of the test's own, the tray's sign, the
// second start.
#include "app/instance.h"
#include "app/shell.h"
#include "app/views/conversation_pane.h"
#include "app/views/side_pane.h"
#include "core/start_up.h"
#include "tests/app/desk.h"
#include "tests/support/message_bus.h"
#include "tests/support/notification_server.h"

#include <QApplication>
#include <QDialog>
#include <QLineEdit>
#include <QLocalSocket>
#include <QSignalSpy>
#include <atomic>
#include <thread>

using namespace sotto;
using namespace sotto::app;
using test::NotificationServer;
using test::waits;

class TestDesktopAround : public QObject {
    Q_OBJECT

    test::Bus m_bus;
    std::unique_ptr<test::Relay> m_relay;

    QDBusConnection bus() const { return QDBusConnection::connectToBus(m_bus.address(), "ours"); }
    static core::ConversationKey conversation(int number) { return core::ConversationKey{number}; }
    static core::Message from(int conversation, int key, std::string name, std::string text) {
        core::Message message;
        message.key = core::MessageKey{key};
        message.conversation = core::ConversationKey{conversation};
        message.senderName = std::move(name);
        message.text = std::move(text);
        message.unread = true;
        return message;
    }
    static QStringList bodies(const NotificationServer& server) {
        QStringList found;
        for (const auto& one : server.shown) {
            found.append(one.summary + ": " + one.body);
        }
        return found;
    }

private slots:
    void initTestCase() {
        core::startUp();
        QVERIFY(m_bus.isThere());
        applyTheme(ThemeChoice::Light);
        m_relay = std::make_unique<test::Relay>();
    }

    void aNotificationSaysAsMuchAsThePersonWants() {
        NotificationServer server(m_bus.address(), {"actions", "body", "body-markup"});
        Notifications news(bus());
        news.add(from(1, 1, "bob", "secret plan"));
        QVERIFY(waits([&] { return server.shown.size() == 1; }));
        QCOMPARE(bodies(server), QStringList{"bob: New message"}); // as a person sees it who chose nothing
        news.setLevel(NotificationLevel::Full);
        QVERIFY(waits([&] { return server.shown.isEmpty(); }));
        // Whatever others write is text.
        news.add(from(1, 2, "bob", "<b>x</b> <img src=\"file:///etc/passwd\"> &amp; \u202Egpj.exe\n\nend"));
        QVERIFY(waits([&] { return server.shown.size() == 1; }));
        QCOMPARE(server.shown.first().body,
                 QString::fromUtf8("&lt;b&gt;x&lt;/b&gt; &lt;img src=&quot;file:///etc/passwd&quot;&gt; "
                                   "&amp;amp; ⟨U+202E⟩gpj.exe end"));
        QCOMPARE(server.shown.first().actions, (QStringList{"default", "reply", "read"}));
        news.withdraw(conversation(1));
        QVERIFY(waits([&] { return server.shown.isEmpty(); }));
        // A long one is cut.
        news.add(from(1, 3, std::string(9000, 'n'), std::string(60'000, '<')));
        QVERIFY(waits([&] { return server.shown.size() == 1; }));
        QVERIFY(server.shown.first().summary.size() < 60);
        QVERIFY(server.shown.first().body.size() < 5 * 170);
        news.setLevel(NotificationLevel::None);
        QVERIFY(waits([&] { return server.shown.isEmpty(); }));
        news.add(from(1, 4, "bob", "hidden"));
        news.setLevel(NotificationLevel::Name);
        news.add(from(2, 5, "carol", "shown"));
        QVERIFY(waits([&] { return server.shown.size() == 1; }));
        QCOMPARE(bodies(server), QStringList{"carol: New message"});
    }

    void burstsAreOne() {
        NotificationServer server(m_bus.address(), {"actions", "body"});
        Notifications news(bus());
        news.setLevel(NotificationLevel::Full);
        for (int i = 1; i <= 40; ++i) {
            news.add(from(1, i, "bob", std::to_string(i)));
        }
        QVERIFY(waits([&] { return !server.shown.isEmpty(); }));
        QCOMPARE(server.notified, 1);
        QCOMPARE(bodies(server), QStringList{"bob: 40\n40 new messages"});
        // What is deleted before it was read is not kept by the desktop.
        news.remove(conversation(1), core::MessageKey{40});
        QVERIFY(waits([&] { return bodies(server) == QStringList{"bob: 39\n39 new messages"}; }));
        for (int i = 1; i <= 39; ++i) {
            news.remove(conversation(1), core::MessageKey{i});
        }
        QVERIFY(waits([&] { return server.shown.isEmpty(); }));
        // Many conversations at once are one line, and it goes when the last of them was read.
        news.add(from(1, 50, "bob", "early"));
        QVERIFY(waits([&] { return server.shown.size() == 1; }));
        for (int i = 2; i <= 7; ++i) {
            news.add(from(i, 100 + i, "somebody", "x"));
        }
        QVERIFY(waits([&] { return bodies(server) == QStringList{"7 new messages: In 7 conversations"}; }));
        news.withdraw(conversation(1));
        QVERIFY(waits([&] { return bodies(server) == QStringList{"6 new messages: In 6 conversations"}; }));
        for (int i = 2; i <= 7; ++i) {
            news.withdraw(conversation(i));
        }
        QVERIFY(waits([&] { return server.shown.isEmpty(); }));
        QVERIFY(news.shown().empty());
    }

    void whatThePersonDoesWithIt() {
        NotificationServer server(m_bus.address(), {"actions", "body", "inline-reply"});
        Notifications news(bus());
        QSignalSpy opened(&news, &Notifications::openWanted);
        QSignalSpy replied(&news, &Notifications::replyWanted);
        QSignalSpy read(&news, &Notifications::markReadWanted);
        news.add(from(3, 8, "bob", "hello"));
        QVERIFY(waits([&] { return server.shown.size() == 1; }));
        const uint id = server.shown.firstKey();
        QCOMPARE(server.shown[id].actions, (QStringList{"default", "inline-reply", "read"}));
        server.press(id + 1, "default"); // somebody else's
        server.reply(id, "   ");
        server.press(id, "default");
        QVERIFY(waits([&] { return opened.size() == 1; }));
        QCOMPARE(opened[0][0].value<NewsPlace>().conversation, conversation(3));
        server.reply(id, "hello back");
        QVERIFY(waits([&] { return replied.size() == 1; }));
        QCOMPARE(replied[0][0].value<NewsPlace>().upTo, core::MessageKey{8});
        QCOMPARE(replied[0][1].toString(), QString("hello back"));
        server.press(id, "read");
        QVERIFY(waits([&] { return read.size() == 1; }));
        QCOMPARE(read[0][0].value<NewsPlace>().upTo, core::MessageKey{8});
        // Sent away: the next message is the only news.
        server.dismiss(id);
        QVERIFY(waits([&] { return news.shown().empty(); }));
        news.add(from(3, 9, "bob", "again"));
        QVERIFY(waits([&] { return server.shown.size() == 1; }));
        QCOMPARE(bodies(server), QStringList{"bob: New message"});
    }

    void withoutABusOrAServerNothingBreaks() {
        {
            Notifications news(QDBusConnection("there is none"));
            news.add(from(1, 1, "bob", "x"));
            news.withdrawAll();
        }
        Notifications news(bus());
        news.add(from(1, 1, "bob", "x"));
        QVERIFY(waits([&] { return news.shown().empty(); })); // nobody is there to show it
        NotificationServer server(m_bus.address(), {"body"});
        news.add(from(1, 2, "bob", "y"));
        QVERIFY(waits([&] { return server.shown.size() == 1; }));
        QVERIFY(server.shown.first().actions.isEmpty());
        // One that hangs holds nobody up.
        server.isSilent = true;
        news.add(from(1, 3, "bob", "z"));
        news.withdrawAll();
    }

    void aWindowTellsOfWhatItDoesNotShow() {
        NotificationServer server(m_bus.address(), {"actions", "body", "inline-reply"});
        const test::Person alice("alice", *m_relay);
        const test::Person bob("bob", *m_relay);
        bob.must({"contact", "add", "@alice"});
        alice.must({"contact", "add", "@bob"});
        test::Desk desk(alice);
        Shell shell(desk.core, desk.settings, desk.window, bus());
        QVERIFY(waits([&] { return desk.window.isReady(); }));
        bob.must({"send", "@alice", "look here", "--wait", "delivered", "--timeout", "60s"});
        QVERIFY(waits([&] { return server.shown.size() == 1; }));
        QCOMPARE(bodies(server), QStringList{"bob: New message"});
        // An edit or a sign is no second message; what was told shows the new text.
        desk.settings.setNotifications(NotificationLevel::Full);
        emit desk.window.settingsChanged();
        QVERIFY(waits([&] { return server.shown.isEmpty(); }));
        bob.must({"send", "@alice", "look hear", "--wait", "delivered", "--timeout", "60s"});
        QVERIFY(waits([&] { return bodies(server) == QStringList{"bob: look hear"}; }));
        const uint first = server.shown.firstKey();
        const QString id = bob.json({"log", "@alice", "-n", "1"}).objects().first()["id"].toString();
        bob.must({"msg", "edit", id, "look there"});
        bob.must({"recv", "--max", "1", "--timeout", "1s"}, 9);
        QVERIFY(waits([&] { return bodies(server) == QStringList{"bob: look there"}; }));
        QCOMPARE(server.shown.firstKey(), first);
        // Opened by it; what is read is withdrawn.
        server.press(server.shown.firstKey(), "default");
        QVERIFY(waits([&] { return desk.window.pane().conversation().has_value(); }));
        QVERIFY(waits([&] { return server.shown.isEmpty(); }));
        // What comes while one looks at it is no news.
        const auto here = *desk.window.pane().conversation();
        QVERIFY(waits([&] { return desk.window.isLookingAt(here); }));
        const int before = server.notified;
        bob.must({"send", "@alice", "and here", "--wait", "delivered", "--timeout", "60s"});
        QVERIFY(waits([&] { return desk.window.pane().model().rowCount() == 2; }));
        QVERIFY(waits([&] { return desk.window.side().conversations().entry(0).unread == 0; }));
        QCOMPARE(server.notified, before);
        // Hidden: it is. The answer goes out, and what it answers is read.
        desk.window.hide();
        bob.must({"send", "@alice", "and now", "--wait", "delivered", "--timeout", "60s"});
        QVERIFY(waits([&] { return server.shown.size() == 1; }));
        server.reply(server.shown.firstKey(), "yes");
        QVERIFY(waits([&] { return server.shown.isEmpty(); }));
        bob.must({"recv", "--max", "1", "--timeout", "60s"});
        QVERIFY(bob.history("@alice").contains("<yes"));
        // Muted: nothing, while others are told of as before.
        const int told = server.notified;
        alice.must({"conv", "mute", "@bob"});
        bob.must({"send", "@alice", "shh", "--wait", "delivered", "--timeout", "60s"});
        const test::Person carol("carol", *m_relay);
        alice.must({"contact", "add", "@carol"});
        carol.must({"contact", "add", "@alice"});
        carol.must({"send", "@alice", "psst", "--wait", "delivered", "--timeout", "60s"});
        QVERIFY(waits([&] { return bodies(server) == QStringList{"carol: psst"}; }));
        QCOMPARE(server.notified, told + 1);
        alice.must({"conv", "mute", "@bob", "--off"});
        // Who is a stranger is not named.
        const test::Person dave("dave", *m_relay);
        dave.must({"contact", "add", "@alice"});
        dave.must({"send", "@alice", "buy this", "--wait", "relay", "--timeout", "60s"});
        QVERIFY(waits([&] { return bodies(server).contains("Somebody new wrote to you: "); }));
        QCOMPARE(bodies(server).filter("buy").size(), 0);
        // Locked: nothing stays on the screen.
        bob.must({"send", "@alice", "last", "--wait", "delivered", "--timeout", "60s"});
        QVERIFY(waits([&] { return bodies(server).contains("bob: last"); }));
        desk.window.lock();
        QVERIFY(waits([&] { return server.shown.isEmpty(); }));
    }

    void itLocksWhenNobodyIsThere() {
        IdleLock idle;
        QSignalSpy gone(&idle, &IdleLock::idle);
        QWidget window;
        idle.setMinutes(10);
        QVERIFY(idle.timer().isActive());
        const int before = idle.timer().remainingTime();
        QVERIFY(before > 9 * 60'000 - 60'000);
        idle.timer().setInterval(1); // ten minutes later
        QVERIFY(waits([&] { return gone.size() == 1; }));
        QTest::keyClick(&window, Qt::Key_A);
        QVERIFY(idle.timer().isActive()); // counts anew
        idle.setMinutes(0);
        QTest::keyClick(&window, Qt::Key_A);
        QVERIFY(!idle.timer().isActive());
    }

    void theSignHasANumber() {
        const auto image = [](qint64 unread) { return Tray::iconFor(unread).pixmap(64, 64).toImage(); };
        QVERIFY(!image(0).isNull());
        QVERIFY(image(0) != image(1));
        QVERIFY(image(1) != image(2));
        QCOMPARE(image(100), image(5000));
        Tray tray;
        tray.setUnread(3);
        QVERIFY(tray.icon().toolTip().contains("3"));
    }

    void aSecondStartBringsTheFirstUp() {
        QTemporaryDir folder;
        const std::filesystem::path socket = folder.filePath("run/profile.sock").toStdString();
        auto first = std::make_unique<Instance>(socket);
        QVERIFY(first->isFirst());
        QSignalSpy again(first.get(), &Instance::startedAgain);
        const auto start = [&](const QString& link) {
            // As another process would: it waits for an answer of this thread.
            std::atomic<bool> told = false;
            std::atomic<bool> ended = false;
            const qsizetype before = again.size();
            std::thread other([&] {
                const Instance second(socket);
                told = !second.isFirst() && second.tellFirst(link);
                ended = true;
            });
            const bool came = waits([&] { return ended.load(); });
            other.join();
            return came && told && again.size() == before + 1;
        };
        QVERIFY(start({}));
        QCOMPARE(again.last()[0].toString(), QString());
        QVERIFY(start("sotto://relay.example:1/@bob#x"));
        QCOMPARE(again.last()[0].toString(), QString("sotto://relay.example:1/@bob#x"));
        QVERIFY(start("sotto://a\nopen b"));
        QCOMPARE(again.last()[0].toString(), QString("sotto://a open b"));
        QVERIFY(start(QString(100'000, 'x')));
        QVERIFY(again.last()[0].toString().size() <= Instance::kLongestRequest);
        const qsizetype before = again.size();
        QLocalSocket rude;
        rude.connectToServer(QString::fromStdString(socket.string()) + ".w");
        rude.write(QByteArray(100'000, 'y'));
        QVERIFY(waits([&] { return rude.state() == QLocalSocket::UnconnectedState; }));
        QCOMPARE(again.size(), before);
        // Nobody else of this machine may ask.
        QCOMPARE(QFile(QString::fromStdString(socket.string()) + ".w").permissions() &
                     (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther),
                 QFile::Permissions());
        first.reset();
        const Instance next(socket);
        QVERIFY(next.isFirst());
    }

    void aLinkOnlyFillsInAForm() {
        const test::Person alice("ann", *m_relay);
        const test::Person bob("ben", *m_relay);
        const QString link = bob.must({"account", "show", "--link"}).out.trimmed();
        QVERIFY(link.startsWith("sotto://"));
        test::Desk desk(alice);
        Shell shell(desk.core, desk.settings, desk.window, {});
        shell.show(link); // before the list is there
        QVERIFY(waits([&] { return desk.window.findChild<QDialog*>() != nullptr; }));
        auto* const field =
            test::named<QLineEdit>(*desk.window.findChild<QDialog*>(), "Name or contact link");
        QVERIFY(field != nullptr);
        QCOMPARE(field->text(), link);
        QCOMPARE(alice.json({"contact", "list"}).objects().size(), 0);
        QCOMPARE(desk.opened, QList<QUrl>());
    }
};

QTEST_MAIN(TestDesktopAround)
#include "test_desktop_around.moc"

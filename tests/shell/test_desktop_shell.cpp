// SPDX-License-Identifier: GPL-3.0-or-later
// What stands around the window: settings, contacts, about. Over a real core and a real relay.
#include "app/autostart.h"
#include "app/dialogs/about.h"
#include "app/dialogs/data_page.h"
#include "app/dialogs/message_info_dialog.h"
#include "app/dialogs/safety_number_dialog.h"
#include "app/dialogs/settings_dialog.h"
#include "app/views/conversation_pane.h"
#include "app/views/qr_code.h"
#include "app/views/side_pane.h"
#include "core/start_up.h"
#include "tests/app/first_run.h"
#include "tests/support/message_bus.h"
#include "tests/support/secret_service.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>

using namespace sotto;
using namespace sotto::app;
using test::named;
using test::waits;

class TestDesktopShell : public QObject {
    Q_OBJECT

    std::unique_ptr<test::Relay> m_relay;
    QTemporaryDir m_home;

    static QPushButton* button(const QWidget& in, const QString& text) {
        for (QPushButton* found : in.findChildren<QPushButton*>()) {
            if (found->text() == text) {
                return found;
            }
        }
        return nullptr;
    }
    static bool says(const QWidget& in, const QString& words) {
        for (const QLabel* label : in.findChildren<QLabel*>()) {
            if (label->isVisible() && label->text().contains(words)) {
                return true;
            }
        }
        return false;
    }
    static QString words(const QWidget& in) {
        QStringList found;
        for (const QLabel* label : in.findChildren<QLabel*>()) {
            if (label->isVisible()) {
                found.append(label->text());
            }
        }
        return found.join(" | ");
    }
    /// Whoever listens instead of looking learns what each control is, and nothing is taken for markup.
    static QStringList nameless(const QWidget& in) {
        QStringList found;
        for (const QWidget* widget : in.findChildren<QWidget*>()) {
            const auto* label = qobject_cast<const QLabel*>(widget);
            if (label != nullptr && label->textFormat() != Qt::PlainText && !label->text().isEmpty()) {
                found.append("markup: " + label->text());
            }
            const bool isOurs = !widget->objectName().startsWith("qt_");
            const bool isControl =
                qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QComboBox*>(widget) ||
                qobject_cast<const QSpinBox*>(widget) || qobject_cast<const QListWidget*>(widget) ||
                (qobject_cast<const QLineEdit*>(widget) && isOurs);
            if (isControl && isOurs) {
                auto* const accessible = QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
                if (accessible == nullptr || accessible->text(QAccessible::Name).isEmpty()) {
                    found.append(widget->metaObject()->className());
                }
            }
        }
        return found;
    }
    static SettingsDialog* settingsOf(test::Desk& desk) {
        desk.window.activateWindow();
        [[maybe_unused]] const bool active = QTest::qWaitForWindowActive(&desk.window);
        QTest::keyClick(&desk.window, Qt::Key_Comma, Qt::ControlModifier);
        return desk.window.findChild<SettingsDialog*>();
    }

private slots:
    void initTestCase() {
        core::startUp();
        applyTheme(ThemeChoice::Light);
        qputenv("XDG_CONFIG_HOME", m_home.filePath("config").toUtf8());
        m_relay = std::make_unique<test::Relay>();
    }
    void init() {
        for (const char* left : {"autostart"}) {
            QDir(m_home.filePath("config") + "/" + left).removeRecursively();
        }
    }

    void damagedSettingsAreDefaultsAndASentence() {
        const QString path = m_home.filePath("desktop.ini");
        {
            Settings settings(path);
            QVERIFY(settings.problem().isEmpty());
            QCOMPARE(settings.notifications(), NotificationLevel::Name);
            settings.setTheme(ThemeChoice::Dark);
            settings.setTextSize(150);
            settings.setDensity(Density::Compact);
            settings.setLockAfterMinutes(7);
            settings.setNotifications(NotificationLevel::Full);
            settings.setClosesToTray(true);
            QVERIFY(settings.isKept());
        }
        Settings again(path);
        QCOMPARE(again.theme(), ThemeChoice::Dark);
        QCOMPARE(again.textSize(), 150);
        QCOMPARE(again.density(), Density::Compact);
        QCOMPARE(again.lockAfterMinutes(), 7);
        QCOMPARE(again.notifications(), NotificationLevel::Full);
        QVERIFY(again.closesToTray() && !again.startsHidden());

        const auto write = [&](const QByteArray& bytes) {
            QFile file(path);
            QVERIFY(file.open(QFile::WriteOnly));
            file.write(bytes);
        };
        // Values that nothing can be done with are as if they were not there.
        write("[General]\ntext_size=9000000\nlock_after_minutes=-4\ntheme=@Variant(\\0\\0)\n"
              "density=@ByteArray(\\xff)\nnotifications=full, name\nclose_to_tray=@Rect(1 2 3 4)\n");
        {
            const Settings odd(path);
            QCOMPARE(odd.textSize(), 100);
            QCOMPARE(odd.lockAfterMinutes(), 0);
            QCOMPARE(odd.theme(), ThemeChoice::System);
            QCOMPARE(odd.density(), Density::Roomy);
            QCOMPARE(odd.notifications(), NotificationLevel::Name);
            QVERIFY(!odd.closesToTray());
        }
        write(QByteArray("\x7f"
                         "ELF\0\xff[[[\nno sense\n",
                         18));
        {
            Settings damaged(path);
            QVERIFY(damaged.problem().contains("damaged"));
            QCOMPARE(damaged.theme(), ThemeChoice::System);
            damaged.setTheme(ThemeChoice::Light);
            QVERIFY(damaged.isKept());
        }
        QVERIFY(QFile::exists(path + ".damaged"));
        const Settings fresh(path);
        QVERIFY(fresh.problem().isEmpty());
        QCOMPARE(fresh.theme(), ThemeChoice::Light);
        // A folder that cannot be written to: it holds until the end, and says so.
        Settings nowhere("/proc/nothing/desktop.ini");
        nowhere.setTheme(ThemeChoice::Dark);
        QVERIFY(!nowhere.isKept());
    }

    void autostartIsAFileOfTheDesktop() {
        QVERIFY(autostartFile().startsWith(m_home.path()));
        QVERIFY(!isAutostarted());
        QVERIFY(setAutostarted(true));
        QVERIFY(isAutostarted());
        QFile file(autostartFile());
        QVERIFY(file.open(QFile::ReadOnly));
        QVERIFY(file.readAll().contains("\nExec=\"" + QCoreApplication::applicationFilePath().toUtf8()));
        QVERIFY(setAutostarted(false));
        QVERIFY(!isAutostarted() && setAutostarted(false));
    }

    void settingsSayWhoOneIsAndHowItLooks() {
        const test::Person alice("alice", *m_relay);
        test::Desk desk(alice);
        QVERIFY(waits([&] { return desk.window.isReady(); }));
        SettingsDialog* const dialog = settingsOf(desk);
        QVERIFY(dialog != nullptr);
        QCOMPARE(nameless(*dialog), QStringList());

        auto* const link = named<QLineEdit>(*dialog, "Contact link");
        QVERIFY(waits([&] { return !link->text().isEmpty(); }));
        QVERIFY(link->text().startsWith("sotto://"));
        QVERIFY(says(*dialog, "@alice"));
        QVERIFY(dialog->findChild<QrCode*>()->isShown());
        button(*dialog, "Copy")->click();
        QCOMPARE(QApplication::clipboard()->text(), link->text());

        // By keyboard: the list of pages has the focus.
        auto* const list = dialog->findChild<QListWidget*>();
        auto* const pages = dialog->findChild<QStackedWidget*>();
        const char* const kNames[] = {"account", "privacy", "appearance", "notifications",
                                      "window",  "lock",    "data"};
        for (int page = 0; page < pages->count(); ++page) {
            QCOMPARE(pages->currentIndex(), page);
            test::shot(*dialog, QStringLiteral("settings-%1").arg(kNames[page]));
            QTest::keyClick(list, Qt::Key_Down);
        }

        // What others are told is the profile's, not the window's.
        auto* const typing = dialog->findChild<QCheckBox*>("That you are typing");
        QVERIFY(waits([&] { return typing->isEnabled() && typing->isChecked(); }));
        typing->click();
        QVERIFY(test::eventually([&] {
            return alice.run({"privacy", "show", "--json"}).out.contains("\"typing\":false");
        }));

        const double before = QApplication::font().pointSizeF();
        auto* const size = named<QSpinBox>(*dialog, "Text size");
        size->setValue(200);
        QVERIFY(QApplication::font().pointSizeF() > 1.9 * before);
        test::shot(desk.window, "text-200");
        const auto* title = desk.window.pane().findChild<QLabel*>("title");
        QVERIFY(title->font().pointSizeF() > 1.9 * before); // what has a size of its own follows
        size->setValue(100);
        QCOMPARE(QApplication::font().pointSizeF(), before);

        auto* const density = named<QComboBox>(*dialog, "Lists");
        density->setCurrentIndex(1);
        emit density->activated(1);
        QCOMPARE(app::density(), Density::Compact);
        applyDensity(Density::Roomy);
        auto* const theme = named<QComboBox>(*dialog, "Colours");
        emit theme->activated(2);
        QVERIFY(Theme::current().dark);
        applyTheme(ThemeChoice::Light);
    }

    void thePassphraseIsChangedAndHolds() {
        const test::Person alice("ada", *m_relay);
        test::Desk desk(alice);
        QVERIFY(waits([&] { return desk.window.isReady(); }));
        SettingsDialog* dialog = settingsOf(desk);
        dialog->show(SettingsDialog::Page::Lock);
        QVERIFY(waits([&] { return says(*dialog, "file beside the data"); }));
        QVERIFY(!named<QLineEdit>(*dialog, "The passphrase until now")->isVisible());
        const auto type = [&](const char* field, const char* text) {
            QTest::keyClicks(named<QLineEdit>(*dialog, field), text);
        };
        type("The new passphrase", "correct horse");
        button(*dialog, "Change")->click();
        QVERIFY(says(*dialog, "differ"));
        type("The new passphrase again", "correct horse");
        button(*dialog, "Change")->click();
        QVERIFY(waits([&] { return says(*dialog, "Changed."); }));
        QVERIFY(named<QLineEdit>(*dialog, "The new passphrase")->text().isEmpty());
        // The profile is open as before, online and served to others.
        QVERIFY(waits([&] { return desk.window.side().linkWords().isEmpty(); }));
        alice.must({"whoami"});

        button(*dialog, "Lock now (Ctrl+L)")->click();
        auto* const field = named<QLineEdit>(desk.window, "Passphrase");
        QVERIFY(waits([&] { return field->isVisible() && field->isEnabled(); }));
        alice.must({"whoami"}, 7);
        QTest::keyClicks(field, "wrong");
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(waits([&] { return field->isEnabled() && field->text().isEmpty(); }));
        QTest::keyClicks(field, "correct horse");
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(waits([&] { return desk.window.isReady(); }));

        // A wrong one changes nothing, and leaves it open.
        QVERIFY(waits([&] { return desk.window.findChild<SettingsDialog*>() == nullptr; }));
        dialog = settingsOf(desk);
        dialog->show(SettingsDialog::Page::Lock);
        QVERIFY(waits([&] { return named<QLineEdit>(*dialog, "The passphrase until now")->isVisible(); }));
        type("The passphrase until now", "battery staple");
        named<QComboBox>(*dialog, "Keep it")->setCurrentIndex(2);
        button(*dialog, "Change")->click();
        QVERIFY(waits([&] { return says(*dialog, "wrong passphrase"); }));
        QVERIFY(desk.window.isReady() && !field->isVisible());
        QVERIFY(named<QLineEdit>(*dialog, "The passphrase until now")->isVisible());
        alice.must({"whoami"});
    }

    /// From the choice of the first run to a start that asks for nothing, and one without a keychain.
    void theDesktopsKeychainKeepsTheKey() {
        const test::Bus bus;
        if (!bus.isThere() ||
            !QFile::exists(QCoreApplication::applicationDirPath() + "/../libexec/sotto/sotto-keychain")) {
            QSKIP("there is no dbus-daemon here, or no sotto-keychain was built");
        }
        const QByteArray before = qgetenv("DBUS_SESSION_BUS_ADDRESS");
        qputenv("DBUS_SESSION_BUS_ADDRESS", bus.address().toUtf8());
        test::SecretService service(bus.address());
        QVERIFY(service.isThere());
        const test::Person kate("kate");
        {
            test::Desk desk(kate);
            auto* const way = named<QComboBox>(desk.window, "How the messages on this computer are locked");
            const auto keychain = [&] { return way->findText("Lock it with the desktop's keychain"); };
            QVERIFY(waits([&] { return keychain() >= 0; })); // it answers
            way->setCurrentIndex(keychain());
            QVERIFY(!named<QLineEdit>(desk.window, "Passphrase for this computer")->isVisible());
            test::typeInto(desk.window, "Invite link (sotto://…)", m_relay->joinLink());
            test::typeInto(desk.window, "Your name at the relay", "kate");
            test::shot(desk.window, "first-run-keychain");
            test::press(desk.window, "Create account");
            QVERIFY(waits([&] { return named<QLabel>(desk.window, "Recovery code")->isVisible(); }));
            test::typeCodeBack(desk.window);
            QVERIFY(waits([&] { return desk.window.isReady(); }));
        }
        {
            const test::Desk desk(kate);
            QVERIFY(waits([&] { return desk.window.isReady(); }));
        }
        qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        test::Desk desk(kate);
        QVERIFY2(waits([&] { return says(desk.window, "keychain"); }), qPrintable(words(desk.window)));
        QVERIFY(!desk.window.isReady());
        test::shot(desk.window, "no-keychain");
        qputenv("DBUS_SESSION_BUS_ADDRESS", bus.address().toUtf8());
        test::press(desk.window, "Try again");
        QVERIFY2(waits([&] { return desk.window.isReady(); }), qPrintable(words(desk.window)));
        qputenv("DBUS_SESSION_BUS_ADDRESS", before);
    }

    void safetyNumbersAreCompared() {
        const test::Person bob("bob", *m_relay);
        const test::Person alice("alma", *m_relay);
        alice.must({"contact", "add", "@bob"});
        test::Desk desk(alice);
        QVERIFY(waits([&] { return desk.window.isReady(); }));
        auto conversation = desk.core.call([](core::Client& client) {
            const auto contact = client.findContact("@bob").value();
            return client.sendText(client.conversationWith(contact.key).value(), "<b>hello</b>").value();
        });
        QVERIFY(waits([&] { return conversation.isFinished(); }));
        const core::Message sent = conversation.result();
        auto contact =
            desk.core.call([](core::Client& client) { return client.findContact("@bob").value(); });
        QVERIFY(waits([&] { return contact.isFinished(); }));

        auto* const dialog = new SafetyNumberDialog(desk.core, contact.result(), &desk.window);
        dialog->open();
        QCOMPARE(nameless(*dialog), QStringList());
        auto* const digits = named<QLabel>(*dialog, "Safety number");
        QVERIFY(waits([&] { return digits->text().size() > 60; }));
        QCOMPARE(digits->text().count(QRegularExpression("[0-9]{5}")), 12);
        QVERIFY(dialog->findChild<QrCode*>()->isShown());
        QVERIFY(says(*dialog, "Not verified"));
        test::shot(*dialog, "safety-number");
        auto* const typed = named<QLineEdit>(*dialog, "Safety number to compare with");
        const auto compare = [&](const QString& number) {
            typed->setText(number);
            QTest::keyClick(typed, Qt::Key_Return);
        };
        compare("12345");
        QVERIFY(says(*dialog, "60 digits"));
        compare(QString(60, '7'));
        QVERIFY(waits([&] { return says(*dialog, "not the digits"); }));
        QVERIFY(says(*dialog, "Not verified"));
        // What Bob reads aloud.
        bob.must({"contact", "add", "@alma"});
        const QString read =
            bob.json({"contact", "verify", "@alma"}).objects().value(0)["safety_number"].toString();
        QVERIFY(!read.isEmpty());
        compare(read);
        QVERIFY(waits([&] { return says(*dialog, "bob") && says(*dialog, "is verified"); }));
        test::shot(*dialog, "safety-number-verified");
        dialog->close();

        // Another key, as the relay would name one.
        core::Contact changed = contact.result();
        changed.changedTo = AccountId{};
        auto* const warned = new SafetyNumberDialog(desk.core, changed, &desk.window);
        warned->open();
        QVERIFY(button(*warned, "Accept the new key")->isVisible());
        auto* const old = named<QLabel>(*warned, "The safety number until now");
        QVERIFY(waits([&] { return old->isVisible() && old->text().size() > 60; }));
        QVERIFY(says(*warned, "stands in between"));
        test::shot(*warned, "safety-number-changed");
        button(*warned, "Accept the new key")->click(); // nothing has changed in truth
        QVERIFY(waits([&] { return button(*warned, "Close") != nullptr && !says(*warned, "Accepted."); }));
        warned->close();

        auto* const info = new MessageInfoDialog(desk.core, sent.id, &desk.window);
        info->open();
        QVERIFY(waits([&] { return says(*info, "msg_" + QString::fromStdString(sent.id.hex())); }));
        bob.must({"recv", "--max", "1", "--timeout", "60s"});
        QVERIFY(waits([&] { return says(*info, "@bob") && says(*info, "Delivered"); }));
        QCOMPARE(nameless(*info), QStringList());
        test::shot(*info, "message-info");
        showAbout(&desk.window);
        auto* const about = desk.window.findChildren<QDialog*>().last();
        QVERIFY(says(*about, "GNU General Public License"));
        test::shot(*about, "about");
    }

    void backupAndExportSayHowFarTheyAreAndStop() {
        const test::Person alice("amy", *m_relay);
        const test::Person bob("basil", *m_relay);
        alice.must({"contact", "add", "@basil"});
        test::Desk desk(alice);
        QVERIFY(waits([&] { return desk.window.isReady(); }));
        auto written = desk.core.call([](core::Client& client) {
            const auto to = client.conversationWith(client.findContact("@basil").value().key).value();
            for (int i = 0; i < 300; ++i) {
                client.sendText(to, "to be exported " + std::to_string(i)).value();
            }
        });
        QVERIFY(waits([&] { return written.isFinished(); }));
        SettingsDialog* const dialog = settingsOf(desk);
        dialog->show(SettingsDialog::Page::Data);
        auto* const data = dialog->findChild<DataPage*>();
        auto* const bar = named<QProgressBar>(*dialog, "Progress");
        const QString exported = m_home.filePath("history.jsonl");
        data->begin("export", exported);
        QVERIFY(bar->isVisible() && button(*dialog, "Stop")->isVisible());
        QVERIFY2(waits([&] { return !bar->isVisible(); }), "it goes on");
        QVERIFY2(says(*dialog, "Done: "), qPrintable(words(*dialog)));
        QVERIFY(QFileInfo(exported).size() > 300 * 14);
        // What is there stays.
        data->begin("export", exported);
        QVERIFY(waits([&] { return button(*dialog, "Export the history…")->isEnabled(); }));
        QVERIFY(!says(*dialog, "Done: "));
        const QString backup = m_home.filePath("amy.backup");
        data->begin("backup.create", backup);
        QVERIFY(waits([&] { return says(*dialog, "Done: "); }));
        QVERIFY(QFile::exists(backup));
        test::shot(*dialog, "settings-data-done");
        // Stopped: nothing stays, and the profile goes on.
        const int files = static_cast<int>(QDir(m_home.path()).entryList(QDir::Files | QDir::Hidden).size());
        data->begin("export", m_home.filePath("stopped.jsonl"));
        button(*dialog, "Stop")->click();
        QVERIFY(waits([&] { return says(*dialog, "Stopped"); }));
        QVERIFY(
            waits([&] { return QDir(m_home.path()).entryList(QDir::Files | QDir::Hidden).size() == files; }));
        alice.must({"whoami"});
    }
};

QTEST_MAIN(TestDesktopShell)
#include "test_desktop_shell.moc"

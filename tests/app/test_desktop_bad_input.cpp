// SPDX-License-Identifier: GPL-3.0-or-later
// What the window is given that it cannot use, or too much of: it says what is wrong in one sentence and goes
// on with what it has.
#include "app/display.h"
#include "app/format/words.h"
#include "app/views/composer.h"
#include "app/views/conversation_pane.h"
#include "app/views/message_view.h"
#include "app/views/notice_bar.h"
#include "app/views/side_pane.h"
#include "app/when_done.h"
#include "core/start_up.h"
#include "tests/app/first_run.h"

#include <QAbstractScrollArea>
#include <QApplication>
#include <QDialog>
#include <QPlainTextEdit>

using namespace sotto;
using namespace sotto::app;
using test::named;
using test::waits;

namespace {

QString sentencesOf(const QWidget& in) {
    QStringList found;
    for (const QLabel* label : in.findChildren<QLabel*>()) {
        if (label->isVisible() && !label->text().isEmpty()) {
            found.append(label->text());
        }
    }
    return found.join(" | ");
}

} // namespace

class TestDesktopBadInput : public QObject {
    Q_OBJECT

    static void openFirst(test::Desk& desk) {
        QVERIFY(waits([&] { return desk.window.isReady(); }));
        desk.window.showConversation(desk.window.side().conversations().entry(0).key);
        QVERIFY(waits([&] { return desk.window.pane().model().rowCount() > 0; }));
    }

private slots:
    void initTestCase() {
        core::startUp();
        applyTheme(ThemeChoice::Light);
    }

    void withoutADisplayItSaysSo() {
        const test::Person person("alice");
        const auto starts = [&](const char* display, const QStringList& arguments) {
            QProcess process;
            QProcessEnvironment environment = person.environment();
            environment.remove("QT_QPA_PLATFORM");
            environment.remove("WAYLAND_DISPLAY");
            environment.remove("DISPLAY");
            if (display != nullptr) {
                environment.insert("DISPLAY", display);
            }
            process.setProcessEnvironment(environment);
            process.start(qEnvironmentVariable("SOTTO_BIN_DIR") + "/sotto-desktop", arguments);
            process.waitForFinished(test::kPatienceMs);
            return std::tuple(process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
                              process.readAllStandardError(), process.readAllStandardOutput());
        };
        for (const char* display : {static_cast<const char*>(nullptr), ":7654"}) {
            const auto [code, said, out] = starts(display, {});
            QCOMPARE(code, 1);
            QVERIFY2(said.startsWith("sotto-desktop: opening a window failed: ") && said.count('\n') == 1,
                     said.constData());
            QCOMPARE(said.contains("neither"), display == nullptr);
        }
        const auto [code, said, out] = starts(nullptr, {"--version"});
        QCOMPARE(code, 0);
        QVERIFY2(said.isEmpty() && out.contains("0."), (said + out).constData());
        QVERIFY(std::get<2>(starts(nullptr, {"--help"})).contains("--profile"));
    }

    void whatIsWrongAroundIsSaidAboveTheWindow() {
        test::Relay relay;
        const test::Person person("alice", relay);
        const QString path = person.home() + "/desktop.ini";
        {
            QFile file(path);
            QVERIFY(file.open(QFile::WriteOnly));
            file.write("\x7f\x01 no settings [[[\n");
        }
        CoreThread core(test::placeOf(person));
        Settings settings(path);
        const LinkGate gate([](const QUrl&) {});
        MainWindow window(core, settings, gate);
        window.show();
        window.begin();
        window.note(clockWords(-3 * 86'400'000LL));
        auto* const bar = window.findChild<NoticeBar*>();
        QVERIFY(waits([&] { return window.isReady() && bar->isVisible(); }));
        QVERIFY2(sentencesOf(*bar).contains("settings"), qPrintable(sentencesOf(*bar)));
        test::shot(window, "notice");
        test::press(*bar, "OK");
        QVERIFY2(sentencesOf(*bar).contains("3 days ahead"), qPrintable(sentencesOf(*bar)));
        test::press(*bar, "OK");
        QVERIFY(bar->isHidden());
        window.note(clockWords(-3 * 86'400'000LL)); // it was read
        QVERIFY(bar->isHidden());
    }

    void clocksThatDifferAreSaidFromWhereOneSeesIt() {
        QVERIFY(clockWords(0).isEmpty() && clockWords(299'999).isEmpty() && clockWords(-299'999).isEmpty());
        QVERIFY(clockWords(300'000).contains("5 minutes behind"));
        QVERIFY(clockWords(-90 * 60'000).contains("90 minutes ahead"));
        QVERIFY(clockWords(26 * 3'600'000LL).contains("26 hours behind"));
        // A relay may say anything.
        for (const auto lie :
             {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min() + 1}) {
            QVERIFY(!clockWords(lie).isEmpty());
        }
        const QDate today(2026, 3, 5);
        const auto at = [](const QDate& day) { return QDateTime(day, QTime(14, 2)).toMSecsSinceEpoch(); };
        QCOMPARE(sinceWords(at(today), today), clockTime(at(today)));
        QVERIFY(sinceWords(at(today.addDays(-3)), today).startsWith(dayWords(today.addDays(-3), today)));
        QVERIFY(hasEmoji({"DejaVu Sans", "Noto Color Emoji"}) && !hasEmoji({"DejaVu Sans"}));
    }

    /// The folder of profiles is inside a file: whoever runs this may write anywhere else.
    void aHomeThatCannotBeWritten() {
        test::Relay relay;
        test::Person person("alice");
        const QString file = person.home() + "/nothing-in-here";
        QVERIFY(QFile(file).open(QFile::WriteOnly));
        person.environment().insert("XDG_DATA_HOME", file + "/data");
        test::Desk desk(person);
        QVERIFY(waits([&] { return !sentencesOf(desk.window).isEmpty(); }));
        if (named<QLineEdit>(desk.window, "Your name at the relay")->isVisible()) {
            test::typeInto(desk.window, "Invite link (sotto://…)", relay.joinLink());
            test::typeInto(desk.window, "Your name at the relay", "alice");
            test::typeInto(desk.window, "Passphrase for this computer", "correct horse");
            test::typeInto(desk.window, "The passphrase again", "correct horse");
            test::press(desk.window, "Create account");
        }
        QVERIFY(waits([&] { return sentencesOf(desk.window).contains("nothing-in-here"); }));
        bool isSettled = false; // what the window asks for after a refusal was answered
        whenDone(desk.core.protection(), &desk.window, [&](const auto&) { isSettled = true; });
        QVERIFY(waits([&] { return isSettled; }));
        QVERIFY2(sentencesOf(desk.window).contains("nothing-in-here"), qPrintable(sentencesOf(desk.window)));
        test::shot(desk.window, "home-that-cannot-be-written");
    }

    void aTextOfTheLargestSize() {
        test::Relay relay;
        const test::Person person("alice", relay);
        std::string text = "begin ";
        while (text.size() < core::kMaxTextBytes - 8) {
            text += text.size() % 80 < 70 ? "word " : "w\xCC\x81\n";
        }
        text += " the end";
        test::fill(person, 1, {{1, text}, {1, std::string(core::kMaxTextBytes, 'x')}});
        test::Desk desk(person);
        openFirst(desk);
        ConversationPane& pane = desk.window.pane();
        QVERIFY(waits([&] { return pane.model().rowCount() == 2; }));
        pane.view().viewport()->repaint();
        QCOMPARE(pane.view().layoutOf(0).button(), QString("Show all"));
        QVERIFY(pane.view().layoutOf(0).height() < 4000);
        test::shot(desk.window, "largest-text");
        emit pane.view().buttonClicked(0);
        auto* const shown = desk.window.findChild<QDialog*>();
        QVERIFY(shown != nullptr);
        QVERIFY(shown->findChild<QPlainTextEdit*>()->toPlainText().endsWith("the end"));
        shown->close();

        // What is too long to send stays where it was written.
        QPlainTextEdit& edit = pane.composer().edit();
        edit.setPlainText(QString(70'000, QChar('y')));
        edit.setFocus();
        QTest::keyClick(&edit, Qt::Key_Return);
        QVERIFY(waits([&] { return sentencesOf(desk.window).contains("too long"); }));
        QCOMPARE(edit.toPlainText().size(), 70'000);
    }

    void tenThousandReactions() {
        test::Relay relay;
        const test::Person person("alice", relay);
        test::fill(person, 1, {{1, "like this"}, {1, "and this"}});
        {
            auto profile = core::Profile::open(test::placeOf(person).directory, {}).value();
            auto& database = profile.database();
            QVERIFY(database.transaction([&] {
                database.execute(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) "
                    "INSERT INTO account(id, key) SELECT 100000 + i, randomblob(32) FROM n");
                database.execute("INSERT INTO reaction(message, account, revision, device, generation, seq, "
                                 "emoji, sent_at) SELECT (SELECT min(id) FROM message), id, 1, 1, 1, 1, "
                                 "char(0x1F600 + id % 40), 1 FROM account WHERE id > 100000");
                database.execute(
                    "UPDATE message SET extras = extras | 1 WHERE id = (SELECT min(id) FROM message)");
            }));
        }
        test::Desk desk(person);
        openFirst(desk);
        ConversationPane& pane = desk.window.pane();
        QVERIFY(waits([&] { return pane.model().rowCount() == 2; }));
        pane.view().viewport()->repaint();
        QCOMPARE(pane.model().row(0).message.reactions.size(), 10'000U);
        QVERIFY(pane.view().layoutOf(0).height() < 200); // the signs stand in one row, with their numbers
        test::shot(desk.window, "ten-thousand-reactions");
        // Whoever listens hears the signs, not each of ten thousand people.
        const QString heard = pane.model().data(pane.model().index(0), Qt::AccessibleTextRole).toString();
        QVERIFY2(heard.size() < 2'000, qPrintable(QString::number(heard.size())));
    }
};

QTEST_MAIN(TestDesktopBadInput)
#include "test_desktop_bad_input.moc"

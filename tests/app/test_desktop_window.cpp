// SPDX-License-Identifier: GPL-3.0-or-later
// The window as a person uses it, over a real core and a real relay. Others type commands.
#include "app/dialogs/safety_number_dialog.h"
#include "app/views/composer.h"
#include "app/views/conversation_pane.h"
#include "app/views/details_drawer.h"
#include "app/views/message_view.h"
#include "app/views/side_pane.h"
#include "core/start_up.h"
#include "tests/app/first_run.h"
#include "tests/app/talking.h"

#include <QAccessible>
#include <QAccessibleTableInterface>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QToolButton>

using namespace sotto;
using namespace sotto::app;
using test::isInView;
using test::named;
using test::press;
using test::say;
using test::says;
using test::shown;
using test::stateOfLast;
using test::typeCodeBack;
using test::typeInto;
using test::waits;

class TestDesktopWindow : public QObject {
    Q_OBJECT

    std::unique_ptr<test::Relay> m_relay;

private slots:
    void initTestCase() {
        core::startUp();
        applyTheme(ThemeChoice::Light);
        m_relay = std::make_unique<test::Relay>();
    }

    void fromNothingToTwoPeopleTalking() {
        const test::Person bob("bob", *m_relay);
        const test::Person alice("alice"); // no account yet
        test::Desk desk(alice);
        MainWindow& window = desk.window;
        QVERIFY(waits([&] { return named<QLineEdit>(window, "Your name at the relay")->isVisible(); }));
        test::shot(window, "first-run");

        // What is missing is said.
        press(window, "Create account");
        typeInto(window, "Invite link (sotto://…)", m_relay->joinLink());
        typeInto(window, "Your name at the relay", "alice");
        // Without a passphrase is a choice, not a slip.
        press(window, "Create account");
        QVERIFY(says(window, "Choose a passphrase first"));
        auto* const way = named<QComboBox>(window, "How the messages on this computer are locked");
        way->setCurrentIndex(way->count() - 1);
        QVERIFY(says(window, "Whoever can copy your files"));
        QVERIFY(!named<QLineEdit>(window, "Passphrase for this computer")->isVisible());
        test::shot(window, "first-run-open");
        press(window, "Create account");
        const auto* code = named<QLabel>(window, "Recovery code");
        QVERIFY(waits([&] { return code->isVisible(); }));
        QVERIFY(code->text().size() > 40);
        QCOMPARE(code->textInteractionFlags(), Qt::NoTextInteraction); // it goes into no clipboard
        test::shot(window, "recovery-code");
        // It is asked back, out of sight, and what is not in it does not do.
        press(window, "I have written it down");
        QVERIFY(!code->isVisible());
        auto* const typed = named<QLineEdit>(window, "Groups of the recovery code");
        typeInto(window, "Groups of the recovery code", "XXXX XXXX");
        press(window, "Continue");
        QVERIFY(typed->isVisible());
        test::shot(window, "recovery-code-typed");
        press(window, "Show it again");
        QVERIFY(code->isVisible());
        typeCodeBack(window);
        QVERIFY(waits([&] { return window.isReady(); }));
        QVERIFY(waits([&] { return window.side().linkWords().isEmpty(); }));
        test::shot(window, "nobody-yet");

        QTest::keyClick(&window, Qt::Key_N, Qt::ControlModifier);
        auto* const dialog = window.findChild<QDialog*>();
        QVERIFY(dialog != nullptr);
        typeInto(*dialog, "Name or contact link", "@nobody");
        press(*dialog, "Begin");
        QVERIFY(waits([&] {
            for (const QLabel* label : dialog->findChildren<QLabel*>()) {
                if (label->text().contains("nobody is called @nobody")) {
                    return true;
                }
            }
            return false;
        }));
        test::shot(*dialog, "new-conversation");
        typeInto(*dialog, "Name or contact link", "@bob");
        press(*dialog, "Begin");
        QVERIFY(waits([&] { return window.pane().conversation().has_value(); }));

        window.activateWindow();                // there is no window manager to do it
        bob.must({"contact", "add", "@alice"}); // strangers get no receipts
        auto following = bob.follow();
        say(desk, "Hello Bob");
        QVERIFY(waits([&] { return shown(desk) == QStringList{">Hello Bob"}; }));
        QVERIFY(following->waitForLine("Hello Bob"));
        QVERIFY(waits([&] { return stateOfLast(desk) >= core::MessageState::Delivered; }));
        bob.must({"send", "@alice", "Hello Alice"});
        QVERIFY(waits([&] { return shown(desk).contains("<Hello Alice"); }));
        QVERIFY(waits([&] {
            return window.side().conversations().rowCount() == 1 &&
                   window.side().conversations().data(window.side().conversations().index(0), PreviewRole) ==
                       "Hello Alice";
        }));
        // The commands work through the window's process.
        QCOMPARE(alice.history("@bob"), (QStringList{">Hello Bob", "<Hello Alice"}));
        alice.must({"send", "@bob", "from a script"});
        QVERIFY(waits([&] { return shown(desk).last() == ">from a script"; }));

        // Reactions and edits, either way.
        ConversationPane& pane = window.pane();
        const auto ids = bob.json({"log", "@alice", "-n", "10"}).objects();
        bob.must({"react", ids.first()["id"].toString(), "👍"});
        QVERIFY(waits([&] { return !pane.model().row(0).message.reactions.empty(); }));
        QTest::keyClick(&pane.composer().edit(), Qt::Key_Up);
        QCOMPARE(pane.composer().text(), QString("from a script"));
        QTest::keyClicks(&pane.composer().edit(), ", and edited");
        QTest::keyClick(&pane.composer().edit(), Qt::Key_Return);
        QVERIFY(waits([&] { return shown(desk).last() == ">from a script, and edited"; }));
        QVERIFY(
            test::eventually([&] { return bob.history("@alice").contains("<from a script, and edited"); }));
        QTest::keyClick(&pane.composer().edit(), Qt::Key_Up);
        QTest::keyClick(&pane.composer().edit(), Qt::Key_Escape);
        QVERIFY(pane.composer().text().isEmpty());
        // What was half written comes back after an edit that begins elsewhere.
        QTest::keyClicks(&pane.composer().edit(), "half a thought");
        emit pane.view().menuWanted(pane.model().rowCount() - 1, QPoint(10, 10));
        for (QAction* action : pane.findChild<QMenu*>()->actions()) {
            if (action->text() == "Edit") {
                action->trigger();
            }
        }
        pane.findChild<QMenu*>()->close();
        QCOMPARE(pane.composer().text(), QString("from a script, and edited"));
        QTest::keyClick(&pane.composer().edit(), Qt::Key_Escape);
        QCOMPARE(pane.composer().text(), QString("half a thought"));
        pane.composer().edit().clear();

        // What a person sees is read, and the sender hears of it.
        QVERIFY(waits([&] { return window.side().conversations().entry(0).unread == 0; }));
        QVERIFY(waits([&] {
            return following->out().contains("\"read\"") || bob.run({"log", "@alice"}).out.contains("read");
        }));
        test::shot(window, "talking");

        // The relay goes away and comes back; what was written meanwhile arrives.
        m_relay->kill();
        QVERIFY(waits([&] {
            return window.side().linkWords().startsWith("Offline") ||
                   window.side().linkWords().startsWith("Connecting");
        }));
        say(desk, "into the void");
        QVERIFY(waits([&] { return shown(desk).last() == ">into the void"; }));
        QVERIFY(stateOfLast(desk) < core::MessageState::Sent);
        test::shot(window, "offline");
        m_relay->start();
        QVERIFY(waits([&] { return window.side().linkWords().isEmpty(); }));
        QVERIFY(waits([&] { return stateOfLast(desk) >= core::MessageState::Sent; }));
        QVERIFY(following->waitForLine("into the void"));
    }

    void aLongHistoryIsReadFoundAndJumpedTo() {
        const test::Person alice("carol", *m_relay);
        std::vector<test::Said> lines;
        for (int i = 0; i < 1200; ++i) {
            const bool odd = i == 333;
            lines.push_back(
                {1, odd ? "the crocodile sleeps in the library"
                        : "line number " + std::to_string(i) + (i % 7 == 0 ? std::string(200, 'm') : "")});
        }
        lines.push_back({2, "see https://example.org/page for more"});
        test::fill(alice, 2, lines);
        test::Desk desk(alice);
        MainWindow& window = desk.window;
        QVERIFY(waits([&] { return window.isReady() && window.side().conversations().rowCount() == 2; }));
        QTest::keyClick(&window, Qt::Key_Down, Qt::AltModifier);
        QVERIFY(waits([&] { return shown(desk).size() == 1; }));
        QTest::keyClick(&window, Qt::Key_Down, Qt::AltModifier);
        QVERIFY(waits([&] { return shown(desk).size() > 20; }));
        ConversationModel& model = window.pane().model();
        MessageView& view = window.pane().view();
        QVERIFY(waits([&] { return view.isAtEnd(); }));
        QVERIFY(isInView(view, model.rowCount() - 1));
        test::shot(window, "history");

        // While pages arrive above, what is looked at stays where it is.
        view.verticalScrollBar()->setValue(view.verticalScrollBar()->maximum() / 2);
        for (int page = 0; page < 5; ++page) {
            QVERIFY(model.hasOlder());
            const int row = view.indexAt(QPoint(10, 60)).row();
            const core::MessageKey looked = model.row(row).message.key;
            const int bottom = view.visualRect(model.index(row)).bottom();
            const core::MessageKey first = model.row(0).message.key;
            model.loadOlder();
            QVERIFY(waits([&] { return model.row(0).message.key != first; }));
            QCoreApplication::processEvents();
            QCOMPARE(view.visualRect(model.index(model.rowOf(looked))).bottom(), bottom);
            view.verticalScrollBar()->setValue(view.verticalScrollBar()->value() - 400);
        }

        // Found, and shown in its place.
        QTest::keyClick(&window, Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(window.side().searchField().hasFocus());
        QTest::keyClicks(&window.side().searchField(), "crocodile");
        QVERIFY(waits([&] { return window.side().hits().rowCount() == 1; }));
        test::shot(window, "search");
        QTest::keyClick(&window.side().searchField(), Qt::Key_Return);
        QVERIFY(waits([&] {
            const int row = model.rowOf(core::MessageKey{334});
            return row >= 0 && isInView(view, row) && view.currentIndex().row() == row;
        }));
        QVERIFY(model.hasOlder() && model.hasNewer());
        test::shot(window, "jumped");
        view.setFocus();
        QTest::keyClick(&view, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QApplication::clipboard()->text(), QString("the crocodile sleeps in the library"));

        // In this conversation only, and back to the list.
        QTest::keyClick(&window, Qt::Key_Escape);
        QVERIFY(!window.side().isSearching());
        QTest::keyClick(&window, Qt::Key_F, Qt::ControlModifier);
        QTest::keyClicks(&window.side().searchField(), "example");
        QVERIFY(waits([&] { return window.side().hits().rowCount() == 0; }));
        QTest::keyClick(&window, Qt::Key_Escape);
        view.setFocus();
        QTest::keyClick(&view, Qt::Key_End);
        QVERIFY(waits([&] { return view.isAtEnd() && !model.hasNewer(); }));

        // Ctrl+K, some letters, Enter.
        QTest::keyClick(&window, Qt::Key_K, Qt::ControlModifier);
        auto* const switcher = window.findChild<QDialog*>();
        QVERIFY(switcher != nullptr);
        auto* const list = switcher->findChild<QListView*>();
        QVERIFY(waits([&] { return list->model()->rowCount() == 2; }));
        QTest::keyClicks(switcher->findChild<QLineEdit*>(), "name2");
        test::shot(*switcher, "switcher");
        QTest::keyClick(switcher->findChild<QLineEdit*>(), Qt::Key_Return);
        QVERIFY(waits([&] { return shown(desk).size() == 1 && shown(desk).first().contains("see https"); }));

        // A link leads through the gate.
        QVERIFY(waits([&] { return view.indexAt(view.visualRect(model.index(0)).center()).isValid(); }));
        const QRect bubble = view.layoutOf(0).bubble().translated(view.visualRect(model.index(0)).topLeft());
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {},
                          QPoint(bubble.left() + bubble.width() / 2, bubble.top() + 16));
        QVERIFY(waits([&] { return window.findChild<QDialog*>() != nullptr; }));
        test::shot(*window.findChild<QDialog*>(), "link");
        QVERIFY(desk.opened.isEmpty());
        window.findChild<QDialog*>()->reject();
    }

    void aScreenReaderFindsEverything() {
        const test::Person alice("dora", *m_relay);
        test::fill(alice, 1, {{1, "first"}, {1, "second"}, {1, "third"}});
        test::Desk desk(alice);
        QVERIFY(waits([&] { return desk.window.isReady(); }));
        QTest::keyClick(&desk.window, Qt::Key_Down, Qt::AltModifier);
        QVERIFY(waits([&] { return shown(desk).size() == 3; }));
        auto* const lines = QAccessible::queryAccessibleInterface(&desk.window.pane().view());
        QVERIFY(lines != nullptr && lines->tableInterface() != nullptr);
        QCOMPARE(lines->tableInterface()->rowCount(), 3);
        const QString said = lines->tableInterface()->cellAt(1, 0)->text(QAccessible::Name);
        QVERIFY2(said.contains("name1") && said.contains("second"), qPrintable(said));
        const QString own = lines->tableInterface()->cellAt(2, 0)->text(QAccessible::Name);
        QVERIFY2(own.contains("You") && own.contains("Sent"), qPrintable(own));
        QTest::keyClick(&desk.window, Qt::Key_I, Qt::ControlModifier);
        QVERIFY(desk.window.pane().details().isVisible());
        // Everything that can be reached by keyboard has a name.
        for (QWidget* widget : desk.window.findChildren<QWidget*>()) {
            if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisibleTo(&desk.window) ||
                qobject_cast<QLabel*>(widget) != nullptr) {
                continue;
            }
            auto* const interface = QAccessible::queryAccessibleInterface(widget);
            QVERIFY2(interface != nullptr && !interface->text(QAccessible::Name).isEmpty(),
                     qPrintable(widget->metaObject()->className() + QString(" ") + widget->objectName()));
        }
        for (QLabel* label : desk.window.findChildren<QLabel*>()) {
            QVERIFY(label->textFormat() == Qt::PlainText || !label->pixmap().isNull());
        }
    }

    void theDetailsStandBesideTheConversation() {
        const test::Person alice("lena", *m_relay);
        const test::Person bob("max", *m_relay);
        alice.must({"contact", "add", "@max"});
        bob.must({"contact", "add", "@lena"});
        bob.must({"send", "@lena", "Hello Lena", "--wait", "relay", "--timeout", "60s"});
        alice.must({"recv", "--max", "1", "--timeout", "60s"});
        test::Desk desk(alice);
        MainWindow& window = desk.window;
        ConversationPane& pane = window.pane();
        DetailsDrawer& details = pane.details();
        QVERIFY(waits([&] { return window.isReady() && window.side().linkWords().isEmpty(); }));
        QTest::keyClick(&window, Qt::Key_Down, Qt::AltModifier);
        QVERIFY(waits([&] { return shown(desk) == QStringList{"<Hello Lena"}; }));
        QVERIFY(!details.isVisible());
        QTest::keyClick(&window, Qt::Key_I, Qt::ControlModifier);
        QVERIFY(details.isVisible() && details.isAncestorOf(QApplication::focusWidget()));
        QVERIFY(waits([&] { return says(details, "Device 1: wrote last"); }));
        QVERIFY(says(details, "@max") && says(details, "Not verified"));
        QVERIFY(desk.settings.showsDetails());
        test::shot(window, "details");

        const auto choose = [&](const QString& words) {
            auto* const menu = details.findChild<QMenu*>();
            QVERIFY(menu != nullptr);
            for (QAction* action : menu->actions()) {
                if (action->text() == words) {
                    action->trigger();
                }
            }
            menu->close();
            QCoreApplication::sendPostedEvents(menu, QEvent::DeferredDelete);
        };
        const auto has = [&](const QString& words) {
            for (const QPushButton* button : details.findChildren<QPushButton*>()) {
                if (button->isVisible() && button->text().startsWith(words)) {
                    return true;
                }
            }
            return false;
        };
        QVERIFY(has("First message: Today") && has("Search in this conversation"));
        press(details, "Pin above the others");
        QVERIFY(waits([&] { return has("Unpin"); }));
        press(details, "Mute");
        choose("For an hour");
        QVERIFY(waits([&] { return has("Muted until"); }));
        press(details, "Disappearing messages: off");
        choose("one hour after they are read");
        QVERIFY(waits([&] { return has("Messages disappear after one hour"); }));
        press(details, "Archive");
        QVERIFY(waits([&] { return has("Back to the list"); }));
        test::shot(window, "details-kept");
        press(details, "Compare the safety number…");
        auto* const number = window.findChild<SafetyNumberDialog*>();
        QVERIFY(number != nullptr);
        number->close();
        QCoreApplication::sendPostedEvents(number, QEvent::DeferredDelete);
        press(details, "Block…");
        press(window, "Block");
        QVERIFY(waits([&] { return has("Unblock") && !has("Back to the list"); }));
        press(details, "Unblock");
        QVERIFY(waits([&] { return has("Block…") && has("Messages disappear after"); }));

        // Where there is no room for both it stands above the messages, while it is wanted.
        window.activateWindow(); // there is no window manager to do it
        QVERIFY(QTest::qWaitForWindowActive(&window));
        window.resize(700, 600);
        QVERIFY(waits([&] { return !details.isVisible() && pane.view().width() > 300; }));
        const int width = pane.view().width();
        QTest::keyClick(&window, Qt::Key_I, Qt::ControlModifier);
        QVERIFY(details.isVisible());
        QCOMPARE(pane.view().width(), width);
        QCOMPARE(details.mapTo(&window, QPoint(details.width(), 0)).x(), 700);
        test::shot(window, "details-narrow");
        QTest::keyClick(&window, Qt::Key_Escape);
        QVERIFY(!details.isVisible());
        window.resize(1000, 600);
        QVERIFY(waits([&] { return details.isVisible(); }));
        QTest::keyClick(&window, Qt::Key_I, Qt::ControlModifier);
        QVERIFY(!details.isVisible() && !desk.settings.showsDetails());
    }

    void theListIsKeptInOrder() {
        const test::Person alice("jane", *m_relay);
        test::fill(alice, 3, {{1, "oldest"}, {2, "middle"}, {3, "newest"}});
        test::Desk desk(alice);
        MainWindow& window = desk.window;
        SidePane& side = window.side();
        const auto titles = [&] {
            QStringList found;
            for (int row = 0; row < side.conversations().rowCount(); ++row) {
                found.append(QString::fromStdString(side.conversations().entry(row).title));
            }
            return found;
        };
        const auto choose = [&](int row, const QString& words) {
            emit side.list().customContextMenuRequested(
                side.list().visualRect(side.conversations().index(row)).center());
            auto* const menu = side.findChild<QMenu*>();
            QVERIFY(menu != nullptr);
            for (QAction* action : menu->findChildren<QAction*>()) {
                if (action->text() == words) {
                    action->trigger();
                    menu->close();
                    QCoreApplication::sendPostedEvents(menu, QEvent::DeferredDelete);
                    return;
                }
            }
            QFAIL(qPrintable("no entry " + words));
        };
        QVERIFY(waits([&] { return window.isReady(); }));
        QCOMPARE(titles(), (QStringList{"name3", "name2", "name1"}));
        window.showConversation(side.conversations().entry(2).key);
        QVERIFY(waits([&] { return shown(desk) == QStringList{"<oldest"}; }));
        QTest::keyClick(&window, Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(waits([&] { return titles() == (QStringList{"name1", "name3", "name2"}); }));
        choose(1, "Until I change it");
        QVERIFY(waits(
            [&] { return side.conversations().data(side.conversations().index(1), IsMutedRole).toBool(); }));
        choose(2, "Archive");
        QVERIFY(waits([&] { return titles() == (QStringList{"name1", "name3"}); }));
        const auto part = [&](const QString& words) {
            for (QToolButton* button : side.findChildren<QToolButton*>()) {
                if (button->isVisible() && button->text() == words) {
                    return button;
                }
            }
            return static_cast<QToolButton*>(nullptr);
        };
        QVERIFY(waits([&] { return part("Archived (1)") != nullptr; }));
        test::shot(window, "pinned-muted-archived");
        part("Archived (1)")->click();
        QVERIFY(waits([&] { return titles() == QStringList{"name2"}; }));
        test::shot(window, "archive");
        choose(0, "Back to the list");
        QVERIFY(waits([&] { return titles().isEmpty() && says(side, "Nobody here."); }));
        side.list().setFocus();
        part("Archived")->click();
        QVERIFY(waits([&] { return titles() == (QStringList{"name1", "name3", "name2"}); }));
        choose(0, "Unpin");
        choose(1, "Unmute");
        QVERIFY(waits([&] { return titles() == (QStringList{"name3", "name2", "name1"}); }));
    }

    void aStrangerWaitsInAPlaceOfTheirOwn() {
        const test::Person alice("kim", *m_relay);
        const test::Person stranger("leo", *m_relay);
        stranger.must({"contact", "add", "@kim"});
        test::Desk desk(alice);
        MainWindow& window = desk.window;
        QVERIFY(waits([&] { return window.isReady() && window.side().linkWords().isEmpty(); }));
        stranger.must({"send", "@kim", "Do you know me?", "--wait", "relay", "--timeout", "60s"});
        QToolButton* requests = nullptr;
        QVERIFY(waits([&] {
            for (QToolButton* button : window.side().findChildren<QToolButton*>()) {
                if (button->isVisible() && button->text() == "Requests (1)") {
                    requests = button;
                }
            }
            return requests != nullptr;
        }));
        QCOMPARE(window.side().conversations().rowCount(), 0);
        requests->click();
        QVERIFY(waits([&] { return window.side().conversations().rowCount() == 1; }));
        const core::ConversationEntry entry = window.side().conversations().entry(0);
        emit window.side().chosen(entry);
        QVERIFY(waits([&] { return shown(desk) == QStringList{"<Do you know me?"}; }));
        ConversationPane& pane = window.pane();
        QVERIFY(says(pane, "wrote to you for the first time"));
        QVERIFY(!pane.composer().isVisible());
        test::shot(window, "request");
        // Nothing is written to a stranger by a slip.
        QTest::keyClicks(&pane.view(), "oh");
        QVERIFY(pane.composer().text().isEmpty());
        press(window, "Accept");
        QVERIFY(waits([&] { return pane.composer().isVisible(); }));
        QVERIFY(!says(pane, "wrote to you for the first time"));
        QVERIFY(waits([&] { return window.side().conversations().rowCount() == 0; }));
        window.side().showPart(core::ListPart::Main);
        QVERIFY(waits([&] { return window.side().conversations().rowCount() == 1; }));
        say(desk, "Now I do");
        QVERIFY(waits([&] { return shown(desk).last() == ">Now I do"; }));

        // Blocked, and not any more.
        pane.block(entry.members.front(), "leo");
        press(window, "Block");
        QVERIFY(waits([&] { return says(pane, "You have blocked"); }));
        QVERIFY(!pane.composer().isVisible());
        test::shot(window, "blocked");
        press(window, "Unblock");
        QVERIFY(waits([&] { return pane.composer().isVisible(); }));
    }

    void lockedAndUnlocked() {
        const test::Person alice("erin");
        test::Desk desk(alice);
        MainWindow& window = desk.window;
        QVERIFY(waits([&] { return named<QLineEdit>(window, "Your name at the relay")->isVisible(); }));
        typeInto(window, "Invite link (sotto://…)", m_relay->joinLink());
        typeInto(window, "Your name at the relay", "erin");
        typeInto(window, "Passphrase for this computer", "horse");
        typeInto(window, "The passphrase again", "hoarse");
        press(window, "Create account");
        typeInto(window, "The passphrase again", "horse");
        press(window, "Create account");
        QVERIFY(waits([&] { return named<QLabel>(window, "Recovery code")->isVisible(); }));
        typeCodeBack(window);
        QVERIFY(waits([&] { return window.isReady(); }));

        // Locked from elsewhere.
        alice.must({"lock"});
        auto* const field = named<QLineEdit>(window, "Passphrase");
        QVERIFY(waits([&] { return field->isVisible() && !window.isReady(); }));
        test::shot(window, "locked");
        QVERIFY(waits([&] { return field->isEnabled(); }));
        QTest::keyClicks(field, "wrong");
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(waits([&] { return field->isEnabled() && field->text().isEmpty(); }));
        QVERIFY(!window.isReady());
        QTest::keyClicks(field, "horse");
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(waits([&] { return window.isReady(); }));
    }

    void anotherOwnerIsAskedToGo() {
        const test::Person alice("fred", *m_relay);
        auto daemon = alice.start({"daemon"});
        QVERIFY(test::eventually([&] {
            return alice.run({"status", "--json"}).out.contains("\"owner\":true");
        }));
        test::Desk desk(alice);
        QVERIFY(waits([&] {
            for (const QPushButton* button : desk.window.findChildren<QPushButton*>()) {
                if (button->isVisible() && button->text() == "End it and open here") {
                    return true;
                }
            }
            return false;
        }));
        test::shot(desk.window, "elsewhere");
        press(desk.window, "End it and open here");
        QVERIFY(waits([&] { return desk.window.isReady(); }));
    }
};

QTEST_MAIN(TestDesktopWindow)
#include "test_desktop_window.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// What others write in every place where the window shows it, or says it to a screen reader: nothing is
// fetched or opened, nothing is taken for markup, nothing acts unseen (docs/SECURITY.md, display).
#include "app/dialogs/message_info_dialog.h"
#include "app/dialogs/new_chat_dialog.h"
#include "app/dialogs/question.h"
#include "app/dialogs/safety_number_dialog.h"
#include "app/format/links.h"
#include "app/format/shown_text.h"
#include "app/views/composer.h"
#include "app/views/conversation_pane.h"
#include "app/views/details_drawer.h"
#include "app/views/message_view.h"
#include "app/views/side_pane.h"
#include "core/start_up.h"
#include "tests/app/desk.h"
#include "tests/support/display_trap.h"

#include <QAccessible>
#include <QAccessibleTableInterface>
#include <QApplication>
#include <QHelpEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPainter>
#include <QTextEdit>

using namespace sotto;
using namespace sotto::app;
using test::named;
using test::waits;

class TestDesktopDisplay : public QObject {
    Q_OBJECT

    std::unique_ptr<test::Relay> m_relay;
    test::DisplayTrap m_trap;
    std::vector<std::string> m_corpus = m_trap.corpus();

    /// A profile in which each text of the corpus is a name, messages, a quote, a reaction, an earlier
    /// version, a reason for a failure and a draft.
    void poison(const test::Person& person) const {
        std::vector<test::Said> lines;
        for (std::size_t i = 0; i < 3 * m_corpus.size(); ++i) {
            lines.push_back({i / 3 + 1, m_corpus[i / 3]});
        }
        test::fill(person, m_corpus.size(), lines);
        auto profile = core::Profile::open(test::placeOf(person).directory, {}).value();
        db::Database& database = profile.database();
        const auto done = database.transaction([&] {
            for (std::size_t i = 0; i < m_corpus.size(); ++i) {
                const std::string& text = m_corpus[i];
                const auto received = static_cast<std::int64_t>(3 * i + 1);
                const std::int64_t own = 3 * static_cast<std::int64_t>(i) + 3;
                database.run("UPDATE contact SET name = ? WHERE name = ?", text,
                             "name" + std::to_string(i + 1));
                database.run("INSERT INTO quote(message, target_id, target_account, target_device, text) "
                             "SELECT ?, zeroblob(16), id, 1, ? FROM account LIMIT 1",
                             received, text);
                database.run("UPDATE message SET extras = ?2, revision = 1 WHERE id = ?1", received,
                             core::kHasQuote | core::kHasReactions);
                database.run(
                    "INSERT INTO reaction(message, account, revision, device, generation, seq, "
                    "emoji, sent_at) SELECT id, sender, 1, 1, 1, 9, ?2, 1 FROM message WHERE id = ?1",
                    received, text);
                database.run("UPDATE message SET state = ?2, detail = ?3 WHERE id = ?1 AND outgoing = 1", own,
                             core::MessageState::Failed, text);
                database.run(
                    "INSERT INTO draft(conversation, text, at) SELECT conversation, ?2, 1 FROM message "
                    "WHERE id = ?1",
                    own, text);
            }
        });
        QVERIFY(done);
    }

    /// Of everything that stands on the screen, and of what can be read there in `seen`.
    static void look(QStringList& seen) {
        for (QWidget* widget : QApplication::allWidgets()) {
            QVERIFY(qobject_cast<QTextEdit*>(widget) == nullptr);
            if (const auto* label = qobject_cast<QLabel*>(widget)) {
                const bool isTip = widget->inherits("QTipLabel");
                QVERIFY2(isTip || label->textFormat() == Qt::PlainText || !label->pixmap().isNull(),
                         qPrintable(label->text()));
                QVERIFY2(!isTip || !isMarkup(label->text()), qPrintable(label->text()));
                seen.append(label->text());
            }
            QVERIFY2(!isMarkup(widget->toolTip()), qPrintable(widget->toolTip()));
            for (const QAction* action : widget->actions()) {
                QVERIFY2(!isMarkup(action->toolTip()), qPrintable(action->toolTip()));
            }
            seen.append({widget->windowTitle(), widget->toolTip(), widget->accessibleName()});
        }
        for (const QString& text : seen) {
            for (const QChar c : text) {
                const ushort unit = c.unicode();
                QVERIFY2((unit < 0x202A || unit > 0x202E) && unit != 0x200B && unit != 0xFEFF && unit != 0x1B,
                         qPrintable(text));
            }
        }
    }
    static bool isMarkup(QString tip) {
        if (tip.startsWith(QLatin1String("<qt>")) && tip.endsWith(QLatin1String("</qt>"))) {
            return tip.mid(4, tip.size() - 9).remove(QLatin1String("<br>")).contains(QLatin1Char('<'));
        }
        return Qt::mightBeRichText(tip);
    }
    /// What a screen reader says of every row.
    static QStringList rowsOf(QWidget& list) {
        QStringList said;
        // Without a screen reader nobody tells the table of rows that come and go: one is made anew.
        QAccessible::deleteAccessibleInterface(
            QAccessible::uniqueId(QAccessible::queryAccessibleInterface(&list)));
        auto* const table = QAccessible::queryAccessibleInterface(&list)->tableInterface();
        for (int row = 0; row < table->rowCount(); ++row) {
            said.append(table->cellAt(row, 0)->text(QAccessible::Name));
        }
        return said;
    }
    static void hoverEverywhere(QAbstractScrollArea& area) {
        const QRect all = area.viewport()->rect();
        for (int y = 6; y < all.height(); y += 24) {
            for (int x = 12; x < all.width(); x += 80) {
                QHelpEvent help(QEvent::ToolTip, {x, y}, area.viewport()->mapToGlobal(QPoint(x, y)));
                QCoreApplication::sendEvent(area.viewport(), &help);
            }
        }
    }
    void closeDialogs(const QWidget& window) {
        for (QDialog* dialog : window.findChildren<QDialog*>()) {
            dialog->reject();
        }
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }

private slots:
    void initTestCase() {
        core::startUp();
        applyTheme(ThemeChoice::Light);
        m_relay = std::make_unique<test::Relay>();
    }

    /// If this did not fall in, nothing else here would say anything.
    void theTrapCatchesACarelessLabel() {
        QCOMPARE(m_trap.visits(), 0U);
        QLabel careless(QString::fromStdString(m_corpus.front()));
        careless.show();
        QVERIFY(waits([&] { return m_trap.visits() > 0; }));
        QTcpSocket visitor;
        visitor.connectToHost(QHostAddress::LocalHost, m_trap.port());
        QVERIFY(visitor.waitForConnected());
        QVERIFY(waits([&] { return m_trap.visits() > 0; }));
        careless.hide();
    }

    void everyPlaceShowsItAsText() {
        const test::Person alice("gina", *m_relay);
        poison(alice);
        test::Desk desk(alice);
        MainWindow& window = desk.window;
        const auto count = static_cast<int>(m_corpus.size());
        QVERIFY(waits([&] { return window.isReady() && window.side().conversations().rowCount() > 0; }));
        ConversationListModel& list = window.side().conversations();
        while (list.canFetchMore({})) {
            const int before = list.rowCount();
            list.fetchMore({});
            QVERIFY(waits([&] { return list.rowCount() > before; }));
        }
        QCOMPARE(list.rowCount(), count);
        hoverEverywhere(window.side().list());
        QStringList seen = rowsOf(window.side().list());
        QVERIFY(seen.filter("<img src=\"" + m_trap.file()).size() > 0);

        for (int row = 0; row < count; ++row) {
            const core::ConversationEntry entry = list.entry(row);
            window.showConversation(entry.key);
            ConversationPane& pane = window.pane();
            QVERIFY(waits([&] { return pane.conversation() == entry.key && pane.model().rowCount() == 3; }));
            pane.setShowsDetails(true);
            window.grab();
            hoverEverywhere(pane.view());
            const QStringList said = rowsOf(pane.view());
            QVERIFY2(said.filter(shownName(entry.title)).size() > 0, qPrintable(said.join('|')));
            seen.append(said);
            look(seen);
            QVERIFY(!QTest::currentTestFailed());

            emit pane.view().menuWanted(0, pane.view().mapToGlobal(QPoint(20, 20)));
            for (QMenu* menu : pane.findChildren<QMenu*>()) {
                menu->close();
            }
            MessageInfoDialog info(desk.core, pane.model().row(2).message.id, &window);
            info.setAttribute(Qt::WA_DeleteOnClose, false);
            info.QDialog::show();
            QVERIFY(waits([&] { return info.findChildren<QLabel*>().size() > 3; }));
            core::Contact contact;
            contact.name = entry.title;
            contact.changedTo = contact.account;
            SafetyNumberDialog who(desk.core, contact, &window);
            who.setAttribute(Qt::WA_DeleteOnClose, false);
            who.SafetyNumberDialog::show(contact);
            who.QDialog::show();
            Question question(shownSentence(entry.title), shownSentence(entry.title), {}, &window);
            question.show();
            window.grab();
            look(seen);
        }
        QCOMPARE(m_trap.visits(), 0U);

        // What is searched for, found, and typed where a name belongs.
        for (const std::string& text : m_corpus) {
            emit desk.core.happened({core::LinkChanged{core::LinkState::Offline, text}});
            window.side().beginSearch(std::nullopt);
            window.side().searchField().setText(QString::fromStdString(text));
            QVERIFY(waits([&] { return window.side().isSearching(); }));
            NewChatDialog begin(desk.core, &window);
            begin.setAttribute(Qt::WA_DeleteOnClose, false);
            begin.setWho(QString::fromStdString(text));
            begin.show();
            desk.gate.ask(QString::fromStdString(text), &window);
            window.openLink(QString::fromStdString(text));
            look(seen);
            QVERIFY(!QTest::currentTestFailed());
            closeDialogs(window);
        }
        window.side().searchField().setText("img src");
        QVERIFY(waits([&] { return window.side().hits().rowCount() > 0; }));
        hoverEverywhere(window.side().hitList());
        seen.append(rowsOf(window.side().hitList()));
        window.activateWindow(); // there is no window manager to do it
        QVERIFY(QTest::qWaitForWindowActive(&window));
        QVERIFY(QApplication::activeModalWidget() == nullptr);
        QVERIFY(QApplication::activePopupWidget() == nullptr);
        QTest::keyClick(&window, Qt::Key_K, Qt::ControlModifier);
        auto* const switcher = window.findChild<QDialog*>();
        QVERIFY(switcher != nullptr);
        auto* const names = switcher->findChild<QListView*>();
        QVERIFY(waits([&] { return names->model()->rowCount() > 0; }));
        hoverEverywhere(*names);
        seen.append(rowsOf(*names));
        switcher->grab();
        look(seen);
        closeDialogs(window);
        QCOMPARE(m_trap.visits(), 0U);
        QVERIFY(desk.opened.isEmpty());
    }

    /// Looks that no peer of ours would send: beside the text, inside of characters, over each other, and
    /// links to wherever a text says.
    void hostileLooksStayInsideOfTheirText() {
        core::Message message;
        const QDate day(2026, 1, 1);
        QImage canvas(700, 900, QImage::Format_ARGB32_Premultiplied);
        for (const std::string& text : m_corpus) {
            message.text = text.substr(0, 4000) + "\nסוף \u202Eend\r\n\u0301\n";
            message.styles.clear();
            for (std::uint32_t i = 0; i < core::kMaxStyledRanges; ++i) {
                message.styles.push_back({core::TextStyle{static_cast<int>(i % 6) + 1},
                                          i % 11 == 10 ? 0xFFFFFFF0U - i : i * 7 % 300, i % 13 * 9,
                                          i % 4 == 0 ? "https://example.org/" + text : text});
            }
            message.styles.push_back({core::TextStyle::CodeBlock, 0, 0xFFFFFFFFU, {}});
            const MessageLayout layout(message, {canvas.width(), false, false, false, false},
                                       QApplication::font(), day, day);
            const auto size = static_cast<int>(layout.text().size());
            for (const QTextLayout::FormatRange& range : layout.body().formats()) {
                QVERIFY(range.start >= 0 && range.length > 0 && range.start + range.length <= size);
            }
            canvas.fill(Qt::white);
            QPainter painter(&canvas);
            layout.paint(painter, {0, 0}, TextSpan{0, size}, false);
            for (int y = 0; y < layout.height(); y += 9) {
                for (int x = 0; x < canvas.width(); x += 9) {
                    const MessageLayout::Hit hit = layout.hit({x, y});
                    QVERIFY(hit.part != MessageLayout::Part::Link || webAddress(hit.link).isValid());
                }
            }
        }
        QCOMPARE(m_trap.visits(), 0U);
    }

    /// The middle of what a label paints, from its left edge.
    static int inkOf(QWidget& label) {
        const QImage image = label.grab().toImage();
        int first = image.width();
        int last = 0;
        for (int x = 0; x < image.width(); ++x) {
            for (int y = 0; y < image.height(); ++y) {
                if (image.pixel(x, y) != image.pixel(0, 0)) {
                    first = std::min(first, x);
                    last = std::max(last, x);
                }
            }
        }
        return (first + last) / 2;
    }

    /// As the desktop of somebody who reads from right to left has it.
    void everythingStandsTheOtherWayRound() {
        const test::Person alice("hila", *m_relay);
        test::fill(
            alice, 2,
            {{1, "שלום, מה שלומך?"}, {1, "Hello, all is well"}, {1, "נתראה מחר ב-10:30"}, {2, "עוד אחת"}});
        const auto sides = [&](Qt::LayoutDirection direction, const QString& name) {
            QApplication::setLayoutDirection(direction);
            test::Desk desk(alice);
            MainWindow& window = desk.window;
            const auto list = [&] { return window.side().conversations().rowCount(); };
            if (!waits([&] { return window.isReady() && list() == 2; })) {
                return QList<int>();
            }
            window.showConversation(window.side().conversations().entry(1).key);
            if (!waits([&] { return window.pane().model().rowCount() == 3; })) {
                return QList<int>();
            }
            window.pane().setShowsDetails(true);
            QCoreApplication::processEvents();
            test::shot(window, name);
            MessageView& view = window.pane().view();
            const auto centre = [&](QWidget& widget) {
                return widget.mapTo(&window, widget.rect().center()).x();
            };
            QList<int> found{centre(window.side()), centre(window.side().searchField()),
                             centre(window.pane().composer().edit())};
            found.append(centre(window.pane().details()));
            auto* const title = window.pane().findChild<QLabel*>("title");
            found.append(title->mapTo(&window, QPoint(inkOf(*title), 0)).x());
            for (int row = 0; row < 3; ++row) {
                found.append(view.mapTo(&window, view.layoutOf(row).bubble().center()).x());
            }
            return found;
        };
        const QList<int> usual = sides(Qt::LeftToRight, "left-to-right");
        const QList<int> turned = sides(Qt::RightToLeft, "right-to-left");
        QApplication::setLayoutDirection(Qt::LeftToRight);
        QVERIFY(!usual.isEmpty() && usual.size() == turned.size());
        constexpr int kWidth = 1000;
        constexpr int kScrollBar = 20; // which may stand on either side
        for (qsizetype i = 0; i < usual.size(); ++i) {
            QVERIFY2(std::abs(kWidth - usual[i] - turned[i]) <= kScrollBar,
                     qPrintable(QString("%1: %2 and %3").arg(i).arg(usual[i]).arg(turned[i])));
        }
    }
};

QTEST_MAIN(TestDesktopDisplay)
#include "test_desktop_display.moc"

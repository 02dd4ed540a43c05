// SPDX-License-Identifier: GPL-3.0-or-later
// What is written in the window and what becomes of it: sent, answered, changed, kept when it is not sent.
#include "app/views/details_drawer.h"
#include "app/views/emoji_picker.h"
#include "app/views/side_pane.h"
#include "core/start_up.h"
#include "core/text/grapheme.h"
#include "tests/app/talking.h"

#include <QHelpEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QToolTip>

using namespace sotto;
using namespace sotto::app;
using test::isInView;
using test::say;
using test::says;
using test::shown;
using test::waits;

class TestDesktopWriting : public QObject {
    Q_OBJECT

    std::unique_ptr<test::Relay> m_relay;

private slots:
    void initTestCase() {
        core::startUp();
        applyTheme(ThemeChoice::Light);
        m_relay = std::make_unique<test::Relay>();
    }

    void whatIsWrittenIsNotLost() {
        const test::Person alice("gina", *m_relay);
        test::fill(alice, 2, {{2, "elsewhere"}, {1, "one"}, {1, "not sent"}});
        {
            auto profile = core::Profile::open(test::placeOf(alice).directory, {}).value();
            profile.database().execute("UPDATE message SET state = 6 WHERE outgoing = 1");
        }
        auto desk = std::make_unique<test::Desk>(alice);
        QVERIFY(waits([&] { return desk->window.isReady(); }));
        QTest::keyClick(&desk->window, Qt::Key_Down, Qt::AltModifier);
        QVERIFY(waits([&] { return shown(*desk) == (QStringList{"<one", ">not sent"}); }));
        ConversationPane* pane = &desk->window.pane();
        say(*desk, "first wording");
        QVERIFY(waits([&] { return shown(*desk).last() == ">first wording"; }));

        // What failed is sent again, whatever is being changed meanwhile.
        QTest::keyClick(&pane->composer().edit(), Qt::Key_Up);
        QCOMPARE(pane->composer().text(), QString("first wording"));
        emit pane->view().buttonClicked(1);
        QVERIFY(waits([&] { return shown(*desk) == (QStringList{"<one", ">first wording", ">not sent"}); }));
        QCOMPARE(pane->composer().text(), QString("first wording"));

        // An edit that fails: the text stands there again, and why.
        const MessageId edited = pane->model().row(1).message.id;
        auto deleted =
            desk->core.call([edited](core::Client& client) { return client.deleteMessage(edited); });
        QVERIFY(waits([&] { return deleted.isFinished(); }));
        QTest::keyClicks(&pane->composer().edit(), ", at length");
        QTest::keyClick(&pane->composer().edit(), Qt::Key_Return);
        QVERIFY(waits([&] { return says(*pane, "deleted"); }));
        QVERIFY(waits([&] { return pane->composer().text() == "first wording, at length"; }));
        QTest::keyClick(&desk->window, Qt::Key_Escape);
        QVERIFY(pane->composer().text().isEmpty());

        // A draft: in the list, in its own conversation, and there after a restart.
        QTest::keyClicks(&pane->composer().edit(), "half a thought");
        QTest::keyClick(&desk->window, Qt::Key_Down, Qt::AltModifier);
        QVERIFY(waits([&] { return shown(*desk) == QStringList{"<elsewhere"}; }));
        QVERIFY(pane->composer().text().isEmpty());
        const ConversationListModel& list = desk->window.side().conversations();
        QVERIFY(waits([&] { return list.data(list.index(0), LeadRole) == "Draft:"; }));
        QCOMPARE(list.data(list.index(0), PreviewRole).toString(), QString("half a thought"));
        test::shot(desk->window, "draft");
        QTest::keyClick(&desk->window, Qt::Key_Up, Qt::AltModifier);
        QVERIFY(waits([&] { return pane->composer().text() == "half a thought"; }));
        QTest::keyClicks(&pane->composer().edit(), ", and more");
        desk.reset();
        desk = std::make_unique<test::Desk>(alice);
        pane = &desk->window.pane();
        QVERIFY(waits([&] { return desk->window.isReady(); }));
        QTest::keyClick(&desk->window, Qt::Key_Down, Qt::AltModifier);
        QVERIFY(waits([&] {
            return pane->composer().text() == "half a thought, and more" && shown(*desk).size() == 3;
        }));
        // Sent: nothing of it is left.
        QTest::keyClick(&pane->composer().edit(), Qt::Key_Return);
        QVERIFY(waits([&] { return shown(*desk).last() == ">half a thought, and more"; }));
        const ConversationListModel& again = desk->window.side().conversations();
        QVERIFY(waits([&] { return again.data(again.index(0), LeadRole).toString().isEmpty(); }));
        const auto key = *pane->conversation();
        auto left = desk->core.call([key](core::Client& client) { return client.draft(key).has_value(); });
        QVERIFY(waits([&] { return left.isFinished(); }));
        QVERIFY(!left.result());
    }

    void twoWindowsAnswerEachOther() {
        const test::Person alice("hanna", *m_relay);
        const test::Person bob("ian", *m_relay);
        alice.must({"contact", "add", "@ian"});
        bob.must({"contact", "add", "@hanna"});
        test::Desk hers(alice);
        test::Desk his(bob);
        const auto begin = [](test::Desk& desk, const QString& with) {
            QVERIFY(waits([&] { return desk.window.isReady() && desk.window.side().linkWords().isEmpty(); }));
            auto key = desk.core.call([name = with.toStdString()](core::Client& client) {
                return client.conversationWith(client.findContact(name).value().key).value();
            });
            QVERIFY(waits([&] { return key.isFinished(); }));
            desk.window.showConversation(key.result());
            QVERIFY(waits([&] { return desk.window.pane().conversation().has_value(); }));
        };
        begin(hers, "@ian");
        begin(his, "@hanna");
        ConversationPane& her = hers.window.pane();
        ConversationPane& he = his.window.pane();
        say(hers, "Shall we meet on Monday, as always, in front of the library?");
        QVERIFY(waits([&] { return shown(his).size() == 1; }));

        // He begins to type: she sees it in both places. Without a key it ends.
        QTest::keyClicks(&he.composer().edit(), "ye");
        QVERIFY(waits([&] { return says(her, "is typing"); }));
        const ConversationListModel& list = hers.window.side().conversations();
        QVERIFY(waits([&] { return list.data(list.index(0), PreviewRole) == "is typing…"; }));
        test::shot(hers.window, "typing");
        he.composer().edit().clear();
        QVERIFY(waits([&] { return !says(her, "is typing"); }));

        // Whether he is there stands below his name, whatever he shares.
        using Kind = core::PresenceView::Kind;
        const auto tell = [&](const core::PresenceView& presence) {
            emit hers.core.happened({core::PresenceChanged{*her.conversation(), {}, presence}});
        };
        tell({Kind::Online, 0});
        QVERIFY(says(her, "online ·"));
        tell({Kind::Recently, 0});
        QVERIFY(says(her, "seen recently ·"));
        test::shot(hers.window, "presence");
        tell({Kind::LastSeen, QDateTime::currentMSecsSinceEpoch()});
        QVERIFY(says(her, "last seen "));
        tell({});
        QVERIFY(!says(her, "seen"));

        // Ctrl+R, an answer; the quote leads to what it answers.
        for (int i = 0; i < 40; ++i) {
            say(hers, "and another thing, number " + QString::number(i));
        }
        QVERIFY(waits([&] { return shown(his).size() == 41; }));
        he.view().setFocus();
        he.view().setCurrentIndex(he.model().index(0));
        QTest::keyClick(&his.window, Qt::Key_R, Qt::ControlModifier);
        QVERIFY(says(he, "Reply to"));
        test::shot(his.window, "answering");
        say(his, "Monday is fine");
        QVERIFY(!says(he, "Reply to"));
        QVERIFY(waits([&] { return shown(hers).last() == "<Monday is fine"; }));
        const auto lastOf = [](ConversationPane& pane) { return pane.model().rowCount() - 1; };
        const auto& quote = her.model().row(lastOf(her)).message.quote;
        QVERIFY(quote.has_value());
        QCOMPARE(quote->state, core::QuoteState::Verified);
        QCOMPARE(her.model().quotedAuthor(her.model().row(lastOf(her)).message), QString("You"));
        QVERIFY(her.model()
                    .data(her.model().index(lastOf(her)), Qt::AccessibleTextRole)
                    .toString()
                    .contains("replies to You: Shall we meet"));
        test::shot(hers.window, "answered");
        test::shot(his.window, "answered-own");
        emit her.view().quoteClicked(lastOf(her));
        QVERIFY(waits([&] { return her.view().currentIndex().row() == 0 && isInView(her.view(), 0); }));
        test::shot(hers.window, "quote-followed");

        // The original goes, and its copies with it; the answer stays.
        const MessageId original = her.model().row(0).message.id;
        auto gone =
            hers.core.call([original](core::Client& client) { return client.deleteForEveryone(original); });
        QVERIFY(waits([&] {
            const auto& copied = he.model().row(lastOf(he)).message.quote;
            return copied && copied->state == core::QuoteState::Deleted && copied->text.empty();
        }));
        test::shot(his.window, "quote-deleted");

        // What is set to disappear says so on both sides, and goes from the screens by itself.
        emit her.details().timerWanted(1);
        QVERIFY(waits([&] { return says(he, "messages disappear after one second"); }));
        QVERIFY(says(her, "messages disappear after one second"));
        const int before = he.model().rowCount();
        say(his, "this is gone soon");
        QVERIFY(waits([&] { return he.model().rowCount() == before + 1; }));
        test::shot(his.window, "disappearing");
        QVERIFY(waits([&] { return he.model().rowCount() == before; }));
        const QString notice =
            he.model().data(he.model().index(lastOf(he)), Qt::AccessibleTextRole).toString();
        QVERIFY2(notice.contains("set messages to disappear one second after"), qPrintable(notice));
        emit her.details().timerWanted(0);
        QVERIFY(waits([&] { return !says(he, "messages disappear"); }));

        // A reply that is begun and left is a draft that knows what it answers; Escape gives it up.
        emit he.view().replyWanted(1);
        QVERIFY(says(he, "Reply to"));
        QTest::keyClick(&his.window, Qt::Key_Escape);
        QVERIFY(!says(he, "Reply to"));

        // Switched off, she is told nothing.
        bob.must({"privacy", "set", "typing", "off"});
        QTest::keyClicks(&he.composer().edit(), "secretly");
        QTest::keyClick(&he.composer().edit(), Qt::Key_Return);
        QVERIFY(waits([&] { return list.data(list.index(0), PreviewRole) == "secretly"; }));
        QVERIFY(!says(her, "is typing"));
    }

    void emojiAreFoundByTheirName() {
        const test::Person alice("ella", *m_relay);
        test::fill(alice, 1, {{1, "one"}});
        test::Desk desk(alice);
        QVERIFY(waits([&] { return desk.window.isReady(); }));
        desk.window.showConversation(desk.window.side().conversations().entry(0).key);
        QVERIFY(waits([&] { return desk.window.pane().model().rowCount() == 1; }));
        ComposerEdit& edit = desk.window.pane().composer().edit();
        edit.setFocus();
        const auto picker = [&] { return desk.window.findChild<EmojiPicker*>(); };
        QTest::keyClicks(&edit, "good ");
        QTest::keyClick(&edit, Qt::Key_Period, Qt::ControlModifier);
        QVERIFY(picker() != nullptr && picker()->isVisible());
        test::shot(*picker(), "emoji");
        auto* const find = picker()->findChild<QLineEdit*>();
        auto* const signs = picker()->findChild<QListWidget*>();
        QTest::keyClicks(find, "nothing is called so");
        QTest::keyClick(find, Qt::Key_Return); // chooses nothing
        QVERIFY(picker() != nullptr && picker()->isVisible() && signs->currentItem() == nullptr);
        find->clear();
        QTest::keyClicks(find, "laugh");
        int found = 0;
        for (int row = 0; row < signs->count(); ++row) {
            found += signs->item(row)->isHidden() ? 0 : 1;
        }
        QCOMPARE(found, 3);
        QTest::keyClick(find, Qt::Key_Return);
        QCOMPARE(edit.toPlainText(), QString::fromUtf8("good \U0001F602"));
        QVERIFY(waits([&] { return picker() == nullptr; }));

        QTest::keyClick(&edit, Qt::Key_Period, Qt::ControlModifier);
        QTest::keyClick(picker()->findChild<QLineEdit*>(), Qt::Key_Right); // arrows walk among them
        QCOMPARE(picker()->findChild<QListWidget*>()->currentRow(), 1);
        // Every one of them is a single sign: it can be put under a message.
        for (int row = 0; row < picker()->findChild<QListWidget*>()->count(); ++row) {
            const QListWidgetItem* const item = picker()->findChild<QListWidget*>()->item(row);
            QVERIFY2(core::isOneSign(item->text().toStdString()), qPrintable(item->text()));
            QVERIFY(!item->data(Qt::AccessibleTextRole).toString().isEmpty());
        }
        QTest::keyClick(picker(), Qt::Key_Escape);
        QVERIFY(waits([&] { return picker() == nullptr; }));
        QCOMPARE(edit.toPlainText(), QString::fromUtf8("good \U0001F602"));
    }

    void whatIsWrittenHasLooks() {
        using core::TextStyle;
        const test::Person alice("nora", *m_relay);
        const test::Person bob("otto", *m_relay);
        alice.must({"contact", "add", "@otto"});
        bob.must({"contact", "add", "@nora"});
        alice.must({"send", "@otto", "Hello", "--wait", "relay", "--timeout", "60s"});
        test::Desk hers(alice);
        test::Desk his(bob);
        for (test::Desk* desk : {&hers, &his}) {
            QVERIFY(waits([&] {
                return desk->window.isReady() && desk->window.side().conversations().rowCount() == 1;
            }));
            desk->window.showConversation(desk->window.side().conversations().entry(0).key);
            QVERIFY(waits([&] { return shown(*desk).size() == 1; }));
        }
        hers.window.activateWindow(); // there is no window manager to do it
        QVERIFY(QTest::qWaitForWindowActive(&hers.window));
        ConversationPane& her = hers.window.pane();
        ComposerEdit& edit = her.composer().edit();
        edit.setFocus();
        const auto choose = [&](int begin, int end) {
            QTextCursor cursor = edit.textCursor();
            cursor.setPosition(begin);
            cursor.setPosition(end, QTextCursor::KeepAnchor);
            edit.setTextCursor(cursor);
        };
        const auto lastOf = [](ConversationPane& pane) { return pane.model().rowCount() - 1; };
        QTest::keyClicks(&edit, "a very bold word");
        choose(7, 11);
        QTest::keyClick(&edit, Qt::Key_B, Qt::ControlModifier);
        QTest::keyClick(&edit, Qt::Key_I, Qt::ControlModifier);
        QVERIFY(!her.details().isVisible());
        QTest::keyClick(&edit, Qt::Key_Return);
        const core::Styles sent{{TextStyle::Bold, 7, 4, {}}, {TextStyle::Italic, 7, 4, {}}};
        QVERIFY(waits([&] { return shown(hers).last() == ">a very bold word"; }));
        QVERIFY(her.model().row(lastOf(her)).message.styles == sent);
        QVERIFY(edit.toPlainText().isEmpty());
        // With nothing chosen the key is the window's.
        QTest::keyClick(&edit, Qt::Key_I, Qt::ControlModifier);
        QVERIFY(her.details().isVisible());
        QTest::keyClick(&edit, Qt::Key_I, Qt::ControlModifier);

        ConversationPane& he = his.window.pane();
        QVERIFY(waits([&] { return shown(his).last() == "<a very bold word"; }));
        QVERIFY(he.model().row(lastOf(he)).message.styles == sent);
        const auto bold = [&] {
            QStringList found;
            const BubbleText& body = he.view().layoutOf(lastOf(he)).body();
            for (const QTextLayout::FormatRange& range : body.formats()) {
                if (range.format.fontWeight() == QFont::Bold) {
                    found.append(body.text().mid(range.start, range.length));
                }
            }
            return found;
        };
        QCOMPARE(bold(), QStringList{"bold"});
        he.view().setCurrentIndex(he.model().index(lastOf(he)));
        QCOMPARE(he.view().selectedText(), QString("a very bold word"));

        // Editing begins with the looks that it has.
        edit.setFocus();
        QTest::keyClick(&edit, Qt::Key_Up);
        QVERIFY(her.composer().styledText().styles == sent);
        edit.moveCursor(QTextCursor::Start);
        QTest::keyClicks(&edit, "Still ");
        QTest::keyClick(&edit, Qt::Key_Return);
        QVERIFY(waits([&] { return shown(his).last() == "<Still a very bold word"; }));
        QVERIFY(waits([&] { return bold() == QStringList{"bold"}; }));
        QTest::keyClick(&edit, Qt::Key_Up);
        QCOMPARE(her.composer().styledText().text, std::string("Still a very bold word"));
        QTest::keyClick(&hers.window, Qt::Key_Escape);

        // All of them.
        const std::string text =
            "bold, italic, struck, code and a link\nint main() {\n    return 0;\n}\nthat was it";
        const auto range = [&](TextStyle style, std::string_view words, const std::string& address = {}) {
            return core::StyledRange{style, static_cast<std::uint32_t>(text.find(words)),
                                     static_cast<std::uint32_t>(words.size()), address};
        };
        her.composer().setStyledText(
            {text,
             {range(TextStyle::Bold, "bold"), range(TextStyle::Italic, "italic"),
              range(TextStyle::Strikethrough, "struck"), range(TextStyle::Code, "code"),
              range(TextStyle::Link, "a link", "https://example.org/far/away"),
              range(TextStyle::CodeBlock, "int main() {\n    return 0;\n}")}});
        test::shot(hers.window, "looks-written");
        QTest::keyClick(&edit, Qt::Key_Return);
        QVERIFY(waits([&] { return shown(his).size() == 3; }));
        QCOMPARE(he.model().row(lastOf(he)).message.styles.size(), std::size_t{6});
        test::shot(hers.window, "looks-own");
        test::shot(his.window, "looks");

        // How far it has come, on which device.
        QVERIFY(waits(
            [&] { return her.model().row(lastOf(her)).message.state >= core::MessageState::Delivered; }));
        her.view().setCurrentIndex(her.model().index(lastOf(her)));
        QVERIFY(waits([&] {
            return her.model()
                .data(her.model().index(lastOf(her)), Qt::AccessibleDescriptionRole)
                .toString()
                .contains("@otto");
        }));
        const QRect bubble = her.view()
                                 .layoutOf(lastOf(her))
                                 .bubble()
                                 .translated(her.view().visualRect(her.model().index(lastOf(her))).topLeft());
        const QPoint at = bubble.bottomRight() - QPoint(20, 12);
        QHelpEvent help(QEvent::ToolTip, at, her.view().viewport()->mapToGlobal(at));
        QCoreApplication::sendEvent(her.view().viewport(), &help);
        QVERIFY(QToolTip::text().contains(QStringLiteral("·")));
        QVERIFY(waits([&] { return QToolTip::text().contains("@otto"); }));
        QToolTip::hideText();
    }
};

QTEST_MAIN(TestDesktopWriting)
#include "test_desktop_writing.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// What is written in the window and what becomes of it: sent, answered, changed, kept when it is not sent.
#include "app/views/details_drawer.h"
#include "app/views/side_pane.h"
#include "core/start_up.h"
#include "tests/app/talking.h"

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
};

QTEST_MAIN(TestDesktopWriting)
#include "test_desktop_writing.moc"

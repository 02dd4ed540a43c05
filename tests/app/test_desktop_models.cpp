// SPDX-License-Identifier: GPL-3.0-or-later
// The models behind the lists, over a real profile and its threads, without a window.
#include "app/models/conversation_list_model.h"
#include "app/models/conversation_model.h"
#include "app/models/search_model.h"
#include "app/when_done.h"
#include "core/start_up.h"
#include "tests/app/desk.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>

using namespace sotto;
using namespace sotto::app;
using test::waits;
using Tester = QAbstractItemModelTester;
constexpr auto kFatal = Tester::FailureReportingMode::QtTest;

class TestDesktopModels : public QObject {
    Q_OBJECT

    std::unique_ptr<test::Relay> m_relay;
    std::unique_ptr<test::Person> m_alice;
    std::unique_ptr<CoreThread> m_core;

    static core::ConversationKey key(std::int64_t number) { return core::ConversationKey{number}; }
    static QString textAt(const ConversationModel& model, int row) {
        return QString::fromStdString(model.row(row).message.text);
    }
    /// Every row continues the one before it: texts are numbers, and of one conversation every third.
    static bool isUnbroken(const ConversationModel& model, int step) {
        for (int row = 1; row < model.rowCount(); ++row) {
            if (textAt(model, row).toInt() - textAt(model, row - 1).toInt() != step) {
                return false;
            }
        }
        return true;
    }
    template <class F>
    auto call(F f) {
        auto future = m_core->call(std::move(f));
        future.waitForFinished();
        return future.takeResult();
    }

private slots:
    void initTestCase() {
        core::startUp();
        m_relay = std::make_unique<test::Relay>();
        m_alice = std::make_unique<test::Person>("alice", *m_relay);
        std::vector<test::Said> lines;
        for (int i = 0; i < 1500; ++i) {
            lines.push_back({1, std::to_string(i)});
        }
        for (std::size_t i = 2; i <= 200; ++i) {
            lines.push_back({i, "hello " + std::to_string(i)});
        }
        test::fill(*m_alice, 200, lines);
        m_core = std::make_unique<CoreThread>(test::placeOf(*m_alice));
        auto opened = m_core->open({});
        opened.waitForFinished();
        QVERIFY(opened.result().has_value());
    }

    void theListComesByPages() {
        ConversationListModel model(*m_core);
        const Tester tester(&model, kFatal);
        QSignalSpy loaded(&model, &ConversationListModel::loaded);
        model.reload();
        QVERIFY(waits([&] { return loaded.size() == 1; }));
        QCOMPARE(model.rowCount(), static_cast<int>(ConversationListModel::kPage));
        QCOMPARE(model.data(model.index(0), TitleRole).toString(), QString("name200"));
        QCOMPARE(model.data(model.index(0), PreviewRole).toString(), QString("hello 200"));
        QVERIFY(
            model.data(model.index(0), Qt::AccessibleTextRole).toString().startsWith("name200, hello 200"));
        QVERIFY(waits([&] {
            model.fetchMore({});
            return model.rowCount() == 200;
        }));
        model.fetchMore({}); // there is nothing more
        QCOMPARE(model.rowCount(), 200);
        QCOMPARE(model.rowOf(key(1)), 199);
        // Whoever says something comes to the top.
        const auto sent = call([](core::Client& client) { return client.sendText(key(7), "now"); });
        QVERIFY2(sent, sent ? "" : sent.error().text.c_str());
        model.touch(key(7));
        QVERIFY(waits([&] { return model.rowOf(key(7)) == 0; }));
        QCOMPARE(model.data(model.index(0), PreviewRole).toString(), QString("now"));
        QCOMPARE(model.rowCount(), 200);
    }
    void whatIsPinnedStandsFirstAndWhatIsArchivedNowhere() {
        ConversationListModel model(*m_core);
        const Tester tester(&model, kFatal);
        QSignalSpy loaded(&model, &ConversationListModel::loaded);
        model.reload();
        QVERIFY(waits([&] { return loaded.size() == 1; }));
        QVERIFY(call([](core::Client& client) { return client.setPinned(key(150), true); }).has_value());
        model.touch(key(150));
        QVERIFY(waits([&] { return model.rowOf(key(150)) == 0; }));
        // What is said elsewhere comes below it.
        QVERIFY(call([](core::Client& client) { return client.sendText(key(160), "now"); }).has_value());
        model.touch(key(160));
        QVERIFY(waits([&] { return model.rowOf(key(160)) == 1; }));
        QCOMPARE(model.rowOf(key(150)), 0);
        const int rows = model.rowCount();
        QVERIFY(call([](core::Client& client) { return client.setArchived(key(160), true); }).has_value());
        model.touch(key(160));
        QVERIFY(waits([&] { return model.rowOf(key(160)) == -1; }));
        QCOMPARE(model.rowCount(), rows - 1);
        model.touch(key(160)); // and stays away
        QVERIFY(call([](core::Client& client) { return client.setPinned(key(150), false); }).has_value());
        model.touch(key(150));
        QVERIFY(waits([&] { return model.rowOf(key(150)) > 0; }));
        QCOMPARE(model.rowOf(key(160)), -1);
        QVERIFY(call([](core::Client& client) { return client.setArchived(key(160), false); }).has_value());
    }
    void aHistoryIsAWindowThatMoves() {
        ConversationModel model(*m_core);
        const Tester tester(&model, kFatal);
        QSignalSpy opened(&model, &ConversationModel::opened);
        model.open(key(1), {});
        QVERIFY(waits([&] { return opened.size() == 1; }));
        QCOMPARE(opened[0][0].toInt(), -1);
        QCOMPARE(textAt(model, model.rowCount() - 1), QString("1499"));
        QVERIFY(model.hasOlder() && !model.hasNewer());
        model.setFollowing(false);
        // Up to the beginning: never more than it may hold, and never a hole.
        while (model.hasOlder()) {
            const QString first = textAt(model, 0);
            model.loadOlder();
            QVERIFY(waits([&] { return textAt(model, 0) != first; }));
            QVERIFY(model.rowCount() <= static_cast<int>(ConversationModel::kMost));
            QVERIFY(isUnbroken(model, 1));
        }
        QCOMPARE(textAt(model, 0), QString("0"));
        QVERIFY(model.hasNewer());
        while (model.hasNewer()) {
            const QString last = textAt(model, model.rowCount() - 1);
            model.loadNewer();
            QVERIFY(waits([&] { return textAt(model, model.rowCount() - 1) != last || !model.hasNewer(); }));
            QVERIFY(model.rowCount() <= static_cast<int>(ConversationModel::kMost));
            QVERIFY(isUnbroken(model, 1));
        }
        QCOMPARE(textAt(model, model.rowCount() - 1), QString("1499"));
    }
    void itOpensAtAMessageOrADay() {
        ConversationModel model(*m_core);
        const Tester tester(&model, kFatal);
        QSignalSpy opened(&model, &ConversationModel::opened);
        model.open(key(1), {core::HistoryPlace::Kind::Message, core::MessageKey{701}, 0});
        QVERIFY(waits([&] { return opened.size() == 1; }));
        QCOMPARE(textAt(model, opened[0][0].toInt()), QString("700"));
        QVERIFY(model.hasOlder() && model.hasNewer() && isUnbroken(model, 1));
        const std::int64_t at = model.row(0).message.sentAt;
        model.jump({core::HistoryPlace::Kind::Time, {}, at - 1000});
        QVERIFY(waits([&] { return opened.size() == 2; }));
        QCOMPARE(model.row(opened[1][0].toInt()).message.sentAt, at);
        // The first of a day has its line.
        QVERIFY(model.startsDay(0));
        QVERIFY(!model.continuesGroup(0));
    }
    void whatComesIsAppendedAndWhatGoesIsTakenOut() {
        ConversationModel model(*m_core);
        const Tester tester(&model, kFatal);
        QSignalSpy opened(&model, &ConversationModel::opened);
        model.open(key(3), {});
        QVERIFY(waits([&] { return opened.size() == 1; }));
        const int before = model.rowCount();
        std::vector<core::Message> said;
        for (int i = 0; i < 300; ++i) {
            said.push_back(call([i](core::Client& client) {
                return client.sendText(key(3), "line " + std::to_string(i)).value();
            }));
            model.refresh();
        }
        // So many at once: only the end is loaded, the rest when somebody looks.
        QVERIFY(waits([&] { return textAt(model, model.rowCount() - 1) == "line 299"; }));
        QVERIFY(waits([&] {
            model.loadOlder();
            return model.rowCount() == before + 300;
        }));
        // One that was not sent yet is deleted: its line says so, and stands before what still waits.
        const core::Message gone = said[150];
        QVERIFY(call([id = gone.id](core::Client& client) { return client.deleteMessage(id).has_value(); }));
        model.refresh();
        QVERIFY(waits([&] {
            const int row = model.rowOf(gone.key);
            return row >= 0 && model.row(row).message.kind == core::MessageKind::Deleted;
        }));
        QVERIFY(model.rowOf(gone.key) < model.rowOf(said[0].key));
        QCOMPARE(model.rowCount(), before + 300);
        // Whoever reads elsewhere is not moved, and finds it when they come down.
        model.setFollowing(false);
        QVERIFY(call([](core::Client& client) { return client.sendText(key(3), "later").has_value(); }));
        model.refresh();
        QVERIFY(waits([&] { return model.hasNewer(); }));
        QCOMPARE(model.rowCount(), before + 300);
        model.loadNewer();
        QVERIFY(waits([&] { return !model.hasNewer(); }));
        QCOMPARE(textAt(model, model.rowCount() - 1), QString("later"));
    }
    void whatIsTypedLastIsFound() {
        SearchModel model(*m_core);
        const Tester tester(&model, kFatal);
        QSignalSpy answered(&model, &SearchModel::answered);
        for (const char* typed : {"h", "he", "hel", "hello", "hello 199"}) {
            model.search(typed, std::nullopt);
        }
        QVERIFY(waits([&] {
            return model.rowCount() > 0 && model.data(model.index(0), PreviewRole).toString() == "hello 199";
        }));
        QCOMPARE(model.data(model.index(0), TitleRole).toString(), QString("name199"));
        const auto marks = model.data(model.index(0), MarksRole).value<QList<QPoint>>();
        QCOMPARE(marks.first(), QPoint(0, 5));
        model.search("hello", key(9));
        QVERIFY(waits([&] { return model.rowCount() == 1 && model.hit(0).message.text == "hello 9"; }));
        model.search("hello", std::nullopt);
        QVERIFY(waits([&] { return model.rowCount() == static_cast<int>(SearchModel::kPage); }));
        QVERIFY(model.canFetchMore({}));
        model.fetchMore({});
        QVERIFY(waits([&] { return model.rowCount() == static_cast<int>(2 * SearchModel::kPage); }));
        model.search("before:nonsense", std::nullopt);
        QVERIFY(waits([&] { return answered.last()[0].toString().contains("Searching failed"); }));
        model.search("", std::nullopt);
        QCOMPARE(model.rowCount(), 0);
    }
    void anAnswerForNobodyIsDropped() {
        auto* const receiver = new QObject;
        bool called = false;
        whenDone(m_core->read([](core::Reader& reader) { return reader.contacts().size(); }), receiver,
                 [&](std::size_t) { called = true; });
        delete receiver;
        // And without a profile nobody answers.
        CoreThread closed({"/nonexistent/profile", "/nonexistent/socket"});
        auto future = closed.read([](core::Reader& reader) { return reader.contacts().size(); });
        future.waitForFinished();
        QCOMPARE(future.resultCount(), 0);
        QCoreApplication::processEvents();
        QVERIFY(!called);
    }
};

QTEST_MAIN(TestDesktopModels)
#include "test_desktop_models.moc"

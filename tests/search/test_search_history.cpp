// SPDX-License-Identifier: GPL-3.0-or-later
// Searches through a long history, held against reading all of it. SOTTO_SEARCH_MESSAGES and
// SOTTO_SEARCH_QUERIES make it as long, and try as much, as one likes.
#include "core/text/fold.h"
#include "core/text/words.h"
#include "tests/support/chatter.h"
#include "tests/support/history_fixture.h"
#include "tests/support/watched_statements.h"

#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

using namespace sotto;
using namespace sotto::core;

namespace {

constexpr std::int64_t kBegin = 1'700'000'000'000;

std::size_t countFrom(const char* variable, std::size_t usual) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::strtoul(text, nullptr, 10) : usual;
}
const std::size_t kMessages = countFrom("SOTTO_SEARCH_MESSAGES", 20'000);
const std::size_t kQueries = countFrom("SOTTO_SEARCH_QUERIES", 300);
const std::size_t kConversations = std::min<std::size_t>(kMessages / 100, 2'000);

/// A history that another program made.
struct OpenHistory {
    explicit OpenHistory(const std::filesystem::path& file)
        : database(test::HistoryFixture::open(file, nullptr)) {
        database.execute("PRAGMA synchronous = OFF");
    }
    db::Database database;
    SearchIndex index{database};
    MessageStore messages{database};
};

} // namespace

class TestSearchHistory : public QObject {
    Q_OBJECT
    QTemporaryDir m_home;
    std::vector<std::string> m_texts; ///< by row, from 1
    std::vector<std::string> m_folded;
    std::vector<std::size_t> m_places;
    std::unique_ptr<test::HistoryFixture> m_history;
    test::Chatter m_chatter{1};

    std::filesystem::path pathOf(const char* name) const { return m_home.filePath(name).toStdString(); }
    std::unique_ptr<test::HistoryFixture> history(const char* name) {
        auto made = std::make_unique<test::HistoryFixture>(pathOf(name), kConversations);
        made->database().execute("PRAGMA synchronous = OFF");
        if (!made->database().transaction([&] {
                for (std::size_t i = 1; i < m_texts.size(); ++i) {
                    made->add(m_places[i], m_texts[i], kBegin + static_cast<std::int64_t>(i) * 60'000);
                }
            })) {
            throw std::runtime_error("no history");
        }
        return made;
    }
    /// All rows whose text has this in it, the newest first, at most.
    std::vector<std::int64_t> oracle(const std::string& part, std::size_t most) const {
        const std::string folded = fold(part);
        std::vector<std::int64_t> rows;
        for (std::size_t i = m_folded.size() - 1; i > 0 && rows.size() < most; --i) {
            if (m_folded[i].find(folded) != std::string::npos) {
                rows.push_back(static_cast<std::int64_t>(i));
            }
        }
        return rows;
    }
    /// A random piece of a random text of 1 to 12 characters that a quoted query can hold.
    std::string part() {
        for (;;) {
            const QString text = QString::fromStdString(m_texts[1 + m_chatter.below(m_texts.size() - 1)]);
            const QList<uint> points = text.toUcs4();
            const qsizetype length = 1 + static_cast<qsizetype>(m_chatter.below(12));
            if (points.size() < length) {
                continue;
            }
            const auto at =
                static_cast<qsizetype>(m_chatter.below(static_cast<std::size_t>(points.size() - length + 1)));
            std::string piece;
            for (qsizetype i = at; i < at + length; ++i) {
                core::appendCodePoint(points[i], piece);
            }
            if (!fold(piece).empty() && piece.find('"') == std::string::npos) {
                return piece;
            }
        }
    }
    static std::vector<std::int64_t> exactRows(const SearchPage& page) {
        std::vector<std::int64_t> rows;
        for (const SearchHit& hit : page.hits) {
            if (!hit.approximate) {
                rows.push_back(static_cast<std::int64_t>(hit.message.key));
            }
        }
        return rows;
    }
    /// Another process indexes and dies in the slice after `slices`, wherever it is then.
    static void killIndexing(const std::filesystem::path& file, std::size_t slices) {
        std::array<int, 2> progress{};
        QCOMPARE(::pipe(progress.data()), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            OpenHistory history(file);
            for (bool more = true; more;) {
                const char byte = 'x';
                if (::write(progress[1], &byte, 1) != 1) {
                    break;
                }
                more = history.index.indexSlice().value_or(false);
            }
            ::_exit(0);
        }
        QVERIFY(child > 0);
        ::close(progress[1]);
        char byte = 0;
        for (std::size_t i = 0; i <= slices && ::read(progress[0], &byte, 1) == 1; ++i) {
        }
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        ::close(progress[0]);
    }
    static std::string quoted(const std::string& text) { return '"' + text + '"'; }

private slots:
    void initTestCase() {
        initialiseSodium();
        test::WatchedStatements::install();
        m_texts.emplace_back();
        m_folded.emplace_back();
        m_places.push_back(0);
        for (std::size_t i = 1; i <= kMessages; ++i) {
            m_texts.push_back(m_chatter.next());
            m_folded.push_back(fold(m_texts.back()));
            m_places.push_back(1 + m_chatter.below(kConversations));
        }
        m_history = history("all");
        m_history->indexAll();
        QCOMPARE(m_history->index().unindexed(), 0);
        QCOMPARE(m_history->index().range().texts, static_cast<std::int64_t>(kMessages));
    }

    /// Every message with a piece of text in it is found, in order, and no other.
    void anyPartOfAnyTextIsFoundWhereverItStands() {
        constexpr std::size_t kEnough = 300;
        for (std::size_t i = 0; i < kQueries; ++i) {
            const std::string piece = part();
            const auto expected = oracle(piece, kEnough + 1);
            QVERIFY(!expected.empty());
            std::vector<std::int64_t> found;
            std::string cursor;
            bool complete = false;
            do {
                const SearchPage page = m_history->search(quoted(piece), cursor, 50);
                const auto rows = exactRows(page);
                found.insert(found.end(), rows.begin(), rows.end());
                cursor = page.next;
                complete = page.complete;
                QCOMPARE(complete, cursor.empty());
            } while (!cursor.empty() && found.size() <= kEnough);
            found.resize(std::min(found.size(), kEnough + 1));
            QVERIFY2(found == expected, piece.c_str());
        }
    }
    /// A word with one mistake in it is found among the first ten.
    void aMistakeIsForgiven() {
        std::size_t tried = 0;
        std::size_t found = 0;
        while (tried < kQueries) {
            const std::size_t row = 1 + m_chatter.below(kMessages);
            const auto words = wordsOf(m_folded[row]);
            if (words.empty()) {
                continue;
            }
            const Word& picked = words[m_chatter.below(words.size())];
            const std::string word = m_folded[row].substr(picked.begin, picked.end - picked.begin);
            std::u32string points = QString::fromStdString(word).toStdU32String();
            if (picked.alone || points.size() < 4 || points.size() > 20) {
                continue;
            }
            const std::size_t at = m_chatter.below(points.size() - 1);
            const char32_t other = points[(at + 1 + m_chatter.below(points.size() - 1)) % points.size()];
            switch (m_chatter.below(4)) {
            case 0:
                points.erase(at, 1);
                break;
            case 1:
                points.insert(at, 1, other);
                break;
            case 2:
                points[at] = other;
                break;
            default:
                std::swap(points[at], points[at + 1]);
            }
            const std::string typed = QString::fromStdU32String(points).toStdString();
            if (points.size() < 4 || typed == word || !isForgiving(fold(typed))) {
                continue;
            }
            ++tried;
            const SearchPage page = m_history->search(quoted(typed), {}, 10);
            found += std::any_of(page.hits.begin(), page.hits.end(), [&](const SearchHit& hit) {
                return fold(hit.message.text).find(word) != std::string::npos;
            });
        }
        qInfo("%zu of %zu found among the first ten", found, tried);
        QVERIFY(found * 100 >= tried * 95);
    }
    /// However far the index has come before the program was killed, a search says that it is complete only
    /// when it is, and is so in the end.
    void aHalfBuiltIndexNeverClaimsToBeWhole() {
        const std::filesystem::path file = pathOf("growing");
        // As if an update had found the history there: older rows come after newer ones.
        const auto middle = static_cast<std::int64_t>(kMessages * 3 / 4);
        auto made = history("growing");
        QVERIFY(made->database().transaction([&] {
            made->database().run("UPDATE search_range SET first = ?, last = ?", middle + 1, middle);
        }));
        made.reset();
        const std::size_t rounds = std::max<std::size_t>(kQueries / 100, 5);
        constexpr std::size_t kSearchesEach = 20;
        const std::size_t slicesEach = kMessages / 500 / rounds;
        std::size_t complete = 0;
        for (std::size_t round = 0; round < rounds; ++round) {
            killIndexing(file, m_chatter.below(2 * slicesEach + 1));
            OpenHistory killed(file);
            for (std::size_t i = 0; i < kSearchesEach; ++i) {
                const std::string piece = part();
                SearchFilter filter;
                filter.terms = parseQuery(quoted(piece)).value().terms;
                std::vector<std::int64_t> found;
                SearchPage page;
                do {
                    page = Search(killed.database, killed.index, killed.messages)
                               .page(filter, page.next, 100, SearchOrder::Newest);
                    const auto rows = exactRows(page);
                    found.insert(found.end(), rows.begin(), rows.end());
                    QVERIFY(page.complete == (page.next.empty() && page.holes.empty()));
                } while (!page.next.empty() && found.size() < 300);
                const auto expected = oracle(piece, found.size() + 1);
                QVERIFY(found.size() <= expected.size() &&
                        std::equal(found.begin(), found.end(), expected.begin()));
                QVERIFY(!page.complete || found.size() == expected.size());
                complete += page.complete ? 1 : 0;
            }
        }
        qInfo("%zu of %zu searches in %zu messages were complete", complete, rounds * kSearchesEach,
              kMessages);
        QVERIFY(complete > 0 && complete < rounds * kSearchesEach);
        OpenHistory whole(file);
        while (whole.index.indexSlice().value()) {
        }
        QCOMPARE(whole.index.unindexed(), 0);
        QCOMPARE(whole.index.range().texts, static_cast<std::int64_t>(kMessages));
        QVERIFY(whole.database.check().empty());
    }
    /// Cut off in the middle of a slice, indexing begins that slice again.
    void indexingSurvivesACut() {
        auto cut = history("cut");
        {
            db::Transaction transaction(cut->database());
            cut->database().run("INSERT INTO search(rowid, body, place) VALUES (1, 'never', '')");
        }
        QVERIFY(cut->index().indexSlice());
        const auto range = cut->index().range();
        test::HistoryFixture* raw = cut.get();
        SearchIndex again(raw->database());
        QCOMPARE(again.range().last, range.last);
        while (again.indexSlice().value()) {
        }
        QCOMPARE(again.range().texts, static_cast<std::int64_t>(kMessages));
        QVERIFY(exactRows(cut->search("never")).empty() || !oracle("never", 1).empty());
    }
    void placesSendersAndTimesNarrowTheSearch() {
        SearchFilter filter;
        const auto all = [&](const SearchFilter& asked) {
            std::vector<std::int64_t> rows;
            std::string cursor;
            do {
                const SearchPage page = m_history->search(asked, cursor, 100);
                const auto part = exactRows(page);
                rows.insert(rows.end(), part.begin(), part.end());
                cursor = page.next;
            } while (!cursor.empty());
            return rows;
        };
        const auto expected = [&](auto isWanted) {
            std::vector<std::int64_t> rows;
            for (std::size_t i = kMessages; i > 0; --i) {
                if (isWanted(i)) {
                    rows.push_back(static_cast<std::int64_t>(i));
                }
            }
            return rows;
        };
        filter.in = {ConversationKey{7}, ConversationKey{9}};
        QVERIFY(all(filter) == expected([&](std::size_t i) { return m_places[i] == 7 || m_places[i] == 9; }));
        filter.terms = {{"a", false}};
        QVERIFY(all(filter) == expected([&](std::size_t i) {
                    return (m_places[i] == 7 || m_places[i] == 9) &&
                           m_folded[i].find('a') != std::string::npos;
                }));
        SearchFilter from;
        from.from = {test::HistoryRows::accountOf(7)};
        QVERIFY(all(from) == expected([&](std::size_t i) { return m_places[i] == 7 && i % 3 != 0; }));
        from.from = {test::HistoryRows::accountOf(0)};
        from.in = {ConversationKey{7}};
        QVERIFY(all(from) == expected([&](std::size_t i) { return m_places[i] == 7 && i % 3 == 0; }));
        SearchFilter time;
        time.notBefore = kBegin + 5'000 * 60'000LL;
        time.before = kBegin + 5'100 * 60'000LL;
        QVERIFY(all(time) == expected([&](std::size_t i) { return i >= 5'000 && i < 5'100; }));
        SearchFilter links;
        links.link = true;
        links.notIn = {ConversationKey{1}};
        QVERIFY(all(links) == expected([&](std::size_t i) {
                    return m_folded[i].find("https://") != std::string::npos && m_places[i] != 1;
                }));
        SearchFilter files;
        files.file = true;
        QVERIFY(all(files).empty());
    }
    void theBestOfTheNewestComeFirst() {
        const std::string word = "zzyzx";
        QVERIFY(m_history->database().transaction([&] {
            const std::int64_t at = kBegin + static_cast<std::int64_t>(kMessages + 1) * 60'000;
            m_history->add(1, "zzyzx", at);
            m_history->add(1, "a long line in which zzyzxes stand somewhere", at + 1);
            m_history->add(1, "and wizzyzxing, too", at + 2);
        }));
        const SearchPage newest = m_history->search(word);
        QCOMPARE(newest.hits.size(), 3U);
        QCOMPARE(newest.hits[0].message.text, std::string("and wizzyzxing, too"));
        const SearchPage best = m_history->search(word, {}, 2, SearchOrder::Relevance);
        QCOMPARE(best.hits[0].message.text, std::string("zzyzx"));
        QCOMPARE(best.hits[1].message.text, std::string("a long line in which zzyzxes stand somewhere"));
        QVERIFY(!best.next.empty() && !best.complete);
        const SearchPage rest = m_history->search(word, best.next, 2, SearchOrder::Relevance);
        QCOMPARE(rest.hits.size(), 1U);
        QVERIFY(rest.next.empty() && rest.complete);
        QVERIFY(m_history->index().indexSlice().value());
        QCOMPARE(m_history->search(word).hits.size(), 3U);
        QCOMPARE(exactRows(m_history->search("zyzxes")).size(), 1U); // the words in memory have grown
    }
    /// Where what was typed is part of words only, what may have been meant has its place on the first page.
    void partsOfWordsDoNotPushOutWhatWasMeant() {
        constexpr std::size_t kParts = 30;
        QVERIFY(m_history->database().transaction([&] {
            const std::int64_t at = kBegin + static_cast<std::int64_t>(kMessages + 9) * 60'000;
            m_history->add(1, "qozzle", at);
            for (std::size_t i = 0; i < kParts; ++i) {
                m_history->add(1, "xqozzelx", at + 1);
            }
        }));
        m_history->indexAll();
        std::set<std::int64_t> exact;
        std::size_t approximate = 0;
        std::string cursor;
        do {
            const SearchPage page = m_history->search("qozzel", cursor, 10);
            QVERIFY(page.hits.size() <= 10);
            for (const SearchHit& hit : page.hits) {
                QVERIFY(!hit.approximate || cursor.empty());
                approximate += hit.approximate ? 1 : 0;
                QVERIFY(hit.approximate || exact.insert(static_cast<std::int64_t>(hit.message.key)).second);
            }
            cursor = page.next;
        } while (!cursor.empty());
        QCOMPARE(exact.size(), kParts);
        QVERIFY(approximate >= 1);
        // A word is what it is.
        QVERIFY(!m_history->search("xqozzelx", {}, 10).hits.back().approximate);
    }
    /// What is not here to be searched is named, where it matters to the query.
    void whatIsMissingIsNamed() {
        QVERIFY(m_history->search("zzyzx").complete);
        auto& database = m_history->database();
        const auto line = [&](int conversation, MessageKind kind) {
            database.run(
                "INSERT INTO message(message_id, sender, device, conversation, kind, state, outgoing, text, "
                "seq, sent_at, received_at, sort_stamp) VALUES (randomblob(16), 2, 1, ?, ?, 0, 0, '', 0, 1, "
                "1, 1)",
                conversation, kind);
            return database.lastInsertId();
        };
        QVERIFY(database.transaction([&] {
            line(3, MessageKind::Placeholder);
            line(3, MessageKind::Placeholder);
            const auto gap = line(5, MessageKind::Gap);
            database.run("INSERT INTO chain(id, conversation, sender, device, generation, base) "
                         "VALUES (1, 5, 2, 1, 1, 1), (2, 6, 2, 1, 1, 1)");
            database.run("INSERT INTO gap(chain, first, last, stamp, message) VALUES (1, 4, 10, 1, ?)", gap);
            database.run("INSERT INTO gap(chain, first, last, stamp) VALUES (2, 3, 3, 1)"); // may still fill
        }));
        const SearchPage page = m_history->search("zzyzx");
        QVERIFY(!page.complete && page.next.empty());
        QCOMPARE(page.hits.size(), 3U);
        QCOMPARE(page.holes.size(), 3U);
        QVERIFY(page.holes[0].kind == SearchHole::Kind::Placeholders && page.holes[0].messages == 2 &&
                page.holes[0].conversation == ConversationKey{3});
        QVERIFY(page.holes[1].kind == SearchHole::Kind::Gap && page.holes[1].messages == 7 &&
                page.holes[1].conversation == ConversationKey{5});
        QVERIFY(page.holes[2].kind == SearchHole::Kind::Gap && page.holes[2].messages == 1);
        SearchFilter elsewhere;
        elsewhere.terms = {{"zzyzx", false}};
        elsewhere.in = {ConversationKey{1}};
        QVERIFY(m_history->search(elsewhere, {}, 20).complete);
        elsewhere.in = {ConversationKey{1}, ConversationKey{3}};
        QCOMPARE(m_history->search(elsewhere, {}, 20).holes.size(), 1U);
        QVERIFY(database.transaction([&] {
            database.run("INSERT INTO refused_mail(account, device, rows, last_at) VALUES (x'01', 1, 9, 1)");
        }));
        QCOMPARE(m_history->search("zzyzx").holes.back().messages, 9);
    }
    void whatIsNoCursorIsRefused() {
        for (const char* bad : {"", "n", "n.", "n.0", "n.x", "n.1x", "m.1", "r.1", "r.1.", "r.1.x",
                                "r.1.1000", "n.1.2", "n.99999999999999999999"}) {
            QVERIFY2(!Search::isCursor(bad), bad);
        }
        QVERIFY(Search::isCursor("n.5") && Search::isCursor("r.5.20"));
    }
    /// Of what a search asks, only what is small is walked through.
    void noSearchScansTheHistory() {
        test::WatchedStatements watched;
        m_history->search("house");
        m_history->search("\"lo wo\"", "n.5000");
        SearchFilter filter;
        filter.terms = {{"a", false}};
        filter.in = {ConversationKey{3}};
        filter.notBefore = kBegin;
        filter.unread = true;
        m_history->search(filter, {}, 10);
        filter.unread.reset();
        filter.from = {test::HistoryRows::accountOf(7)};
        m_history->search(filter, {}, 10);
        m_history->index().indexSlice().value();
        watched.stop();
        QVERIFY(watched.texts().size() > 8);
        const std::string costly = test::costlyStep(
            m_history->database(), watched, {"conversation", "search_block", "refused_mail", "message_hole"});
        QVERIFY2(costly.empty(), costly.c_str());
    }
};

QTEST_GUILESS_MAIN(TestSearchHistory)
#include "test_search_history.moc"

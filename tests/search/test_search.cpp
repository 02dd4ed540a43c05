// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of a search, each by itself: folding, words, the query, mistakes, marks.
#include "core/search/edits.h"
#include "core/search/expression.h"
#include "core/search/match.h"
#include "core/text/fold.h"
#include "core/text/words.h"

#include <QTest>

using namespace sotto;
using namespace sotto::core;

namespace {

std::vector<std::string> words(const std::string& text) {
    const std::string folded = fold(text);
    std::vector<std::string> found;
    for (const Word& word : wordsOf(folded)) {
        found.push_back(folded.substr(word.begin, word.end - word.begin));
    }
    return found;
}

Matcher matcher(const std::string& typed) {
    return Matcher(parseQuery(typed).value().terms);
}

/// What marks() marks, as text.
std::vector<std::string> marked(const std::string& typed, const std::string& text, bool nearly = false) {
    std::vector<std::string> parts;
    for (const TextRange& mark : matcher(typed).marks(text, nearly)) {
        parts.push_back(text.substr(mark.begin, mark.end - mark.begin));
    }
    return parts;
}

using Strings = std::vector<std::string>;

} // namespace

class TestSearch : public QObject {
    Q_OBJECT
private slots:
    void caseAccentsAndWidthDoNotCount() {
        QCOMPARE(fold("Crème BRÛLÉE"), std::string("creme brulee"));
        QCOMPARE(fold("cre\u0300me"), std::string("creme"));
        QCOMPARE(fold("Straße"), std::string("strasse"));
        QCOMPARE(fold("ＡＢＣ　ﬁn"), std::string("abc fin"));
        QCOMPARE(fold("İstanbul"), std::string("istanbul"));
        QCOMPARE(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
        QCOMPARE(fold("Ёлка"), std::string("елка"));
        QVERIFY(fold("мой") != fold("мои"));
        QCOMPARE(fold("שָׁלוֹם"), std::string("שלום"));
        QCOMPARE(fold("مُحَمَّد"), std::string("محمد"));
        QCOMPARE(fold("a\tb\nc\u00A0d\u3000e"), std::string("a b c d e"));
        QCOMPARE(fold("zero\u200Bwidth\u00AD"), std::string("zerowidth"));
        QVERIFY(fold("कि") != fold("क")); // an Indic vowel is a letter
        QVERIFY(fold("กี") != fold("ก"));
    }
    void foldingTwiceIsFoldingOnce() {
        std::string all;
        for (char32_t c = 1; c < 0x30000; ++c) {
            if (c < 0xD800 || c > 0xDFFF) {
                appendPoint(c, all);
            }
        }
        const std::string once = fold(all);
        QVERIFY(fold(once) == once);
    }
    void everyFoldedByteKnowsWhereItCameFrom() {
        const std::string text = "aÉßb\u0301c";
        const FoldedText folded = foldWithOrigins(text);
        QCOMPARE(folded.text, std::string("aessbc"));
        QVERIFY((folded.origins == std::vector<std::uint32_t>{0, 1, 3, 3, 5, 8, 9}));
    }
    void wordsAreCutAsTheirScriptsAre() {
        QCOMPARE(words("Hello, big-world 2.0!"), (Strings{"hello", "big", "world", "2", "0"}));
        QCOMPARE(words("我们去北京"), (Strings{"我", "们", "去", "北", "京"}));
        QCOMPARE(words("ไทย ok"), (Strings{"ไ", "ท", "ย", "ok"}));
        QCOMPARE(words("नमस्ते दुनिया"), (Strings{"नमस्ते", "दुनिया"}));
        QCOMPARE(words("yes👍👍no"), (Strings{"yes", "👍", "👍", "no"}));
        QCOMPARE(words("한국어"), (Strings{"한", "국", "어"}));
        QVERIFY(words("... !? -").empty());
    }
    void whatIsLongLiesInOneOfThePiecesOfARun() {
        std::string run;
        for (int i = 0; run.size() < 5000; ++i) {
            run += std::to_string(i) + "x";
        }
        const auto pieces = words(run);
        for (std::size_t at = 0; at + kLongestWord / 2 <= run.size(); at += 7) {
            const std::string part = run.substr(at, kLongestWord / 2);
            QVERIFY(std::any_of(pieces.begin(), pieces.end(), [&](const std::string& piece) {
                return piece.find(part) != std::string::npos;
            }));
        }
    }

    void aQueryIsUnderstood() {
        const Query query =
            parseQuery(R"(Hello "two  words" -not -"no way" from:bob -from:"c" in:@al in:c:3 before:2026 )"
                       R"(after:2025-02 has:link -has:file is:unread http://x.y 12:30 -)")
                .value();
        QCOMPARE(query.terms.size(), 7U);
        QCOMPARE(query.terms[0].text, std::string("hello"));
        QCOMPARE(query.terms[1].text, std::string("two  words"));
        QVERIFY(query.terms[2].negated && query.terms[2].text == "not");
        QVERIFY(query.terms[3].negated && query.terms[3].text == "no way");
        QCOMPARE(query.terms[4].text, std::string("http://x.y"));
        QCOMPARE(query.terms[6].text, std::string("-"));
        QVERIFY(query.from.size() == 2 && !query.from[0].negated && query.from[1].negated);
        QCOMPARE(query.in[1].value, std::string("c:3"));
        using namespace std::chrono;
        QVERIFY(query.before->first == 2026y / January / 1d && query.before->end == 2027y / January / 1d);
        QVERIFY(query.after->first == 2025y / February / 1d && query.after->end == 2025y / March / 1d);
        QVERIFY(query.link == true && query.file == false && query.unread == true);
        // While somebody types, the second quote is still to come.
        QCOMPARE(parseQuery("\"half").value().terms[0].text, std::string("half"));
        QVERIFY(parseQuery("after:2024-02-29").value().after->end == 2024y / March / 1d);
    }
    void aFaultIsNamedWithItsPlace_data() {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<int>("at");
        QTest::newRow("empty") << "" << 0;
        QTest::newRow("spaces") << "  \t " << 0;
        QTest::newRow("no day") << "x before:yesteryear" << 2;
        QTest::newRow("no such day") << "before:2026-02-30" << 0;
        QTest::newRow("short month") << "after:2026-1" << 0;
        QTest::newRow("more than a day") << "after:2026-01-011" << 0;
        QTest::newRow("year 0") << "before:0000" << 0;
        QTest::newRow("signed") << "before:-999" << 0;
        QTest::newRow("not a day") << "a -before:2026" << 2;
        QTest::newRow("no value") << "from: bob" << 0;
        QTest::newRow("has what") << "has:cheese" << 0;
        QTest::newRow("is what") << "is:read" << 0;
        QTest::newRow("lone marks") << QString::fromUtf8("a \u0301\u0302") << 2;
        QTest::newRow("nothing visible") << QString::fromUtf8("\u200B\u200D") << 0;
        QTest::newRow("empty quotes") << "\"\"" << 0;
        QTest::newRow("10 kB") << QString(10'000, 'x') << 1000;
        QTest::newRow("too many parts") << QString("a ").repeated(33) << 64;
    }
    void aFaultIsNamedWithItsPlace() {
        QFETCH(QString, typed);
        QFETCH(int, at);
        const auto query = parseQuery(typed.toStdString());
        QVERIFY(!query);
        QCOMPARE(static_cast<int>(query.error().at), at);
        QVERIFY(!query.error().text.empty());
    }
    /// Whatever is typed, the index is asked for nothing but letters, digits and signs in quotes.
    void whatIsTypedNeverReachesTheIndexsLanguage() {
        Vocabulary vocabulary;
        const VocabularySource source = [&]() -> Vocabulary& { return vocabulary; };
        for (const char* typed : {"\"",
                                  "NEAR(",
                                  "x NEAR y",
                                  "t:x",
                                  "-x",
                                  "*",
                                  "a*",
                                  "{t}:y",
                                  "^a",
                                  "((((",
                                  "a OR b",
                                  "a AND",
                                  "NOT",
                                  "';--",
                                  "a\"b",
                                  "x\" OR body : \"y",
                                  "'; DROP TABLE message; --",
                                  "+",
                                  "a + b",
                                  "body:x",
                                  "place : \"1\"",
                                  "%",
                                  "_",
                                  "\\",
                                  "x';",
                                  "a--b.c_d"}) {
            const auto query = parseQuery(typed);
            if (!query) {
                continue;
            }
            const Expression expression = expressionFor(query->terms, {}, source);
            std::string inside;
            bool quoted = false;
            for (const char c : expression.text) {
                quoted = c == '"' ? !quoted : quoted;
                if (c != '"' && quoted) {
                    QVERIFY2(std::isalnum(static_cast<unsigned char>(c)) != 0 || c == ' ',
                             expression.text.c_str());
                } else if (c != '"') {
                    inside += c;
                }
            }
            QVERIFY(!quoted);
            QVERIFY2(inside.find(';') == std::string::npos, inside.c_str());
        }
    }

    void mistakesAreCounted() {
        const EditDistance house("house");
        QCOMPARE(house.to("house", 2), 0);
        QCOMPARE(house.to("hose", 2), 1);
        QCOMPARE(house.to("houses", 2), 1);
        QCOMPARE(house.to("mouse", 2), 1);
        QCOMPARE(house.to("huose", 2), 1); // swapped
        QCOMPARE(house.to("huos", 2), 2);
        QCOMPARE(house.to("car", 2), 3); // more than that
        QCOMPARE(EditDistance("привет").to("превет", 1), 1);
        QCOMPARE(EditDistance(std::string(80, 'a')).to(std::string(81, 'a'), 1), 2);
        QCOMPARE(EditDistance::forgiven(3), 0);
        QCOMPARE(EditDistance::forgiven(4), 1);
        QCOMPARE(EditDistance::forgiven(8), 2);
        QVERIFY(isForgiving("word") && !isForgiving("wor") && !isForgiving("two words") &&
                !isForgiving("我们去了"));
    }
    void aTextIsMatchedByAnyPartOfIt() {
        QVERIFY(matcher("eed").matches("a SEED here"));
        QVERIFY(matcher("京").matches("我们去北京"));
        QVERIFY(matcher("\"lo wor\"").matches("Hello World"));
        QVERIFY(!matcher("\"lo  wor\"").matches("Hello World"));
        QVERIFY(!matcher("hello -world").matches("Hello World"));
        QVERIFY(matcher("example/pa").matches("see https://example/path"));
        QVERIFY(!matcher("housse").matches("a house") && matcher("housse").matchesNearly("a house"));
        QVERIFY(!matcher("housse -a").matchesNearly("a house"));
    }
    void marksAreBytesOfTheOriginal() {
        QCOMPARE(marked("eme", "Crème and CREME"), (Strings{"ème", "EME"}));
        QCOMPARE(marked("eme", "cre\u0301me\u0300!"), (Strings{"e\u0301me\u0300"}));
        QCOMPARE(marked("strass", "Straße"), (Strings{"Straß"})); // half of a letter is the letter
        QCOMPARE(marked("a ab", "abcab"), (Strings{"ab", "ab"})); // joined
        QCOMPARE(marked("housse", "my House", true), (Strings{"House"}));
        QCOMPARE(marked("housse", "my House", false), Strings());
        QCOMPARE(marked("👍", "ok👍🏽!"), (Strings{"👍"}));
    }
    void aSnippetShowsTheMarkAndNoHalfCharacters() {
        std::string text;
        for (int i = 0; i < 200; ++i) {
            text += "äö ";
        }
        text += "needle";
        for (int i = 0; i < 200; ++i) {
            text += " 漢字";
        }
        const auto marks = matcher("needle").marks(text, false);
        const TextRange snippet = snippetOf(text, marks);
        QVERIFY(snippet.begin <= marks[0].begin && marks[0].end <= snippet.end);
        QVERIFY(snippet.end - snippet.begin <= 160);
        const std::string piece = text.substr(snippet.begin, snippet.end - snippet.begin);
        QCOMPARE(QString::fromStdString(piece).toStdString(), piece);
        QVERIFY((snippetOf("short", {}) == TextRange{0, 5}));
    }
    void wholeWordsAreBetterThanParts() {
        const Matcher house = matcher("house");
        QVERIFY(house.score("the house") > house.score("the houses"));
        QVERIFY(house.score("the houses") > house.score("the warehouse"));
        QVERIFY(house.score("house") > house.score("the house that nobody has ever seen from inside"));
    }

private:
    static void appendPoint(char32_t point, std::string& out) {
        out += QString::fromUcs4(&point, 1).toStdString();
    }
};

QTEST_GUILESS_MAIN(TestSearch)
#include "test_search.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// How texts look: which ranges may be, what people type for them, and what becomes of them on their way.
#include "core/messaging/content.pb.h"
#include "core/text/markdown.h"
#include "core/text/styles.h"
#include "tests/core/talking.h"
#include "tests/support/pages.h"

using namespace sotto;
using namespace sotto::test;
using core::canonicalStyles;
using core::isLinkAddress;
using core::Message;
using core::MessageKind;
using core::readMarkdown;
using core::StyledRange;
using core::StyledText;
using core::Styles;
using core::TextStyle;

Q_DECLARE_METATYPE(sotto::core::Styles)

namespace {

StyledRange range(TextStyle style, std::uint32_t begin, std::uint32_t length, std::string address = {}) {
    return {style, begin, length, std::move(address)};
}
StyledRange bold(std::uint32_t begin, std::uint32_t length) {
    return range(TextStyle::Bold, begin, length);
}
StyledRange code(std::uint32_t begin, std::uint32_t length) {
    return range(TextStyle::Code, begin, length);
}
StyledRange link(std::uint32_t begin, std::uint32_t length, std::string address = "https://example.org/") {
    return range(TextStyle::Link, begin, length, std::move(address));
}

/// With a letter and brackets for each style, so that a test reads like what it tests.
std::string shown(const StyledText& styled) {
    const auto canonical = canonicalStyles(styled.text, styled.styles);
    if (!canonical) {
        return "breaks a rule";
    }
    std::string out;
    for (std::size_t at = 0; at <= styled.text.size(); ++at) {
        for (auto it = canonical->rbegin(); it != canonical->rend(); ++it) {
            if (it->begin + it->length == at) {
                out += it->address.empty() ? "}" : "}<" + it->address + ">";
            }
        }
        for (const StyledRange& each : *canonical) {
            if (each.begin == at) {
                out += std::string(1, "?bisckl"[static_cast<int>(each.style)]) + "{";
            }
        }
        out += at < styled.text.size() ? styled.text.substr(at, 1) : "";
    }
    return out;
}

Message lineOf(Person& person, const MessageId& id) {
    return person.client().message(id).value();
}

core::SendOptions with(const Styles& styles) {
    core::SendOptions options;
    options.styles = styles;
    return options;
}

} // namespace

class TestRichText : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    // ---- Ranges ----

    void theyHaveOneForm() {
        const std::string text = "0123456789";
        // In any order, touching, overlapping, twice: the same.
        const Styles wanted = {bold(1, 6)};
        for (const Styles& styles : {Styles{bold(1, 6)}, Styles{bold(3, 4), bold(1, 2)},
                                     Styles{bold(2, 5), bold(1, 3)}, Styles{bold(1, 6), bold(1, 6)}}) {
            QVERIFY(canonicalStyles(text, styles) == wanted);
        }
        const auto mixed = canonicalStyles(
            text, {link(4, 6), range(TextStyle::Italic, 0, 2), bold(0, 2), bold(4, 6), bold(0, 5)});
        QVERIFY(mixed == Styles({bold(0, 10), range(TextStyle::Italic, 0, 2), link(4, 6)}));
        // Links that touch stay two unless they lead to one place.
        QCOMPARE(canonicalStyles(text, {link(0, 2), link(2, 2)})->size(), 1U);
        QCOMPARE(canonicalStyles(text, {link(0, 2), link(2, 2, "https://example.com")})->size(), 2U);
        QCOMPARE(canonicalStyles(text, {code(0, 2), code(2, 2), bold(2, 2)})->size(), 3U);
        QVERIFY(canonicalStyles(text, {code(0, 2), code(1, 3)}) == Styles{code(0, 4)});
        // Code inside of something is fine.
        QVERIFY(canonicalStyles(text, {code(2, 2), bold(2, 2), link(0, 9)}));
        QVERIFY(canonicalStyles("a\nb\nc", {range(TextStyle::CodeBlock, 2, 1), code(0, 1), bold(4, 1)}));
        QVERIFY(canonicalStyles("a\nb\nc", {range(TextStyle::CodeBlock, 0, 5)}));
        QVERIFY(canonicalStyles(text, {}) == Styles());
    }

    void whatBreaksARuleIsRefused_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<Styles>("styles");
        const QByteArray plain = "0123456789";
        const auto row = [](const char* name, const QByteArray& text, const Styles& styles) {
            QTest::newRow(name) << text << styles;
        };
        row("empty", plain, {bold(3, 0)});
        row("beyond the text", plain, {bold(3, 8)});
        row("begins beyond", plain, {bold(11, 1)});
        row("so long that it begins anew", plain, {bold(5, 0xFFFFFFFF)});
        row("at the end of all numbers", plain, {bold(0xFFFFFFFF, 0xFFFFFFFF)});
        row("begins inside a code point", "\xC3\xA4", {bold(1, 1)});
        row("ends inside a code point", "\xF0\x9F\x8E\xBB", {bold(0, 3)});
        row("of no kind", plain, {range(static_cast<TextStyle>(0), 0, 1)});
        row("of a later kind", plain, {range(static_cast<TextStyle>(7), 0, 1)});
        row("bold with an address", plain, {range(TextStyle::Bold, 0, 1, "https://example.org")});
        row("a link to nowhere", plain, {range(TextStyle::Link, 0, 1)});
        row("links over each other", plain, {link(0, 5), link(4, 2)});
        row("the same link twice", plain, {link(0, 5), link(0, 5)});
        row("bold inside code", plain, {code(0, 9), bold(3, 2)});
        row("bold across the end of code", plain, {code(0, 5), bold(3, 4)});
        row("a link inside code", plain, {code(0, 5), link(1, 2)});
        row("code inside a block", plain, {range(TextStyle::CodeBlock, 0, 10), code(1, 2)});
        row("a block from the middle of a line", "ab\nc", {range(TextStyle::CodeBlock, 1, 3)});
        row("a block to the middle of a line", "ab\ncd", {range(TextStyle::CodeBlock, 0, 4)});
        row("a block with the line end after it", "ab\ncd", {range(TextStyle::CodeBlock, 0, 3)});
        row("too many", QByteArray(500, 'x'), Styles(core::kMaxStyledRanges + 1, bold(0, 1)));
        Styles far;
        for (std::uint32_t i = 0; i < 17; ++i) {
            far.push_back(link(2 * i, 1, "https://example.org/" + std::string(1990, 'a')));
        }
        row("addresses of too many bytes", QByteArray(500, 'x'), far);
    }
    void whatBreaksARuleIsRefused() {
        QFETCH(QByteArray, text);
        QFETCH(Styles, styles);
        QVERIFY(!canonicalStyles(text.toStdString(), styles));
        // Among others it costs all of them.
        styles.insert(styles.begin(), range(TextStyle::Strikethrough, 0, 2));
        QVERIFY(!canonicalStyles(text.toStdString(), styles));
    }

    void onlyAddressesOfTheWebAreLinks() {
        for (const char* address :
             {"https://example.org", "http://example.org:8080/a?b#c", "HTTPS://EXAMPLE.ORG", "http://[::1]/",
              "https://b\xC3\xBC\x63her.example/\xE2\x82\xAC", "https://example.org/@user", "http://a"}) {
            QVERIFY2(isLinkAddress(address), address);
        }
        for (const char* address : {"",
                                    "example.org",
                                    "javascript:alert(1)",
                                    "file:///etc/passwd",
                                    "data:text/html,x",
                                    "http:/x",
                                    "http://",
                                    "https:///path",
                                    "https://?q",
                                    "https://:80",
                                    "https://user@example.org",
                                    "https://user:word@example.org",
                                    "https://good.example\\@evil.example",
                                    "https://a b",
                                    "https://a\tb",
                                    "https://a\nb",
                                    "https://a\x7F",
                                    "https://a\xC2\x85",
                                    "https://a\xE2\x80\xAE",
                                    "https://a\xE2\x80\x8B",
                                    "https://a\xEF\xBB\xBF",
                                    "https://a\"b",
                                    "https://a<b",
                                    "https://a>b",
                                    "https://a\xFF",
                                    "\xE2\x80\x8Ehttps://a",
                                    " https://a",
                                    "sotto:x",
                                    "ftp://a",
                                    "https:a"}) {
            QVERIFY2(!isLinkAddress(address), address);
        }
        QVERIFY(isLinkAddress("https://" + std::string(core::kMaxAddressBytes - 8, 'a')));
        QVERIFY(!isLinkAddress("https://" + std::string(core::kMaxAddressBytes - 7, 'a')));
        QVERIFY(!isLinkAddress(std::string_view("https://a\0b", 11)));
    }

    void aRowOfThemIsReadOnlyIfItFits() {
        const std::string text = std::string(40'000, 'x') + " words";
        const Styles styles = {bold(0, 39'000), code(39'500, 20), link(40'001, 5)};
        const Bytes packed = core::StyleStore::pack(styles);
        QVERIFY(core::StyleStore::unpack(packed, text) == styles);
        QVERIFY(core::StyleStore::unpack(packed, "a shorter text").empty());
        SeededRandom random(5);
        for (std::size_t size = 0; size < packed.size(); ++size) {
            QVERIFY(core::StyleStore::unpack(BytesView(packed).first(size), text) != styles);
            Bytes junk(size);
            random.fill(junk);
            static_cast<void>(core::StyleStore::unpack(junk, text)); // whatever it says, it ends
        }
    }

    // ---- What people type ----

    void markdownIsRead_data() {
        QTest::addColumn<QByteArray>("source");
        QTest::addColumn<QByteArray>("wanted");
        const auto row = [](const char* source, const char* wanted) {
            QTest::newRow(source) << QByteArray(source) << QByteArray(wanted);
        };
        row("", "");
        row("plain", "plain");
        row("**a** __b__", "b{a} b{b}");
        row("*a* _b_", "i{a} i{b}");
        row("~~a~~ ~b~ ~~~c~~~", "s{a} ~b~ ~~~c~~~");
        row("***a***", "b{i{a}}");
        row("**a *b* c**", "b{a i{b} c}");
        row("*a **b** c*", "i{a b{b} c}");
        row("**a*b*", "**ai{b}");
        row("*a**b**c*", "i{ab{b}c}");
        row("**a ~~b~~**", "b{a s{b}}");
        row("2 * 3 * 4 ** 5", "2 * 3 * 4 ** 5");
        row("snake_case_name and __init__.py", "snake_case_name and b{init}.py");
        row("a*b*c a_b_c", "ai{b}c a_b_c");
        row("*not closed", "*not closed");
        row("** a**", "** a**");
        row("*a _b* c_", "i{a _b} c_");
        row("**", "**");
        row("****", "****");
        row("*\xE2\x82\xAC* \xE2\x80\x9E**x**\xE2\x80\x9C", "i{\xE2\x82\xAC} \xE2\x80\x9E"
                                                            "b{x}\xE2\x80\x9C");
        row("`a` ``b`c`` `*d*`", "c{a} c{b`c} c{*d*}");
        row("`` ` `` ` ` `  a  `", "c{`} c{ } c{ a }");
        row("`not closed **a**", "`not closed b{a}");
        row("**a `b` c**", "b{a c{b} c}");
        row("*a `b* c`", "*a c{b* c}");
        row("\\*a\\* \\`b` \\\\ \\q \\", "*a* `b` \\ \\q \\");
        row("**a\\**", "*i{a*}"); // as CommonMark reads it
        row("[words](https://example.org/)", "l{words}<https://example.org/>");
        row("[**w** `c`](<http://a.b/(c)>)", "l{b{w} c{c}}<http://a.b/(c)>");
        row("**[w](http://a)** *[x*](http://a)", "b{l{w}<http://a>} *l{x*}<http://a>");
        row("[w]( http://a.b/x_(y)_z )", "l{w}<http://a.b/x_(y)_z>");
        row("[w](http://a\\)b)", "l{w}<http://a)b>");
        row("[a [b](http://c) d](http://e)", "[a l{b}<http://c> d](http://e)");
        row("[w](javascript:x) [w](x) [w]() [w] (http://a) [](http://a)",
            "[w](javascript:x) [w](x) [w]() [w] (http://a) [](http://a)");
        row("[w](http://u:p@a) [w](http://a \"title\")", "[w](http://u:p@a) [w](http://a \"title\")");
        row("![*alt*](http://a/x_y_.png) *b*", "![*alt*](http://a/x_y_.png) i{b}");
        row("\\![w](http://a)", "!l{w}<http://a>");
        row("http://a/_b_/*c* **https://d/e_f_**.", "http://a/_b_/*c* b{https://d/e_f_}.");
        row("see **https://d/e**!", "see b{https://d/e}!");
        row("# *a*\n- b\n> c\n1. d\n\n    e\n<b>f</b> &amp; <http://g>",
            "# i{a}\n- b\n> c\n1. d\n\n    e\n<b>f</b> &amp; <http://g>");
        row("*a\nb*", "i{a\nb}");
        row("*a\n\nb*", "*a\n\nb*");
        row("`a\n \nb`", "`a\n \nb`");
        row("a\r\n**b**\r\n", "a\r\nb{b}\r\n");
        row("```\na *b*\n\n  c\n```", "k{a *b*\n\n  c}");
        row("x\n```cpp\na\n```\ny", "x\nk{a}\ny");
        row("**x**\n\n```\r\na\r\n```\r\n*y*", "b{x}\n\nk{a}\ni{y}");
        row("````\n```\n````\n", "k{```}\n");
        row("```\n```", "```\n```");
        row("```\n\n```\n*a*", "```\n\n```\ni{a}");
        row("```\nnot closed *a*", "```\nnot closed i{a}");
        row("```a``` b", "c{a} b");
        row("    ```\n*a*", "    ```\ni{a}");
        row("`a`_`b`_ _`c`_`d`", "c{a}i{c{b}} i{c{c}}c{d}");
    }
    void markdownIsRead() {
        QFETCH(QByteArray, source);
        QFETCH(QByteArray, wanted);
        QCOMPARE(QByteArray::fromStdString(shown(readMarkdown(source.toStdString()))), wanted);
    }

    /// Steps, not seconds: twice as much of it may not take more than about twice as long. What would take
    /// quadratic time at this size would take minutes.
    void hostileMarkdownIsReadToItsEnd_data() {
        QTest::addColumn<QByteArray>("piece");
        for (const char* piece : {"*[",
                                  "[",
                                  "]",
                                  "](",
                                  "[a](",
                                  "[a](b",
                                  "[a](<",
                                  "[a](<b>",
                                  "*a ",
                                  "a* ",
                                  "*a_ ",
                                  "**a*",
                                  "_*_ ",
                                  "`",
                                  "` ",
                                  "``` ",
                                  "`a``b```c",
                                  "~~a",
                                  "~~ ~~",
                                  "\\",
                                  "\\`",
                                  "![",
                                  "![a](b)",
                                  "![a](b",
                                  "[a](http://b)",
                                  "[[a](http://b)",
                                  "http://",
                                  "http://*_ ",
                                  "h",
                                  "```\n",
                                  "```a\n",
                                  "````\n```x\n",
                                  "\n",
                                  "\r",
                                  "*\n\n",
                                  "a*b_c~~d`e[f](http://g)",
                                  "((((",
                                  "\xC3\xA4*",
                                  "*\xE2\x80\x83"}) {
            QTest::newRow(piece) << QByteArray(piece);
        }
    }
    void hostileMarkdownIsReadToItsEnd() {
        QFETCH(QByteArray, piece);
        std::string source;
        while (source.size() + static_cast<std::size_t>(piece.size()) <= 16 * core::kMaxTextBytes) {
            source += piece.toStdString();
        }
        const StyledText read = readMarkdown(source);
        QVERIFY(read.text.size() <= source.size() && !read.text.empty());
        QVERIFY(core::isValidUtf8(read.text));
        for (const StyledRange& each : read.styles) {
            QVERIFY(canonicalStyles(read.text, {each}).has_value());
        }
    }

    void anyMixtureKeepsTheRules() {
        SeededRandom random(9);
        const std::vector<std::string> words = {"*",  "**",   "_",  "__",    "~~", "`",       "``", "```",
                                                "\n", "\n\n", "[",  "](",    ")",  "http://", "!",  "a",
                                                " ",  "\\",   "b.", "```\n", "]",  "\xC3\xA4"};
        std::size_t styled = 0;
        for (int i = 0; i < 4000; ++i) {
            std::string source;
            for (std::uint64_t n = random.below(40); n > 0; --n) {
                source += words[random.below(words.size())];
            }
            StyledText read = readMarkdown(source);
            styled += read.styles.empty() ? 0 : 1;
            read.styles.resize(std::min(read.styles.size(), core::kMaxStyledRanges));
            QVERIFY2(canonicalStyles(read.text, read.styles), source.c_str());
            QCOMPARE(read.text.empty(), source.empty());
        }
        QVERIFY(styled > 400);
    }

    // ---- On their way ----

    void whatOneSaysLooksSoOnBothSides() {
        Talking story;
        auto& [world, alice, bob] = story;
        const StyledText said = readMarkdown("**bold**, *slanted*, `code` and [a link](https://example.org)");
        const auto key = alice.client().conversations().front().key;
        const auto sent = alice.client().sendText(key, said.text, with(said.styles));
        QVERIFY(sent && sent->styles.size() == 4);
        QVERIFY(world.until([&] { return bob.client().message(sent->id).has_value(); }));
        world.pass(std::chrono::seconds(5));
        for (Person* person : {&alice, &bob}) {
            const Message line = lineOf(*person, sent->id);
            QCOMPARE(line.text, std::string("bold, slanted, code and a link"));
            QVERIFY(line.styles == canonicalStyles(said.text, said.styles));
            QVERIFY(person->history(person == &alice ? "bob" : "alice").back().styles == line.styles);
            QCOMPARE(person->client().conversations().front().preview, line.text);
        }
        // Another look is an edit, and each version keeps its own.
        const auto edited = alice.client().editMessage(sent->id, said.text, {bold(0, 4)});
        QVERIFY(edited && edited->revision == 1);
        QVERIFY(alice.client().editMessage(sent->id, said.text, {bold(0, 4)})->revision == 1);
        QVERIFY(world.until([&] { return lineOf(bob, sent->id).revision == 1; }));
        QVERIFY(alice.client().editMessage(sent->id, "plain"));
        QVERIFY(world.until([&] { return lineOf(bob, sent->id).revision == 2; }));
        for (Person* person : {&alice, &bob}) {
            QVERIFY(lineOf(*person, sent->id).styles.empty());
            const auto versions = person->client().messageInfo(sent->id)->versions;
            QCOMPARE(versions.size(), 3U);
            QCOMPARE(versions[0].styles.size(), 4U);
            QVERIFY(versions[1].styles == Styles{bold(0, 4)} && versions[2].styles.empty());
        }
        // A quote is words alone.
        core::SendOptions options = with({bold(0, 3)});
        options.reply = sent->id;
        const auto answer = bob.client().sendText(bob.client().conversations().front().key, "yes", options);
        QVERIFY(answer && world.until([&] { return alice.client().message(answer->id).has_value(); }));
        QVERIFY(lineOf(alice, answer->id).quote->text == "plain" &&
                lineOf(alice, answer->id).styles == Styles{bold(0, 3)});
        // Their own are kept through a restart, too.
        alice.crash();
        QVERIFY(lineOf(alice, answer->id).styles == Styles{bold(0, 3)});
    }

    void badOnesAreRefusedWithASentence() {
        Talking story;
        auto& [world, alice, bob] = story;
        const auto key = alice.client().conversations().front().key;
        const auto refused = alice.client().sendText(key, "ab", with({bold(1, 2)}));
        QVERIFY(!refused && refused.error().code == core::FailureCode::Invalid);
        const auto many = alice.client().sendText(key, "ab", with(Styles(201, bold(0, 1))));
        QVERIFY(!many && many.error().text.find("200") != std::string::npos);
        const auto id = alice.says(bob, "ab").id;
        const auto edit = alice.client().editMessage(id, "cd", {range(TextStyle::Link, 0, 2, "file:///x")});
        QVERIFY(!edit && lineOf(alice, id).text == "ab");
    }

    void whatIsNotSealedYetGoesOutAsItIs() {
        Talking story;
        auto& [world, alice, bob] = story;
        alice.goOffline();
        const auto key = alice.client().conversations().front().key;
        const auto first = alice.client().sendText(key, "one", with({bold(0, 3)}));
        const auto second = alice.client().sendText(key, "two", with({bold(0, 3)}));
        QVERIFY(alice.client().editMessage(first->id, "uno", {code(0, 3)})->revision == 0);
        QVERIFY(alice.client().editMessage(second->id, "dos")->styles.empty());
        alice.goOnline();
        QVERIFY(world.until([&] { return bob.texts().size() == 4; }));
        QVERIFY(lineOf(bob, first->id).styles == Styles{code(0, 3)} && lineOf(bob, first->id).text == "uno");
        QVERIFY(lineOf(bob, second->id).styles.empty() && lineOf(bob, second->id).revision == 0);
        QVERIFY(lineOf(alice, first->id).styles == Styles{code(0, 3)});
    }

    /// The edit before its message, and two with one number.
    void theOrderOfArrivalMakesNoDifference() {
        Talking story;
        auto& [world, alice, bob] = story;
        Forger forger(world, alice);
        core::Content said = forger.text(bob, "", 50);
        said.body = core::TextBody{"words", {}, 0, {bold(0, 1)}};
        const core::MessageName name{said.sender, said.message};
        core::Content edit = forger.text(bob, "", 51);
        edit.body = core::EditBody{name, 1, "other words", {code(0, 5)}};
        core::Content later = forger.text(bob, "", 52);
        later.body = core::EditBody{name, 1, "other words", {link(6, 5)}};
        world.inject(bob, {forger.row(bob, later)});
        world.inject(bob, {forger.row(bob, edit)});
        world.inject(bob, {forger.row(bob, said)});
        QVERIFY(lineOf(bob, said.message).styles == Styles{link(6, 5)});
        const auto versions = bob.client().messageInfo(said.message)->versions;
        QVERIFY(versions.size() == 2 && versions[0].styles == Styles{bold(0, 1)});
    }

    void withTheTextItsLooksGo() {
        Talking story;
        auto& [world, alice, bob] = story;
        const std::string canary = "https://zqcanaryx.example/";
        const auto key = alice.client().conversations().front().key;
        const auto says = [&] {
            const auto sent = alice.client().sendText(key, "here", with({link(0, 4, canary)}));
            const bool came = world.until([&] { return bob.client().message(sent->id).has_value(); });
            world.pass(std::chrono::minutes(1));
            return came ? sent->id : MessageId();
        };
        const MessageId here = says();
        const MessageId everywhere = says();
        QVERIFY(alice.client().editMessage(everywhere, "there", {link(0, 5, canary)}));
        QVERIFY(world.until([&] { return lineOf(bob, everywhere).revision == 1; }));
        world.pass(std::chrono::minutes(1));
        core::SendOptions passing = with({link(0, 4, canary)});
        passing.expireSeconds = 60;
        const auto gone = alice.client().sendText(key, "gone", passing);
        QVERIFY(world.until([&] { return bob.client().message(gone->id).has_value(); }));
        world.pass(std::chrono::seconds(5));
        for (Person* person : {&alice, &bob}) {
            QVERIFY(Pages(person->directory()).contain("zqcanaryx"));
            QCOMPARE(count(*person, "SELECT count(*) FROM style"), 4);
        }
        QVERIFY(alice.client().deleteMessage(here) && bob.client().deleteMessage(here));
        QVERIFY(alice.client().deleteForEveryone(everywhere));
        QVERIFY(world.until([&] { return lineOf(bob, everywhere).kind == MessageKind::Deleted; }));
        QVERIFY(bob.client().markRead(lineOf(bob, gone->id).conversation, bob.client().newestKey()));
        QVERIFY(world.until([&] { return lineOf(bob, gone->id).kind == MessageKind::Expired; }));
        QVERIFY(world.until([&] { return lineOf(alice, gone->id).kind == MessageKind::Expired; }));
        world.pass(std::chrono::minutes(1));
        for (Person* person : {&alice, &bob}) {
            QCOMPARE(count(*person, "SELECT count(*) FROM style"), 0);
            QVERIFY(!Pages(person->directory()).contain("zqcanaryx"));
            for (const MessageId& id : {here, everywhere, gone->id}) {
                QVERIFY(lineOf(*person, id).styles.empty());
            }
        }
    }

    // ---- Attacks ----

    /// Whatever a contact's program says of a text: the text comes, without looks or with allowed ones.
    void case61_hostileRangesCostTheLooksAndNeverTheText() {
        Talking story;
        auto& [world, alice, bob] = story;
        Forger forger(world, alice);
        std::uint64_t seq = 100;
        const auto says = [&](const std::function<void(core::pb::Text&)>& change) {
            core::Content content = forger.text(bob, "b\xC3\xA4r words", ++seq);
            const Bytes bytes = core::encodeContent(content);
            core::pb::Content out;
            out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
            change(*out.mutable_text());
            Bytes hostile(out.ByteSizeLong());
            out.SerializeWithCachedSizesToArray(hostile.data());
            world.inject(bob, {forger.row(bob, hostile, content.message)});
            return lineOf(bob, content.message);
        };
        const auto add = [](core::pb::Text& text, std::uint32_t kind, std::uint32_t begin,
                            std::uint32_t length, const std::string& address = {}) {
            auto* style = text.add_styles();
            style->set_kind(kind);
            style->set_begin(begin);
            style->set_length(length);
            style->set_address(address);
        };
        const auto before = placeholdersOf(bob).size();
        const auto losesAll = [&](const std::function<void(core::pb::Text&)>& change) {
            const Message line = says([&](core::pb::Text& text) {
                add(text, 1, 5, 2); // an honest one beside it
                change(text);
            });
            return line.text == "b\xC3\xA4r words" && line.styles.empty();
        };
        const Message fine = says([&](core::pb::Text& text) {
            add(text, 1, 4, 5);
            add(text, 99, 77, 0, "of a later version"); // left out
            add(text, 6, 0, 4, "https://example.org");
        });
        QVERIFY(fine.styles == Styles({link(0, 4, "https://example.org"), bold(4, 5)}));
        QVERIFY(losesAll([&](auto& text) { add(text, 1, 2, 1); }));
        QVERIFY(losesAll([&](auto& text) { add(text, 1, 9, 3); }));
        QVERIFY(losesAll([&](auto& text) { add(text, 1, 4'294'967'295U, 4'294'967'295U); }));
        QVERIFY(losesAll([&](auto& text) { add(text, 1, 1, 4'294'967'295U); }));
        QVERIFY(losesAll([&](auto& text) { add(text, 2, 0, 0); }));
        QVERIFY(losesAll([&](auto& text) { add(text, 4, 4, 5); }));
        QVERIFY(losesAll([&](auto& text) { add(text, 5, 0, 3); }));
        QVERIFY(losesAll([&](auto& text) { add(text, 3, 0, 1, "https://example.org"); }));
        for (const char* address : {"", "javascript:alert(1)", "file:///etc/passwd", "https://a@b", "\xFF",
                                    "https://a\xE2\x80\xAE", "https://a\nb"}) {
            QVERIFY2(losesAll([&](auto& text) { add(text, 6, 0, 1, address); }), address);
        }
        QVERIFY(losesAll([&](auto& text) {
            for (int i = 0; i < 200; ++i) {
                add(text, 1, 0, 1);
            }
        }));
        QVERIFY(losesAll([&](auto& text) {
            for (int i = 0; i < 5000; ++i) {
                add(text, 7, 0, 1); // all left out, and still too many
            }
        }));
        QVERIFY(losesAll([&](auto& text) { add(text, 6, 0, 1, "https://" + std::string(50'000, 'a')); }));
        QCOMPARE(placeholdersOf(bob).size(), before);
        QCOMPARE(count(bob, "SELECT count(*) FROM style"), 1);
    }
};

QTEST_GUILESS_MAIN(TestRichText)
#include "test_rich_text.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// What others write, on its way to the screen (docs/SECURITY.md, display).
#include "app/format/links.h"
#include "app/format/shown_styles.h"
#include "app/link_gate.h"
#include "app/stall_watch.h"
#include "app/views/styled_edit.h"
#include "core/text/styles.h"

#include <QDialog>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTest>
#include <QTimer>

using namespace sotto;
using namespace sotto::app;

class TestDesktopText : public QObject {
    Q_OBJECT

    static QString message(std::string_view utf8) { return shownText(utf8, kBubble).text; }
    static QStringList links(const QString& text) {
        QStringList found;
        for (const LinkRange& link : linksIn(text)) {
            found.append(text.mid(link.begin, link.length));
        }
        return found;
    }

private slots:
    void whatActsUnseenStandsThereByName_data() {
        QTest::addColumn<QByteArray>("typed");
        QTest::addColumn<QString>("shown");
        const auto row = [](const char* name, const char* typed, const char* shown) {
            QTest::newRow(name) << QByteArray(typed) << QString::fromUtf8(shown);
        };
        row("override", "gpj.\u202Eexe", "gpj.⟨U+202E⟩exe");
        row("isolates", "\u2066a\u2069", "⟨U+2066⟩a⟨U+2069⟩");
        row("marks", "a\u200Eb\u200Fc\u061Cd", "a⟨U+200E⟩b⟨U+200F⟩c⟨U+061C⟩d");
        row("zero width", "pay\u200Bpal\uFEFF", "pay⟨U+200B⟩pal⟨U+FEFF⟩");
        row("joiner in Latin", "pay\u200Dpal\u200C!", "pay⟨U+200D⟩pal⟨U+200C⟩!");
        row("soft hyphen", "bo\u00ADb", "bo⟨U+00AD⟩b");
        row("fillers", "\u3164\u115F\u2800", "⟨U+3164⟩⟨U+115F⟩⟨U+2800⟩");
        row("controls", "a\x01\x1b[31mb\x7f", "a⟨U+0001⟩⟨U+001B⟩[31mb⟨U+007F⟩");
        row("separators", "a\u2028b\u2029", "a⟨U+2028⟩b⟨U+2029⟩");
        row("tags", "x\U000E0041", "x⟨U+E0041⟩");
        row("annotation", "\uFFF9x\uFFFB", "⟨U+FFF9⟩x⟨U+FFFB⟩");
        row("broken bytes", "a\xff\xc3(", "a\uFFFD\uFFFD(");
        row("carriage return", "one\r\ntwo\rthree", "one\ntwo⟨U+000D⟩three");
        row("mark without a base", "\u0301x", "\u25CC\u0301x");
        // And what is written that way stays.
        row("Persian", "می\u200Cخواهم", "می\u200Cخواهم");
        row("Hindi", "क्\u200Dष", "क्\u200Dष");
        row("family", "👨\u200D👩\u200D👧", "👨\u200D👩\u200D👧");
        row("rainbow", "🏳\uFE0F\u200D🌈", "🏳\uFE0F\u200D🌈");
        row("heart", "❤\uFE0F", "❤\uFE0F");
        row("Scotland", "🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F",
            "🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F");
        row("skin", "👍🏽", "👍🏽");
        row("markup", "<b>x</b><img src='file:///etc/passwd'>&amp;",
            "<b>x</b><img src='file:///etc/passwd'>&amp;");
    }
    void whatActsUnseenStandsThereByName() {
        QFETCH(QByteArray, typed);
        QFETCH(QString, shown);
        QCOMPARE(message({typed.constData(), static_cast<std::size_t>(typed.size())}), shown);
    }
    void aNameIsOneShortLine() {
        QCOMPARE(shownName("  two\nlines\tand  more "), QString("two lines and more"));
        const QString longOne = shownName(std::string(5000, 'x'));
        QCOMPARE(longOne.size(), kName.characters + 1);
        QVERIFY(longOne.endsWith(QChar(0x2026)));
        std::string pile = "z";
        for (int i = 0; i < 1000; ++i) {
            pile += "\u0301";
        }
        QVERIFY(shownName(pile).size() < 10);
    }
    void aBombIsCutAndTakesNoTime_data() {
        QTest::addColumn<QByteArray>("bomb");
        QByteArray marks("a");
        QByteArray emoji;
        QByteArray addresses;
        for (int i = 0; i < 30'000; ++i) {
            marks += "\u0336";
        }
        for (int i = 0; i < 16'000; ++i) {
            emoji += "🧨";
        }
        for (int i = 0; i < 4'000; ++i) {
            addresses += "https://a.example/ ";
        }
        QTest::newRow("one line") << QByteArray(64 * 1024, 'w');
        QTest::newRow("line ends") << QByteArray(64 * 1024, '\n');
        QTest::newRow("marks") << marks;
        QTest::newRow("emoji") << emoji;
        QTest::newRow("links") << addresses;
        QTest::newRow("direction") << QByteArray("\u202E").repeated(20'000);
    }
    void aBombIsCutAndTakesNoTime() {
        QFETCH(QByteArray, bomb);
        const ShownText shown = shownText({bomb.constData(), static_cast<std::size_t>(bomb.size())}, kBubble);
        QVERIFY(shown.cut);
        QVERIFY(shown.text.size() <= 2 * kBubble.characters);
        QVERIFY(shown.text.count('\n') <= kBubble.lines);
        QVERIFY(linksIn(shown.text).size() <= 100);
    }
    void looksCoverWhatIsShownOfThem() {
        using core::TextStyle;
        const auto covered = [](const std::string& text, TextStyle style, std::uint32_t begin,
                                std::uint32_t length, const std::string& address = {}) {
            const ShownStyles made = shownStyles(text, {{style, begin, length, address}}, kBubble);
            return made.shown.text == message(text) && !made.styles.empty() && made.styles[0].style == style
                       ? made.shown.text.mid(made.styles[0].begin, made.styles[0].length)
                       : QString();
        };
        QCOMPARE(covered("a bold word", TextStyle::Bold, 2, 4), QString("bold"));
        QCOMPARE(covered("x\u202Ey", TextStyle::Bold, 1, 3), QString("⟨U+202E⟩"));
        QCOMPARE(covered("\u200B\u200Bplain bold", TextStyle::Bold, 12, 4), QString("bold"));
        QCOMPARE(covered("one\r\ntwo", TextStyle::Italic, 5, 3), QString("two"));
        QCOMPARE(covered("🧨🧨é!", TextStyle::Code, 4, 4), QString("🧨"));
        QCOMPARE(covered("🧨🧨é!", TextStyle::Code, 10, 1), QString("!"));
        QCOMPARE(covered("\u0301after", TextStyle::Bold, 2, 5), QString("after"));
        QCOMPARE(covered(std::string(5000, 'w'), TextStyle::Bold, 2990, 1000), QString("wwwwwwwwww"));
        QCOMPARE(covered(std::string(5000, 'w'), TextStyle::Bold, 3500, 1000), QString(""));
        QCOMPARE(covered("short", TextStyle::Bold, 2, 0xFFFFFFFF), QString("ort"));
        QCOMPARE(covered("short", TextStyle::Bold, 0xFFFFFFFF, 0xFFFFFFFF), QString(""));
        QCOMPARE(covered("short", TextStyle::Bold, 2, 0), QString(""));
        QCOMPARE(covered("the bank", TextStyle::Link, 4, 4, "https://bank.example/"), QString("bank"));
        QCOMPARE(covered("the bank", TextStyle::Link, 4, 4, "javascript:alert(1)"), QString(""));
        QCOMPARE(covered("the bank", TextStyle::Link, 4, 4, "file:///etc/passwd"), QString(""));
    }
    void looksAreWrittenAndComeBack() {
        using core::TextStyle;
        const core::StyledText text{"bold, struck and code;\nint x;\nint y;\nä link",
                                    {{TextStyle::Bold, 0, 4, {}},
                                     {TextStyle::Strikethrough, 6, 6, {}},
                                     {TextStyle::Code, 17, 4, {}},
                                     {TextStyle::CodeBlock, 23, 13, {}},
                                     {TextStyle::Link, 40, 4, "https://example.org/"}}};
        QPlainTextEdit edit;
        const auto canonical = [&] {
            const core::StyledText written = styledTextOf(edit);
            return core::canonicalStyles(written.text, written.styles);
        };
        setStyledText(edit, text);
        QCOMPARE(styledTextOf(edit).text, text.text);
        QVERIFY(canonical() == text.styles);
        const auto choose = [&](int begin, int end) {
            QTextCursor cursor = edit.textCursor();
            cursor.setPosition(begin);
            cursor.setPosition(end, QTextCursor::KeepAnchor);
            edit.setTextCursor(cursor);
        };
        // Looks beside looks; code takes all others away; several lines of code are a block.
        setStyledText(edit, {"one two three\nfour\nfive", {}});
        choose(0, 7);
        toggleStyle(edit, TextStyle::Bold);
        choose(4, 13);
        toggleStyle(edit, TextStyle::Italic);
        QVERIFY(canonical() == (core::Styles{{TextStyle::Bold, 0, 7, {}}, {TextStyle::Italic, 4, 9, {}}}));
        choose(4, 7);
        toggleStyle(edit, TextStyle::Code);
        QVERIFY(canonical() == (core::Styles{{TextStyle::Bold, 0, 4, {}},
                                             {TextStyle::Code, 4, 3, {}},
                                             {TextStyle::Italic, 7, 6, {}}}));
        choose(0, 13);
        toggleStyle(edit, TextStyle::Strikethrough);
        QVERIFY(canonical().has_value());
        choose(16, 20);
        toggleStyle(edit, TextStyle::Code);
        QVERIFY(canonical().has_value());
        QCOMPARE(canonical()->back(), (core::StyledRange{TextStyle::CodeBlock, 14, 9, {}}));
        // What is typed into a line of a block belongs to it; the same key once more ends it.
        choose(14, 14);
        QTest::keyClicks(&edit, "x = ");
        QCOMPARE(canonical()->back(), (core::StyledRange{TextStyle::CodeBlock, 14, 13, {}}));
        choose(14, 27);
        toggleStyle(edit, TextStyle::CodeBlock);
        QVERIFY(canonical()->back().style != TextStyle::CodeBlock);
        edit.selectAll();
        clearStyles(edit);
        QVERIFY(canonical() == core::Styles{});
        // What was there before leaves nothing behind.
        choose(0, 3);
        toggleStyle(edit, TextStyle::Bold);
        edit.moveCursor(QTextCursor::Start);
        setStyledText(edit, {});
        QTest::keyClicks(&edit, "plain");
        QVERIFY(canonical() == core::Styles{});
    }
    void linksAreTheOnesOfTheWeb() {
        QCOMPARE(links("see https://example.org/a_(b), or (http://x.example)."),
                 (QStringList{"https://example.org/a_(b)", "http://x.example"}));
        QCOMPARE(links("HTTPS://Example.org"), QStringList{"HTTPS://Example.org"});
        for (const char* none :
             {"file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "smb://host/share",
              "vscode://x", "xhttp://a.example", "http:/a", "https://", "http:example.org", "sotto://x"}) {
            QCOMPARE(links(none), QStringList());
        }
        // A control inside ends it where it stands.
        QCOMPARE(links(message("https://good.example/\u202Egpj.exe")), QStringList{"https://good.example/"});
        QCOMPARE(networkHost(webAddress("https://аpple.com/")), QString("xn--pple-43d.com"));
        QCOMPARE(networkHost(webAddress("https://bank.example@evil.example/")), QString("evil.example"));
        QCOMPARE(webAddress("https://user:secret@evil.example/x").toString(),
                 QString("https://evil.example/x"));
        QVERIFY(!webAddress("javascript:alert(1)").isValid());
        QVERIFY(!webAddress("file:///etc/passwd").isValid());
    }
    void whoeverHoldsUpTheWindowIsNamed() {
        constexpr std::chrono::milliseconds kHeldUp(120);
        std::vector<Stall> told;
        const StallWatch watch(std::chrono::milliseconds(16), [&](const Stall& stall) {
            if (stall.duration >= kHeldUp / 2) { // a busy machine has stalls of its own
                told.push_back(stall);
            }
        });
        // Again and again: whoever asks may have to wait for a processor until the stall is nearly over.
        QTimer holdsUp;
        connect(&holdsUp, &QTimer::timeout, &holdsUp, [&] {
            const auto until = std::chrono::steady_clock::now() + kHeldUp;
            while (std::chrono::steady_clock::now() < until) {
            }
        });
        holdsUp.start(10);
        QVERIFY(QTest::qWaitFor([&] { return !told.empty(); }, 60'000));
        QVERIFY(told.front().stack.find("test_desktop_text") != std::string::npos);
    }
    void theGateAsksWithTheHostAsTheNetworkSeesIt() {
        QList<QUrl> opened;
        const LinkGate gate([&](const QUrl& url) { opened.append(url); });
        QWidget window;
        for (const char* never : {"file:///etc/passwd", "javascript:alert(1)", "smb://x/y", "data:,x", ""}) {
            gate.ask(never, &window);
            QVERIFY(window.findChildren<QDialog*>().isEmpty());
        }
        gate.ask("https://me@аpple.com/<b>", &window);
        auto* dialog = window.findChild<QDialog*>();
        QVERIFY(dialog != nullptr);
        QString words;
        for (QLabel* label : dialog->findChildren<QLabel*>()) {
            QCOMPARE(label->textFormat(), Qt::PlainText);
            words += label->text();
        }
        QVERIFY(words.contains("xn--pple-43d.com"));
        QVERIFY(opened.isEmpty());
        dialog->reject();
        QVERIFY(opened.isEmpty());
        // Words that name another place than the link leads to.
        const auto said = [&](const QString& address, const QString& linkWords) {
            gate.ask(address, &window, linkWords);
            QDialog* const asked = window.findChildren<QDialog*>().last();
            QString all;
            for (const QLabel* label : asked->findChildren<QLabel*>()) {
                all += label->text() + QLatin1Char(' ');
            }
            asked->reject();
            return all;
        };
        QVERIFY(
            said("https://evil.example/", "www.bank.example").contains("another address: www.bank.example"));
        QVERIFY(said("https://evil.example/", "https://evil.example@bank.example/")
                    .contains("another address: bank.example"));
        QVERIFY(said("https://evil.example/", "https://еvil.example/").contains("another address: xn--"));
        QVERIFY(!said("https://evil.example/", "evil.example").contains("another address"));
        QVERIFY(!said("https://evil.example/", "press here").contains("another address"));
        gate.ask("https://example.org/", &window);
        window.findChildren<QDialog*>().last()->accept();
        QCOMPARE(opened, QList<QUrl>{QUrl("https://example.org/")});
    }
};

QTEST_MAIN(TestDesktopText)
#include "test_desktop_text.moc"

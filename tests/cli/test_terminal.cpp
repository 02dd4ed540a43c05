// SPDX-License-Identifier: GPL-3.0-or-later
// Other people's text on a terminal, and the small readers of the command line.
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/generate.h"
#include "cli/grammar.h"

#include <QTest>

using namespace sotto::cli;

class TestTerminal : public QObject {
    Q_OBJECT
private slots:
    void controlsAndDirectionAreShownNotObeyed();
    void ordinaryTextStaysAsItIs();
    void brokenUtf8IsShownAsBytes();
    void aMessageCannotPretendToBeAnotherLine();
    void jsonKeepsItsMeaning();
    void utf8IsChecked();
    void durations();
    void everyCommandHasHelpAndExamples();
    void completionsAndManualNameEveryCommand();
};

void TestTerminal::controlsAndDirectionAreShownNotObeyed() {
    QCOMPARE(escaped("a\x1b[31mb"), std::string("a\\u{1b}[31mb"));
    QCOMPARE(escaped("a\r\nb\x7f"), std::string("a\\u{d}\\u{a}b\\u{7f}"));
    QCOMPARE(escaped("\xc2\x9b"
                     "31m"),
             std::string("\\u{9b}31m")); // a C1 control: CSI
    QCOMPARE(escaped("a\xe2\x80\xae"
                     "b"),
             std::string("a\\u{202e}b")); // right-to-left override
    QCOMPARE(escaped("\xe2\x81\xa6x\xe2\x81\xa9"), std::string("\\u{2066}x\\u{2069}"));
    QCOMPARE(escaped("\xd8\x9c"), std::string("\\u{61c}"));
}

void TestTerminal::ordinaryTextStaysAsItIs() {
    const std::string text = "Grüße, 世界 👋 שלום \\u{41}";
    QCOMPARE(escaped(text), text);
}

void TestTerminal::brokenUtf8IsShownAsBytes() {
    QCOMPARE(escaped("a\xff"
                     "b"),
             std::string("a\\x{ff}b"));
    QCOMPARE(escaped("\xc0\x9b"), std::string("\\x{c0}\\x{9b}"));            // over-long ESC
    QCOMPARE(escaped("\xe2\x80"), std::string("\\x{e2}\\x{80}"));            // cut off
    QCOMPARE(escaped("\xed\xa0\x80"), std::string("\\x{ed}\\x{a0}\\x{80}")); // a surrogate
}

void TestTerminal::aMessageCannotPretendToBeAnotherLine() {
    QCOMPARE(escapedMessage("one\n2026-11-03 12:04 bob: two\r", "    "),
             std::string("one\n    2026-11-03 12:04 bob: two\\u{d}"));
}

void TestTerminal::jsonKeepsItsMeaning() {
    QCOMPARE(escapedJson("{\"a\":\"\xc2\x9b\xe2\x80\xae\x7f\"}"),
             std::string("{\"a\":\"\\u009b\\u202e\\u007f\"}"));
    QCOMPARE(escapedJson("{\"a\":\"ü\"}"), std::string("{\"a\":\"ü\"}"));
}

void TestTerminal::utf8IsChecked() {
    QVERIFY(isUtf8(""));
    QVERIFY(isUtf8("ü👋"));
    QVERIFY(!isUtf8("\xff"));
    QVERIFY(!isUtf8("\xf4\x90\x80\x80"));
}

void TestTerminal::durations() {
    QCOMPARE(durationMs("30s").value(), 30'000);
    QCOMPARE(durationMs("500ms").value(), 500);
    QCOMPARE(durationMs("2").value(), 2'000);
    QCOMPARE(durationMs("1h").value(), 3'600'000);
    QCOMPARE(durationMs("2d").value(), 172'800'000);
    QCOMPARE(lifetimeSeconds("off").value(), 0);
    QCOMPARE(lifetimeSeconds("4w").value(), 2'419'200);
    QVERIFY(!lifetimeSeconds("999ms") && !lifetimeSeconds("367d") && !lifetimeSeconds("never"));
    for (const char* wrong : {"", "s", "-1s", "31d", "5w", "1y", "1 s", "99999999999999999999", "721h"}) {
        QVERIFY2(!durationMs(wrong), wrong);
    }
}

void TestTerminal::everyCommandHasHelpAndExamples() {
    GlobalOptions options;
    const Grammar grammar(options);
    QVERIFY(grammar.app.help().find("Examples:") < grammar.app.help().find("Options:"));
    for (const Command& command : commandTable()) {
        QVERIFY(!command.help.empty() && !command.words.empty());
        const CLI::App* app = &grammar.app;
        for (const std::string& word : command.words) {
            app = app->get_subcommand(word);
        }
        QVERIFY2(app->help().find("  sotto ") != std::string::npos, command.words.back().c_str());
    }
}

void TestTerminal::completionsAndManualNameEveryCommand() {
    GlobalOptions options;
    const Grammar grammar(options);
    for (const std::string& text : {bashCompletions(grammar.app), zshCompletions(grammar.app),
                                    fishCompletions(grammar.app), manualPage(grammar.app)}) {
        for (const Command& command : commandTable()) {
            QVERIFY2(text.find(command.words.back()) != std::string::npos, command.words.back().c_str());
        }
        QVERIFY(text.find("passphrase") != std::string::npos);
    }
}

QTEST_GUILESS_MAIN(TestTerminal)
#include "test_terminal.moc"

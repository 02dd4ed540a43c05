// SPDX-License-Identifier: GPL-3.0-or-later
// The command line by script: tests/cli/scripts/*.txt are conversations at prompts, with what each command
// must print and end with.
//
//     # words about what follows
//     alice$ sotto send @bob hello       a command of Alice's; she has a home of her own. Words as a shell
//     splits
//                                        them, with '…' and "…"; ${name} is replaced
//     < text                             a line of its stdin
//     | text                             a line of stdout, in order; all lines must be named
//     ! text                             a line of stderr, in order; all lines must be named
//     ? 2                                the exit code; 0 when not given
//     relay: kill | start                what happens to the relay
//
// In expected lines <*> stands for anything, and <name=pattern> for a regular expression whose match later
// lines may use as ${name}. ${link} is a fresh join link. Whatever --json prints is held against its schema.
#include "tests/support/programs.h"

#include <QDir>
#include <QFile>
#include <QMap>
#include <QRegularExpression>
#include <QTest>
#include <stdexcept>

using namespace sotto::test;

namespace {

struct Step {
    int line = 0;
    QString person;
    QString command;
    QByteArray input;
    QStringList out;
    QStringList err;
    int exit = 0;
};

class Script {
public:
    explicit Script(const QString& path);
    /// Empty when everything was as written, else what was not and where.
    QString play();

private:
    QString run(const Step& step);
    QString compare(const QStringList& expected, const QString& found, const char* stream);
    QString filled(QString text);
    QStringList wordsOf(const QString& command);
    Person& person(const QString& name);

    QList<Step> m_steps;
    Relay m_relay{{"--invites", "10"}};
    QMap<QString, QString> m_names;
    std::map<QString, std::unique_ptr<Person>> m_people;
};

Script::Script(const QString& path) {
    QFile file(path);
    if (!file.open(QFile::ReadOnly)) {
        qFatal("no script %s", qPrintable(path));
    }
    static const QRegularExpression kPrompt("^([a-z]+)\\$ (.*)$");
    int number = 0;
    for (const QString& line : QString::fromUtf8(file.readAll()).split('\n')) {
        ++number;
        const QString rest = line.mid(2);
        if (line.isEmpty() || line.startsWith('#')) {
            continue;
        }
        if (const auto prompt = kPrompt.match(line); prompt.hasMatch()) {
            m_steps.append({number, prompt.captured(1), prompt.captured(2), {}, {}, {}, 0});
        } else if (line.startsWith("relay: ")) {
            m_steps.append({number, "relay", line.mid(7), {}, {}, {}, 0});
        } else if (line.startsWith('<')) {
            m_steps.last().input += rest.toUtf8() + '\n';
        } else if (line.startsWith('|')) {
            m_steps.last().out.append(rest);
        } else if (line.startsWith('!')) {
            m_steps.last().err.append(rest);
        } else if (line.startsWith('?')) {
            m_steps.last().exit = rest.toInt();
        } else {
            qFatal("%s:%d: not understood", qPrintable(path), number);
        }
    }
}

QString Script::play() {
    for (const Step& step : m_steps) {
        QString wrong;
        if (step.person == "relay") {
            step.command == "kill" ? m_relay.kill() : m_relay.start();
        } else {
            wrong = run(step);
        }
        if (!wrong.isEmpty()) {
            return "line " + QString::number(step.line) + ": " + step.command + "\n" + wrong;
        }
    }
    return {};
}

Person& Script::person(const QString& name) {
    auto& found = m_people[name];
    if (!found) {
        found = std::make_unique<Person>(name);
    }
    return *found;
}

QString Script::filled(QString text) {
    if (text.contains("${link}")) {
        text.replace("${link}", m_relay.joinLink());
    }
    for (auto name = m_names.begin(); name != m_names.end(); ++name) {
        text.replace("${" + name.key() + "}", name.value());
    }
    return text;
}

QStringList Script::wordsOf(const QString& command) {
    QStringList words;
    QString word;
    QChar quote;
    bool inWord = false;
    for (const QChar c : command) {
        if (!quote.isNull() && c == quote) {
            quote = QChar();
        } else if (quote.isNull() && (c == '\'' || c == '"')) {
            quote = c;
            inWord = true;
        } else if (quote.isNull() && c == ' ') {
            if (inWord) {
                words.append(word);
            }
            word.clear();
            inWord = false;
        } else {
            word += c;
            inWord = true;
        }
    }
    if (inWord) {
        words.append(word);
    }
    return words;
}

QString Script::run(const Step& step) {
    const QStringList words = wordsOf(filled(step.command));
    const Outcome outcome = person(step.person).run(words.mid(1), step.input);
    if (outcome.exit != step.exit) {
        return "exit code is not " + QString::number(step.exit) + "\n" + outcome.toString();
    }
    if (words.contains("--json")) {
        if (const QString bad = outcome.invalid(); !bad.isEmpty()) {
            return bad;
        }
    }
    const QString wrong = compare(step.out, outcome.out, "stdout");
    return wrong.isEmpty() ? compare(step.err, outcome.err, "stderr") : wrong;
}

QString Script::compare(const QStringList& expected, const QString& found, const char* stream) {
    QStringList lines = found.split('\n');
    lines.removeLast();
    if (lines.size() != expected.size()) {
        return QString("%1 has %2 lines instead of %3:\n%4")
            .arg(stream)
            .arg(lines.size())
            .arg(expected.size())
            .arg(found);
    }
    static const QRegularExpression kHole("<(?:\\*|([a-z]+)=([^>]*))>");
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QString wanted = filled(expected[i]);
        QString pattern;
        QStringList captured;
        qsizetype from = 0;
        for (auto holes = kHole.globalMatch(wanted); holes.hasNext();) {
            const auto hole = holes.next();
            pattern += QRegularExpression::escape(wanted.mid(from, hole.capturedStart() - from));
            pattern += hole.captured(1).isEmpty() ? ".*" : "(" + hole.captured(2) + ")";
            if (!hole.captured(1).isEmpty()) {
                captured.append(hole.captured(1));
            }
            from = hole.capturedEnd();
        }
        pattern += QRegularExpression::escape(wanted.mid(from));
        const auto match = QRegularExpression(QRegularExpression::anchoredPattern(pattern)).match(lines[i]);
        if (!match.hasMatch()) {
            return QString("%1 says\n  %2\ninstead of\n  %3").arg(stream, lines[i], wanted);
        }
        for (qsizetype name = 0; name < captured.size(); ++name) {
            m_names[captured[name]] = match.captured(static_cast<int>(name) + 1);
        }
    }
    return {};
}

} // namespace

class TestScripts : public QObject {
    Q_OBJECT
private slots:
    void script_data();
    void script();
};

void TestScripts::script_data() {
    QTest::addColumn<QString>("path");
    const QDir folder(qEnvironmentVariable("SOTTO_SOURCE_DIR") + "/tests/cli/scripts");
    for (const QString& name : folder.entryList({"*.txt"})) {
        QTest::newRow(qPrintable(name)) << folder.filePath(name);
    }
}

void TestScripts::script() {
    QFETCH(QString, path);
    const QString wrong = Script(path).play();
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
}

QTEST_GUILESS_MAIN(TestScripts)
#include "test_scripts.moc"

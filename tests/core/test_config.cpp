// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config.h"

#include "tests/support/folder.h"

#include <QTest>

using namespace sotto::core;
using namespace sotto::test;

class TestConfig : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_home;
    std::map<std::string, std::string> m_variables;

    fs::path home() const { return m_home->path().toStdString(); }
    fs::path userFile() const { return home() / "user" / "config.toml"; }
    fs::path systemFile() const { return home() / "system" / "config.toml"; }
    Result<Config> load() const {
        Paths paths;
        paths.config = home() / "user";
        paths.systemConfig = {home() / "system", home() / "vendor"};
        return Config::load(paths, [this](const std::string& name) -> std::optional<std::string> {
            const auto found = m_variables.find(name);
            return found == m_variables.end() ? std::nullopt : std::optional(found->second);
        });
    }
    QString problemWith(std::string_view file) const {
        writeAll(userFile(), file);
        const auto config = load();
        if (config) {
            return "accepted";
        }
        const std::string text = config.error().text;
        const std::string start = userFile().string();
        return config.error().code == FailureCode::Invalid && text.starts_with(start)
                   ? QString::fromStdString(text.substr(start.size()))
                   : QString::fromStdString(text);
    }

private slots:
    void init() {
        m_home = std::make_unique<QTemporaryDir>();
        m_variables.clear();
        for (const char* name : {"user", "system", "vendor"}) {
            fs::create_directory(home() / name);
        }
    }
    void withoutFilesTheDefaultsHold() {
        fs::remove(home() / "user");
        const Config config = load().value();
        QCOMPARE(config.text("profile"), std::string("default"));
        QCOMPARE(config.text("send.wait"), std::string("auto"));
        QCOMPARE(config.boolean("json"), false);
        QCOMPARE(config.duration("send.timeout").count(), 30'000);
    }
    void everyDefaultIsAValueItsKeyTakes() {
        Config config = load().value();
        for (const ConfigKey& key : configKeys()) {
            QVERIFY(config.setFlag(key.name, std::string(key.fallback), "--x").has_value());
            QVERIFY(!key.description.empty());
            QCOMPARE(key.type == ConfigType::Choice, !key.choices.empty());
        }
    }
    void flagBeatsEnvironmentBeatsUserBeatsSystemBeatsDefault() {
        writeAll(home() / "vendor" / "config.toml", "# vendor\n[send]\nwait = \"queued\"\n");
        writeAll(systemFile(), "[send]\nwait = \"relay\"\n");
        writeAll(userFile(), "send.wait = \"delivered\"\n");
        m_variables["SOTTO_SEND_WAIT"] = "read";
        Config config = load().value();
        QVERIFY(config.setFlag("send.wait", "queued", "--wait").has_value());
        const auto values = config.explain("send.wait").value();
        const std::vector<std::tuple<std::string, ConfigSource, std::string>> expected = {
            {"queued", ConfigSource::Flag, "--wait"},
            {"read", ConfigSource::Variable, "SOTTO_SEND_WAIT"},
            {"delivered", ConfigSource::UserFile, userFile().string() + ":1"},
            {"relay", ConfigSource::SystemFile, systemFile().string() + ":2"},
            {"queued", ConfigSource::SystemFile, (home() / "vendor" / "config.toml").string() + ":3"},
            {"auto", ConfigSource::Default, ""}};
        QCOMPARE(values.size(), expected.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            QVERIFY(std::tuple(values[i].text, values[i].source, values[i].where) == expected[i]);
        }
        QCOMPARE(config.text("send.wait"), std::string("queued"));
        QCOMPARE(load().value().text("send.wait"), std::string("read"));
        m_variables.clear();
        QCOMPARE(load().value().text("send.wait"), std::string("delivered"));
        fs::remove(userFile());
        QCOMPARE(load().value().text("send.wait"), std::string("relay"));
    }
    void everyTypeIsRead() {
        writeAll(userFile(),
                 "json = true\nprofile = \"./work\"\ncolor = 'never'\nsend = {timeout = \"2h\"}\n");
        const Config config = load().value();
        QCOMPARE(config.boolean("json"), true);
        QCOMPARE(config.text("profile"), std::string("./work"));
        QCOMPARE(config.text("color"), std::string("never"));
        QCOMPARE(config.duration("send.timeout").count(), 7'200'000);
    }
    void durationsHaveAUnit() {
        Config config = load().value();
        for (const auto& [text, milliseconds] : std::map<std::string, std::int64_t>{{"0s", 0},
                                                                                    {"500ms", 500},
                                                                                    {"30s", 30'000},
                                                                                    {"5m", 300'000},
                                                                                    {"1h", 3'600'000},
                                                                                    {"2d", 172'800'000}}) {
            QVERIFY(config.setFlag("send.timeout", text, "--timeout").has_value());
            QCOMPARE(config.duration("send.timeout").count(), milliseconds);
        }
        for (const char* bad : {"", "30", "s", "-1s", "1.5s", "1 s", " 1s", "1S", "9223372036854775807d",
                                "99999999999999999999s", "1s1s"}) {
            const auto set = config.setFlag("send.timeout", bad, "--timeout");
            QVERIFY2(!set.has_value(), bad);
            QVERIFY(set.error().text.starts_with("--timeout: "));
        }
        // A refused value leaves the one before.
        QVERIFY(config.setFlag("send.timeout", "7s", "--timeout").has_value());
        QVERIFY(!config.setFlag("send.timeout", "8", "--timeout").has_value());
        QCOMPARE(config.duration("send.timeout").count(), 7000);
    }
    void aDamagedFileIsAnErrorWithItsLine() {
        QVERIFY(problemWith("json = true\nprofile = \n").startsWith(":2: "));
        QVERIFY(problemWith("json = true\njson = false\n").startsWith(":2: "));
        QVERIFY(problemWith("\n\njson\xFF\xFE").startsWith(":3: "));
        QVERIFY(problemWith(std::string("json = true\0", 12)).startsWith(":1: "));
        QVERIFY(problemWith("a = " + std::string(20'000, '[')).startsWith(":1: "));
        QVERIFY(problemWith(std::string(70'000, '\n')).contains("longer than"));
    }
    void whatIsNoSettingIsAnErrorWithItsLine() {
        QCOMPARE(problemWith("json = true\nprofil = \"x\"\n"),
                 QString(":2: there is no setting 'profil'; see sotto config list"));
        QVERIFY(
            problemWith("[send]\nwaits = \"relay\"\n").startsWith(":2: there is no setting 'send.waits'"));
        QCOMPARE(problemWith("[send]\n\nwait = \"sent\"\n"),
                 QString(":3: send.wait takes one of: auto queued relay delivered read"));
        QCOMPARE(problemWith("json = \"yes\"\n"), QString(":1: json takes true or false"));
        QVERIFY(problemWith("profile = 7\n").startsWith(":1: profile takes "));
        QVERIFY(problemWith("profile = [\"a\"]\n").startsWith(":1: profile takes "));
        QVERIFY(problemWith("send.timeout = 30\n").startsWith(":1: send.timeout takes a duration"));
        QVERIFY(problemWith("send = \"relay\"\n").startsWith(":1: there is no setting 'send'"));
    }
    void aBadVariableIsNamed() {
        m_variables["SOTTO_COLOR"] = "sometimes";
        QCOMPARE(load().error().text, std::string("SOTTO_COLOR: color takes one of: auto always never"));
        QCOMPARE(load().error().code, FailureCode::Invalid);
    }
    void aFolderInPlaceOfTheFileIsAnError() {
        fs::create_directory(userFile());
        QCOMPARE(load().error().code, FailureCode::Invalid);
    }
    void anUnknownKeyCannotBeExplained() {
        QCOMPARE(load().value().explain("profil").error().code, FailureCode::NotFound);
        QVERIFY_EXCEPTION_THROWN(load().value().text("profil"), std::logic_error);
        QVERIFY_EXCEPTION_THROWN(load().value().boolean("profile"), std::logic_error);
    }
};

QTEST_GUILESS_MAIN(TestConfig)
#include "test_config.moc"

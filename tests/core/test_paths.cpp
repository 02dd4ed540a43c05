// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/paths.h"

#include "tests/support/folder.h"

#include <QTest>

using namespace sotto::core;
using namespace sotto::test;

namespace {

Environment environmentOf(std::map<std::string, std::string> variables) {
    return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
}

} // namespace

class TestPaths : public QObject {
    Q_OBJECT
private slots:
    void aHomeIsEnough() {
        const Paths paths = Paths::fromEnvironment(environmentOf({{"HOME", "/home/alice"}}));
        QCOMPARE(paths.data, fs::path("/home/alice/.local/share/sotto"));
        QCOMPARE(paths.config, fs::path("/home/alice/.config/sotto"));
        QCOMPARE(paths.state, fs::path("/home/alice/.local/state/sotto"));
        QCOMPARE(paths.systemConfig, std::vector<fs::path>{"/etc/xdg/sotto"});
    }
    void theEnvironmentDecidesButRelativePathsAreIgnored() {
        const Paths paths = Paths::fromEnvironment(environmentOf({{"HOME", "/home/alice"},
                                                                  {"XDG_DATA_HOME", "/srv/data"},
                                                                  {"XDG_CONFIG_HOME", "config"},
                                                                  {"XDG_STATE_HOME", ""},
                                                                  {"XDG_RUNTIME_DIR", "/run/alice"},
                                                                  {"XDG_CONFIG_DIRS", "/a:b::/c/d"}}));
        QCOMPARE(paths.data, fs::path("/srv/data/sotto"));
        QCOMPARE(paths.config, fs::path("/home/alice/.config/sotto"));
        QCOMPARE(paths.state, fs::path("/home/alice/.local/state/sotto"));
        QCOMPARE(paths.runtime, fs::path("/run/alice/sotto"));
        QCOMPARE(paths.systemConfig, (std::vector<fs::path>{"/a/sotto", "/c/d/sotto"}));
    }
    void withoutAnyEnvironmentTheUserDatabaseNamesTheHome() {
        const Paths paths = Paths::fromEnvironment(environmentOf({}));
        QVERIFY(paths.data.is_absolute());
        QVERIFY(paths.runtime.is_absolute());
        QVERIFY(paths.runtime.native().find(std::to_string(::geteuid())) != std::string::npos);
    }
    void aNameIsAFolderInDataAndAPathIsItself() {
        const QTemporaryDir home;
        const std::string root = fs::canonical(home.path().toStdString()).string();
        const Paths paths = Paths::fromEnvironment(environmentOf({{"XDG_DATA_HOME", root}}));
        QCOMPARE(paths.profileDirectory("default").value(), fs::path(root + "/sotto/default"));
        QCOMPARE(paths.profileDirectory("a.b_c-9").value(), fs::path(root + "/sotto/a.b_c-9"));
        QCOMPARE(paths.profileDirectory(root + "/x/../y/").value(), fs::path(root + "/y"));
        QCOMPARE(paths.profileDirectory("./x").value(), fs::current_path() / "x");
    }
    void namesThatLeadElsewhereAreRefused() {
        const Paths paths = Paths::fromEnvironment(environmentOf({{"HOME", "/home/alice"}}));
        for (const std::string& bad :
             {std::string(), std::string("."), std::string(".."), std::string(".hidden"), std::string("-x"),
              std::string("a b"), std::string("a\nb"), std::string("\xC3\xA9"), std::string(65, 'a'),
              std::string("a\0b", 3), std::string("/a\0b", 4)}) {
            const auto directory = paths.profileDirectory(bad);
            QVERIFY2(!directory.has_value(), bad.c_str());
            QCOMPARE(directory.error().code, FailureCode::Invalid);
        }
        QVERIFY(paths.profileDirectory(std::string(64, 'a')).has_value());
    }
    void oneProfileHasOneSocketHoweverItIsNamed() {
        const QTemporaryDir home;
        const fs::path root = fs::canonical(home.path().toStdString());
        const Paths paths = Paths::fromEnvironment(environmentOf({{"XDG_RUNTIME_DIR", "/run/user/1000"}}));
        fs::create_directory(root / "alice");
        fs::create_directory_symlink(root / "alice", root / "link");
        const fs::path socket = paths.socketOf(root / "alice").value();
        QVERIFY(QRegularExpression("^/run/user/1000/sotto/[0-9a-f]{16}\\.sock$")
                    .match(QString::fromStdString(socket.string()))
                    .hasMatch());
        QCOMPARE(paths.socketOf(root / "link").value(), socket);
        QCOMPARE(paths.socketOf((root / "x" / ".." / "alice").string() + "/").value(), socket);
        QVERIFY(paths.socketOf(root / "bob").value() != socket);
    }
    void aSocketPathThatDoesNotFitIsRefused() {
        const auto socketIn = [](std::size_t length) {
            Paths paths = Paths::fromEnvironment(environmentOf({}));
            paths.runtime = "/" + std::string(length - 1, 'r');
            return paths.socketOf("/p");
        };
        // 107 bytes, the slash and the name's 21 among them.
        QCOMPARE(socketIn(107 - 22).value().native().size(), std::size_t{107});
        QCOMPARE(socketIn(107 - 21).error().code, FailureCode::Invalid);
    }
    void aPrivateDirectoryIsMadeOnceAndOnlyForUs() {
        const QTemporaryDir home;
        const fs::path path = fs::path(home.path().toStdString()) / "run";
        const mode_t before = ::umask(0);
        QVERIFY(makePrivateDirectory(path).has_value());
        ::umask(before);
        QVERIFY(makePrivateDirectory(path).has_value());
        QCOMPARE(openToOthers(path), std::vector<std::string>{});
        fs::permissions(path, fs::perms::group_exec, fs::perm_options::add);
        QCOMPARE(makePrivateDirectory(path).error().code, FailureCode::Locked);
        fs::remove(path);
        fs::create_directory_symlink(home.path().toStdString(), path);
        QCOMPARE(makePrivateDirectory(path).error().code, FailureCode::Locked);
    }
};

QTEST_GUILESS_MAIN(TestPaths)
#include "test_paths.moc"

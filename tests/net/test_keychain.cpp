// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-keychain against buses that are not there, that say nothing, and one with a Secret Service.
#include "core/net/keychain_process.h"
#include "tests/support/message_bus.h"
#include "tests/support/secret_service.h"

#include <QElapsedTimer>
#include <QEventLoop>
#include <QTest>
#include <QThread>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace sotto;
using namespace sotto::test;
using core::FailureCode;

namespace {

constexpr int kPatienceMs = 60'000;
constexpr std::chrono::seconds kLong{60};
/// What a hang costs a test that expects one.
constexpr std::chrono::seconds kShort{3};

std::filesystem::path helper() {
    return std::filesystem::path(qEnvironmentVariable("SOTTO_BIN_DIR").toStdString()) /
           "../libexec/sotto/sotto-keychain";
}

/// Asks in another thread, so that a service of this test can answer.
template <class Ask>
auto whileServing(Ask ask) {
    std::optional<decltype(ask())> answer;
    QEventLoop loop;
    std::thread asking([&] {
        answer = ask();
        QMetaObject::invokeMethod(&loop, &QEventLoop::quit, Qt::QueuedConnection);
    });
    loop.exec();
    asking.join();
    return std::move(*answer);
}

QString said(const auto& result) {
    return result ? QStringLiteral("done") : QString::fromStdString(result.error().text);
}

} // namespace

class TestKeychain : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        initialiseSodium();
        if (!std::filesystem::exists(helper())) {
            QSKIP("built without QtKeychain");
        }
        // Nothing of whoever runs the test: neither their bus nor their keychain.
        for (const char* name :
             {"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY", "WAYLAND_DISPLAY"}) {
            qunsetenv(name);
        }
        qputenv("XDG_CURRENT_DESKTOP", "GNOME");
    }
    void cleanup() { qunsetenv("DBUS_SESSION_BUS_ADDRESS"); }

    void withoutABusItSaysSoAtOnce() {
        net::KeychainProcess keychain(helper(), kLong);
        QElapsedTimer timer;
        timer.start();
        const auto read = keychain.read("sotto-x");
        QVERIFY(!read);
        QCOMPARE(read.error().code, FailureCode::Unreachable);
        QVERIFY2(said(read).contains("account protect"), qPrintable(said(read)));
        const auto written = keychain.write("sotto-x", SecretBytes::from(viewOf("secret")));
        QCOMPARE(written.error().code, FailureCode::Unreachable);
        QVERIFY(!keychain.remove("sotto-x").has_value());
        QVERIFY(timer.elapsed() < std::chrono::milliseconds(kLong).count());
    }
    void aBusThatNeverSpeaksIsGivenUp() {
        QTemporaryDir folder;
        const QByteArray path = folder.filePath("socket").toUtf8();
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(path.begin(), path.end(), address.sun_path);
        const int silent = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        QCOMPARE(::bind(silent, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        QCOMPARE(::listen(silent, 5), 0);
        qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=" + path);
        net::KeychainProcess keychain(helper(), kShort);
        const auto read = keychain.read("sotto-x");
        QCOMPARE(read.error().code, FailureCode::Unreachable);
        QVERIFY2(said(read).contains("did not answer within 3 s"), qPrintable(said(read)));
        ::close(silent);
    }
    void aBusWithoutASecretServiceSaysSo() {
        const Bus bus;
        if (!bus.isThere()) {
            QSKIP("there is no dbus-daemon here");
        }
        qputenv("DBUS_SESSION_BUS_ADDRESS", bus.address().toUtf8());
        net::KeychainProcess keychain(helper(), kLong);
        const auto read = keychain.read("sotto-x");
        QCOMPARE(read.error().code, FailureCode::Unreachable);
        QVERIFY2(!said(read).contains("did not answer"), qPrintable(said(read)));
    }
    void aSecretServiceThatNeverAnswersIsGivenUp() {
        const Bus bus;
        if (!bus.isThere()) {
            QSKIP("there is no dbus-daemon here");
        }
        qputenv("DBUS_SESSION_BUS_ADDRESS", bus.address().toUtf8());
        SecretService service(bus.address());
        QVERIFY(service.isThere());
        service.isSilent = true;
        net::KeychainProcess keychain(helper(), kShort);
        const auto read = whileServing([&] { return keychain.read("sotto-x"); });
        QCOMPARE(read.error().code, FailureCode::Unreachable);
        QVERIFY2(said(read).contains("did not answer within 3 s"), qPrintable(said(read)));
        const auto written =
            whileServing([&] { return keychain.write("sotto-x", SecretBytes::from(viewOf("secret"))); });
        QVERIFY2(said(written).contains("did not answer within 3 s"), qPrintable(said(written)));
        QVERIFY(service.calls > 0);
    }
    void whatIsKeptIsFoundAgainAndForgotten() {
        const Bus bus;
        if (!bus.isThere()) {
            QSKIP("there is no dbus-daemon here");
        }
        qputenv("DBUS_SESSION_BUS_ADDRESS", bus.address().toUtf8());
        SecretService service(bus.address());
        QVERIFY(service.isThere());
        net::KeychainProcess keychain(helper(), kLong);
        const auto none = whileServing([&] { return keychain.read("sotto-a"); });
        QVERIFY2(none.error().code == FailureCode::NotFound, qPrintable(said(none)));
        for (const char* secret : {"first", "second"}) {
            const auto written =
                whileServing([&] { return keychain.write("sotto-a", SecretBytes::from(viewOf(secret))); });
            QVERIFY2(written.has_value(), qPrintable(said(written)));
            const auto read = whileServing([&] { return keychain.read("sotto-a"); });
            QVERIFY2(read.has_value(), qPrintable(said(read)));
            QVERIFY(textOf(read->expose()) == secret);
        }
        QVERIFY(!whileServing([&] { return keychain.read("sotto-b"); }).has_value());
        QVERIFY(whileServing([&] { return keychain.remove("sotto-a"); }).has_value());
        QVERIFY(!whileServing([&] { return keychain.read("sotto-a"); }).has_value());
        QVERIFY(whileServing([&] { return keychain.remove("sotto-a"); }).has_value());
    }
    void withoutTheProgramItSaysSo() {
        net::KeychainProcess keychain("/nonexistent/sotto-keychain", kLong);
        const auto read = keychain.read("sotto-x");
        QCOMPARE(read.error().code, FailureCode::Unreachable);
        QVERIFY(said(read).contains("/nonexistent/sotto-keychain"));
    }
};

QTEST_GUILESS_MAIN(TestKeychain)
#include "test_keychain.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The profile's socket as another program sees it: JSON-RPC 2.0, one line a message.
#include "core/rpc/method_table.h"
#include "core/rpc/profile_channel.h"
#include "core/rpc/schema.h"
#include "tests/support/json_schema.h"

#include <QJsonDocument>
#include <QLocalSocket>
#include <QTemporaryDir>
#include <QTest>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sotto;
using namespace sotto::rpc;

namespace {

constexpr int kPatienceMs = 20'000;

/// A profile without an account, owned by this process and served.
struct Served {
    QTemporaryDir folder;
    SystemRandom random;
    SystemClock clock;
    ProfileChannel::Place place{folder.filePath("profile").toStdString(),
                                folder.filePath("run/p.sock").toStdString()};
    std::unique_ptr<ProfileChannel> channel;

    Served() {
        initialiseSodium();
        auto profile = core::Profile::create(place.directory, {}, random);
        if (!profile) {
            qFatal("no profile: %s", profile.error().text.c_str());
        }
        auto owned = ProfileChannel::own(place, std::move(*profile), random, clock);
        if (!owned) {
            qFatal("not served: %s", owned.error().text.c_str());
        }
        channel = std::move(*owned);
    }
};

/// A stranger to our client code: Qt's own socket.
struct Caller {
    QLocalSocket socket;
    explicit Caller(const Served& served) {
        socket.connectToServer(QString::fromStdString(served.place.socket.string()));
    }
    /// Sends a line and waits for one.
    QJsonObject ask(const QByteArray& line) {
        socket.write(line + "\n");
        return next();
    }
    QJsonObject next() {
        if (!QTest::qWaitFor([this] { return socket.canReadLine(); }, kPatienceMs)) {
            return {};
        }
        return QJsonDocument::fromJson(socket.readLine()).object();
    }
};

int codeOf(const QJsonObject& answer) {
    return answer["error"].toObject()["code"].toInt();
}
QJsonObject dataOf(const QJsonObject& answer) {
    return answer["error"].toObject()["data"].toObject();
}

} // namespace

class TestSocket : public QObject {
    Q_OBJECT
private slots:
    void answersCarryTheRequestsId();
    void errorsCarryTheExitCode();
    void whatIsNoRequestIsRefusedAndTheConnectionLives();
    void parametersAreHeldAgainstTheTable();
    void aNotificationGetsNoAnswer();
    void case100AnEndlessLineEndsTheConnection();
    void case100DeepNestingIsRefused();
    void case81TheSocketIsForThisUserAlone();
    void aReaderGetsEventsOnItsOwnConnection();
    void everyMethodHasATypeThatTheSchemaKnows();
};

void TestSocket::answersCarryTheRequestsId() {
    Served served;
    Caller caller(served);
    const QJsonObject answer = caller.ask(R"({"jsonrpc":"2.0","id":"x-1","method":"status","params":{}})");
    QCOMPARE(answer["id"].toString(), "x-1");
    QCOMPARE(answer["jsonrpc"].toString(), "2.0");
    QCOMPARE(test::schemaViolation(schemaOf("status"), answer["result"]), QString());
    QCOMPARE(caller.ask(R"({"jsonrpc":"2.0","id":2,"method":"contact.list"})")["id"].toInt(), 2);
}

void TestSocket::errorsCarryTheExitCode() {
    Served served;
    Caller caller(served);
    const QJsonObject answer = caller.ask(R"({"jsonrpc":"2.0","id":1,"method":"whoami"})");
    QCOMPARE(codeOf(answer), 1006);
    QCOMPARE(dataOf(answer)["exit"].toInt(), 6);
    QCOMPARE(dataOf(answer)["code"].toString(), "not_found");
    const Error read = errorFromJson(answer["error"].toObject());
    QVERIFY(read.exit == Exit::NotFound && !read.text.empty());
    // And what is no error at all is one.
    QVERIFY(errorFromJson({}).exit == Exit::Internal);
}

void TestSocket::whatIsNoRequestIsRefusedAndTheConnectionLives() {
    Served served;
    Caller caller(served);
    QCOMPARE(codeOf(caller.ask("hello")), -32700);
    QCOMPARE(codeOf(caller.ask("[]")), -32600);
    QCOMPARE(codeOf(caller.ask(R"({"id":1,"method":"status"})")), -32600);
    QCOMPARE(codeOf(caller.ask(R"({"jsonrpc":"2.0","id":1,"method":7})")), -32600);
    QCOMPARE(codeOf(caller.ask(R"({"jsonrpc":"2.0","id":{},"method":"status"})")), -32600);
    QCOMPARE(codeOf(caller.ask(R"({"jsonrpc":"2.0","id":1,"method":"status","params":[1]})")), -32600);
    QCOMPARE(codeOf(caller.ask(R"({"jsonrpc":"2.0","id":1,"method":"no.such"})")), -32601);
    QVERIFY(caller.ask(R"({"jsonrpc":"2.0","id":1,"method":"status"})").contains("result"));
}

void TestSocket::parametersAreHeldAgainstTheTable() {
    Served served;
    Caller caller(served);
    QCOMPARE(codeOf(caller.ask(R"({"jsonrpc":"2.0","id":1,"method":"log","params":{}})")), -32602);
    QCOMPARE(codeOf(caller.ask(R"({"jsonrpc":"2.0","id":1,"method":"log","params":{"target":5}})")), -32602);
    QCOMPARE(codeOf(caller.ask(R"({"jsonrpc":"2.0","id":1,"method":"status","params":{"x":5}})")), -32602);
    QCOMPARE(
        codeOf(caller.ask(R"({"jsonrpc":"2.0","id":1,"method":"log","params":{"target":"@a","limit":1.5}})")),
        -32602);
    QCOMPARE(
        dataOf(caller.ask(R"({"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"types":[1]}})"))["exit"]
            .toInt(),
        2);
}

void TestSocket::aNotificationGetsNoAnswer() {
    Served served;
    Caller caller(served);
    caller.socket.write("{\"jsonrpc\":\"2.0\",\"method\":\"status\"}\n");
    QCOMPARE(caller.ask(R"({"jsonrpc":"2.0","id":9,"method":"status"})")["id"].toInt(), 9);
}

void TestSocket::case100AnEndlessLineEndsTheConnection() {
    Served served;
    Caller caller(served);
    QVERIFY(caller.socket.waitForConnected(kPatienceMs));
    const QByteArray piece(64 * 1024, 'x');
    for (qsizetype sent = 0; sent <= kLongestRequest; sent += piece.size()) {
        caller.socket.write(piece);
        QCoreApplication::processEvents();
    }
    QTRY_COMPARE_WITH_TIMEOUT(caller.socket.state(), QLocalSocket::UnconnectedState, kPatienceMs);
    Caller other(served);
    QVERIFY(other.ask(R"({"jsonrpc":"2.0","id":1,"method":"status"})").contains("result"));
}

void TestSocket::case100DeepNestingIsRefused() {
    Served served;
    Caller caller(served);
    QCOMPARE(codeOf(caller.ask(QByteArray(100'000, '['))), -32700);
    QByteArray objects;
    for (int i = 0; i < 50'000; ++i) {
        objects += "{\"a\":";
    }
    QCOMPARE(codeOf(caller.ask(objects)), -32700);
}

void TestSocket::case81TheSocketIsForThisUserAlone() {
    Served served;
    struct stat status {};
    QCOMPARE(stat(served.place.socket.c_str(), &status), 0);
    QCOMPARE(static_cast<int>(status.st_mode & 0777U), 0600);
    QCOMPARE(stat(served.place.socket.parent_path().c_str(), &status), 0);
    QCOMPARE(static_cast<int>(status.st_mode & 0777U), 0700);
    if (geteuid() != 0) {
        QSKIP("only root can try as somebody else");
    }
    // Modes opened up on purpose: what remains is the question for the peer's user.
    QCOMPARE(chmod(served.folder.path().toUtf8(), 0755), 0);
    QCOMPARE(chmod(served.place.socket.parent_path().c_str(), 0755), 0);
    QCOMPARE(chmod(served.place.socket.c_str(), 0666), 0);
    const pid_t other = fork();
    QVERIFY(other >= 0);
    if (other == 0) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, served.place.socket.c_str());
        const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
        if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0 ||
            ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            _exit(2);
        }
        constexpr std::string_view kRequest = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n";
        (void)send(socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
        char answer = 0;
        _exit(recv(socket, &answer, 1, 0) > 0 ? 1 : 0); // closed without a byte
    }
    int result = -1;
    QVERIFY(QTest::qWaitFor([&] { return waitpid(other, &result, WNOHANG) == other; }, kPatienceMs));
    QVERIFY(WIFEXITED(result));
    QCOMPARE(WEXITSTATUS(result), 0);
}

void TestSocket::aReaderGetsEventsOnItsOwnConnection() {
    Served served;
    Caller reader(served);
    Caller other(served);
    const QJsonObject subscribed =
        reader.ask(R"({"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"types":["caught_up"]}})");
    QCOMPARE(test::schemaViolation(schemaOf("subscription"), subscribed["result"]), QString());
    const QJsonObject event = reader.next();
    QCOMPARE(event["method"].toString(), "event");
    QCOMPARE(event["params"].toObject()["subscription"], subscribed["result"].toObject()["id"]);
    QCOMPARE(test::schemaViolation(schemaOf("caught_up"), event["params"].toObject()["event"]), QString());
    const QJsonObject foreign = other.ask(
        R"({"jsonrpc":"2.0","id":1,"method":"ack","params":{"subscription":"sub_1","cursor":"0"}})");
    QCOMPARE(dataOf(foreign)["exit"].toInt(), 2);
}

void TestSocket::everyMethodHasATypeThatTheSchemaKnows() {
    QStringList names;
    for (const Method& method : methodTable()) {
        const std::string type = method.result;
        QVERIFY2(type == "items" || type == "none" || !schemaOf(type).isEmpty(), method.name);
        QVERIFY2(!names.contains(method.name), method.name);
        names.append(method.name);
    }
    QVERIFY(names.size() > 15);
    for (const std::string& type : schemaTypes()) {
        QVERIFY2(schemaOf(type)["required"].toArray().contains("id"), type.c_str());
    }
}

QTEST_GUILESS_MAIN(TestSocket)
#include "test_socket.moc"

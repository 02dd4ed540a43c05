// SPDX-License-Identifier: GPL-3.0-or-later
// The real relay process over real sockets.
#include "core/base/hash.h"
#include "core/base/random.h"
#include "tests/relay/relay_process.h"

#include <QTest>
#include <filesystem>
#include <openssl/x509.h>
#include <sys/stat.h>

using namespace sotto;
using namespace sotto::relay;

class TestGateway : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { initialiseSodium(); }

    void aMessageGoesOverTheWire_data() {
        QTest::addColumn<QStringList>("options");
        QTest::newRow("TLS") << QStringList{"--invites", "2"};
        QTest::newRow("plain ws on loopback") << QStringList{"--invites", "2", "--plain"};
    }
    void aMessageGoesOverTheWire() {
        QFETCH(QStringList, options);
        RelayProcess relay(options);
        const TestAccount alice("alice", m_random);
        const TestAccount bob("bob", m_random);
        relay.registerAccount(alice);
        relay.registerAccount(bob);
        RawClient atAlice = relay.logIn(alice);
        RawClient atBob = relay.logIn(bob);
        QVERIFY(atAlice.sendFrame(alice.message(bob, m_random.next<SendId>(), "hello")));
        const pb::Frame stored = atAlice.readFrame();
        QVERIFY(stored.has_stored());
        const pb::Frame delivered = atBob.readFrame();
        QVERIFY(delivered.has_deliver());
        QCOMPARE(delivered.deliver().rows(0).payload(), std::string("hello"));
        QCOMPARE(delivered.deliver().rows(0).stamp(), stored.stored().stamp());
    }

    void killedBetweenCommitAndAnswer_nothingIsLostOrDoubled() {
        RelayProcess relay({"--invites", "2"});
        const TestAccount alice("alice", m_random);
        const TestAccount bob("bob", m_random);
        relay.registerAccount(alice);
        relay.registerAccount(bob);
        // Each round sends a burst, kills the relay after the first answer, and sends again what has none.
        std::vector<pb::Frame> unanswered;
        std::set<std::string> sent;
        for (int round = 0; round < 8; ++round) {
            for (int i = 0; i < 50; ++i) {
                unanswered.push_back(alice.message(bob, m_random.next<SendId>(), "message"));
                sent.insert(unanswered.back().send().send_id());
            }
            RawClient atAlice = relay.logIn(alice);
            for (const pb::Frame& message : unanswered) {
                atAlice.sendFrame(message);
            }
            std::set<std::string> stored;
            stored.insert(atAlice.readFrame().stored().send_id());
            relay.kill();
            for (pb::Frame answer = atAlice.readFrame(); answer.has_stored(); answer = atAlice.readFrame()) {
                stored.insert(answer.stored().send_id());
            }
            std::erase_if(unanswered,
                          [&](const pb::Frame& m) { return stored.contains(m.send().send_id()); });
            relay.restart();
        }
        RawClient atAlice = relay.logIn(alice);
        for (const pb::Frame& message : unanswered) {
            atAlice.sendFrame(message);
            QVERIFY(atAlice.readFrame().has_stored());
        }
        RawClient atBob = relay.logIn(bob);
        std::multiset<std::string> received;
        std::uint64_t number = 0;
        while (received.size() < sent.size()) {
            const pb::Frame frame = atBob.readFrame();
            QVERIFY(frame.has_deliver());
            for (const pb::Row& row : frame.deliver().rows()) {
                QCOMPARE(row.number(), ++number); // no gaps
                received.insert(row.send_id());
            }
        }
        QVERIFY(std::equal(received.begin(), received.end(), sent.begin(), sent.end()));
    }

    void sigtermDrainsAndExitsAtOnce() {
        RelayProcess relay({"--plain"});
        const TestAccount alice("alice", m_random);
        relay.registerAccount(alice);
        RawClient wire = relay.logIn(alice);
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(relay.terminate(), 0);
        QVERIFY2(timer.elapsed() < 2'000, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(wire.readFrame().notice().draining());
        QVERIFY(!QFile::exists(relay.data() + "/ready.json"));
        relay.start({"--plain"});
        relay.logIn(alice);
    }

    void theRelayKeepsItsKey() {
        RelayProcess relay;
        const QString before = relay.ready["relay"].toString();
        QVERIFY(!before.isEmpty());
        relay.kill();
        QFile::remove(relay.data() + "/relay.crt"); // the certificate is renewed, the key is not
        relay.start();
        QCOMPARE(relay.ready["relay"].toString(), before);
    }

    void twoRelaysDoNotShareADirectory() {
        RelayProcess relay;
        const auto [code, text] = run({"up", "--listen", "127.0.0.1:0", "--data", relay.data()});
        QCOMPARE(code, 7);
        QVERIFY(text.contains("another relay is using it"));
        QCOMPARE(text.count('\n'), 1);
    }

    void invitesCanBeMadeBesideARunningRelay() {
        RelayProcess relay({"--invites", "0"});
        QCOMPARE(relay.ready["join_link"].toString(), QString());
        QProcess invite;
        invite.start(RelayProcess::program(), {"invite", "--data", relay.data(), "--count", "2", "--json"});
        QVERIFY(invite.waitForFinished());
        QCOMPARE(invite.exitCode(), 0);
        for (const char* name : {"alice", "bob"}) {
            const QJsonObject line = QJsonDocument::fromJson(invite.readLine()).object();
            QCOMPARE(line["type"].toString(), QString("invite"));
            const auto link = wire::parseJoinLink(line["join_link"].toString().toStdString());
            QVERIFY(link);
            QCOMPARE(link->relay.port, relay.port);
            const TestAccount account(name, m_random);
            auto connected = relay.connect();
            connected.client.sendFrame(account.registration(connected.greeting, link->invite));
            QVERIFY(connected.client.readFrame().has_registered());
        }
        QTemporaryDir empty;
        const auto [code, text] = run({"invite", "--data", empty.path()});
        QCOMPARE(code, 6);
        QVERIFY(text.contains("no relay has run from"));
    }

    void badInputIsOneLineThatSaysWhatToDo_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("says");
        QTest::newRow("no such option") << QStringList{"up", "--bogus"} << 2 << "--help";
        QTest::newRow("no such limit") << QStringList{"up", "--limit", "bogus=1"} << 2 << "--limit help";
        QTest::newRow("limit out of range")
            << QStringList{"up", "--limit", "connections=0"} << 2 << "from 1 to";
        QTest::newRow("bad address") << QStringList{"up", "--listen", "4433"} << 2 << "HOST:PORT";
        QTest::newRow("bad time") << QStringList{"up", "--retention", "soon"} << 2 << "7d";
        QTest::newRow("plain off loopback")
            << QStringList{"up", "--plain", "--listen", "0.0.0.0:0"} << 2 << "this machine only";
        QTest::newRow("no public name") << QStringList{"up", "--listen", "0.0.0.0:0"} << 2 << "--public-host";
        QTest::newRow("no such host")
            << QStringList{"up", "--listen", "nowhere.invalid:1"} << 3 << "--listen";
        QTest::newRow("directory is a file")
            << QStringList{"up", "--data", "/dev/null"} << 2 << "not a directory";
    }
    void badInputIsOneLineThatSaysWhatToDo() {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        QFETCH(QString, says);
        QTemporaryDir directory;
        if (!arguments.contains("--data")) {
            arguments += QStringList{"--data", directory.filePath("data")};
        }
        const auto [exitCode, text] = run(arguments);
        QCOMPARE(exitCode, code);
        QVERIFY2(text.contains(says), qPrintable(text));
        QCOMPARE(text.count('\n'), 1);
    }

    void aDamagedDatabaseIsNotReplaced() {
        RelayProcess relay;
        relay.kill();
        QFile database(relay.data() + "/relay.db");
        QVERIFY(database.open(QIODevice::ReadWrite));
        const QByteArray junk(8192, 'x');
        database.write(junk);
        database.close();
        QFile::remove(relay.data() + "/relay.db-wal");
        const auto [code, text] = run({"up", "--listen", "127.0.0.1:0", "--data", relay.data()});
        QCOMPARE(code, 10);
        QVERIFY(text.contains("backup"));
        QVERIFY(database.open(QIODevice::ReadOnly));
        QVERIFY(database.readAll().startsWith(junk));
    }

    void healthIsTold() {
        RelayProcess relay({"--plain"});
        RawClient client;
        QVERIFY(client.connect(relay.port));
        client.write("GET /health HTTP/1.1\r\nHost: relay\r\n\r\n");
        QVERIFY(client.readHttpHeader().find("200 OK") != std::string::npos);
        QVERIFY(client.waitForEnd());
        const QJsonObject health =
            QJsonDocument::fromJson(QByteArray::fromStdString(client.input())).object();
        QCOMPARE(health["status"].toString(), QString("ok"));
        QCOMPARE(health["testing"].toBool(true), false);
    }

    void figuresAreShownOnThisMachineOnly() {
        RelayProcess relay({"--plain", "--metrics", "127.0.0.1:0"});
        const auto port = static_cast<std::uint16_t>(relay.ready["metrics_port"].toInt());
        const auto get = [&](std::uint16_t where, const std::string& target) {
            RawClient client;
            QTest::qVerify(client.connect(where), "connect", "", __FILE__, __LINE__);
            client.write("GET " + target + " HTTP/1.1\r\nHost: relay\r\n\r\n");
            const std::string head = client.readHttpHeader();
            QTest::qVerify(client.waitForEnd(), "end", "", __FILE__, __LINE__);
            return head + client.input();
        };
        const std::string metrics = get(port, "/metrics");
        QVERIFY2(metrics.find("200 OK") != std::string::npos, metrics.c_str());
        QVERIFY(metrics.find("application/openmetrics-text") != std::string::npos);
        QVERIFY(metrics.find("\nsotto_pressure 0\n") != std::string::npos);
        QVERIFY(metrics.find("\nsotto_stored_total 0\n") != std::string::npos);
        QVERIFY(metrics.find("\nsotto_store_seconds_bucket{le=\"+Inf\"} ") != std::string::npos);
        QVERIFY(metrics.ends_with("# EOF\n"));
        QVERIFY(get(port, "/ready").find("200 OK") != std::string::npos);
        QVERIFY(get(port, "/health").find("\"pressure\":0") != std::string::npos);
        QVERIFY(get(port, "/relay.db").find("404 Not Found") != std::string::npos);
        // Clients' port knows nothing of it.
        QVERIFY(get(relay.port, "/metrics").find("404 Not Found") != std::string::npos);
        const auto [code, text] = run(
            {"up", "--listen", "127.0.0.1:0", "--metrics", "0.0.0.0:0", "--data", relay.data() + "-other"});
        QCOMPARE(code, 3);
        QVERIFY2(text.contains("for this machine only"), text.toUtf8());
    }

    // ---- Attack cases (docs/SECURITY.md) ----

    void case33_compressionIsDeclined() {
        RelayProcess relay({"--plain"});
        RawClient client;
        QVERIFY(client.connect(relay.port));
        const std::string header =
            client.upgrade("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");
        QVERIFY(header.find(" 101 ") != std::string::npos);
        QVERIFY(header.find("Extensions") == std::string::npos);
        QVERIFY(client.readFrame().has_challenge());
        // A frame that says it is compressed is refused.
        std::string compressed = RawClient::framed("x");
        compressed[0] = static_cast<char>(compressed[0] | 0x40);
        client.write(compressed);
        QCOMPARE(client.readClose(), 1002);
    }

    void case79_onlyTheOwnerReadsTheFiles() {
        const mode_t before = ::umask(0);
        RelayProcess relay({"--plain"});
        ::umask(before);
        const TestAccount alice("alice", m_random);
        relay.registerAccount(alice);
        QVERIFY(QFile::exists(relay.data() + "/relay.db-wal"));
        QVERIFY(QFile::exists(relay.data() + "/relay.key"));
        QVERIFY(QFile::exists(relay.data() + "/ready.json"));
        int files = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(relay.data().toStdString())) {
            const auto mode = entry.status().permissions();
            QVERIFY2((mode & std::filesystem::perms(077)) == std::filesystem::perms::none,
                     entry.path().c_str());
            ++files;
        }
        QVERIFY(files >= 6);
        QCOMPARE(int(std::filesystem::status(relay.data().toStdString()).permissions()), 0700);
    }

    void case80_logsSayNothingOfPeopleAndTheirMessages() {
        RelayProcess relay({"--invites", "2"});
        const TestAccount alice("canaryalice", m_random);
        const TestAccount bob("canarybob", m_random);
        relay.registerAccount(alice);
        relay.registerAccount(bob);
        RawClient atAlice = relay.logIn(alice, 1, "127.0.0.77");
        atAlice.sendFrame(alice.message(bob, m_random.next<SendId>(), "canary-payload"));
        QVERIFY(atAlice.readFrame().has_stored());
        atAlice.write(RawClient::framed("canary-garbage"));
        QVERIFY(atAlice.waitForEnd());
        const QString invite = relay.ready["join_links"].toArray()[0].toString().section(',', 1);
        QCOMPARE(relay.terminate(), 0);
        const QString log = relay.process->readAllStandardError();
        QVERIFY(!log.isEmpty());
        for (const QString& secret :
             {QString("canary"), invite, QString("127.0.0.77"), QString::fromStdString(alice.id().hex())}) {
            QVERIFY2(!log.contains(secret), qPrintable(secret));
        }
    }

    void case85_onlyTls12AndLater() {
        RelayProcess relay;
        RawClient old;
        QVERIFY(old.connect(relay.port));
        QVERIFY(!old.startTls(TLS1_VERSION, TLS1_1_VERSION));
        RawClient garbage;
        QVERIFY(garbage.connect(relay.port));
        garbage.write("GET / HTTP/1.1\r\n\r\n" + std::string(500, 'x'));
        QVERIFY(garbage.waitForEnd());
        QVERIFY(garbage.input().find("HTTP") == std::string::npos);
        for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            RawClient client;
            QVERIFY(client.connect(relay.port));
            QVERIFY(client.startTls(version, version));
            // What it shows is the key that the join link pins.
            const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(client.tls()),
                                                                    X509_free);
            unsigned char* spki = nullptr;
            const int size = i2d_PUBKEY(X509_get0_pubkey(shown.get()), &spki);
            const Digest pin = sha256({spki, static_cast<std::size_t>(size)});
            OPENSSL_free(spki);
            QCOMPARE(QString::fromStdString(encodeBase64Url(pin.view())), relay.ready["relay"].toString());
        }
    }

    void case87_theRelayNeverRedirects() {
        RelayProcess relay({"--plain"});
        for (const char* request :
             {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET //evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
              "POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
              "GET /health/../x HTTP/1.0\r\n\r\n"}) {
            RawClient client;
            QVERIFY(client.connect(relay.port));
            client.write(request);
            const std::string header = client.readHttpHeader();
            QVERIFY2(header.find(" 404 ") != std::string::npos, header.c_str());
            QVERIFY(header.find("Location") == std::string::npos);
        }
    }

    void case93_giantAndEndlessMessagesAreClosedWith1009() {
        // AddressSanitizer keeps what was freed: that is its memory, not the relay's.
        const QByteArray sanitizer = qgetenv("ASAN_OPTIONS");
        qputenv("ASAN_OPTIONS", sanitizer + ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0");
        RelayProcess relay({"--plain"});
        qputenv("ASAN_OPTIONS", sanitizer);
        relay.connect(); // what the first connection costs is not the attack's
        const auto before = relay.residentBytes();
        // A header that announces two gigabytes.
        auto giant = relay.connect();
        giant.client.write(std::string("\x82\xFF\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00", 14));
        QCOMPARE(giant.client.readClose(), 1009);
        // Fragments without an end, until the relay has had enough.
        auto endless = relay.connect();
        const std::string more = RawClient::framed(std::string(1024, 'x'), 0, false);
        endless.client.write(RawClient::framed("x", 2, false));
        bool open = true;
        for (int i = 0; i < 255; ++i) {
            QVERIFY(endless.client.write(more));
        }
        for (int i = 0; i < 1'000'000 && open; ++i) {
            open = endless.client.write(more);
        }
        QVERIFY(!open);
        QVERIFY2(relay.residentBytes() - before < 10 * 1024 * 1024,
                 qPrintable(QString::number(relay.residentBytes() - before)));
        relay.connect();
    }

    void case94_slowHandshakesAreDropped() {
        RelayProcess relay({"--limit", "handshake-seconds=2", "--limit", "connections-per-address=2000",
                            "--limit", "handshakes-per-minute=10000"});
        std::vector<RawClient> slow(1'000);
        for (std::size_t i = 0; i < slow.size(); ++i) {
            QVERIFY(slow[i].connect(relay.port, "127.0.0.66"));
            // Half stop in the middle of TLS, half in the middle of HTTP (where TLS stands).
            slow[i].write(std::string("\x16\x03\x01", 3));
        }
        std::vector<RawClient> http(50);
        for (RawClient& client : http) {
            QVERIFY(client.connect(relay.port, "127.0.0.67"));
            QVERIFY(client.startTls());
            client.write("GET / HTTP/1.1\r\nHost: ");
        }
        QElapsedTimer timer;
        timer.start();
        relay.connect();
        QVERIFY2(timer.elapsed() < 1'000, qPrintable(QString::number(timer.elapsed())));
        for (RawClient& client : slow) {
            QVERIFY(client.waitForEnd(10'000));
        }
        for (RawClient& client : http) {
            QVERIFY(client.waitForEnd(10'000));
        }
        QVERIFY(timer.elapsed() < 10'000);
    }

    void case95_runningOutOfDescriptorsNeitherSpinsNorKills() {
        RelayProcess relay({"--plain", "--limit", "connections-per-address=100000", "--limit",
                            "handshakes-per-minute=100000", "--limit", "handshake-seconds=600"});
        relay.kill();
        relay.descriptors = 128;
        relay.restart();
        QCOMPARE(relay.ready["descriptors"].toInt(), 128);
        std::vector<RawClient> clients(500);
        for (RawClient& client : clients) {
            client.connect(relay.port, "127.0.0.66");
        }
        // Until the relay has looked at all of them: the last ones are turned away.
        QVERIFY(clients.back().waitForEnd());
        const auto before = relay.processorMilliseconds();
        QElapsedTimer timer;
        timer.start();
        QTRY_VERIFY_WITH_TIMEOUT(timer.elapsed() > 1'000, 5'000);
        QVERIFY(relay.processorMilliseconds() - before < timer.elapsed() / 5);
        clients.clear();
        QTRY_VERIFY_WITH_TIMEOUT(canConnect(relay), RawClient::kPatience);
    }

    void case100_parserBombsAreCleanErrors_data() {
        QTest::addColumn<QByteArray>("packet");
        const auto row = [](const char* name, const std::string& bytes) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes);
        };
        std::string deep;
        for (int i = 0; i < 30'000; ++i) { // groups in groups, unknown fields all of them
            deep += "\x0B";
        }
        row("depth", deep);
        row("length 2^32-1", std::string("\x0A\xFF\xFF\xFF\xFF\x0F", 6));
        row("length -1", std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11));
        row("endless varint", std::string(40, '\xFF'));
        std::string empty;
        for (int i = 0; i < 100'000; ++i) {
            empty += std::string("\x0A\x00", 2);
        }
        row("a hundred thousand empty frames", empty);
        std::string repeated = std::string("\xF2\x02", 2); // Send
        std::string headers;
        for (int i = 0; i < 10'000; ++i) {
            headers += std::string("\x22\x00", 2);
        }
        repeated += static_cast<char>(0x80 | (headers.size() & 0x7F));
        repeated += static_cast<char>(0x80 | (headers.size() >> 7 & 0x7F));
        repeated += static_cast<char>(headers.size() >> 14);
        repeated += headers;
        std::string frame = std::string(1, '\x0A');
        frame += static_cast<char>(0x80 | (repeated.size() & 0x7F));
        frame += static_cast<char>(0x80 | (repeated.size() >> 7 & 0x7F));
        frame += static_cast<char>(repeated.size() >> 14);
        row("ten thousand headers", frame + repeated);
        row("bad UTF-8 in a name", std::string("\x0A\x07\xDA\x02\x04\x12\x02\xFF\xFE", 9));
        row("random", std::string("\x8f\x12\xa0\x44\x9c\x01\x77", 7));
    }
    void case100_parserBombsAreCleanErrors() {
        QFETCH(QByteArray, packet);
        RelayProcess relay({"--plain"});
        auto connected = relay.connect();
        connected.client.write(
            RawClient::framed({packet.constData(), static_cast<std::size_t>(packet.size())}));
        const pb::Frame answer = connected.client.readFrame();
        QVERIFY(answer.error().code() == pb::BAD_FRAME || answer.error().code() == pb::TOO_LARGE);
        QCOMPARE(connected.client.readClose(), 1000);
        relay.connect();
    }

    void case102_controlFrameFloodsAreCutOff_data() {
        QTest::addColumn<QByteArray>("flood");
        const auto row = [](const char* name, const std::string& frame) {
            std::string many;
            while (many.size() < 64'000) {
                many += frame;
            }
            QTest::newRow(name) << QByteArray::fromStdString(many);
        };
        row("pings", RawClient::framed("", 9));
        row("pongs with a payload", RawClient::framed(std::string(125, 'x'), 10));
        row("empty continuations", RawClient::framed("", 0, false));
        row("empty messages", RawClient::framed("", 2));
        pb::Frame ping;
        ping.mutable_ping();
        row("pings of our own", RawClient::framed(textOf(wire::encodeFrame(ping)), 2));
    }
    void case102_controlFrameFloodsAreCutOff() {
        QFETCH(QByteArray, flood);
        RelayProcess relay({"--plain"});
        auto connected = relay.connect();
        const bool continuations = QString(QTest::currentDataTag()) == "empty continuations";
        connected.client.write(RawClient::framed("", 2, !continuations));
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 20'000 &&
               connected.client.write({flood.constData(), static_cast<std::size_t>(flood.size())})) {
            while (connected.client.readSome(0)) {
            }
        }
        QVERIFY2(timer.elapsed() < 15'000, "the flood goes on");
        relay.connect();
    }

private:
    static std::pair<int, QString> run(const QStringList& arguments) {
        QProcess process;
        process.start(RelayProcess::program(), arguments);
        if (!process.waitForFinished(RawClient::kPatience)) {
            process.kill();
            process.waitForFinished();
            return {-1, "it runs"};
        }
        return {process.exitCode(), QString::fromUtf8(process.readAllStandardError())};
    }
    static bool canConnect(RelayProcess& relay) {
        RawClient client;
        return client.connect(relay.port) && !client.upgrade().empty();
    }

    SystemRandom m_random;
};

QTEST_GUILESS_MAIN(TestGateway)
#include "test_gateway.moc"

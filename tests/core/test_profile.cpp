// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile.h"

#include "core/base/encoding.h"
#include "core/base/hash.h"
#include "core/storage/protocol_store.h"
#include "tests/support/child_process.h"
#include "tests/support/folder.h"

#include <QTest>
#include <sys/inotify.h>

using namespace sotto;
using namespace sotto::core;
using namespace sotto::test;

namespace {

constexpr Profile::SealCost kCheap{8 * 1024, 1};

Profile::Secrets passphrase(std::string_view text) {
    return {SecretBytes::from(viewOf(text))};
}

/// Empty, or why it failed.
template <class T>
QString problem(const Result<T>& result) {
    return result ? QString() : QString::fromStdString(result.error().text);
}

/// Keeps what it gave out, to look for it later.
class RecordingRandom final : public Random {
public:
    std::vector<std::string> given;
    void fill(std::span<std::uint8_t> bytes) override {
        SystemRandom().fill(bytes);
        given.push_back(stringOf(bytes));
    }
};

} // namespace

class TestProfile : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_home;
    SystemRandom m_random;

    fs::path home() const { return m_home->path().toStdString(); }
    fs::path place() const { return home() / "alice"; }
    Profile make(const Profile::Secrets& secrets = {}) {
        return Profile::create(place(), secrets, m_random, kCheap).value();
    }
    Identity makeIdentity() {
        return {m_random.next<AccountId>(), DeviceNumber{1}, crypto::DeviceKeys::generate(m_random),
                crypto::SignerKey::generate(m_random)};
    }
    /// The failure of opening, and that it changed nothing.
    Failure failureToOpen(const Profile::Secrets& secrets = {}) {
        auto before = contentsOf(home());
        const auto opened = Profile::open(place(), secrets);
        auto after = contentsOf(home());
        before.erase("alice/lock");
        after.erase("alice/lock");
        if (opened || before != after) {
            return {FailureCode::Internal, opened ? "it opened" : "it changed something", {}};
        }
        return opened.error();
    }
    static bool says(const Failure& failure, const char* words) {
        return failure.text.find(words) != std::string::npos;
    }

private slots:
    void initTestCase() { initialiseSodium(); }
    void init() { m_home = std::make_unique<QTemporaryDir>(); }

    // ---- Making and opening ----

    void aNewProfileOpensWithItsPassphrase() {
        make(passphrase("correct horse"));
        const auto profile = Profile::open(place(), passphrase("correct horse"));
        QVERIFY(profile.has_value());
        QVERIFY(!profile->identity().has_value());
        QVERIFY(profile->generation() == GenerationPair{});
        QCOMPARE(Profile::protectionOf(place()).value(), KeyProtection::Passphrase);
    }
    void aNewProfileOpensWithItsKeyFile() {
        make();
        QCOMPARE(problem(Profile::open(place(), {})), QString());
        QCOMPARE(Profile::protectionOf(place()).value(), KeyProtection::KeyFile);
    }
    void theProfileOfCreateIsOpenAndWorks() {
        Profile profile = make();
        QVERIFY(ProtocolStore(profile.database()).reservePrekeyId(crypto::PrekeyId{7}).has_value());
        QCOMPARE(profile.directory(), fs::canonical(place()));
        QVERIFY(!Profile::open(place(), {}).has_value());
    }
    void missingParentsAreMadePrivately() {
        const fs::path deep = home() / "a" / "b" / "alice";
        QVERIFY(Profile::create(deep, {}, m_random, kCheap).has_value());
        QVERIFY(openToOthers(home() / "a").empty());
    }
    void anEmptyFolderMayBecomeAProfile() {
        fs::create_directory(place());
        make();
        QVERIFY(openToOthers(place()).empty());
        QCOMPARE(problem(Profile::open(place(), {})), QString());
    }
    void aTrailingSlashAndALinkToTheFolderNameTheSameProfile() {
        Profile::create(place().string() + "/", {}, m_random, kCheap).value();
        fs::create_directory_symlink(place(), home() / "link");
        const auto profile = Profile::open(home() / "link", {});
        QVERIFY(profile.has_value());
        QCOMPARE(profile->directory(), fs::canonical(place()));
    }
    void aProfileIsNeverMadeOverAnother() {
        make();
        const auto before = contentsOf(home());
        const auto second = Profile::create(place(), {}, m_random, kCheap);
        QCOMPARE(second.error().code, FailureCode::Invalid);
        QVERIFY(says(second.error(), "already"));
        QVERIFY(contentsOf(home()) == before);
    }
    void aProfileIsNeverMadeAmongOtherFiles() {
        fs::create_directory(place());
        writeAll(place() / "letter.txt", "dear Bob");
        const auto made = Profile::create(place(), {}, m_random, kCheap);
        QCOMPARE(made.error().code, FailureCode::Invalid);
        QCOMPARE(contentsOf(home()).size(), std::size_t{2});
        writeAll(home() / "file", "");
        QCOMPARE(Profile::create(home() / "file", {}, m_random, kCheap).error().code, FailureCode::Invalid);
    }
    void costsOutOfBoundsAreRefusedAndLeaveNothing() {
        const auto made = Profile::create(place(), passphrase("x"), m_random, {std::size_t{1} << 40U, 3});
        QCOMPARE(made.error().code, FailureCode::Invalid);
        QVERIFY(contentsOf(home()).empty());
    }

    // ---- Not there, locked ----

    void whereThereIsNoneNothingIsFoundAndNothingMade() {
        QCOMPARE(failureToOpen().code, FailureCode::NotFound);
        QCOMPARE(Profile::protectionOf(place()).error().code, FailureCode::NotFound);
        fs::create_directory(place());
        QCOMPARE(failureToOpen().code, FailureCode::NotFound);
        writeAll(place() / "letter.txt", "dear Bob");
        QCOMPARE(failureToOpen().code, FailureCode::NotFound);
        QVERIFY(!fs::exists(place() / "lock"));
        writeAll(home() / "file", "");
        QCOMPARE(Profile::open(home() / "file", {}).error().code, FailureCode::NotFound);
    }
    void aWrongPassphraseIsASentenceAndNothingMore() {
        make(passphrase("correct horse"));
        for (const char* wrong : {"", "correct horsf", "correct horse "}) {
            const Failure failure = failureToOpen(passphrase(wrong));
            QCOMPARE(failure.code, FailureCode::Locked);
            QVERIFY2(says(failure, "passphrase"), failure.text.c_str());
        }
        QCOMPARE(problem(Profile::open(place(), passphrase("correct horse"))), QString());
    }
    void aPassphraseForAProfileWithoutOneIsRefused() {
        make();
        QCOMPARE(failureToOpen(passphrase("x")).code, FailureCode::Invalid);
    }
    void aSecondOpeningSaysWhoHasTheProfile() {
        {
            const Profile profile = make();
            const auto second = Profile::open(place(), {});
            QCOMPARE(second.error().code, FailureCode::Locked);
            QVERIFY(says(second.error(), ("process " + std::to_string(::getpid())).c_str()));
        }
        QCOMPARE(problem(Profile::open(place(), {})), QString());
    }
    void aMovedProfileObjectKeepsTheLockAndAnEndedOneLetsGo() {
        Profile profile = make();
        std::optional<Profile> moved(std::move(profile));
        QVERIFY(!Profile::open(place(), {}).has_value());
        moved.reset();
        QCOMPARE(problem(Profile::open(place(), {})), QString());
    }

    // ---- Identity and sentinel ----

    void theIdentityIsThereAfterReopening() {
        Identity identity = makeIdentity();
        const AccountId account = identity.account;
        const Curve25519Key key = identity.keys.identityKey();
        const Ed25519Key signer = identity.signer->publicKey();
        {
            Profile profile = make(passphrase("p"));
            QVERIFY(profile.storeIdentity(std::move(identity), m_random).has_value());
            QVERIFY(profile.identity()->account == account);
        }
        const Profile profile = Profile::open(place(), passphrase("p")).value();
        QVERIFY(profile.identity()->account == account);
        QCOMPARE(number(profile.identity()->device), 1U);
        QVERIFY(profile.identity()->keys.identityKey() == key);
        QVERIFY(profile.identity()->signer->publicKey() == signer);
    }
    void anIdentityWithoutSignerKeyStaysWithout() {
        Identity identity = makeIdentity();
        identity.signer.reset();
        QVERIFY(make().storeIdentity(std::move(identity), m_random).has_value());
        const Profile profile = Profile::open(place(), {}).value();
        QVERIFY(profile.identity().has_value());
        QVERIFY(!profile.identity()->signer.has_value());
    }
    void theNewerCopyOfTheIdentityHolds() {
        Identity second = makeIdentity();
        const AccountId account = second.account;
        std::string older;
        {
            Profile profile = make();
            QVERIFY(profile.storeIdentity(makeIdentity(), m_random).has_value());
            older = readAll(place() / "identity.b");
            QVERIFY(profile.storeIdentity(std::move(second), m_random).has_value());
        }
        // As after a kill between the two writes, and with the copies the other way round.
        for (const char* name : {"identity.b", "identity.a"}) {
            writeAll(place() / name, older);
            QVERIFY(Profile::open(place(), {}).value().identity()->account == account);
            QVERIFY(readAll(place() / "identity.a") == readAll(place() / "identity.b"));
        }
    }
    void theGenerationIsThereAfterReopening() {
        const GenerationPair pair{{3, m_random.next<decltype(Generation::nonce)>()},
                                  {4, m_random.next<decltype(Generation::nonce)>()}};
        {
            Profile profile = make();
            QVERIFY(profile.storeGeneration(pair).has_value());
            QVERIFY(profile.generation() == pair);
        }
        QVERIFY(Profile::open(place(), {}).value().generation() == pair);
        fs::remove(place() / "generation");
        QVERIFY(Profile::open(place(), {}).value().generation() == GenerationPair{});
    }
    void aReaderSeesWhatIsCommittedAndCannotWrite() {
        Profile profile = make();
        db::Database reader = profile.openReader().value();
        QVERIFY(ProtocolStore(profile.database()).reservePrekeyId(crypto::PrekeyId{7}).has_value());
        auto rows = reader.query("SELECT count(*) FROM prekey_id");
        QVERIFY(rows.next());
        QCOMPARE(rows.integer(0), 1);
        QVERIFY(!db::attempt([&] { reader.run("DELETE FROM prekey_id"); }).has_value());
    }
    void aDatabaseOfALaterVersionIsRefusedAndNotTouched() {
        make().database().execute("PRAGMA user_version = 1000");
        const Failure failure = failureToOpen();
        QCOMPARE(failure.code, FailureCode::Locked);
        QVERIFY(says(failure, "newer version"));
    }

    // ---- Attack cases ----

    void case71_keyBesideTheData() {
        RecordingRandom random;
        QVERIFY(Profile::create(place(), passphrase("correct horse"), random, kCheap)
                    .value()
                    .storeIdentity(makeIdentity(), random)
                    .has_value());
        const auto isKey = [](const std::string& given) { return given.size() == 32; };
        QCOMPARE(std::ranges::count_if(random.given, isKey), 1);
        const std::string key = *std::ranges::find_if(random.given, isKey);
        const std::string hex = encodeHex(viewOf(key));
        const std::string raw64 = QByteArray(key.data(), 32).toBase64().toStdString();
        const auto traces = [&](const fs::path& folder) {
            std::vector<std::string> found;
            for (const std::string& form :
                 {key, hex, QString::fromStdString(hex).toUpper().toStdString(), raw64.substr(0, 42),
                  encodeBase64Url(viewOf(key)).substr(0, 42)}) {
                for (const std::string& name : filesWith(folder, form)) {
                    found.push_back(name);
                }
            }
            return found;
        };
        QVERIFY(traces(home()).empty());
        fs::copy(place(), home() / "stolen", fs::copy_options::recursive);
        QCOMPARE(Profile::open(home() / "stolen", {}).error().code, FailureCode::Locked);
        QCOMPARE(Profile::open(home() / "stolen", passphrase("horse")).error().code, FailureCode::Locked);
        // That the search finds what is there: a key file holds the key, which is what its warning is about.
        writeAll(home() / "stolen" / "key.file", key);
        QCOMPARE(traces(home()), std::vector<std::string>{"stolen/key.file"});
    }
    void case72_noPlaintextOnDisk() {
        Profile profile = make(passphrase("correct horse battery"));
        Identity identity = makeIdentity();
        std::vector<std::string> canaries = {"SQLite format 3",
                                             "correct horse battery",
                                             stringOf(identity.account.view()),
                                             stringOf(identity.keys.identityKey().view()),
                                             stringOf(identity.keys.identitySecret().expose()),
                                             stringOf(identity.signer->publicKey().view()),
                                             stringOf(identity.signer->serialise().expose())};
        const DeviceAddress bob{m_random.next<AccountId>(), DeviceNumber{1}};
        canaries.push_back(stringOf(bob.account.view()));
        canaries.emplace_back("canary of a session");
        QVERIFY(profile.storeIdentity(std::move(identity), m_random).has_value());
        QVERIFY(ProtocolStore(profile.database()).storeSession(bob, viewOf(canaries.back())).has_value());
        QVERIFY(fs::exists(place() / "history.db-wal"));
        for (const std::string& canary : canaries) {
            QVERIFY(filesWith(home(), canary).empty());
        }
        writeAll(home() / "probe", "the " + canaries.back());
        QCOMPARE(filesWith(home(), canaries.back()), std::vector<std::string>{"probe"});
    }
    void case73_noTempSpill() {
        QTemporaryDir temporary;
        const int watch = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        QVERIFY(::inotify_add_watch(watch, qPrintable(temporary.path()), IN_CREATE) > 0);
        qputenv("SQLITE_TMPDIR", temporary.path().toUtf8());
        qputenv("TMPDIR", temporary.path().toUtf8());
        {
            Profile profile = make();
            QVERIFY(::inotify_add_watch(watch, place().c_str(), IN_CREATE) > 0);
            db::Database& database = profile.database();
            database.execute(
                "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT NOT NULL);"
                "CREATE VIRTUAL TABLE note_text USING fts5(body, content='note', content_rowid='id');"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
                "INSERT INTO note(body) SELECT hex(randomblob(300)) FROM n;"
                "INSERT INTO note_text(note_text) VALUES ('rebuild');"
                "CREATE INDEX note_body ON note(body);");
            // 24 MB to sort with a cache of 8: this is where SQLite would go to a file.
            auto sorted = database.query("SELECT sum(length(body)) FROM "
                                         "(SELECT body FROM note ORDER BY substr(body, 5) LIMIT 39999)");
            QVERIFY(sorted.next());
            QCOMPARE(sorted.integer(0), 39999 * 600);
        }
        qunsetenv("SQLITE_TMPDIR");
        qunsetenv("TMPDIR");
        alignas(inotify_event) std::array<char, 64 * 1024> events;
        const ssize_t size = ::read(watch, events.data(), events.size());
        ::close(watch);
        for (ssize_t at = 0; at < size;) {
            const auto* event = reinterpret_cast<const inotify_event*>(events.data() + at);
            QVERIFY2(QByteArray(event->name).startsWith("history.db-"), event->name);
            at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
        }
    }
    void case79_filesArePrivate() {
        const mode_t before = ::umask(0);
        {
            Profile profile = Profile::create(home() / "new" / "alice", {}, m_random, kCheap).value();
            QVERIFY(profile.storeIdentity(makeIdentity(), m_random).has_value());
            QVERIFY(profile.storeGeneration({}).has_value());
            QVERIFY(ProtocolStore(profile.database()).reservePrekeyId(crypto::PrekeyId{7}).has_value());
            QCOMPARE(contentsOf(home() / "new" / "alice").size(), std::size_t{9}); // with -wal and -shm
            QCOMPARE(openToOthers(home() / "new"), std::vector<std::string>{});
        }
        ::umask(before);
    }
    void case79_aProfileThatWasOpenedUpIsClosedAgain() {
        QVERIFY(make().storeGeneration({}).has_value());
        for (const auto& entry : fs::recursive_directory_iterator(place())) {
            fs::permissions(entry.path(), fs::perms::all);
        }
        fs::permissions(place(), fs::perms::all);
        QVERIFY(!openToOthers(place()).empty());
        QCOMPARE(problem(Profile::open(place(), {})), QString());
        QCOMPARE(openToOthers(place()), std::vector<std::string>{});
    }
    void anUmaskThatForbidsEverythingDoesNoHarm() {
        const mode_t before = ::umask(0777);
        const auto made =
            Profile::create(home() / "new" / "alice", {}, m_random, kCheap).map([&](Profile profile) {
                return profile.storeGeneration({}).has_value();
            });
        ::umask(before);
        QVERIFY(made.value());
        struct stat status {};
        QCOMPARE(::stat((home() / "new" / "alice" / "generation").c_str(), &status), 0);
        QCOMPARE(status.st_mode & 07777, mode_t(0600));
    }
};

QTEST_GUILESS_MAIN(TestProfile)
#include "test_profile.moc"

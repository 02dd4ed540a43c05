// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile.h"

#include "core/storage/protocol_store.h"
#include "tests/support/child_process.h"
#include "tests/support/folder.h"

#include <QTest>

using namespace sotto;
using namespace sotto::core;
using namespace sotto::test;

/// A profile whose files are damaged in every way opens with a sentence that names the file, or whole: never
/// empty, never with a crash, and nothing is written before it is sound.
class TestProfileDamage : public QObject {
    Q_OBJECT
    QTemporaryDir m_originals{
        quickPlace()}; ///< "key" and "pass": one of each protection, with identity and generation
    std::unique_ptr<QTemporaryDir> m_home;
    SystemRandom m_random;
    AccountId m_account;

    static Profile::Secrets secretsOf(std::string_view original) {
        return {original == "pass" ? SecretBytes::from(viewOf("correct horse")) : SecretBytes()};
    }
    fs::path original(const char* name) const { return fs::path(m_originals.path().toStdString()) / name; }
    fs::path place() const { return fs::path(m_home->path().toStdString()) / "alice"; }
    /// A fresh copy to be damaged.
    void take(const char* name) {
        fs::remove_all(place());
        fs::copy(original(name), place(), fs::copy_options::recursive);
    }
    /// Empty if the copy is refused as damaged, with this in the sentence, and stays as it is.
    QString refusal(const char* original, const std::string& named) const {
        auto before = contentsOf(place());
        const auto opened = Profile::open(place(), secretsOf(original));
        auto after = contentsOf(place());
        for (const char* transient : {"lock", "history.db-shm"}) { // rebuilt by every process
            before.erase(transient);
            after.erase(transient);
        }
        if (!before.contains("history.db-wal") && after["history.db-wal"].empty()) {
            after.erase("history.db-wal"); // means nothing
        }
        if (opened) {
            return "it opened";
        }
        if (opened.error().code != FailureCode::Damaged ||
            opened.error().text.find(named) == std::string::npos) {
            return "not called damaged: " + QString::fromStdString(opened.error().text);
        }
        if (before != after) {
            QString changed = "changed:";
            for (const auto& [name, contents] : after) {
                if (!before.contains(name) || before[name] != contents) {
                    changed += " " + QString::fromStdString(name);
                }
            }
            return changed;
        }
        return {};
    }
    /// Empty if the copy opens with its account in it.
    QString opening(const char* original) const {
        const auto opened = Profile::open(place(), secretsOf(original));
        if (!opened) {
            return QString::fromStdString(opened.error().text);
        }
        return opened->identity() && opened->identity()->account == m_account ? "" : "another identity";
    }
    void overwrite(const char* name, const std::string& contents) const {
        writeAll(place() / name, contents);
    }
    static std::string flipped(std::string contents, std::size_t at) {
        contents[at] = static_cast<char>(contents[at] ^ 0x01);
        return contents;
    }

private slots:
    void initTestCase() {
        initialiseSodium();
        m_account = m_random.next<AccountId>();
        for (const char* name : {"key", "pass"}) {
            Profile profile =
                Profile::create(original(name), secretsOf(name), m_random, {8 * 1024, 1}).value();
            QVERIFY(profile
                        .storeIdentity({m_account, DeviceNumber{1}, crypto::DeviceKeys::generate(m_random),
                                        crypto::SignerKey::generate(m_random)},
                                       m_random)
                        .has_value());
            QVERIFY(profile
                        .storeGeneration({{1, m_random.next<decltype(Generation::nonce)>()},
                                          {2, m_random.next<decltype(Generation::nonce)>()}})
                        .has_value());
        }
    }
    void init() { m_home = std::make_unique<QTemporaryDir>(quickPlace()); }

    void theUndamagedCopiesOpen() {
        for (const char* name : {"key", "pass"}) {
            take(name);
            QCOMPARE(opening(name), QString());
        }
    }
    void case75_everyFlippedByteOfASmallFileIsSeen_data() {
        QTest::addColumn<QString>("original");
        QTest::addColumn<QString>("file");
        QTest::newRow("key.sealed") << "pass"
                                    << "key.sealed";
        QTest::newRow("key.file") << "key"
                                  << "key.file";
        QTest::newRow("generation") << "key"
                                    << "generation";
    }
    void case75_everyFlippedByteOfASmallFileIsSeen() {
        QFETCH(QString, original);
        QFETCH(QString, file);
        const QByteArray from = original.toLatin1();
        const QByteArray name = file.toLatin1();
        take(from);
        const std::string whole = readAll(place() / name.constData());
        QVERIFY(whole.size() > 60);
        for (std::size_t at = 0; at < whole.size(); ++at) {
            overwrite(name, flipped(whole, at));
            QCOMPARE(refusal(from, name.toStdString()), QString());
        }
        overwrite(name, whole);
        QCOMPARE(opening(from), QString());
    }
    void case75_everyFlippedByteOfOneIdentityFileIsRepairedFromTheOther() {
        take("key");
        const std::string whole = readAll(place() / "identity.a");
        for (std::size_t at = 0; at < whole.size(); at += 5) {
            for (const char* name : {"identity.a", "identity.b"}) {
                overwrite(name, flipped(whole, at));
                QCOMPARE(opening("key"), QString());
                QVERIFY(readAll(place() / name) == whole);
            }
        }
    }
    void case75_everyFlippedByteOfBothIdentityFilesIsSeen() {
        take("key");
        const std::string whole = readAll(place() / "identity.a");
        for (std::size_t at = 0; at < whole.size(); ++at) {
            overwrite("identity.a", flipped(whole, at));
            overwrite("identity.b", flipped(whole, whole.size() - 1 - at));
            QCOMPARE(refusal("key", "identity.a and identity.b"), QString());
        }
    }
    void case75_shortAndLongSmallFilesAreSeen() {
        for (const auto& [from, name] :
             {std::pair{"pass", "key.sealed"}, {"key", "key.file"}, {"key", "generation"}}) {
            take(from);
            const std::string whole = readAll(place() / name);
            for (std::size_t size = 0; size < whole.size(); ++size) {
                overwrite(name, whole.substr(0, size));
                QCOMPARE(refusal(from, name), QString());
            }
            for (const std::size_t more : {1U, 100U, 1'000'000U}) {
                overwrite(name, whole + std::string(more, '\0'));
                QCOMPARE(refusal(from, name), QString());
            }
            overwrite(name, std::string(whole.size(), '\0'));
            QCOMPARE(refusal(from, name), QString());
        }
    }
    void aMissingFileIsNamed() {
        for (const auto& [from, name] : {std::pair{"pass", "key.sealed"},
                                         {"key", "key.file"},
                                         {"key", "history.db"},
                                         {"pass", "history.db"}}) {
            take(from);
            fs::remove(place() / name);
            QCOMPARE(refusal(from, name), QString());
        }
        take("key");
        fs::remove(place() / "identity.a");
        fs::remove(place() / "identity.b");
        QCOMPARE(refusal("key", "identity.a and identity.b"), QString());
        // One is repaired, and the lock is no part of the data.
        take("key");
        fs::remove(place() / "identity.a");
        fs::remove(place() / "lock");
        QCOMPARE(opening("key"), QString());
        QVERIFY(fs::exists(place() / "identity.a"));
    }
    void aLoneRestOfAProfileIsDamageAndNoInvitationToMakeOne() {
        for (const char* name : {"history.db", "identity.b", "generation", "key.file"}) {
            take("key");
            for (const auto& entry : fs::directory_iterator(original("key"))) {
                if (entry.path().filename() != name) {
                    fs::remove(place() / entry.path().filename());
                }
            }
            QCOMPARE(refusal("key", " is missing"), QString());
            const auto made = Profile::create(place(), {}, m_random);
            QCOMPARE(made.error().code, FailureCode::Invalid);
            QCOMPARE(contentsOf(place()).size(), std::size_t{2}); // with the lock
        }
    }
    void whatIsNoFileIsNeitherFollowedNorWaitedFor() {
        for (const char* name : {"key.file", "generation", "history.db", "lock"}) {
            take("key");
            fs::rename(place() / name, place() / "elsewhere");
            fs::create_symlink("elsewhere", place() / name);
            QCOMPARE(refusal("key", name), QString());
            fs::remove(place() / name);
            QCOMPARE(::mkfifo((place() / name).c_str(), 0600), 0);
            QCOMPARE(refusal("key", name), QString());
        }
        take("key");
        fs::rename(place() / "identity.a", place() / "elsewhere");
        fs::create_symlink("elsewhere", place() / "identity.a");
        QCOMPARE(opening("key"), QString());
        QVERIFY(!fs::is_symlink(place() / "identity.a"));
    }
    void bothKindsOfKeyAreOneTooMany() {
        take("pass");
        fs::copy_file(original("key") / "key.file", place() / "key.file");
        QCOMPARE(refusal("pass", "both key.sealed and key.file"), QString());
        QCOMPARE(refusal("key", "both key.sealed and key.file"), QString());
    }
    void filesOfAnotherProfileDoNotFit() {
        for (const char* name : {"key.file", "history.db"}) {
            take("key");
            Profile::create(place().parent_path() / "other", {}, m_random).value();
            fs::copy_file(place().parent_path() / "other" / name, place() / name,
                          fs::copy_options::overwrite_existing);
            QCOMPARE(refusal("key", "history.db"), QString());
            fs::remove_all(place().parent_path() / "other");
        }
        take("key");
        for (const char* name : {"identity.a", "identity.b", "generation"}) {
            fs::copy_file(original("pass") / name, place() / name, fs::copy_options::overwrite_existing);
        }
        QCOMPARE(refusal("key", "identity.a and identity.b"), QString());
        for (const char* name : {"identity.a", "identity.b"}) {
            fs::copy_file(original("key") / name, place() / name, fs::copy_options::overwrite_existing);
        }
        QCOMPARE(refusal("key", "generation"), QString());
    }
    void case75_aDatabaseWithoutItsHeaderIsDamagedAndNeverANewOne() {
        take("key");
        const std::string whole = readAll(place() / "history.db");
        const std::string zeros(whole.size(), '\0');
        QByteArray noise(static_cast<qsizetype>(whole.size()), '\0');
        m_random.fill({reinterpret_cast<std::uint8_t*>(noise.data()), whole.size()});
        const auto wiped = [&](std::size_t size) { return zeros.substr(0, size) + whole.substr(size); };
        for (const std::string& damaged :
             {wiped(1), wiped(16), wiped(100), wiped(4096), zeros, noise.toStdString(), flipped(whole, 0),
              flipped(whole, 20), flipped(whole, 4095),
              std::string("SQLite format 3\0", 16) + whole.substr(16)}) {
            overwrite("history.db", damaged);
            QCOMPARE(refusal("key", "history.db"), QString());
        }
    }
    void case75_aShortenedDatabaseIsDamagedAndNeverANewOne() {
        take("key");
        const std::string whole = readAll(place() / "history.db");
        for (const std::size_t size :
             {std::size_t{0}, std::size_t{1}, std::size_t{16}, std::size_t{100}, std::size_t{511},
              std::size_t{512}, std::size_t{4095}, std::size_t{4096}, std::size_t{5000}, whole.size() / 2,
              whole.size() - 4096}) {
            overwrite("history.db", whole.substr(0, size));
            const QString result = refusal("key", "history.db");
            QVERIFY2(result.isEmpty(), qPrintable(QString::number(size) + ": " + result));
        }
    }
    void case75_aPageThatIsCutOffIsFoundWhenItIsRead() {
        take("key");
        const std::string whole = readAll(place() / "history.db");
        overwrite("history.db", whole.substr(0, whole.size() - 1));
        // At once, if what opening reads stands there.
        auto opened = Profile::open(place(), {});
        QVERIFY(opened ? !opened->database().check().empty() : opened.error().code == FailureCode::Damaged);
    }
    void aKilledOwnersLogIsNotSpentOnADamagedDatabase() {
        take("key");
        const DeviceAddress bob{m_random.next<AccountId>(), DeviceNumber{1}};
        Child([&]() -> std::string {
            Profile profile = Profile::open(place(), {}).value();
            if (ProtocolStore(profile.database()).storeSession(bob, viewOf("in the log only"))) {
                std::raise(SIGKILL);
            }
            return "alive";
        }).wait();
        QVERIFY(fs::file_size(place() / "history.db-wal") > 0);
        const std::string whole = readAll(place() / "history.db");
        overwrite("history.db", std::string(16, '\0') + whole.substr(16));
        QCOMPARE(refusal("key", "history.db"), QString());
        overwrite("history.db", whole);
        Profile profile = Profile::open(place(), {}).value();
        QVERIFY(ProtocolStore(profile.database()).loadSession(bob).value() ==
                bytesOf(viewOf("in the log only")));
    }
};

QTEST_GUILESS_MAIN(TestProfileDamage)
#include "test_profile_damage.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile.h"
#include "tests/support/fake_keychain.h"
#include "tests/support/syscall_trace.h"

#include <QTest>

using namespace sotto;
using namespace sotto::core;
using namespace sotto::test;

namespace {

constexpr Profile::SealCost kCheap{8 * 1024, 1};

/// Each measurement takes as long as the test says.
class SlowClock final : public Clock {
public:
    explicit SlowClock(Milliseconds step)
        : m_step(step) {}
    WallTime wall() const override { return {}; }
    SteadyTime steady() const override { return m_now += m_step; }

private:
    Milliseconds m_step;
    mutable SteadyTime m_now;
};

} // namespace

/// How the database key is kept, and kept in another way.
class TestKeyProtection : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<FolderKeychain> m_keychain;
    SystemRandom m_random;

    fs::path home() const { return m_home->path().toStdString(); }
    fs::path place() const { return home() / "alice"; }
    /// "" a file, "keychain", or a passphrase.
    Profile::Secrets secretsOf(std::string_view way) {
        Profile::Secrets secrets;
        if (way == "keychain") {
            secrets.keychain = m_keychain.get();
        } else if (!way.empty()) {
            secrets.passphrase = SecretBytes::from(viewOf(way));
        }
        return secrets;
    }
    /// Empty when the profile opens in this way and no other.
    QString opening(std::string_view way) {
        const auto protection = Profile::protectionOf(place());
        if (way.empty() && protection && *protection == KeyProtection::Keychain) {
            return "it is under the keychain";
        }
        if (way == "keychain" && protection && *protection == KeyProtection::KeyFile) {
            return "it has a key file";
        }
        const auto opened = Profile::open(place(), secretsOf(way));
        return opened ? QString() : QString::fromStdString(opened.error().text);
    }
    QString changing(std::string_view from, std::string_view to) {
        const auto changed =
            Profile::changeProtection(place(), secretsOf(from), secretsOf(to), kCheap, m_random);
        return changed ? QString() : QString::fromStdString(changed.error().text);
    }
    std::vector<std::string> keyFiles() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(place())) {
            if (entry.path().filename().string().starts_with("key.")) {
                names.push_back(entry.path().filename().string());
            }
        }
        return names;
    }

private slots:
    void initTestCase() { initialiseSodium(); }
    void init() {
        m_home = std::make_unique<QTemporaryDir>(quickPlace());
        fs::create_directory(home() / "keychain");
        m_keychain = std::make_unique<FolderKeychain>(home() / "keychain");
    }

    void aProfileUnderTheKeychainOpensWithItAlone() {
        QVERIFY(Profile::create(place(), secretsOf("keychain"), m_random, kCheap).has_value());
        QCOMPARE(keyFiles(), std::vector<std::string>{"key.keychain"});
        QCOMPARE(Profile::protectionOf(place()).value(), KeyProtection::Keychain);
        QCOMPARE(opening("keychain"), QString());
        QVERIFY(opening("").contains("keychain"));
        QVERIFY(opening("a passphrase").contains("no passphrase"));
        // A copy of the folder without the keychain is worth nothing.
        const auto secret = readAll(fs::directory_iterator(home() / "keychain")->path());
        QCOMPARE(secret.size(), std::size_t{64});
        QVERIFY(filesWith(place(), secret).empty());
        fs::remove_all(home() / "keychain");
        const auto lost = Profile::open(place(), secretsOf("keychain"));
        QCOMPARE(lost.error().code, FailureCode::Locked);
        QVERIFY(lost.error().text.find("recovery code") != std::string::npos);
    }
    void aKeychainThatDoesNotAnswerLeavesNothingBehind() {
        m_keychain->isSilent = true;
        const auto made = Profile::create(place(), secretsOf("keychain"), m_random, kCheap);
        QCOMPARE(made.error().code, FailureCode::Unreachable);
        QVERIFY(!fs::exists(place()));
        m_keychain->isSilent = false;
        QVERIFY(Profile::create(place(), secretsOf(""), m_random, kCheap).has_value());
        const auto before = contentsOf(place());
        m_keychain->isSilent = true;
        QVERIFY(changing("", "keychain").contains("did not answer"));
        auto after = contentsOf(place());
        after["lock"] = before.at("lock");
        QVERIFY(after == before);
        QCOMPARE(opening(""), QString());
    }
    void anotherEntryUnderItsNameIsSaidToBeOne() {
        QVERIFY(Profile::create(place(), secretsOf("keychain"), m_random, kCheap).has_value());
        writeAll(fs::directory_iterator(home() / "keychain")->path(), std::string(64, '0'));
        QVERIFY(opening("keychain").contains("not the one of this profile"));
        writeAll(fs::directory_iterator(home() / "keychain")->path(), "");
        QVERIFY(opening("keychain").contains("not the one of this profile"));
    }
    void aDamagedKeyFileIsSaidToBeDamaged() {
        QVERIFY(Profile::create(place(), secretsOf("keychain"), m_random, kCheap).has_value());
        const std::string whole = readAll(place() / "key.keychain");
        for (std::size_t at = 0; at < whole.size(); ++at) {
            std::string broken = whole;
            broken[at] = static_cast<char>(broken[at] ^ 1);
            writeAll(place() / "key.keychain", broken);
            QVERIFY2(opening("keychain").contains("damaged"), qPrintable(opening("keychain")));
        }
        writeAll(place() / "key.keychain", whole.substr(0, whole.size() - 1));
        QVERIFY(opening("keychain").contains("damaged"));
    }

    void theKeyIsKeptInAnotherWay_data() {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        for (const char* from : {"", "keychain", "one"}) {
            for (const char* to : {"", "keychain", "two"}) {
                QTest::addRow("%s to %s", *from != 0 ? from : "file", *to != 0 ? to : "file") << from << to;
            }
        }
    }
    void theKeyIsKeptInAnotherWay() {
        QFETCH(QString, from);
        QFETCH(QString, to);
        const std::string before = from.toStdString();
        const std::string after = to.toStdString();
        {
            Profile profile = Profile::create(place(), secretsOf(before), m_random, kCheap).value();
            QVERIFY(profile.storeGeneration({{7, {}}, {}, 3}).has_value());
        }
        const std::string history = readAll(place() / "history.db");
        QCOMPARE(changing(before, after), QString());
        QCOMPARE(opening(after), QString());
        QVERIFY(from == to || !opening(before).isEmpty());
        QVERIFY(readAll(place() / "history.db") == history);
        QCOMPARE(Profile::open(place(), secretsOf(after))->generation().confirmed.number, 7U);
        QCOMPARE(keyFiles(), std::vector<std::string>{after.empty()         ? "key.file"
                                                      : after == "keychain" ? "key.keychain"
                                                                            : "key.sealed"});
        QVERIFY(openToOthers(place()).empty());
        // What opens nothing any more is not kept either.
        QVERIFY(std::distance(fs::directory_iterator(home() / "keychain"), {}) ==
                (after == "keychain" ? 1 : 0));
    }
    void onlyWhoCanOpenItCanChangeIt() {
        QVERIFY(Profile::create(place(), secretsOf("one"), m_random, kCheap).has_value());
        const auto before = contentsOf(place());
        QVERIFY(changing("another", "two").contains("wrong passphrase"));
        QVERIFY(changing("", "two").contains("needs its passphrase"));
        QVERIFY(changing("keychain", "two").contains("needs its passphrase"));
        auto after = contentsOf(place());
        after["lock"] = before.at("lock");
        QVERIFY(after == before);
        const Profile open = Profile::open(place(), secretsOf("one")).value();
        QVERIFY(changing("one", "two").contains("in use"));
    }

    void aKeyThatWasCheckedIsChangedOnlyWhereItWasFound() {
        QVERIFY(Profile::create(place(), secretsOf("old words"), m_random, kCheap).has_value());
        const auto checked = Profile::check(place(), secretsOf("old words"));
        QVERIFY(checked.has_value());
        QVERIFY(
            Profile::changeProtection(place(), *checked, nullptr, secretsOf("new words"), kCheap, m_random)
                .has_value());
        QCOMPARE(opening("new words"), QString());
        QVERIFY(opening("old words").contains("passphrase"));
        // The file is another one by now: somebody else's change stands.
        const auto before = contentsOf(place());
        const auto late =
            Profile::changeProtection(place(), *checked, nullptr, secretsOf("late words"), kCheap, m_random);
        QCOMPARE(late.error().code, FailureCode::Locked);
        QVERIFY(contentsOf(place()) == before);
        QCOMPARE(opening("new words"), QString());
    }

    void killedAtEverySystemCallOfAChangeTheOldWayHoldsOrTheNew_data() { theKeyIsKeptInAnotherWay_data(); }
    void killedAtEverySystemCallOfAChangeTheOldWayHoldsOrTheNew() {
        QFETCH(QString, from);
        QFETCH(QString, to);
        const std::string before = from.toStdString();
        const std::string after = to.toStdString();
        bool sawOld = false;
        bool sawNew = false;
        for (const KillWhen when : {KillWhen::Before, KillWhen::After}) {
            for (int k = 1;; ++k) {
                fs::remove_all(place());
                QVERIFY(Profile::create(place(), secretsOf(before), m_random, kCheap).has_value());
                const auto run = runUntilCall(k, when, [&] { return changing(before, after).toStdString(); });
                if (!run) {
                    QSKIP("ptrace is not allowed here");
                }
                if (!run->killed) {
                    QCOMPARE(run->report, std::string());
                    QVERIFY(k > 5);
                    break;
                }
                const bool isNew = opening(after).isEmpty();
                QVERIFY2(isNew || opening(before).isEmpty(), qPrintable(QString("call %1").arg(k)));
                QVERIFY(from == to || !isNew || !opening(before).isEmpty());
                QCOMPARE(keyFiles().size(), std::size_t{1}); // half a new one is cleared away by opening
                sawOld = sawOld || !isNew;
                sawNew = sawNew || isNew;
            }
        }
        QVERIFY(from == to || (sawOld && sawNew));
    }

    void theCostIsWhatThisMachinePaysInThreeQuartersOfASecond() {
        const auto passes = [](int ms) {
            return Profile::SealCost::measured(SlowClock(Milliseconds(ms))).passes;
        };
        QCOMPARE(passes(375), 6U);   // three passes in half the time: twice as many
        QCOMPARE(passes(5'000), 3U); // never less than the default
        QCOMPARE(passes(1), 16U);    // and no end of it
        QCOMPARE(Profile::SealCost::measured(SlowClock(Milliseconds(375))).memoryBytes,
                 std::size_t{256} << 20U);
    }
};

QTEST_GUILESS_MAIN(TestKeyProtection)
#include "test_key_protection.moc"

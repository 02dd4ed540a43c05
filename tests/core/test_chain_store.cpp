// SPDX-License-Identifier: GPL-3.0-or-later
// Ranges of numbers: whatever order they come in, and where chains fork.
#include "core/storage/chain_store.h"
#include "core/storage/conversation_store.h"
#include "core/storage/schema.h"
#include "core/storage/search_tokenizer.h"
#include "tests/support/seeded_random.h"

#include <QTemporaryDir>
#include <QTest>
#include <numeric>
#include <set>

using namespace sotto;
using namespace sotto::core;
using sotto::test::SeededRandom;

namespace {

db::OpenOptions withSearch() {
    db::OpenOptions options;
    options.tokenizer = &searchTokenizer();
    return options;
}

} // namespace

class TestChainStore : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<db::Database> m_database;
    SeededRandom m_random{7};
    ChainName m_name;

    ChainStore store() { return ChainStore(*m_database); }
    /// The hash of the content that honestly stands under a number.
    static Digest hashOf(std::uint64_t seq) {
        Digest hash;
        hash.value[0] = static_cast<std::uint8_t>(seq);
        hash.value[1] = static_cast<std::uint8_t>(seq >> 8);
        return hash;
    }
    static NumberedContent content(std::uint64_t seq) {
        return {seq, hashOf(seq), seq > 1 ? std::optional(hashOf(seq - 1)) : std::nullopt};
    }
    std::vector<std::uint64_t> add(const Chain& chain, std::vector<NumberedContent> contents) {
        return store().add(chain, contents);
    }
    static std::vector<NumberRange> rangesOf(const std::set<std::uint64_t>& numbers) {
        std::vector<NumberRange> ranges;
        for (const std::uint64_t seq : numbers) {
            if (ranges.empty() || ranges.back().last + 1 != seq) {
                ranges.push_back({seq, seq});
            }
            ranges.back().last = seq;
        }
        return ranges;
    }

private slots:
    void initTestCase() { initialiseSodium(); }
    void init() {
        m_home = std::make_unique<QTemporaryDir>();
        m_database = std::make_unique<db::Database>(
            db::Database::open(m_home->filePath("history.db").toStdString(), withSearch()).value());
        QVERIFY(db::migrate(*m_database, clientMigrations()));
        const auto self = m_random.next<AccountId>();
        const auto bob = m_random.next<AccountId>();
        m_name = {ConversationStore(*m_database).direct(self, bob), bob, DeviceNumber{1}, 1};
    }
    void rangesGrowAndMergeInEveryOrder() {
        std::vector<std::uint64_t> order = {1, 2, 3, 5, 6};
        do {
            m_database->run("DELETE FROM chain_range");
            const Chain chain = store().open(m_name, 1);
            std::set<std::uint64_t> present;
            for (const std::uint64_t seq : order) {
                QVERIFY(add(chain, {content(seq)}).empty());
                present.insert(seq);
                QCOMPARE(store().ranges(chain.key), rangesOf(present));
            }
            QVERIFY(add(chain, {content(4)}).empty());
            QCOMPARE(store().ranges(chain.key), (std::vector{NumberRange{1, 6}}));
        } while (std::next_permutation(order.begin(), order.end()));
    }
    /// Batches of every kind give the same ranges as one number at a time.
    void batchesAreTakenInWhole() {
        const Chain chain = store().open(m_name, 1);
        std::vector<std::uint64_t> numbers(300);
        std::iota(numbers.begin(), numbers.end(), std::uint64_t{1});
        for (std::size_t i = numbers.size() - 1; i > 0; --i) {
            std::swap(numbers[i], numbers[m_random.below(i + 1)]);
        }
        std::set<std::uint64_t> present;
        for (std::size_t begin = 0; begin < numbers.size();) {
            const std::size_t end = std::min(numbers.size(), begin + 1 + m_random.below(20));
            std::set<std::uint64_t> batch(numbers.begin() + static_cast<std::ptrdiff_t>(begin),
                                          numbers.begin() + static_cast<std::ptrdiff_t>(end));
            std::vector<NumberedContent> contents;
            for (const std::uint64_t seq : batch) {
                contents.push_back(content(seq));
            }
            QVERIFY(add(chain, contents).empty());
            present.merge(batch);
            QCOMPARE(store().ranges(chain.key), rangesOf(present));
            begin = end;
        }
        QCOMPARE(store().contiguous(chain), std::uint64_t{300});
    }
    void holesStandBetweenBaseRangesAndHead() {
        Chain chain = store().open(m_name, 3);
        QVERIFY(add(chain, {content(5), content(6), content(9)}).empty());
        QCOMPARE(store().holes(chain).missing, (std::vector{NumberRange{3, 4}, NumberRange{7, 8}}));
        store().setHead(chain.key, 11);
        store().setHead(chain.key, 10); // never back
        chain = *store().find(chain.key);
        QCOMPARE(store().holes(chain).missing,
                 (std::vector{NumberRange{3, 4}, NumberRange{7, 8}, NumberRange{10, 11}}));
        QCOMPARE(store().contiguous(chain), std::uint64_t{0});
        QVERIFY(add(chain, {content(3), content(4)}).empty());
        QCOMPARE(store().contiguous(chain), std::uint64_t{6});
        // Without a base nothing before the first is known to be missing.
        const Chain other = store().open({m_name.conversation, m_name.sender, DeviceNumber{2}, 1}, 0);
        QVERIFY(add(other, {content(5)}).empty());
        QVERIFY(store().holes(other).missing.empty());
    }
    void anotherContentUnderANumberIsAFork() {
        const Chain chain = store().open(m_name, 1);
        QVERIFY(add(chain, {content(1), content(2)}).empty());
        QVERIFY(add(chain, {content(2)}).empty()); // the same once more
        NumberedContent other = content(2);
        other.hash.value[9] = 1;
        QCOMPARE(add(chain, {other}), std::vector<std::uint64_t>{2});
    }
    void aContentThatNamesAnotherOneBeforeItIsAFork_data() {
        QTest::addColumn<QList<int>>("order");
        QTest::newRow("in order") << QList{1, 2, 3};
        QTest::newRow("backwards") << QList{3, 2, 1};
        QTest::newRow("the middle last") << QList{1, 3, 2};
    }
    void aContentThatNamesAnotherOneBeforeItIsAFork() {
        QFETCH(QList<int>, order);
        const Chain chain = store().open(m_name, 1);
        std::vector<std::uint64_t> forks;
        for (const int seq : order) {
            NumberedContent next = content(static_cast<std::uint64_t>(seq));
            if (seq == 3) {
                next.previous->value[9] = 1;
            }
            const auto found = add(chain, {next});
            forks.insert(forks.end(), found.begin(), found.end());
        }
        QCOMPARE(forks, std::vector<std::uint64_t>{3});
    }
    void whoSendsEverySecondNumberOnlyIsLookedAtNearItsEndOnly() {
        const Chain chain = store().open(m_name, 1);
        constexpr std::uint64_t kRanges = 2 * ChainStore::kMostRanges;
        std::vector<NumberedContent> contents;
        for (std::uint64_t i = 1; i <= kRanges; ++i) {
            contents.push_back({2 * i, hashOf(2 * i), {}});
        }
        QVERIFY(add(chain, contents).empty());
        const auto holes = store().holes(chain);
        QCOMPARE(holes.missing.size(), ChainStore::kMostRanges - 1);
        QCOMPARE(holes.from, 2 * (kRanges - ChainStore::kMostRanges + 1));
    }
};

QTEST_GUILESS_MAIN(TestChainStore)
#include "test_chain_store.moc"

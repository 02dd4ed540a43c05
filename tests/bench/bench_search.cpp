// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-bench-search [--json] [--messages N] [--conversations N] [--keep FOLDER]: a long history in an
// encrypted database on the disk, its search index, and SQLite's own full-text tables (unicode61, trigram)
// over the same rows. Texts come from a seed. With --keep the database stays in FOLDER; one that is there
// already is used as it is, and what only making one can tell is left out. Exit 0 when it measured.

#include "core/storage/indexed_text_store.h"
#include "core/text/fold.h"
#include "core/text/words.h"
#include "tests/bench/timed_run.h"
#include "tests/support/chatter.h"
#include "tests/support/history_fixture.h"

#include <cstring>
#include <fstream>
#include <iostream>
#include <malloc.h>
#include <sstream>

using namespace sotto;
using namespace sotto::core;
using Clock_ = std::chrono::steady_clock;

namespace {

constexpr std::size_t kBatch = 500;
constexpr std::size_t kWarmQueries = 100;
constexpr std::size_t kColdQueries = 20;
constexpr std::size_t kHits = 20;
constexpr std::int64_t kBegin = 1'600'000'000'000;
constexpr std::array kPlainTables = {"unicode61", "trigram"};

struct Figure {
    std::string name;
    double value = 0;
    double goal = 0; ///< 0: reported without one
    bool smallerIsBetter = true;
    const char* unit = "";
};

struct Settings {
    std::size_t messages = 1'000'000;
    std::size_t conversations = 2'000;
    bool json = false;
    std::filesystem::path kept; ///< empty: a folder of its own that goes
};

double secondsSince(Clock_::time_point begin) {
    return std::chrono::duration<double>(Clock_::now() - begin).count();
}
template <class F>
double secondsOf(F f) {
    const auto begin = Clock_::now();
    f();
    return secondsSince(begin);
}
template <class T>
void need(const T& done, const char* what) {
    if (!done) {
        throw std::runtime_error(what);
    }
}

double megabytes(db::Database& database) {
    auto pages = database.query("PRAGMA page_count");
    pages.next();
    return static_cast<double>(pages.integer(0)) * 4096 / 1e6;
}

double residentMebibytes() {
    ::malloc_trim(0);
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == "VmRSS:") {
            double kibibytes = 0;
            status >> kibibytes;
            return kibibytes / 1024;
        }
    }
    return 0;
}

/// What the system keeps of the file in memory goes: the next read is one of the disk.
void forgetInMemory(const std::filesystem::path& file) {
    for (const std::string& name : {file.string(), file.string() + "-wal"}) {
        const int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor >= 0) {
            ::fsync(descriptor);
            ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
            ::close(descriptor);
        }
    }
}

/// Milliseconds: half are at most `p50`, 95 % at most `p95`.
struct Times {
    double p50 = 0;
    double p95 = 0;
};
Times timesOf(std::vector<double> times) {
    std::sort(times.begin(), times.end());
    return {times[times.size() / 2], times[times.size() * 95 / 100]};
}

struct QueryKind {
    const char* name;
    const char* plain; ///< which of SQLite's tokenizers finds the same; nullptr: none
};
constexpr std::array kKinds = {QueryKind{"common", "unicode61"}, QueryKind{"rare", "unicode61"},
                               QueryKind{"prefix", "unicode61"}, QueryKind{"inner", "trigram"},
                               QueryKind{"chinese", nullptr},    QueryKind{"typo", nullptr}};

/// Words and parts of words that stand in some of the texts.
std::vector<std::string> queriesOf(const std::string& kind, const std::vector<std::string>& texts,
                                   test::Chatter& chatter) {
    std::vector<std::string> queries;
    while (queries.size() < kWarmQueries) {
        if (kind == "common") {
            queries.push_back(fold(chatter.words(0)[queries.size() % 20]));
            continue;
        }
        const std::string folded = fold(texts[chatter.below(texts.size())]);
        const auto words = wordsOf(folded);
        if (words.empty()) {
            continue;
        }
        const auto textOf = [&](const Word& word) {
            return folded.substr(word.begin, word.end - word.begin);
        };
        const std::size_t at = chatter.below(words.size());
        std::string word = textOf(words[at]);
        const bool ascii = std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
        if (kind == "chinese") {
            const bool pair = at + 1 < words.size() && words[at].alone && words[at + 1].alone &&
                              words[at].end == words[at + 1].begin && word >= "一" && word < "\xEA";
            if (pair) {
                queries.push_back(word + textOf(words[at + 1]));
            }
        } else if (!ascii || word.size() < 6) {
            continue;
        } else if (kind == "rare") {
            queries.push_back(word);
        } else if (kind == "prefix") {
            queries.push_back(word.substr(0, 4));
        } else if (kind == "inner") {
            queries.push_back(word.substr(1, 4));
        } else {
            std::swap(word[2], word[3]);
            queries.push_back(word);
        }
    }
    return queries;
}

class Bench {
public:
    Bench(Settings settings, std::filesystem::path file, const db::DatabaseKey& key)
        : m_settings(std::move(settings))
        , m_file(std::move(file))
        , m_key(key) {
        for (std::size_t i = 0; i < m_settings.messages; ++i) {
            m_texts.push_back(m_chatter.next());
            m_textMegabytes += static_cast<double>(m_texts.back().size()) / 1e6;
        }
        add({"text", m_textMegabytes, 0, true, " MB"});
    }

    void make() {
        test::HistoryFixture history(m_file, m_settings.conversations, &m_key);
        const auto count = static_cast<double>(m_settings.messages);
        const double storing = secondsOf([&] { store(history); });
        const double bare = megabytes(history.database());
        const double indexing = secondsOf([&] { history.indexAll(); });
        const double index = megabytes(history.database()) - bare;
        add({"storedWithoutIndex", count / storing, 0, false, "/s"});
        add({"indexed", count / indexing, 0, false, "/s"});
        add({"storedAndIndexedToStored", storing / (storing + indexing), 0.6, false, ""});
        add({"index", index, 0, true, " MB"});
        add({"indexToText", index / m_textMegabytes, 1.7, true, ""});

        // What indexing each message in a transaction of its own would add to storing it so.
        constexpr std::size_t kAlone = 300;
        double storedAlone = 0;
        double indexedAlone = 0;
        for (std::size_t i = 0; i < kAlone; ++i) {
            storedAlone += secondsOf([&] {
                need(history.database().transaction([&] { history.add(1, m_texts[i], 1'700'000'000'000); }),
                     "storing failed");
            });
            indexedAlone += secondsOf([&] { need(history.index().indexSlice(), "indexing failed"); });
        }
        add({"storedEachInATransaction", storedAlone / kAlone * 1000, 0, true, " ms"});
        add({"indexedEachInATransaction", indexedAlone / kAlone * 1000, 0, true, " ms"});

        deleteSome(history.database());
        for (const std::string plain : kPlainTables) {
            auto& database = history.database();
            const double before = megabytes(database);
            database.execute("CREATE VIRTUAL TABLE plain_" + plain +
                             " USING fts5(text, content='message', content_rowid='id', tokenize='" + plain +
                             "')");
            const std::string insert = "INSERT INTO plain_" + plain +
                                       "(rowid, text) SELECT id, text FROM message WHERE id > ? AND id <= ?";
            const double took = secondsOf([&] {
                for (std::size_t i = 0; i < m_settings.messages; i += kBatch) {
                    need(database.transaction([&] { database.run(insert, i, i + kBatch); }), "plain failed");
                }
            });
            const double size = megabytes(database) - before;
            add({"plain_" + plain + "Index", size, 0, true, " MB"});
            add({"plain_" + plain + "Indexed", count / took, 0, false, "/s"});
            add({"indexTo_" + plain, index / size, 0, true, ""});
            add({"indexedTo_" + plain, took / indexing, 0, false, ""});
        }
    }

    /// Opened anew: what a person waits for first, with nothing of the file in memory.
    void open() {
        forgetInMemory(m_file);
        const double opening = secondsOf([&] { reopen(); });
        const double list = secondsOf(
            [&] { need(ConversationStore(*m_database).page({}, 50).entries.size() == 50, "no list"); });
        const double chat = secondsOf([&] {
            need(!MessageStore(*m_database).page(ConversationKey{7}, {}, true, 50).messages.empty(),
                 "no chat");
        });
        add({"open", opening * 1000, 0, true, " ms"});
        add({"firstPageOfList", list * 1000, 100, true, " ms"});
        add({"firstPageOfChat", chat * 1000, 100, true, " ms"});
        forgetInMemory(m_file);
        reopen();
        SearchIndex index(*m_database);
        const double loading = secondsOf([&] { index.vocabulary(); });
        add({"wordsLoaded", loading * 1000, 0, true, " ms"});
        add({"words", static_cast<double>(index.vocabulary().size()), 0, true, ""});
    }

    void search() {
        std::vector<std::vector<std::string>> queries;
        for (const QueryKind& kind : kKinds) {
            queries.push_back(queriesOf(kind.name, m_texts, m_chatter));
        }
        m_texts = {};
        m_database.reset();
        const double before = residentMebibytes();
        for (std::size_t i = 0; i < kKinds.size(); ++i) {
            const std::string kind = kKinds[i].name;
            std::vector<double> cold;
            for (std::size_t k = 0; k < kColdQueries; ++k) {
                forgetInMemory(m_file);
                reopen();
                SearchIndex index(*m_database);
                cold.push_back(secondsOf([&] { find(index, queries[i][k]); }) * 1000);
            }
            SearchIndex index(*m_database);
            index.vocabulary();
            const Times warm = repeated(queries[i], [&](const std::string& typed) { find(index, typed); });
            const Times fresh = timesOf(std::move(cold));
            add({kind + "ColdP50", fresh.p50, 0, true, " ms"});
            add({kind + "ColdP95", fresh.p95, 0, true, " ms"});
            add({kind + "P50", warm.p50, 0, true, " ms"});
            add({kind + "P95", warm.p95, 50, true, " ms"});
            if (kKinds[i].plain != nullptr) {
                const Times plain = repeated(
                    queries[i], [&](const std::string& typed) { findPlainly(kKinds[i].plain, kind, typed); });
                add({kind + "P95_" + kKinds[i].plain, plain.p95, 0, true, " ms"});
                add({kind + "P95To_" + kKinds[i].plain, warm.p95 / plain.p95, 0, true, ""});
            }
        }
        SearchIndex index(*m_database);
        for (const auto& some : queries) {
            find(index, some.front());
        }
        add({"resident", residentMebibytes() - before, 0, true, " MiB"});
    }

    std::string report(double otherProcessors) const {
        std::ostringstream out;
        out.precision(4);
        const char* separator = "";
        if (m_settings.json) {
            out << "{\"bench\":\"search\",\"messages\":" << m_settings.messages
                << ",\"conversations\":" << m_settings.conversations
                << ",\"otherProcessors\":" << otherProcessors << ",\"figures\":{";
        } else {
            out << m_settings.messages << " messages in " << m_settings.conversations
                << " conversations; other processes used " << otherProcessors << " processors meanwhile\n";
        }
        for (const Figure& figure : m_figures) {
            const bool reached =
                figure.smallerIsBetter ? figure.value <= figure.goal : figure.value >= figure.goal;
            if (m_settings.json) {
                out << separator << '"' << figure.name << "\":{\"value\":" << figure.value;
                if (figure.goal > 0) {
                    out << ",\"goal\":" << figure.goal << ",\"reached\":" << (reached ? "true" : "false");
                }
                out << '}';
                separator = ",";
            } else {
                out << figure.name << ": " << figure.value << figure.unit;
                if (figure.goal > 0) {
                    out << "  (goal " << figure.goal << (reached ? ")" : ", MISSED)");
                }
                out << '\n';
            }
        }
        return out.str() + (m_settings.json ? "}}\n" : "");
    }

private:
    void add(Figure figure) { m_figures.push_back(std::move(figure)); }
    void reopen() {
        m_database.reset();
        m_database.emplace(test::HistoryFixture::open(m_file, &m_key));
    }
    void store(test::HistoryFixture& history) {
        for (std::size_t i = 0; i < m_settings.messages; i += kBatch) {
            need(history.database().transaction([&] {
                for (std::size_t k = i; k < std::min(i + kBatch, m_settings.messages); ++k) {
                    history.add(1 + k * 7919 % m_settings.conversations, m_texts[k],
                                kBegin + static_cast<std::int64_t>(k) * 60'000);
                }
            }),
                 "storing failed");
        }
        history.finish();
    }
    /// One by one, each with the log emptied behind it.
    void deleteSome(db::Database& database) {
        IndexedTextStore indexed(database);
        MessageStore messages(database);
        std::vector<double> times;
        for (std::size_t i = 0; i < kWarmQueries; ++i) {
            const MessageKey key{static_cast<std::int64_t>(1 + m_chatter.below(m_settings.messages))};
            times.push_back(secondsOf([&] {
                                need(database.transaction([&] {
                                    indexed.remove(key);
                                    messages.erase(key);
                                }),
                                     "deleting failed");
                                need(database.emptyLog(), "the log was not emptied");
                            }) *
                            1000);
        }
        const Times deleting = timesOf(std::move(times));
        add({"deletedP50", deleting.p50, 0, true, " ms"});
        add({"deletedP95", deleting.p95, 0, true, " ms"});
    }
    template <class F>
    static Times repeated(const std::vector<std::string>& queries, F f) {
        std::vector<double> times;
        for (const std::string& query : queries) {
            times.push_back(secondsOf([&] { f(query); }) * 1000);
        }
        return timesOf(std::move(times));
    }
    /// A first page that shows something, or all that there is.
    void find(SearchIndex& index, const std::string& typed) {
        SearchFilter filter;
        filter.terms = {{fold(typed), false}};
        const MessageStore messages(*m_database);
        std::string cursor;
        do {
            const SearchPage page =
                Search(*m_database, index, messages).page(filter, cursor, kHits, SearchOrder::Newest);
            cursor = page.hits.empty() ? page.next : std::string();
        } while (!cursor.empty());
    }
    void findPlainly(const std::string& plain, const std::string& kind, const std::string& typed) {
        const MessageStore messages(*m_database);
        const std::string sql = "SELECT rowid FROM plain_" + plain + " WHERE plain_" + plain +
                                " MATCH ? ORDER BY rowid DESC LIMIT 20";
        for (auto rows = m_database->query(sql, '"' + typed + '"' + (kind == "prefix" ? " *" : ""));
             rows.next();) {
            need(messages.byKey(rows.as<MessageKey>(0)), "no message");
        }
    }

    Settings m_settings;
    std::filesystem::path m_file;
    const db::DatabaseKey& m_key;
    test::Chatter m_chatter{1};
    std::vector<std::string> m_texts;
    double m_textMegabytes = 0;
    std::optional<db::Database> m_database;
    std::vector<Figure> m_figures;
};

Settings settingsFrom(int argc, char** argv) {
    Settings settings;
    for (int i = 1; i < argc; ++i) {
        const bool hasValue = i + 1 < argc;
        if (std::strcmp(argv[i], "--json") == 0) {
            settings.json = true;
        } else if (std::strcmp(argv[i], "--messages") == 0 && hasValue) {
            settings.messages = std::strtoul(argv[++i], nullptr, 10);
        } else if (std::strcmp(argv[i], "--conversations") == 0 && hasValue) {
            settings.conversations = std::strtoul(argv[++i], nullptr, 10);
        } else if (std::strcmp(argv[i], "--keep") == 0 && hasValue) {
            settings.kept = argv[++i];
        } else {
            throw std::runtime_error(std::string("unknown argument ") + argv[i]);
        }
    }
    return settings;
}

void run(const Settings& settings, const std::filesystem::path& folder) {
    // No secret lies in such a history: its key may be known.
    const auto key = db::DatabaseKey::from(Bytes(32, 0x42));
    const std::filesystem::path file = folder / ("history-" + std::to_string(settings.messages) + "-" +
                                                 std::to_string(settings.conversations) + ".db");
    const bool isThere = std::filesystem::exists(file);
    const bench::TimedRun timed;
    Bench bench(settings, file, *key);
    if (!isThere) {
        bench.make();
    }
    bench.open();
    bench.search();
    std::cout << bench.report(timed.otherProcessors());
}

} // namespace

int main(int argc, char** argv) {
    std::filesystem::path own;
    int result = 0;
    try {
        const Settings settings = settingsFrom(argc, argv);
        initialiseSodium();
        if (settings.kept.empty()) {
            const char* parent = std::getenv("TMPDIR");
            std::string name = std::string(parent != nullptr ? parent : "/tmp") + "/sotto-bench-XXXXXX";
            need(::mkdtemp(name.data()) != nullptr, "no directory");
            own = name;
        } else {
            std::filesystem::create_directories(settings.kept);
        }
        run(settings, own.empty() ? settings.kept : own);
    } catch (const std::exception& error) {
        std::cerr << "sotto-bench-search: " << error.what() << '\n';
        result = 1;
    }
    if (!own.empty()) {
        std::filesystem::remove_all(own);
    }
    return result;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/search/search.h"

#include "core/search/edits.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace sotto::core {
namespace {

// What one page may cost: some tens of milliseconds.
constexpr std::size_t kMostRowsRead = 20'000;   ///< one after the other
constexpr std::size_t kMostRowsFetched = 3'000; ///< here and there
constexpr std::size_t kMostUnread = 10'000;
constexpr std::size_t kMostNearWords = 30;

constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

/// Where a page ends. "n.ROW": what is stored before that row. "r.ROW.N": the N best before that row are
/// seen.
struct Place {
    SearchOrder order = SearchOrder::Newest;
    std::int64_t below = kEnd;
    std::size_t offset = 0;
};

std::optional<Place> parsePlace(std::string_view text) {
    Place place;
    if (text.size() < 3 || text[1] != '.' || (text[0] != 'n' && text[0] != 'r')) {
        return std::nullopt;
    }
    place.order = text[0] == 'r' ? SearchOrder::Relevance : SearchOrder::Newest;
    const char* const end = text.data() + text.size();
    const auto row = std::from_chars(text.data() + 2, end, place.below);
    if (row.ec != std::errc() || place.below < 1) {
        return std::nullopt;
    }
    if (place.order == SearchOrder::Newest) {
        return row.ptr == end ? std::optional(place) : std::nullopt;
    }
    if (row.ptr == end || *row.ptr != '.') {
        return std::nullopt;
    }
    const auto offset = std::from_chars(row.ptr + 1, end, place.offset);
    return offset.ec == std::errc() && offset.ptr == end && place.offset < kRankedCandidates
               ? std::optional(place)
               : std::nullopt;
}

// What is read of a message to decide, in the order that lineOf() expects.
#define SOTTO_LINE_COLUMNS "id, kind, conversation, sender, stamp, sent_at, text FROM message "

} // namespace

struct Search::Line {
    std::int64_t row = 0;
    MessageKind kind = MessageKind::Text;
    std::int64_t conversation = 0;
    std::int64_t sender = 0;
    std::int64_t at = 0; ///< milliseconds
    std::string_view text;

    explicit Line(const db::Rows& rows)
        : row(rows.integer(0))
        , kind(rows.as<MessageKind>(1))
        , conversation(rows.integer(2))
        , sender(rows.integer(3))
        , at(rows.integer(4) != 0 ? milliseconds(rows.as<Stamp>(4)) : rows.integer(5))
        , text(rows.textView(6)) {}
};

/// A filter in rows of this database.
struct Search::Wanted {
    const SearchFilter& filter;
    Matcher matcher;
    std::optional<std::set<std::int64_t>> senders;
    std::set<std::int64_t> notSenders;
    std::optional<std::set<std::int64_t>> places; ///< whatever can match is in one of these
};

/// One look through the history, from the newest down, that stops when it has found or read enough.
struct Search::Walk {
    Walk(const Wanted& what, std::size_t howMany)
        : wanted(what)
        , most(howMany) {}

    const Wanted& wanted;
    std::size_t most;          ///< as many rows are looked for
    std::int64_t below = kEnd; ///< nothing from this row on
    bool nearly = false;       ///< what matches only nearly
    bool scored = false;

    std::vector<std::int64_t> found;
    std::vector<double> scores;
    std::size_t rowsRead = 0;
    std::size_t rowsFetched = 0;
    std::int64_t reached = kEnd; ///< the last row that was looked at
    bool tired = false;          ///< has read enough without finding enough

    bool isOver() const { return tired || found.size() >= most; }
};

bool Search::isCursor(std::string_view cursor) {
    return parsePlace(cursor).has_value();
}

Search::Wanted Search::wanted(const SearchFilter& filter) const {
    Wanted wanted{filter, Matcher(filter.terms), {}, {}, {}};
    const auto rowOf = [&](const AccountId& account) {
        auto rows = m_database.query("SELECT id FROM account WHERE key = ?", account);
        return rows.next() ? rows.integer(0) : std::int64_t{0};
    };
    for (const AccountId& account : filter.notFrom) {
        wanted.notSenders.insert(rowOf(account));
    }
    if (filter.in) {
        wanted.places.emplace();
        for (const ConversationKey key : *filter.in) {
            wanted.places->insert(static_cast<std::int64_t>(key));
        }
    }
    if (filter.from) {
        wanted.senders.emplace();
        std::set<std::int64_t> places;
        bool isMember = true; // of their conversations oneself is always one
        for (const AccountId& account : *filter.from) {
            const std::int64_t sender = rowOf(account);
            wanted.senders->insert(sender);
            std::size_t before = places.size();
            for (auto rows = m_database.query(
                     "SELECT conversation FROM conversation_member WHERE account = ?", sender);
                 rows.next();) {
                places.insert(rows.integer(0));
            }
            isMember &= places.size() > before;
        }
        if (isMember && !wanted.places) {
            wanted.places = std::move(places);
        }
    }
    return wanted;
}

/// False once enough is found.
bool Search::consider(Walk& walk, const Line& line) const {
    const Wanted& wanted = walk.wanted;
    const SearchFilter& filter = wanted.filter;
    walk.reached = line.row;
    const ConversationKey conversation{line.conversation};
    if (line.kind != MessageKind::Text || line.at < filter.notBefore || line.at >= filter.before ||
        (filter.in && !filter.in->contains(conversation)) || filter.notIn.contains(conversation) ||
        (wanted.senders && !wanted.senders->contains(line.sender)) ||
        wanted.notSenders.contains(line.sender)) {
        return true;
    }
    const bool matches = wanted.matcher.matches(line.text);
    if (walk.nearly ? matches || !wanted.matcher.matchesNearly(line.text) : !matches) {
        return true;
    }
    if (filter.link && hasLink(line.text) != *filter.link) {
        return true;
    }
    if (filter.unread) {
        const auto message = m_messages.byKey(MessageKey{line.row});
        if (!message || message->unread != *filter.unread) {
            return true;
        }
    }
    walk.found.push_back(line.row);
    if (walk.scored) {
        walk.scores.push_back(wanted.matcher.score(line.text));
    }
    return walk.found.size() < walk.most;
}

void Search::considerRow(Walk& walk, std::int64_t row) const {
    if (walk.rowsFetched == kMostRowsFetched) {
        walk.tired = true;
        return;
    }
    ++walk.rowsFetched;
    auto rows = m_database.query("SELECT " SOTTO_LINE_COLUMNS "WHERE id = ?", row);
    if (rows.next()) {
        consider(walk, Line(rows));
    }
    walk.reached = row;
}

void Search::readRows(Walk& walk, std::int64_t low, std::int64_t high) const {
    high = std::min(high, walk.below - 1);
    if (walk.isOver() || low > high) {
        return;
    }
    auto rows =
        m_database.query("SELECT " SOTTO_LINE_COLUMNS "WHERE id BETWEEN ? AND ? ORDER BY id DESC", low, high);
    while (rows.next()) {
        if (walk.rowsRead == kMostRowsRead) {
            walk.tired = true;
            return;
        }
        ++walk.rowsRead;
        if (!consider(walk, Line(rows))) {
            return;
        }
    }
}

void Search::readMatches(Walk& walk, const std::string& expression, std::int64_t low,
                         std::int64_t high) const {
    auto rows = m_database.query("SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ? "
                                 "ORDER BY rowid DESC",
                                 expression, low, high);
    while (!walk.isOver() && rows.next()) {
        considerRow(walk, rows.integer(0));
    }
}

void Search::readIndexed(Walk& walk, const SearchIndex::Range& range) {
    std::int64_t low = range.first;
    std::int64_t high = std::min(range.last, walk.below - 1);
    const SearchFilter& filter = walk.wanted.filter;
    if (filter.notBefore > 0 || filter.before < kEnd) {
        const auto rows = m_index.between(filter.notBefore, filter.before);
        if (!rows) {
            return;
        }
        low = std::max(low, rows->low);
        high = std::min(high, rows->high);
    }
    if (walk.isOver() || low > high) {
        return;
    }
    const Expression expression =
        expressionFor(filter.terms, walk.wanted.places.value_or(std::set<std::int64_t>()),
                      [this]() -> Vocabulary& { return m_index.vocabulary(); });
    switch (expression.kind) {
    case Expression::Kind::Nothing:
        return;
    case Expression::Kind::Anything:
        readRows(walk, low, high);
        return;
    case Expression::Kind::Match:
        readMatches(walk, expression.text, low, high);
        return;
    }
}

/// What is unread is found by the conversations that have some. False: it is so much that this is no
/// shortcut.
bool Search::readUnread(Walk& walk) const {
    std::vector<std::int64_t> unread;
    for (auto conversations =
             m_database.query("SELECT id, read_stamp, read_seq FROM conversation WHERE unread > 0");
         conversations.next();) {
        auto rows =
            m_database.query("SELECT id FROM message WHERE conversation = ? AND "
                             "kind <> 6 AND (sort_stamp, seq) > (?, ?) AND outgoing = 0",
                             conversations.integer(0), conversations.integer(1), conversations.integer(2));
        while (rows.next()) {
            if (rows.integer(0) < walk.below) {
                unread.push_back(rows.integer(0));
            }
            if (unread.size() > kMostUnread) {
                return false;
            }
        }
    }
    std::ranges::sort(unread, std::greater());
    for (const std::int64_t row : unread) {
        if (walk.isOver()) {
            break;
        }
        considerRow(walk, row);
    }
    return true;
}

void Search::readHistory(Walk& walk) {
    const SearchFilter& filter = walk.wanted.filter;
    if (filter.file == true || (walk.wanted.places && walk.wanted.places->empty())) {
        return; // no message has a file yet; nobody wrote there
    }
    if (filter.unread == true && readUnread(walk)) {
        return;
    }
    const SearchIndex::Range range = m_index.range();
    readRows(walk, range.last + 1, kEnd - 1);
    readIndexed(walk, range);
    readRows(walk, 1, range.first - 1);
}

void Search::addHit(SearchPage& page, const Matcher& matcher, std::int64_t row, bool nearly) const {
    auto message = m_messages.byKey(MessageKey{row});
    if (!message) {
        return;
    }
    SearchHit hit;
    hit.marks = matcher.marks(message->text, nearly);
    hit.snippet = snippetOf(message->text, hit.marks);
    hit.message = std::move(*message);
    hit.approximate = nearly;
    page.hits.push_back(std::move(hit));
}

/// Below what matches: what would match if a letter or two were others. Of each word that may have been
/// meant, the newest message first.
void Search::addNear(Walk& walk, std::size_t limit, SearchPage& page) {
    const Wanted& wanted = walk.wanted;
    std::vector<const QueryTerm*> forgiving;
    std::size_t positive = 0;
    for (const QueryTerm& term : wanted.filter.terms) {
        positive += term.negated ? 0 : 1;
        if (!term.negated && isForgiving(term.text)) {
            forgiving.push_back(&term);
        }
    }
    if (forgiving.empty() || page.hits.size() >= limit) {
        return;
    }
    const std::size_t room = limit - page.hits.size();
    const SearchIndex::Range range = m_index.range();
    Walk fresh(wanted, room);
    fresh.nearly = true;
    readRows(fresh, range.last + 1, kEnd - 1);
    std::vector<std::int64_t> rows = fresh.found;

    const auto nearTo = [&](const QueryTerm& term) {
        const int forgiven = EditDistance::forgiven(EditDistance(term.text).letters());
        return m_index.vocabulary().near(term.text, forgiven, kMostNearWords);
    };
    const std::set<std::int64_t> places = wanted.places.value_or(std::set<std::int64_t>());
    std::vector<std::vector<std::int64_t>> byWord;
    const auto look = [&](const std::vector<std::vector<std::string>>& alternatives) {
        Walk near(wanted, room);
        near.nearly = true;
        readMatches(near, expressionFor(alternatives, places).text, range.first, range.last);
        byWord.push_back(std::move(near.found));
    };
    if (positive == 1) {
        for (const std::string& word : nearTo(*forgiving.front())) {
            look({{word}});
        }
    } else {
        std::vector<std::vector<std::string>> alternatives;
        for (const QueryTerm* term : forgiving) {
            auto words = nearTo(*term);
            auto exact = m_index.vocabulary().containing(term->text, kRankedCandidates);
            if (exact) {
                words.insert(words.end(), exact->begin(), exact->end());
                alternatives.push_back(std::move(words));
            }
        }
        const bool someIsEmpty =
            std::ranges::any_of(alternatives, [](const auto& words) { return words.empty(); });
        if (!alternatives.empty() && !someIsEmpty) {
            look(alternatives);
        }
    }
    for (std::size_t turn = 0; rows.size() < room && turn < room; ++turn) {
        for (const auto& found : byWord) {
            if (turn < found.size() && std::ranges::find(rows, found[turn]) == rows.end()) {
                rows.push_back(found[turn]);
            }
        }
    }
    rows.resize(std::min(rows.size(), room));
    for (const std::int64_t row : rows) {
        addHit(page, wanted.matcher, row, true);
    }
}

/// A single word that is none: it may be a part of words, or a mistake.
bool Search::isWrittenByNobody(const SearchFilter& filter) {
    return filter.terms.size() == 1 && !filter.terms.front().negated &&
           isForgiving(filter.terms.front().text) && !m_index.vocabulary().has(filter.terms.front().text);
}

void Search::addHoles(const Wanted& wanted, SearchPage& page) const {
    const auto matters = [&](std::int64_t conversation) {
        return (!wanted.places || wanted.places->contains(conversation)) &&
               !wanted.filter.notIn.contains(ConversationKey{conversation});
    };
    std::map<std::int64_t, std::int64_t> placeholders;
    for (auto rows = m_database.query("SELECT conversation FROM message WHERE kind <> 1 AND kind = 2");
         rows.next();) {
        ++placeholders[rows.integer(0)];
    }
    std::map<std::int64_t, std::int64_t> missing;
    for (auto rows =
             m_database.query("SELECT m.conversation, g.last - g.first + 1 FROM message m "
                              "CROSS JOIN gap g ON g.message = m.id WHERE m.kind <> 1 AND m.kind = 4");
         rows.next();) {
        missing[rows.integer(0)] += rows.integer(1);
    }
    // May still fill by themselves.
    for (auto rows = m_database.query("SELECT c.conversation, g.last - g.first + 1 FROM gap g "
                                      "CROSS JOIN chain c ON c.id = g.chain WHERE g.message IS NULL");
         rows.next();) {
        missing[rows.integer(0)] += rows.integer(1);
    }
    for (const auto& [kind, counts] : {std::pair(SearchHole::Kind::Placeholders, &placeholders),
                                       std::pair(SearchHole::Kind::Gap, &missing)}) {
        for (const auto& [conversation, count] : *counts) {
            if (matters(conversation)) {
                page.holes.push_back({kind, count, ConversationKey{conversation}});
            }
        }
    }
    auto refused = m_database.query("SELECT coalesce(sum(rows), 0) FROM refused_mail");
    if (refused.next() && refused.integer(0) > 0) {
        page.holes.push_back({SearchHole::Kind::Refused, refused.integer(0), std::nullopt});
    }
}

SearchPage Search::page(const SearchFilter& filter, std::string_view cursor, std::size_t limit,
                        SearchOrder order) {
    const Place from = parsePlace(cursor).value_or(Place{order, kEnd, 0});
    const Wanted asked = wanted(filter);
    SearchPage page;
    const bool ranked = from.order == SearchOrder::Relevance;
    Walk walk(asked, (ranked ? kRankedCandidates : limit) + 1);
    walk.below = from.below;
    walk.scored = ranked;
    readHistory(walk);
    const bool more = walk.found.size() == walk.most;
    if (more) {
        walk.found.pop_back();
    }
    std::int64_t seenDownTo = walk.tired || more ? walk.reached : 0;
    if (ranked) {
        std::vector<std::size_t> places(walk.found.size());
        for (std::size_t i = 0; i < places.size(); ++i) {
            places[i] = i;
        }
        std::ranges::stable_sort(places, std::greater(), [&](std::size_t i) { return walk.scores[i]; });
        for (std::size_t i = from.offset; i < places.size() && page.hits.size() < limit; ++i) {
            addHit(page, asked.matcher, walk.found[places[i]], false);
        }
        if (from.offset + limit < places.size()) {
            const std::int64_t below = from.below == kEnd ? walk.found.front() + 1 : from.below;
            page.next = "r." + std::to_string(below) + "." + std::to_string(from.offset + limit);
        }
    } else {
        for (const std::int64_t row : walk.found) {
            addHit(page, asked.matcher, row, false);
        }
        if (more) {
            page.next = "n." + std::to_string(walk.found.back());
        } else if (walk.tired) {
            page.next = "n." + std::to_string(walk.reached);
        }
    }
    SearchPage nearly;
    const bool isFirst = cursor.empty();
    const bool mayBeMistaken = !ranked && filter.file != true && isWrittenByNobody(filter);
    if (isFirst && mayBeMistaken && !page.next.empty()) {
        // Parts of words must not push out what was meant.
        addNear(walk, limit / 2, nearly);
        const std::size_t room = limit - nearly.hits.size();
        if (page.hits.size() > room) {
            page.hits.resize(room);
            seenDownTo = static_cast<std::int64_t>(page.hits.back().message.key);
            page.next = "n." + std::to_string(seenDownTo);
        }
    }
    addHoles(asked, page);
    if (seenDownTo > 1) {
        page.holes.push_back({SearchHole::Kind::Unsearched, seenDownTo - 1, std::nullopt});
    }
    page.complete = page.next.empty() && page.holes.empty();
    if (page.next.empty() && seenDownTo == 0 && from.offset == 0 && filter.file != true &&
        (isFirst || !mayBeMistaken)) {
        addNear(walk, limit, page);
    }
    std::ranges::move(nearly.hits, std::back_inserter(page.hits));
    const SearchIndex::Range range = m_index.range();
    page.firstIndexed = range.first;
    page.lastIndexed = range.last;
    page.unindexed = m_index.unindexed();
    return page;
}

} // namespace sotto::core

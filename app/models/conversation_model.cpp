// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/conversation_model.h"

#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/when_done.h"
#include "core/types/cause.h"

#include <algorithm>

namespace sotto::app {
namespace {

constexpr std::int64_t kGroupMs = 5 * 60 * 1000;
/// So many rows stay loaded at the end while others come behind them.
constexpr std::size_t kTail = 240;

bool isSame(const core::Message& a, const core::Message& b) {
    return a.kind == b.kind && a.state == b.state && a.text == b.text && a.styles == b.styles &&
           a.detail == b.detail && a.cause == b.cause && a.stamp == b.stamp && a.sentAt == b.sentAt &&
           a.senderName == b.senderName && a.numbers == b.numbers && a.revision == b.revision &&
           a.reactions == b.reactions && a.deletedByAuthor == b.deletedByAuthor && a.quote == b.quote &&
           a.timer == b.timer && a.expireSeconds == b.expireSeconds;
}

} // namespace

ConversationModel::ConversationModel(CoreThread& core, QObject* parent)
    : QAbstractListModel(parent)
    , m_core(core) {}

std::vector<ConversationModel::Row> ConversationModel::rowsOf(core::MessagePage page) {
    std::vector<Row> rows;
    rows.reserve(page.messages.size());
    for (std::size_t i = 0; i < page.messages.size(); ++i) {
        const QDate day = dayOf(timeOf(page.messages[i]));
        rows.push_back({std::move(page.messages[i]), std::move(page.places[i]), day, 0});
    }
    return rows;
}

void ConversationModel::close() {
    beginResetModel();
    ++m_life;
    m_conversation.reset();
    m_rows.clear();
    m_before.clear();
    m_after.clear();
    m_unreadFrom.reset();
    m_opening = m_fetching = m_refreshing = m_refreshAgain = false;
    m_following = true;
    endResetModel();
}

void ConversationModel::setOther(const AccountId& account, const QString& shownName) {
    m_other = account;
    m_otherName = shownName;
}

void ConversationModel::describe(core::MessageKey message, const QString& words) {
    m_described = message;
    m_description = words;
    if (const int row = rowOf(message); row >= 0) {
        emit dataChanged(index(row), index(row), {Qt::AccessibleDescriptionRole});
    }
}

QString ConversationModel::quotedAuthor(const core::Message& message) const {
    if (!message.quote) {
        return {};
    }
    const AccountId& author = message.quote->target.sender.account;
    if (author == message.sender) {
        return message.outgoing ? tr("You") : shownName(message.senderName);
    }
    if (author == m_other) {
        return m_otherName;
    }
    // What is here was said by one of the two.
    return message.outgoing || message.quote->state == core::QuoteState::Missing ? tr("Unknown author")
                                                                                 : tr("You");
}

void ConversationModel::open(core::ConversationKey conversation, const core::HistoryPlace& place) {
    close();
    m_conversation = conversation;
    openAt(place);
}

void ConversationModel::jump(const core::HistoryPlace& place) {
    if (m_conversation) {
        ++m_life;
        m_fetching = m_refreshing = m_refreshAgain = false;
        openAt(place);
    }
}

void ConversationModel::openAt(const core::HistoryPlace& place) {
    m_opening = true;
    m_following = place.kind == core::HistoryPlace::Kind::Newest;
    const bool markUnread = place.kind == core::HistoryPlace::Kind::FirstUnread;
    whenDone(m_core.read([key = *m_conversation, place](core::Reader& reader) {
        return reader.historyAround(key, place, kPage);
    }),
             this, [this, life = m_life, markUnread](core::Result<core::HistoryAround> around) {
                 if (life != m_life) {
                     return;
                 }
                 m_opening = false;
                 if (around) {
                     reset(std::move(*around), markUnread);
                 } else {
                     emit failed(around.error());
                 }
             });
}

void ConversationModel::reset(core::HistoryAround around, bool markUnread) {
    int row = around.at ? static_cast<int>(*around.at) : -1;
    beginResetModel();
    m_before = std::move(around.page.before);
    m_after = std::move(around.page.after);
    m_rows = rowsOf(std::move(around.page));
    for (Row& shown : m_rows) {
        shown.version = ++m_lastVersion;
    }
    if (markUnread) {
        const auto first =
            std::ranges::find_if(m_rows, [](const Row& shown) { return shown.message.unread; });
        row = first == m_rows.end() ? -1 : static_cast<int>(first - m_rows.begin());
        if (row >= 0) {
            m_unreadFrom = first->message.key;
        }
    }
    endResetModel();
    emit opened(row);
    emit endChanged();
}

int ConversationModel::rowOf(core::MessageKey key) const {
    const auto found =
        std::ranges::find_if(m_rows, [&](const Row& shown) { return shown.message.key == key; });
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

bool ConversationModel::startsDay(int at) const {
    return at == 0 || row(at).day != row(at - 1).day;
}

bool ConversationModel::continuesGroup(int at) const {
    if (at == 0 || startsDay(at) || startsUnread(at)) {
        return false;
    }
    const core::Message& before = row(at - 1).message;
    const core::Message& here = row(at).message;
    return before.kind == core::MessageKind::Text && here.kind == core::MessageKind::Text &&
           before.outgoing == here.outgoing && before.sender == here.sender &&
           timeOf(here) - timeOf(before) < kGroupMs;
}

int ConversationModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant ConversationModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const core::Message& message = row(index.row()).message;
    switch (role) {
    case Qt::DisplayRole:
        return shownLine(message.text);
    case Qt::AccessibleDescriptionRole:
        return m_described == message.key ? m_description : QString();
    case Qt::AccessibleTextRole: {
        const QString who = message.outgoing ? tr("You") : shownName(message.senderName);
        const QString when = clockTime(timeOf(message));
        switch (message.kind) {
        case core::MessageKind::Text: {
            QString said = tr("%1, %2: %3").arg(who, when, shownText(message.text, kBubble).text);
            if (message.quote) {
                said += QLatin1Char(' ') + tr("(replies to %1: %2 %3)")
                                               .arg(quotedAuthor(message), shownLine(message.quote->text),
                                                    quoteWords(message.quote->state));
            }
            if (message.expireSeconds > 0) {
                said += QLatin1Char(' ') +
                        tr("(disappears %1 after it was read)").arg(lifetimeWords(message.expireSeconds));
            }
            if (message.revision > 0) {
                said += QLatin1Char(' ') + tr("(edited)");
            }
            for (const auto& [emoji, count] : signsOf(message.reactions)) {
                said += QLatin1Char(' ') + tr("Reaction: %1").arg(shownSign(emoji));
                said += count > 1 ? QLatin1Char(' ') + QString::number(count) : QString();
            }
            return message.outgoing ? tr("%1. %2").arg(said, stateWords(message.state)) : said;
        }
        case core::MessageKind::Notice:
            return tr("Notice, %1: %2")
                .arg(when, message.timer ? timerWords(message) : shownSentence(message.detail));
        case core::MessageKind::Placeholder:
        case core::MessageKind::Gap: {
            const core::CauseText cause = core::textOf(message.cause);
            return tr("A message of %1 that cannot be read, %2: %3 %4")
                .arg(who, when, shownSentence(cause.sentence), shownSentence(cause.action));
        }
        case core::MessageKind::Deleted:
            return tr("%1, %2: deleted message").arg(who, when);
        case core::MessageKind::Expired:
            return tr("%1, %2: message that disappeared").arg(who, when);
        }
        return {};
    }
    default:
        return {};
    }
}

void ConversationModel::setFollowing(bool following) {
    m_following = following;
}

void ConversationModel::loadOlder() {
    if (hasOlder()) {
        fetch(core::PageDirection::Older);
    }
}

void ConversationModel::loadNewer() {
    if (hasNewer()) {
        fetch(core::PageDirection::Newer);
    }
}

void ConversationModel::fetch(core::PageDirection direction) {
    if (m_fetching || m_opening || !m_conversation) {
        return;
    }
    m_fetching = true;
    const bool older = direction == core::PageDirection::Older;
    whenDone(m_core.read([key = *m_conversation, cursor = older ? m_before : m_after, direction](
                             core::Reader& reader) { return reader.history(key, cursor, direction, kPage); }),
             this, [this, life = m_life, older](core::Result<core::MessagePage> page) {
                 if (life != m_life) {
                     return;
                 }
                 m_fetching = false;
                 if (!page) {
                     emit failed(page.error());
                 } else if (older) {
                     prepend(std::move(*page));
                 } else {
                     append(std::move(*page));
                 }
             });
}

void ConversationModel::prepend(core::MessagePage page) {
    std::string before = std::move(page.before);
    std::vector<Row> rows = rowsOf(std::move(page));
    std::erase_if(rows, [&](const Row& row) { return rowOf(row.message.key) >= 0; });
    m_before = std::move(before);
    if (!rows.empty()) {
        for (Row& row : rows) {
            row.version = ++m_lastVersion;
        }
        const auto count = static_cast<int>(rows.size());
        beginInsertRows({}, 0, count - 1);
        m_rows.insert(m_rows.begin(), std::make_move_iterator(rows.begin()),
                      std::make_move_iterator(rows.end()));
        endInsertRows();
        if (count < rowCount()) {
            emit dataChanged(index(count), index(count)); // may begin a day or a group no more
        }
    }
    if (m_rows.size() > kMost) {
        dropLast(static_cast<int>(m_rows.size() - kMost));
    }
}

void ConversationModel::append(core::MessagePage page) {
    std::string after = std::move(page.after);
    std::vector<Row> rows = rowsOf(std::move(page));
    std::erase_if(rows, [&](const Row& row) { return rowOf(row.message.key) >= 0; });
    if (!rows.empty()) {
        for (Row& row : rows) {
            row.version = ++m_lastVersion;
        }
        beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(rows.size()) - 1);
        std::ranges::move(rows, std::back_inserter(m_rows));
        endInsertRows();
    }
    setAfter(std::move(after));
    if (m_rows.size() > kMost) {
        dropFirst(static_cast<int>(m_rows.size() - kMost));
    }
}

void ConversationModel::dropFirst(int count) {
    beginRemoveRows({}, 0, count - 1);
    m_rows.erase(m_rows.begin(), m_rows.begin() + count);
    m_before = m_rows.empty() ? std::string() : m_rows.front().place;
    endRemoveRows();
}

void ConversationModel::dropLast(int count) {
    beginRemoveRows({}, rowCount() - count, rowCount() - 1);
    m_rows.erase(m_rows.end() - count, m_rows.end());
    endRemoveRows();
    setAfter(m_rows.empty() ? std::string() : m_rows.back().place);
}

void ConversationModel::setAfter(std::string after) {
    m_after = std::move(after);
    emit endChanged();
}

void ConversationModel::refresh() {
    if (!m_conversation || m_opening) {
        return;
    }
    if (m_refreshing) {
        m_refreshAgain = true;
        return;
    }
    m_refreshing = true;
    // At the end: as much of it as is loaded, and what is new. Elsewhere: what is loaded.
    const bool toEnd = m_rows.empty() || (m_following && !hasNewer());
    const std::size_t limit = std::min(m_rows.size(), kMost) + kPage;
    whenDone(m_core.read([key = *m_conversation, toEnd, limit,
                          from = m_rows.empty() ? std::string() : m_rows.front().place,
                          to = m_rows.empty() ? std::string() : m_rows.back().place](core::Reader& reader) {
        return toEnd ? reader.history(key, {}, core::PageDirection::Older, limit)
                     : reader.historyBetween(key, from, to, limit);
    }),
             this, [this, toEnd, life = m_life](core::Result<core::MessagePage> page) {
                 if (life != m_life) {
                     return;
                 }
                 m_refreshing = false;
                 if (page) {
                     merge(std::move(*page), toEnd);
                 } else {
                     emit failed(page.error());
                 }
                 if (std::exchange(m_refreshAgain, false)) {
                     refresh();
                 }
             });
}

/// The page is what stands from its first message on. Rows above it stay, if it begins inside of what is
/// loaded because so much has come.
void ConversationModel::merge(core::MessagePage page, bool toEnd) {
    std::string after = page.after;
    std::string before = page.before;
    std::vector<Row> fresh = rowsOf(std::move(page));
    const int overlap = toEnd && !fresh.empty() ? rowOf(fresh.front().message.key) : 0;
    const std::size_t kept = overlap > 0 ? static_cast<std::size_t>(overlap) : 0;
    if (kept == 0) {
        m_before = std::move(before);
    }
    // What differs lies between two ends that are the same.
    const auto sameKey = [](const Row& a, const Row& b) { return a.message.key == b.message.key; };
    std::size_t head = 0;
    while (kept + head < m_rows.size() && head < fresh.size() && sameKey(m_rows[kept + head], fresh[head])) {
        ++head;
    }
    std::size_t tail = 0;
    while (kept + head + tail < m_rows.size() && head + tail < fresh.size() &&
           sameKey(m_rows[m_rows.size() - 1 - tail], fresh[fresh.size() - 1 - tail])) {
        ++tail;
    }
    const auto from = static_cast<int>(kept + head);
    const int gone = rowCount() - static_cast<int>(tail) - from;
    if (gone > 0) {
        beginRemoveRows({}, from, from + gone - 1);
        m_rows.erase(m_rows.begin() + from, m_rows.begin() + from + gone);
        endRemoveRows();
    }
    const auto come = static_cast<int>(fresh.size() - head - tail);
    if (come > 0) {
        for (std::size_t i = head; i < fresh.size() - tail; ++i) {
            fresh[i].version = ++m_lastVersion;
        }
        beginInsertRows({}, from, from + come - 1);
        m_rows.insert(m_rows.begin() + from, fresh.begin() + static_cast<std::ptrdiff_t>(head),
                      fresh.end() - static_cast<std::ptrdiff_t>(tail));
        endInsertRows();
    }
    const std::size_t base = m_rows.size() - fresh.size();
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        Row& shown = m_rows[base + i];
        shown.place = fresh[i].place;
        shown.message.unread = fresh[i].message.unread;
        if (!isSame(shown.message, fresh[i].message)) {
            shown.message = std::move(fresh[i].message);
            shown.day = fresh[i].day;
            shown.version = ++m_lastVersion;
            emit dataChanged(index(static_cast<int>(base + i)), index(static_cast<int>(base + i)));
        }
    }
    if (from > 0 && (gone > 0 || come > 0)) {
        const int next = from + std::max(come, 0);
        if (next < rowCount()) {
            emit dataChanged(index(next), index(next));
        }
    }
    if (after != m_after || come > 0 || gone > 0) {
        setAfter(std::move(after));
    }
    // Nobody looks at what is far above the end.
    if (m_following && !hasNewer() && m_rows.size() > kMost) {
        dropFirst(static_cast<int>(m_rows.size() - kTail));
    }
}

} // namespace sotto::app

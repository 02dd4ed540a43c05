// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/conversation_list_model.h"

#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/when_done.h"

#include <QDateTime>
#include <algorithm>
#include <tuple>

namespace sotto::app {
namespace {

constexpr std::size_t kTouchedAtOnce = 50;

core::ListPart partOf(const core::ConversationEntry& entry) {
    switch (entry.standing) {
    case core::Standing::Accepted:
        return entry.isArchived ? core::ListPart::Archive : core::ListPart::Main;
    case core::Standing::Request:
        return core::ListPart::Requests;
    case core::Standing::Blocked:
        return core::ListPart::Blocked;
    }
    return core::ListPart::Main;
}

/// The order of the list, as its pages have it: pinned ones, then newest first.
bool standsBefore(const core::ConversationEntry& a, const core::ConversationEntry& b) {
    return std::tuple(a.isPinned, a.newestAt, a.key) > std::tuple(b.isPinned, b.newestAt, b.key);
}

} // namespace

ConversationListModel::ConversationListModel(CoreThread& core, QObject* parent)
    : QAbstractListModel(parent)
    , m_core(core) {}

void ConversationListModel::clear() {
    beginResetModel();
    ++m_life;
    m_entries.clear();
    m_next.clear();
    m_touched.clear();
    m_typing.clear();
    m_loaded = m_fetching = m_reading = false;
    endResetModel();
}

void ConversationListModel::reload(core::ListPart part) {
    clear();
    m_part = part;
    fetchMore({});
}

int ConversationListModel::rowOf(core::ConversationKey conversation) const {
    const auto found = std::ranges::find(m_entries, conversation, &core::ConversationEntry::key);
    return found == m_entries.end() ? -1 : static_cast<int>(found - m_entries.begin());
}

int ConversationListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

QVariant ConversationListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const core::ConversationEntry& shown = entry(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case TitleRole:
        return shownName(shown.title);
    case PreviewRole:
        return m_typing.contains(shown.key) ? tr("is typing…")
               : shown.draft.empty()        ? shownLine(shown.preview)
                                            : shownLine(shown.draft);
    case LeadRole:
        return shown.draft.empty() || m_typing.contains(shown.key) ? QString() : tr("Draft:");
    case IsTypingRole:
        return m_typing.contains(shown.key);
    case IsPinnedRole:
        return shown.isPinned;
    case IsMutedRole:
        return shown.mutedUntil > QDateTime::currentMSecsSinceEpoch();
    case TimeRole:
        return listTime(shown.newestAt, QDate::currentDate());
    case IdentityRole:
        return shown.members.empty() ? QByteArray() : QByteArray::fromStdString(shown.members.front().hex());
    case UnreadRole:
        return static_cast<qlonglong>(shown.unread);
    case Qt::AccessibleTextRole: {
        const QString unread =
            shown.unread > 0 ? tr("%n unread", nullptr, static_cast<int>(shown.unread)) : QString();
        const auto flag = [&](int is, const QString& words) {
            return data(index, is).toBool() ? words : QString();
        };
        QStringList parts{shownName(shown.title),
                          flag(IsPinnedRole, tr("pinned")),
                          flag(IsMutedRole, tr("muted")),
                          unread,
                          data(index, LeadRole).toString() + data(index, PreviewRole).toString(),
                          listTime(shown.newestAt, QDate::currentDate())};
        parts.removeAll(QString());
        return parts.join(QStringLiteral(", "));
    }
    default:
        return {};
    }
}

bool ConversationListModel::canFetchMore(const QModelIndex& parent) const {
    return !parent.isValid() && m_loaded && !m_fetching && !m_next.empty();
}

void ConversationListModel::fetchMore(const QModelIndex& parent) {
    if (parent.isValid() || m_fetching || (m_loaded && m_next.empty())) {
        return;
    }
    m_fetching = true;
    whenDone(m_core.read([cursor = m_next, part = m_part](core::Reader& reader) {
        return reader.conversationPage(cursor, kPage, part);
    }),
             this, [this, life = m_life](const core::Result<core::ConversationPage>& page) {
                 if (life != m_life) {
                     return;
                 }
                 m_fetching = false;
                 if (page) {
                     append(*page);
                 } else {
                     emit failed(page.error());
                 }
             });
}

void ConversationListModel::append(const core::ConversationPage& page) {
    std::vector<core::ConversationEntry> fresh;
    std::ranges::copy_if(page.entries, std::back_inserter(fresh),
                         [&](const core::ConversationEntry& entry) { return rowOf(entry.key) < 0; });
    m_next = page.next;
    if (!fresh.empty()) {
        const int first = rowCount();
        beginInsertRows({}, first, first + static_cast<int>(fresh.size()) - 1);
        std::ranges::move(fresh, std::back_inserter(m_entries));
        endInsertRows();
    }
    if (!m_loaded) {
        m_loaded = true;
        emit loaded();
    }
}

void ConversationListModel::touch(core::ConversationKey conversation) {
    m_touched.insert(conversation);
    readTouched();
}

void ConversationListModel::setTyping(core::ConversationKey conversation, bool isTyping) {
    const bool differs = isTyping ? m_typing.insert(conversation).second : m_typing.erase(conversation) > 0;
    if (const int row = rowOf(conversation); differs && row >= 0) {
        emit dataChanged(index(row), index(row));
    }
}

void ConversationListModel::readTouched() {
    if (m_reading || m_touched.empty()) {
        return;
    }
    m_reading = true;
    std::vector<core::ConversationKey> keys;
    while (keys.size() < kTouchedAtOnce && !m_touched.empty()) {
        keys.push_back(m_touched.extract(m_touched.begin()).value());
    }
    whenDone(m_core.read([keys](core::Reader& reader) {
        std::vector<core::ConversationEntry> entries;
        for (const core::ConversationKey key : keys) {
            if (auto entry = reader.conversation(key)) {
                entries.push_back(std::move(*entry));
            }
        }
        return entries;
    }),
             this, [this, life = m_life](const std::vector<core::ConversationEntry>& entries) {
                 if (life != m_life) {
                     return;
                 }
                 m_reading = false;
                 for (const core::ConversationEntry& entry : entries) {
                     place(entry);
                 }
                 readTouched();
             });
}

void ConversationListModel::place(const core::ConversationEntry& entry) {
    const int from = rowOf(entry.key);
    if (partOf(entry) != m_part) {
        if (from >= 0) {
            beginRemoveRows({}, from, from);
            m_entries.erase(m_entries.begin() + from);
            endRemoveRows();
        }
        return;
    }
    auto others = m_entries;
    std::erase_if(others, [&](const core::ConversationEntry& other) { return other.key == entry.key; });
    const int to = static_cast<int>(std::ranges::lower_bound(others, entry, standsBefore) - others.begin());
    if (from < 0) {
        if (to == rowCount() && !m_next.empty()) {
            return; // on a page that nobody has asked for yet
        }
        beginInsertRows({}, to, to);
        m_entries.insert(m_entries.begin() + to, entry);
        endInsertRows();
        return;
    }
    if (from != to) {
        // Qt counts the row that moves as still standing where it was.
        beginMoveRows({}, from, from, {}, to > from ? to + 1 : to);
        m_entries = std::move(others);
        m_entries.insert(m_entries.begin() + to, entry);
        endMoveRows();
    } else {
        m_entries[static_cast<std::size_t>(from)] = entry;
    }
    emit dataChanged(index(to), index(to));
}

} // namespace sotto::app

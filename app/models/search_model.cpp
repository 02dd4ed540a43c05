// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/search_model.h"

#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/models/list_role.h"
#include "app/when_done.h"
#include "core/types/conversation_text.h"

namespace sotto::app {
namespace {

constexpr int kLead = 24; ///< of the snippet, before what was found: so that it is in view

} // namespace

SearchModel::SearchModel(CoreThread& core, QObject* parent)
    : QAbstractListModel(parent)
    , m_core(core) {}

void SearchModel::search(const QString& typed, std::optional<core::ConversationKey> in) {
    ++m_number;
    m_waiting.reset();
    m_next.clear();
    if (typed.trimmed().isEmpty()) {
        beginResetModel();
        m_hits.clear();
        endResetModel();
        return;
    }
    m_request = {};
    m_request.text = typed.toStdString();
    if (in) {
        m_request.text += " in:" + core::conversationText(*in);
    }
    m_request.limit = kPage;
    m_request.dayBegins = &dayBegins;
    ask({m_request, m_number});
}

void SearchModel::ask(Question question) {
    if (m_asking) {
        m_waiting = std::move(question);
        return;
    }
    m_asking = true;
    whenDone(
        m_core.read([request = question.request](core::Reader& reader) { return find(reader, request); }),
        this, [this, question](Answer answer) { take(question, std::move(answer)); });
}

SearchModel::Answer SearchModel::find(core::Reader& reader, const core::SearchRequest& request) {
    Answer answer{reader.search(request), {}};
    if (answer.page) {
        for (core::SearchHit& hit : answer.page->hits) {
            answer.shown.push_back(shownOf(reader, std::move(hit)));
        }
        answer.page->hits.clear();
    }
    return answer;
}

/// Its line begins near the first mark. Marks are bytes of the text; each part is made safe on its own, so
/// that they stand where they belong in what is shown.
SearchModel::Shown SearchModel::shownOf(core::Reader& reader, core::SearchHit hit) {
    Shown shown;
    const std::string_view text = hit.message.text;
    std::size_t at = hit.snippet.begin;
    if (!hit.marks.empty() && hit.marks.front().begin > at + kLead) {
        at = text.rfind(' ', hit.marks.front().begin - kLead / 2);
        at = at == std::string_view::npos || at < hit.snippet.begin ? hit.marks.front().begin : at + 1;
    }
    if (at > 0) {
        shown.line = QStringLiteral("\u2026");
    }
    const auto put = [&](std::size_t end) {
        const std::string_view part = text.substr(at, end - at);
        QString safe = shownText(part, kLine).text;
        // One line is made without spaces at its ends, but parts of it need them.
        if (!part.empty() && (part.front() == ' ' || part.front() == '\n')) {
            safe.prepend(QLatin1Char(' '));
        }
        if (part.size() > 1 && (part.back() == ' ' || part.back() == '\n')) {
            safe.append(QLatin1Char(' '));
        }
        shown.line += safe;
        at = end;
    };
    for (const core::TextRange& mark : hit.marks) {
        if (mark.begin < at || mark.end > std::max(hit.snippet.end, at)) {
            continue;
        }
        put(mark.begin);
        const auto begin = static_cast<int>(shown.line.size());
        put(mark.end);
        shown.marks.append(QPoint(begin, static_cast<int>(shown.line.size())));
    }
    if (at < hit.snippet.end) {
        put(hit.snippet.end);
    }
    if (const auto entry = reader.conversation(hit.message.conversation)) {
        shown.title = entry->title;
        shown.identity =
            entry->members.empty() ? QByteArray() : QByteArray::fromStdString(entry->members.front().hex());
    }
    shown.hit = std::move(hit);
    return shown;
}

void SearchModel::take(const Question& question, Answer answer) {
    m_asking = false;
    if (m_waiting) {
        ask(*std::exchange(m_waiting, std::nullopt));
        return;
    }
    if (question.number != m_number) {
        return;
    }
    const bool first = question.request.cursor.empty();
    if (first) {
        beginResetModel();
        m_hits = std::move(answer.shown);
        endResetModel();
    } else if (!answer.shown.empty()) {
        beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(answer.shown.size()) - 1);
        std::ranges::move(answer.shown, std::back_inserter(m_hits));
        endInsertRows();
    }
    if (!answer.page) {
        emit answered(failureWords(answer.page.error()));
        return;
    }
    m_next = answer.page->next;
    QString sentence;
    if (m_hits.empty()) {
        sentence = m_next.empty() ? tr("Nothing found.") : tr("Nothing found in the newest messages yet.");
    } else if (m_next.empty() && !answer.page->complete && !answer.page->holes.empty()) {
        sentence = tr("Some messages are missing or cannot be read, so there may be more.");
    }
    emit answered(sentence);
    if (m_hits.empty() && !m_next.empty()) {
        fetchMore({});
    }
}

int SearchModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_hits.size());
}

QVariant SearchModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const Shown& shown = m_hits[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
    case TitleRole:
        return shownName(shown.title);
    case PreviewRole:
        return shown.line;
    case TimeRole:
        return listTime(timeOf(shown.hit.message), QDate::currentDate());
    case IdentityRole:
        return shown.identity;
    case MarksRole:
        return QVariant::fromValue(shown.marks);
    case Qt::AccessibleTextRole:
        return tr("%1, %2: %3").arg(shownName(shown.title), exactTime(timeOf(shown.hit.message)), shown.line);
    default:
        return {};
    }
}

bool SearchModel::canFetchMore(const QModelIndex& parent) const {
    return !parent.isValid() && !m_asking && !m_next.empty();
}

void SearchModel::fetchMore(const QModelIndex& parent) {
    if (canFetchMore(parent)) {
        core::SearchRequest request = m_request;
        request.cursor = std::exchange(m_next, std::string());
        ask({std::move(request), m_number});
    }
}

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
// search
#include "core/rpc/method_table.h"
#include "core/rpc/objects.h"
#include "core/rpc/params.h"

#include <ctime>

namespace sotto::rpc {

namespace {

std::int64_t localDay(int year, unsigned month, unsigned day) {
    std::tm time{};
    time.tm_year = year - 1900;
    time.tm_mon = static_cast<int>(month) - 1;
    time.tm_mday = static_cast<int>(day);
    time.tm_isdst = -1;
    return static_cast<std::int64_t>(std::mktime(&time)) * 1000;
}

const char* nameOf(core::SearchHole::Kind kind) {
    switch (kind) {
    case core::SearchHole::Kind::Placeholders:
        return "placeholders";
    case core::SearchHole::Kind::Gap:
        return "gap";
    case core::SearchHole::Kind::Refused:
        return "refused";
    case core::SearchHole::Kind::Unsearched:
        return "unsearched";
    }
    return "unsearched";
}

QJsonObject hitObject(const core::SearchHit& hit) {
    const QJsonObject message = messageObject(hit.message);
    QJsonObject object = objectOf("hit", messageIdText(hit.message.id), message["ts"].toInteger());
    object["message"] = message;
    object["snippet"] = QString::fromStdString(
        hit.message.text.substr(hit.snippet.begin, hit.snippet.end - hit.snippet.begin));
    object["snippet_begin"] = static_cast<qint64>(hit.snippet.begin);
    QJsonArray marks;
    for (const core::TextRange& mark : hit.marks) {
        marks.append(QJsonArray{static_cast<qint64>(mark.begin), static_cast<qint64>(mark.end)});
    }
    object["marks"] = marks;
    object["approximate"] = hit.approximate;
    return object;
}

void search(Session& session, const QJsonObject& params, Reply reply) {
    const qint64 limit = params.contains("limit") ? params["limit"].toInteger() : 20;
    if (limit < 1 || limit > static_cast<qint64>(core::kMostSearchHits)) {
        reply(fail(Exit::Usage, "bad_params",
                   "search shows 1 to " + std::to_string(core::kMostSearchHits) + " messages at once"));
        return;
    }
    const QString order = params.contains("order") ? params["order"].toString() : QStringLiteral("newest");
    if (order != "newest" && order != "relevance") {
        reply(fail(Exit::Usage, "bad_params", "--order takes newest or relevance"));
        return;
    }
    core::SearchRequest request;
    request.text = textParam(params, "query");
    request.cursor = textParam(params, "after");
    request.limit = static_cast<std::size_t>(limit);
    request.order = order == "relevance" ? core::SearchOrder::Relevance : core::SearchOrder::Newest;
    request.dayBegins = localDay;
    const auto page = session.client().search(request);
    if (!page) {
        reply(tl::unexpected(errorOf(page.error())));
        return;
    }
    QJsonObject result = objectOf("search", "search", session.owner().now());
    QJsonArray items;
    for (const core::SearchHit& hit : page->hits) {
        items.append(hitObject(hit));
    }
    result["items"] = items;
    result["next"] = QString::fromStdString(page->next);
    result["complete"] = page->complete;
    QJsonArray holes;
    for (const core::SearchHole& hole : page->holes) {
        QJsonObject object{{"kind", nameOf(hole.kind)}, {"messages", static_cast<qint64>(hole.messages)}};
        if (hole.conversation) {
            object["conversation"] = QString::fromStdString(conversationText(*hole.conversation));
        }
        holes.append(object);
    }
    result["holes"] = holes;
    result["indexed_from"] = QString::number(page->firstIndexed);
    result["indexed_to"] = QString::number(page->lastIndexed);
    result["unindexed"] = static_cast<qint64>(page->unindexed);
    reply(result);
}

} // namespace

std::vector<Method> searchMethods() {
    return {
        {"search",
         "A page of the messages that match, newest first, with what could not be searched.",
         {{"query", Kind::Text, true, "words, \"phrases\", -not, and operators; at most 1,000 bytes"},
          {"after", Kind::Text, false, "a page's next"},
          {"limit", Kind::Integer, false, "1 to 100, default 20"},
          {"order", Kind::Text, false, "newest (default), or relevance among the newest 1,000 that match"}},
         "search",
         search},
    };
}

} // namespace sotto::rpc

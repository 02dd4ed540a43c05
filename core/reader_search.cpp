// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/content.h"
#include "core/reader_private.h"
#include "core/types/conversation_text.h"

#include <algorithm>

namespace sotto::core {
namespace {

Failure faultFailure(const std::string& typed, const QueryFault& fault) {
    const auto isLead = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    const auto place = std::count_if(
        typed.begin(), typed.begin() + static_cast<std::ptrdiff_t>(std::min(fault.at, typed.size())), isLead);
    return {FailureCode::Invalid,
            "Searching failed: " + fault.text + " (at character " + std::to_string(place + 1) + ").",
            {}};
}

} // namespace

Result<SearchFilter> Reader::filterOf(const SearchRequest& request) const {
    auto parsed = parseQuery(request.text);
    if (!parsed) {
        return tl::unexpected(faultFailure(request.text, parsed.error()));
    }
    SearchFilter filter;
    filter.terms = std::move(parsed->terms);
    filter.link = parsed->link;
    filter.file = parsed->file;
    filter.unread = parsed->unread;
    const auto begins = [&](const std::chrono::year_month_day& day) {
        return request.dayBegins != nullptr
                   ? request.dayBegins(static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                                       static_cast<unsigned>(day.day()))
                   : unixMilliseconds(std::chrono::sys_days(day));
    };
    if (parsed->before) {
        filter.before = begins(parsed->before->first);
    }
    if (parsed->after) {
        filter.notBefore = begins(parsed->after->end);
    }
    const auto named = [&](const QueryName& name, Failure failure) {
        failure.text = faultFailure(request.text, {name.at, failure.text}).text;
        return tl::unexpected(std::move(failure));
    };
    for (const QueryName& name : parsed->from) {
        AccountId account = m_self;
        if (name.value != "me" && name.value != "@me") {
            const auto contact = findContact(name.value);
            if (!contact) {
                return named(name, contact.error());
            }
            account = contact->account;
        }
        if (name.negated) {
            filter.notFrom.insert(account);
        } else {
            filter.from = filter.from.value_or(std::set<AccountId>());
            filter.from->insert(account);
        }
    }
    for (const QueryName& name : parsed->in) {
        auto key = conversationFrom(name.value);
        if (key) {
            if (const auto known = conversation(*key); !known) {
                return named(name, known.error());
            }
        } else {
            const auto contact = findContact(name.value);
            if (!contact) {
                return named(name, contact.error());
            }
            const auto direct =
                resultOf(db::attempt([&] {
                             return m_conversations.find(directConversationId(m_self, contact->account));
                         }),
                         "Searching");
            if (!direct) {
                return tl::unexpected(direct.error());
            }
            key = direct->value_or(ConversationKey{});
        }
        if (name.negated) {
            filter.notIn.insert(*key);
        } else {
            filter.in = filter.in.value_or(std::set<ConversationKey>());
            filter.in->insert(*key);
        }
    }
    // Strangers and the blocked are looked at only where they are named.
    if (!filter.in && !filter.from) {
        const auto apart = resultOf(db::attempt([&] { return m_conversations.apart(); }), "Searching");
        if (!apart) {
            return tl::unexpected(apart.error());
        }
        filter.notIn.insert(apart->begin(), apart->end());
    }
    return filter;
}

Result<SearchPage> Reader::search(const SearchRequest& request) {
    if (!isValidUtf8(request.text)) {
        return failure(FailureCode::Invalid, "Searching failed: the query is not valid UTF-8.");
    }
    if (!request.cursor.empty() && !Search::isCursor(request.cursor)) {
        return failure(FailureCode::Invalid, "Searching failed: that is not a cursor from an earlier page.");
    }
    const auto filter = filterOf(request);
    if (!filter) {
        return tl::unexpected(filter.error());
    }
    return read("Searching", [&] {
        return Search(m_database, m_index, m_messages)
            .page(*filter, request.cursor, std::clamp<std::size_t>(request.limit, 1, kMostSearchHits),
                  request.order);
    });
}

} // namespace sotto::core

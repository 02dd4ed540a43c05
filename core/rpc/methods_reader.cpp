// SPDX-License-Identifier: GPL-3.0-or-later
// subscribe, unsubscribe, ack, reader.*
#include "core/rpc/method_table.h"
#include "core/rpc/objects.h"
#include "core/rpc/params.h"
#include "core/rpc/subscription.h"

namespace sotto::rpc {

namespace {

QJsonObject place(const char* type, const std::string& id, core::MessageKey key, std::int64_t now) {
    QJsonObject object = objectOf(type, id, now);
    object["cursor"] = QString::fromStdString(cursorText(key));
    return object;
}

void subscribe(Session& session, const QJsonObject& params, Reply reply) {
    std::set<EventType> types;
    for (const auto& name : params["types"].toArray()) {
        const auto type = eventTypeFrom(name.toString());
        if (!type) {
            reply(fail(Exit::Usage, "bad_params",
                       "there is no event type '" + name.toString().left(40).toStdString() +
                           "': use message, sent, state, change, conversation, typing, presence, contact, "
                           "key_change, alarm, "
                           "link or caught_up"));
            return;
        }
        types.insert(*type);
    }
    if (types.empty()) {
        types = {EventType::Message};
    }
    const std::string reader = textParam(params, "as");
    core::MessageKey after{};
    if (const std::string since = textParam(params, "since"); since == "now") {
        after = session.client().newestKey();
    } else if (!since.empty() && since != "start") {
        const auto key = cursorFrom(since);
        if (!key) {
            reply(fail(Exit::Usage, "bad_cursor", "--since takes a message's cursor, 'start' or 'now'"));
            return;
        }
        after = *key;
    } else if (since.empty() && !reader.empty()) {
        after = session.client().readerPosition(reader).value_or(core::MessageKey{});
    }
    const std::string ack = textParam(params, "ack");
    if (!ack.empty() && ack != "auto" && ack != "manual") {
        reply(fail(Exit::Usage, "bad_params", "--ack takes auto or manual"));
        return;
    }
    const Subscription& added = session.addSubscription(std::make_unique<Subscription>(
        session, session.nextSubscriptionId(), reader,
        ack == "manual" ? Subscription::Keep::Nothing : Subscription::Keep::Place, after, std::move(types)));
    reply(place("subscription", added.id().toStdString(), after, session.owner().now()));
}

void unsubscribe(Session& session, const QJsonObject& params, Reply reply) {
    session.removeSubscription(params["subscription"].toString());
    reply(QJsonObject{});
}

void ack(Session& session, const QJsonObject& params, Reply reply) {
    Subscription* subscription = session.subscription(params["subscription"].toString());
    const auto upTo = cursorFrom(textParam(params, "cursor"));
    if (subscription == nullptr || !upTo) {
        reply(fail(Exit::Usage, "bad_params",
                   "ack takes a subscription of this connection and a message's cursor"));
        return;
    }
    if (const auto done = subscription->acknowledge(*upTo); !done) {
        reply(tl::unexpected(done.error()));
        return;
    }
    reply(QJsonObject{});
}

void readerSet(Session& session, const QJsonObject& params, Reply reply) {
    const auto cursor = cursorFrom(textParam(params, "cursor"));
    if (!cursor || *cursor > session.client().newestKey()) {
        reply(fail(Exit::Usage, "bad_cursor", "this is no cursor of a message in this profile"));
        return;
    }
    const std::string reader = textParam(params, "as");
    if (const auto stored = session.client().setReaderPosition(reader, *cursor); !stored) {
        reply(tl::unexpected(errorOf(stored.error())));
        return;
    }
    reply(place("reader", reader, *cursor, session.owner().now()));
}

} // namespace

std::vector<Method> readerMethods() {
    return {
        {"subscribe",
         "Begins a stream of events: notifications named 'event' with {subscription, event}.",
         {{"as", Kind::Text, false, "name of a durable reader: goes on where it stopped"},
          {"since", Kind::Text, false,
           "a message's cursor, start or now, instead of where the reader stopped"},
          {"types", Kind::TextList, false,
           "message (default), sent, state, change, conversation, typing, presence, contact, key_change, "
           "alarm, link, "
           "caught_up"},
          {"ack", Kind::Text, false, "auto (default): ack moves the reader; manual: only reader.set does"}},
         "subscription",
         subscribe},
        {"unsubscribe",
         "Ends a stream.",
         {{"subscription", Kind::Text, true, "its id"}},
         "none",
         unsubscribe},
        {"ack",
         "Everything of a stream up to this message is dealt with. At most 256 are handed out without.",
         {{"subscription", Kind::Text, true, "its id"}, {"cursor", Kind::Text, true, "of the message"}},
         "none",
         ack},
        {"reader.set",
         "Moves a named reader.",
         {{"as", Kind::Text, true, "the reader's name"},
          {"cursor", Kind::Text, true, "of the last message dealt with"}},
         "reader",
         readerSet},
    };
}

} // namespace sotto::rpc

// SPDX-License-Identifier: GPL-3.0-or-later
// contact.*, conv.*
#include "core/rpc/method_table.h"
#include "core/rpc/objects.h"
#include "core/rpc/params.h"
#include "core/rpc/target.h"

#include <QPointer>

namespace sotto::rpc {

namespace {

Result<QJsonObject> shown(Session& session, const core::Result<core::Contact>& contact) {
    if (!contact) {
        return tl::unexpected(errorOf(contact.error()));
    }
    return contactObject(*contact, session.owner().now());
}

/// The same with both safety numbers, where a changed key is why it was not added.
Result<QJsonObject> added(Session& session, const std::string& name,
                          const core::Result<core::Contact>& contact) {
    if (!contact && contact.error().code == core::FailureCode::NotTrusted) {
        const auto known = session.client().findContact(name);
        if (const auto changed = known ? keyChangeOf(session.client(), *known) : std::nullopt) {
            return tl::unexpected(*changed);
        }
    }
    return shown(session, contact);
}

void contactAdd(Session& session, const QJsonObject& params, Reply reply) {
    const std::string who = textParam(params, "who");
    if (who.find("://") != std::string::npos) {
        const auto link = wire::parseContactLink(who);
        if (!link) {
            reply(fail(Exit::Usage, "bad_link",
                       link.error() == wire::LinkError::WrongKind
                           ? "this is a join link for a relay, not somebody's contact link: it is for `sotto "
                             "account "
                             "new --link`"
                           : "this is no contact link: ask for what `sotto account show --link` prints"));
            return;
        }
        reply(shown(session, session.client().addContact(*link)));
        return;
    }
    session.owner().goOnline();
    // The client answers from inside a call from its edge.
    QObject* context = session.context();
    const auto guard = std::make_shared<QPointer<QObject>>(context);
    const std::string name = who.starts_with('@') ? who.substr(1) : who;
    session.client().addContact(
        name,
        [&session, guard, name, reply = std::move(reply)](const core::Result<core::Contact>& contact) {
            if (guard->isNull()) {
                return;
            }
            QMetaObject::invokeMethod(
                guard->data(), [&session, name, reply, contact] { reply(added(session, name, contact)); },
                Qt::QueuedConnection);
        },
        timeoutParam(params));
}

void contactList(Session& session, const QJsonObject&, Reply reply) {
    QJsonArray items;
    for (const core::Contact& contact : session.client().contacts()) {
        items.append(contactObject(contact, session.owner().now()));
    }
    reply(QJsonObject{{"items", items}});
}

/// Without digits: shows the number to compare. With digits: marks as verified if they are it.
void contactVerify(Session& session, const QJsonObject& params, Reply reply) {
    const auto contact = session.client().findContact(textParam(params, "who"));
    if (!contact) {
        reply(tl::unexpected(errorOf(contact.error())));
        return;
    }
    auto result = params.contains("number")
                      ? shown(session, session.client().verify(contact->key, textParam(params, "number")))
                      : shown(session, contact);
    const auto digits = session.client().safetyNumber(contact->key);
    if (result && digits) {
        QString grouped = QString::fromStdString(*digits).remove(' ');
        for (qsizetype at = grouped.size() - 5; at > 0; at -= 5) {
            grouped.insert(at, ' ');
        }
        (*result)["safety_number"] = grouped;
    }
    reply(result);
}

void contactTrust(Session& session, const QJsonObject& params, Reply reply) {
    const auto contact = session.client().findContact(textParam(params, "who"));
    if (!contact) {
        reply(tl::unexpected(errorOf(contact.error())));
        return;
    }
    reply(shown(session, session.client().acceptKey(contact->key)));
}

void contactAccept(Session& session, const QJsonObject& params, Reply reply) {
    const auto contact = session.client().findContact(textParam(params, "who"));
    reply(contact ? shown(session, session.client().accept(contact->key))
                  : tl::unexpected(errorOf(contact.error())));
}

void contactBlock(Session& session, const QJsonObject& params, Reply reply) {
    const auto contact = session.client().findContact(textParam(params, "who"));
    reply(contact ? shown(session, session.client().block(contact->key))
                  : tl::unexpected(errorOf(contact.error())));
}

void convRead(Session& session, const QJsonObject& params, Reply reply) {
    const auto conversation = conversationOf(session.client(), textParam(params, "target"));
    const auto upTo = cursorFrom(textParam(params, "cursor"));
    if (!conversation) {
        reply(tl::unexpected(conversation.error()));
        return;
    }
    if (!upTo) {
        reply(fail(Exit::Usage, "bad_cursor", "this is no cursor of a message"));
        return;
    }
    if (const auto done = session.client().markRead(*conversation, *upTo); !done) {
        reply(tl::unexpected(errorOf(done.error())));
        return;
    }
    reply(QJsonObject{});
}

} // namespace

std::vector<Method> contactMethods() {
    return {
        {"contact.add",
         "Adds somebody by name (trust on first use) or by contact link (verified by the key in it).",
         {{"who", Kind::Text, true, "name or contact link"},
          {"timeout_ms", Kind::Integer, false, "for a name; default 30000"}},
         "contact",
         contactAdd},
        {"contact.list", "All contacts.", {}, "items", contactList},
        {"contact.verify",
         "The safety number; with digits: marks the contact as verified if they are it.",
         {{"who", Kind::Text, true, "name or account key"}, {"number", Kind::Text, false, "60 digits"}},
         "contact",
         contactVerify},
        {"contact.trust",
         "Accepts a changed account key: held mail goes out to it.",
         {{"who", Kind::Text, true, "name or account key"}},
         "contact",
         contactTrust},
        {"contact.accept",
         "Somebody who wrote first hears from now on what contacts hear; ends a block.",
         {{"who", Kind::Text, true, "name or account key"}},
         "contact",
         contactAccept},
        {"contact.block",
         "Takes nothing of them any more, and tells them nothing.",
         {{"who", Kind::Text, true, "name or account key"}},
         "contact",
         contactBlock},
        {"conv.read",
         "Marks everything up to a message as read and says so to its sender.",
         {{"target", Kind::Text, true, "@name or c:ID"}, {"cursor", Kind::Text, true, "of the message"}},
         "none",
         convRead},
    };
}

} // namespace sotto::rpc

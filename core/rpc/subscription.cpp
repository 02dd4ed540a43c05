// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/subscription.h"

#include "core/rpc/objects.h"

namespace sotto::rpc {

namespace {

constexpr std::size_t kBatch = 64;

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

} // namespace

std::optional<EventType> eventTypeFrom(const QString& name) {
    static const std::map<QString, EventType> kNames = {
        {"message", EventType::Message},
        {"sent", EventType::Sent},
        {"state", EventType::State},
        {"change", EventType::Change},
        {"conversation", EventType::Conversation},
        {"typing", EventType::Typing},
        {"presence", EventType::Presence},
        {"contact", EventType::Contact},
        {"key_change", EventType::KeyChange},
        {"alarm", EventType::Alarm},
        {"link", EventType::Link},
        {"caught_up", EventType::CaughtUp},
    };
    const auto found = kNames.find(name);
    return found == kNames.end() ? std::nullopt : std::optional(found->second);
}

Subscription::Subscription(Session& session, QString id, std::string reader, Keep keep,
                           core::MessageKey after, std::set<EventType> types)
    : m_session(session)
    , m_id(std::move(id))
    , m_reader(std::move(reader))
    , m_keep(keep)
    , m_scanned(after)
    , m_types(std::move(types)) {
    session.owner().listen(&m_context, [this](const core::Event& event) { onEvent(event); });
    if (m_types.contains(EventType::Link)) {
        // How it stands now; from here on only changes are news.
        QMetaObject::invokeMethod(
            &m_context,
            [this] {
                const core::LinkView link = m_session.client().link();
                give(linkObject(link.state, link.reason, m_session.owner().now()));
            },
            Qt::QueuedConnection);
    }
    pump();
}

void Subscription::pump() {
    if (!m_pumping) {
        m_pumping = true;
        QMetaObject::invokeMethod(
            &m_context,
            [this] {
                m_pumping = false;
                pumpNow();
            },
            Qt::QueuedConnection);
    }
}

void Subscription::pumpNow() {
    if (m_open.size() >= kWindow) {
        return;
    }
    const auto messages = m_session.client().storedAfter(m_scanned, kBatch);
    for (const core::Message& message : messages) {
        m_scanned = message.key;
        if (wants(message)) {
            m_open.push_back(message.key);
            give(messageObject(message));
        }
    }
    if (messages.size() == kBatch) {
        m_saidCaughtUp = false;
        pump();
    } else if (!m_saidCaughtUp && m_types.contains(EventType::CaughtUp)) {
        m_saidCaughtUp = true;
        give(objectOf("caught_up", "caught_up", m_session.owner().now()));
    }
}

bool Subscription::wants(const core::Message& message) const {
    return message.kind != core::MessageKind::Expired &&
           m_types.contains(message.outgoing ? EventType::Sent : EventType::Message);
}

Result<void> Subscription::acknowledge(core::MessageKey upTo) {
    const bool wasFull = m_open.size() >= kWindow;
    std::optional<core::MessageKey> last;
    while (!m_open.empty() && m_open.front() <= upTo) {
        last = m_open.front();
        m_open.pop_front();
    }
    if (wasFull) {
        pump();
    }
    if (!last || m_reader.empty() || m_keep == Keep::Nothing) {
        return {};
    }
    // With nothing open the reader need not look again at what it did not want.
    const auto stored = m_session.client().setReaderPosition(m_reader, m_open.empty() ? m_scanned : *last);
    if (!stored) {
        return tl::unexpected(errorOf(stored.error()));
    }
    return {};
}

void Subscription::onEvent(const core::Event& event) {
    const std::int64_t now = m_session.owner().now();
    const auto wanted = [this](EventType type) { return m_types.contains(type); };
    std::visit(Overloaded{
                   [&](const core::MessageAdded&) { pump(); },
                   [&](const core::MessageChanged& changed) {
                       if (changed.isAmended || changed.message.kind == core::MessageKind::Expired) {
                           if (wanted(EventType::Change)) {
                               give(changeObject(changed.message, now));
                           }
                       } else if (changed.message.outgoing) {
                           if (wanted(EventType::State)) {
                               give(stateObject(changed.message, now));
                           }
                       } else if (wanted(EventType::State) ||
                                  (wants(changed.message) && changed.message.key <= m_scanned &&
                                   changed.message.unread)) {
                           // A placeholder that became readable after this reader had passed it.
                           give(messageObject(changed.message));
                       }
                   },
                   [&](const core::MessageRemoved&) {}, // what was printed stays printed
                   [&](const core::ConversationChanged& changed) {
                       const auto entry = wanted(EventType::Conversation)
                                              ? m_session.client().conversation(changed.conversation)
                                              : core::failure(core::FailureCode::NotFound, "");
                       if (entry) {
                           give(conversationObject(*entry));
                       }
                   },
                   [&](const core::TypingChanged& typing) {
                       if (wanted(EventType::Typing)) {
                           QJsonObject object =
                               objectOf("typing", conversationText(typing.conversation), now);
                           object["account"] = QString::fromStdString(typing.account.hex());
                           object["typing"] = typing.isTyping;
                           give(object);
                       }
                   },
                   [&](const core::PresenceChanged& presence) {
                       if (wanted(EventType::Presence)) {
                           give(presenceObject(presence.conversation, presence.account, presence.now, now));
                       }
                   },
                   [&](const core::LinkChanged& link) {
                       if (wanted(EventType::Link)) {
                           give(linkObject(link.state, link.reason, now));
                       }
                   },
                   [&](const core::AccountRegistered&) {},
                   [&](const core::RegistrationRefused&) {},
                   [&](const core::ContactChanged& contact) {
                       if (wanted(EventType::Contact)) {
                           give(contactObject(contact.contact, now));
                       }
                   },
                   [&](const core::KeyChanged& change) {
                       if (wanted(EventType::KeyChange)) {
                           QJsonObject object =
                               objectOf("key_change", "acct_" + change.contact.account.hex(), now);
                           object["name"] = QString::fromStdString(change.contact.name);
                           object["account"] = QString::fromStdString(change.contact.account.hex());
                           object["changed_to"] = QString::fromStdString(
                               change.contact.changedTo.value_or(change.contact.account).hex());
                           give(object);
                       }
                   },
                   [&](const core::Alarm& alarm) {
                       if (wanted(EventType::Alarm)) {
                           QJsonObject object = objectOf("alarm", "alarm", now);
                           object["text"] = QString::fromStdString(alarm.text);
                           give(object);
                       }
                   },
               },
               event);
}

} // namespace sotto::rpc

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/reoffer.h"

#include "core/messaging/content.h"

namespace sotto::core {
namespace {

struct Stored {
    SendKey send{};
    ConversationKey conversation{};
    std::optional<MessageKey> message;
    std::optional<OwnAmendmentKey> amendment;
    MailClass mailClass = MailClass::Durable;
};

std::vector<Stored> storedSince(LocalDevice& device, WallTime since) {
    std::vector<Stored> sends;
    for (auto rows = device.database.query(
             "SELECT s.id, s.message, s.class, s.content, m.conversation, m.state, s.amendment, "
             "w.conversation FROM send_name n "
             "JOIN send s ON s.id = n.send LEFT JOIN message m ON m.id = s.message "
             "LEFT JOIN own_amendment w ON w.id = s.amendment WHERE n.made_at >= ? AND "
             "NOT EXISTS "
             "(SELECT 1 FROM outbox o WHERE o.send = s.id OR o.message = s.message OR o.amendment = "
             "s.amendment) ORDER BY s.id",
             unixMilliseconds(since));
         rows.next();) {
        Stored stored{rows.as<SendKey>(0), {}, {}, {}, rows.as<MailClass>(2)};
        if (!rows.isNull(1)) {
            if (rows.as<MessageState>(5) != MessageState::Sent) {
                continue; // confirmed, or given up
            }
            stored.message = rows.as<MessageKey>(1);
            stored.conversation = rows.as<ConversationKey>(4);
        } else if (!rows.isNull(6)) {
            stored.amendment = rows.as<OwnAmendmentKey>(6);
            stored.conversation = rows.as<ConversationKey>(7);
        } else {
            // Never shown: its content says where it belongs.
            const auto content = decodeContent(rows.blobView(3));
            const auto conversation =
                content ? device.conversations.find(content->conversation) : std::nullopt;
            if (!conversation) {
                continue;
            }
            stored.conversation = *conversation;
        }
        sends.push_back(stored);
    }
    return sends;
}

} // namespace

void offerStoredAgain(LocalDevice& device, WallTime since) {
    const std::vector<Stored> sends = storedSince(device, since);
    // What waits makes room in front: by way of negative numbers, so that none is taken while the rows move.
    // The first of them stays above every number that was ever given out.
    auto last =
        device.database.query("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0)");
    last.next();
    std::int64_t next = last.integer(0) + 1;
    last.next();
    device.database.run("UPDATE outbox SET id = -(id + ?)", next + static_cast<std::int64_t>(sends.size()));
    device.database.run("UPDATE outbox SET id = -id WHERE id < 0");
    for (const Stored& stored : sends) {
        device.database.run(
            "INSERT INTO outbox(id, conversation, message, amendment, class, send) VALUES (?, ?, ?, ?, ?, ?)",
            next++, stored.conversation, stored.message, stored.amendment, stored.mailClass, stored.send);
    }
    // Numbers that moved up count as given out.
    device.database.run(
        "UPDATE sqlite_sequence SET seq = max(seq, coalesce((SELECT max(id) FROM outbox), 0)) "
        "WHERE name = 'outbox'");
}

} // namespace sotto::core

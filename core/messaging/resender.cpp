// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/resender.h"

#include "core/base/hash.h"
#include "core/messaging/device_directory.h"

namespace sotto::core {

struct Resender::Original {
    SendKey key{};
    SendId sendId;
    std::optional<Message> message; ///< nothing for what was never shown
    Bytes content;
    WallTime madeAt;
    bool isWaiting = false; ///< in the outbox: it comes by itself
};

std::optional<Resender::Original> Resender::original(SendKey send) const {
    auto rows = m_device.database.query("SELECT n.send_id, s.message, s.content, n.made_at, "
                                        "EXISTS (SELECT 1 FROM outbox o WHERE o.send = s.id) "
                                        "FROM send s JOIN send_name n ON n.send = s.id WHERE s.id = ?",
                                        send);
    if (!rows.next()) {
        return std::nullopt;
    }
    return Original{send,
                    rows.fixed<SendId>(0),
                    rows.isNull(1) ? std::nullopt : m_device.messages.byKey(rows.as<MessageKey>(1)),
                    rows.blob(2),
                    wallTime(rows.integer(3)),
                    rows.boolean(4)};
}

void Resender::asked(const DeviceAddress& by, ConversationKey conversation, const ResendRequestBody& request,
                     Effects& effects) {
    const auto wireId = m_device.conversations.wireId(conversation);
    for (const auto& unread : request.unread) {
        const auto send = m_device.outbox.findSend(unread.sendId);
        const auto header = send ? m_device.outbox.header(*send, by) : std::nullopt;
        if (header) {
            consider(by, *send, headerHash(*header) == unread.headerHash ? Frame::Whole : Frame::Altered,
                     effects);
        }
    }
    for (const Numbers& numbers : request.missing) {
        if (numbers.conversation == wireId && numbers.device == m_device.address.device) {
            answerNumbers(by, conversation, numbers, effects);
        }
    }
}

void Resender::answerNumbers(const DeviceAddress& by, ConversationKey conversation, const Numbers& numbers,
                             Effects& effects) {
    struct Row {
        std::uint64_t seq;
        MessageState state;
        std::optional<SendKey> send;
    };
    std::vector<Row> rows;
    for (auto found = m_device.database.query(
             "SELECT m.seq, m.state, s.id FROM message m "
             "LEFT JOIN send s ON s.message = m.id AND length(s.content) > 0 "
             "JOIN account a ON a.id = m.sender WHERE m.conversation = ? AND a.key = ? AND m.device = ? AND "
             "m.generation = ? AND m.generation > 0 AND m.seq BETWEEN ? AND ? ORDER BY m.seq LIMIT ?",
             conversation, m_device.address.account, m_device.address.device, numbers.generation,
             numbers.first, numbers.last, kMostNumbers);
         found.next();) {
        rows.push_back({found.unsignedInteger(0), found.as<MessageState>(1),
                        found.isNull(2) ? std::nullopt : std::optional(found.as<SendKey>(2))});
    }
    // Amendments stand in no line, but in the same chain.
    for (auto found = m_device.database.query(
             "SELECT w.seq, w.state, s.id FROM own_amendment w "
             "LEFT JOIN send s ON s.amendment = w.id AND length(s.content) > 0 "
             "WHERE w.conversation = ? AND w.generation = ? AND w.generation > 0 AND w.seq BETWEEN ? AND ? "
             "ORDER BY w.seq LIMIT ?",
             conversation, numbers.generation, numbers.first, numbers.last, kMostNumbers);
         found.next();) {
        rows.push_back({found.unsignedInteger(0), found.as<MessageState>(1),
                        found.isNull(2) ? std::nullopt : std::optional(found.as<SendKey>(2))});
    }
    std::ranges::sort(rows, {}, &Row::seq);
    const bool isCut = rows.size() >= kMostNumbers;
    rows.resize(std::min(rows.size(), kMostNumbers));
    // What is neither there nor on its way will never come: better said than asked for again.
    std::vector<NumberRange> gone;
    std::uint64_t next = numbers.first;
    const auto noteGone = [&](std::uint64_t first, std::uint64_t last) {
        if (first > last) {
            return;
        }
        if (!gone.empty() && gone.back().last + 1 == first) {
            gone.back().last = last;
        } else {
            gone.push_back({first, last});
        }
    };
    for (const Row& row : rows) {
        noteGone(next, row.seq - 1);
        next = row.seq + 1;
        if (row.state == MessageState::Failed || !row.send) {
            noteGone(row.seq, row.seq);
        } else if (row.state != MessageState::Queued && row.state != MessageState::Encrypted) {
            consider(by, *row.send, Frame::Whole, effects);
        }
    }
    if (!isCut) {
        noteGone(next, numbers.last);
    }
    const WallTime now = m_device.clock.wall();
    for (const NumberRange& range : gone) {
        if (m_device.requests.resendsTo(by, now - kUnasked) >= kMostPerDay) {
            return;
        }
        RepairBody body;
        body.gone =
            Numbers{numbers.conversation, numbers.device, numbers.generation, range.first, range.last};
        m_device.outbox.addInvisible(conversation, encodeBody(body), MailClass::Durable);
        m_device.requests.noteResend(by, SendKey{}, now);
        effects.outboxChanged = true;
    }
}

void Resender::consider(const DeviceAddress& by, SendKey send, Frame frame, Effects& effects) {
    const auto found = original(send);
    if (!found) {
        return;
    }
    switch (judge(by, *found)) {
    case Judgement::Answer:
        answer(by, *found, effects);
        break;
    case Judgement::Gone:
        sayGone(by, *found, effects);
        break;
    case Judgement::Hold:
        // A relay may write any send id on junk: that alone is no reason to bother the user.
        if (frame == Frame::Whole) {
            hold(by, send, effects);
        }
        break;
    case Judgement::Ignore:
        break;
    }
}

Resender::Judgement Resender::judge(const DeviceAddress& by, const Original& original) const {
    const WallTime now = m_device.clock.wall();
    // Not stored yet: it comes by itself. Not made for this device: it was no recipient then.
    if (original.isWaiting || !m_device.outbox.header(original.key, by) ||
        m_device.requests.resendsOf(original.key) >= kMostPerMessage ||
        m_device.requests.wasResent(by, original.key, now - kBetween)) {
        return Judgement::Ignore;
    }
    if (original.content.empty()) {
        return m_device.requests.resendsTo(by, now - kUnasked) >= kMostPerDay ? Judgement::Ignore
                                                                              : Judgement::Gone;
    }
    // What they have confirmed is on their disk, or was: who asks for it is restored, or somebody else with
    // a copy of the device. The user knows whether to trust that.
    const bool confirmed =
        original.message && m_device.messages.isConfirmedBy(original.message->key, by.account);
    const bool old = original.madeAt + kUnasked < now;
    const bool many = m_device.requests.resendsTo(by, now - kUnasked) >= kMostPerDay;
    return confirmed || old || many ? Judgement::Hold : Judgement::Answer;
}

void Resender::answer(const DeviceAddress& by, const Original& original, Effects& effects) {
    RepairBody body;
    body.sends = {original.sendId};
    body.stamp = original.message ? original.message->stamp : Stamp{};
    body.content = original.content;
    // A repair that could not be read is answered with what it carried, and stands for all that this stood
    // for.
    if (const auto content = decodeContent(original.content)) {
        if (const auto* repair = std::get_if<RepairBody>(&content->body); repair && !repair->gone) {
            body.stamp = repair->stamp;
            body.content = repair->content;
            const std::size_t more = std::min(repair->sends.size(), kMaxRepaired - 1);
            body.sends.insert(body.sends.end(), repair->sends.begin(),
                              repair->sends.begin() + static_cast<std::ptrdiff_t>(more));
        }
    }
    m_device.outbox.addInvisible(m_device.conversations.direct(m_device.address.account, by.account),
                                 encodeBody(body), MailClass::Durable);
    m_device.requests.noteResend(by, original.key, m_device.clock.wall());
    effects.outboxChanged = true;
}

void Resender::sayGone(const DeviceAddress& by, const Original& original, Effects& effects) {
    auto rows = m_device.database.query(
        "SELECT coalesce(m.conversation, w.conversation), coalesce(m.generation, w.generation), "
        "coalesce(m.seq, w.seq) FROM send s LEFT JOIN message m ON m.id = s.message "
        "LEFT JOIN own_amendment w ON w.id = s.amendment WHERE s.id = ?",
        original.key);
    if (!rows.next() || rows.integer(1) == 0) {
        return; // it never had a number: nobody misses it
    }
    const auto conversation = rows.as<ConversationKey>(0);
    const auto wireId = m_device.conversations.wireId(conversation);
    if (!wireId) {
        return;
    }
    RepairBody body;
    body.sends = {original.sendId};
    body.gone = Numbers{*wireId, m_device.address.device, rows.unsignedInteger(1), rows.unsignedInteger(2),
                        rows.unsignedInteger(2)};
    m_device.outbox.addInvisible(conversation, encodeBody(body), MailClass::Durable);
    m_device.requests.noteResend(by, original.key, m_device.clock.wall());
    effects.outboxChanged = true;
}

void Resender::hold(const DeviceAddress& by, SendKey send, Effects& effects) {
    const bool first = m_device.requests.countHeld(by.account) == 0;
    if (!m_device.requests.hold(by, send, m_device.clock.wall()) || !first) {
        return;
    }
    if (const auto contact = m_device.contacts.byAccount(by.account)) {
        addNotice(m_device, by.account,
                  "@" + contact->name +
                      "'s device asks for messages once more that it had confirmed, that are "
                      "older than a day, or that are many: it may have been restored from a "
                      "backup, or copied. If they say so themselves: `sotto conv resend @" +
                      contact->name + "`.",
                  effects);
    }
}

Expected<std::int64_t, db::Error> Resender::allow(const AccountId& account, Effects& effects) {
    return m_device.database.transaction([&] {
        std::int64_t sent = 0;
        for (const HeldResend& held : m_device.requests.held(account)) {
            const auto found = original(held.send);
            if (found && !found->content.empty() &&
                m_device.requests.resendsOf(held.send) < kMostPerMessage) {
                answer(held.device, *found, effects);
                ++sent;
            }
        }
        m_device.requests.forgetHeld(account);
        return sent;
    });
}

Expected<std::int64_t, db::Error> Resender::deny(const AccountId& account) {
    return m_device.database.transaction([&] {
        const std::int64_t held = m_device.requests.countHeld(account);
        m_device.requests.forgetHeld(account);
        return held;
    });
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/turns.h"

namespace sotto::core {

Expected<void, db::Error> Turns::queue(Effects& effects) {
    return m_device.database.transaction([&] {
        const WallTime now = m_device.clock.wall();
        std::set<AccountId> answered;
        for (const DeviceAddress& device : m_device.peers.turnsDue(now)) {
            const auto contact = m_device.contacts.byAccount(device.account);
            // Never to strangers: it would tell them that somebody is there. Later, once accepted.
            if (!contact || !contact->accepted || contact->changedTo) {
                continue;
            }
            m_device.peers.setTurned(device, now);
            if (answered.insert(device.account).second) {
                m_device.outbox.addInvisible(
                    m_device.conversations.direct(m_device.address.account, device.account),
                    encodeBody(TurnBody()), MailClass::Receipt);
                effects.outboxChanged = true;
            }
        }
    });
}

TurnBody Turns::body(ConversationKey conversation) const {
    TurnBody turn;
    const ConversationId wireId = *m_device.conversations.wireId(conversation);
    for (const Chain& chain : m_device.chains.all(conversation)) {
        const std::uint64_t last = m_device.chains.contiguous(chain);
        if (last != 0 && turn.received.size() < kMaxNumbers) {
            turn.received.push_back({wireId, chain.name.device, chain.name.generation, chain.base, last});
        }
    }
    // Of several devices the last to be addressed counts: none is told of numbers from before its time.
    for (auto rows = m_device.database.query(
             "SELECT o.generation, o.last_seq, coalesce((SELECT max(first) FROM seq_base s WHERE "
             "s.conversation = o.conversation AND s.generation = o.generation AND s.account <> ?), 0) "
             "FROM own_chain o WHERE o.conversation = ? ORDER BY o.generation DESC LIMIT ?",
             m_device.accounts.rowOf(m_device.address.account), conversation, kMaxNumbers);
         rows.next();) {
        turn.own.push_back({wireId, m_device.address.device, rows.unsignedInteger(0), rows.unsignedInteger(2),
                            rows.unsignedInteger(1)});
    }
    return turn;
}

void Turns::received(const ChainName& present, const TurnBody& turn, std::uint64_t base, Stamp stamp,
                     Effects& effects) {
    const ConversationKey conversation = present.conversation;
    const DeviceAddress from{present.sender, present.device};
    const auto wireId = m_device.conversations.wireId(conversation);
    Gaps gaps(m_device);
    for (const Numbers& own : turn.own) {
        if (own.conversation == wireId && own.device == from.device) {
            // The header's base is of the generation that the device is in now, and for this very device.
            gaps.told({conversation, from.account, from.device, own.generation},
                      own.generation == present.generation ? base : own.first, own.last, stamp, effects);
        }
    }
    bool lagging = false;
    for (const Numbers& theirs : turn.received) {
        if (theirs.conversation != wireId || theirs.device != m_device.address.device) {
            continue;
        }
        const ChainName own{conversation, m_device.address.account, m_device.address.device,
                            theirs.generation};
        const std::uint64_t stored =
            std::max(m_device.messages.lastStored(own),
                     m_device.amendments.lastStored(conversation, theirs.generation));
        m_device.peers.setReceivedHead(conversation, theirs.generation, from, std::min(theirs.last, stored));
        lagging |= theirs.generation == m_device.generation() && theirs.last < stored;
    }
    const WallTime now = m_device.clock.wall();
    const auto last = m_device.peers.turnedAt(from);
    if (lagging && (!last || *last + kBetweenAnswers <= now || *last > now)) {
        m_device.peers.wantTurn(from, now);
        effects.turnsDue = true;
    }
}

void Turns::asked(const DeviceAddress& by, Effects& effects) {
    const WallTime now = m_device.clock.wall();
    const auto last = m_device.peers.turnedAt(by);
    // Asked again so soon it may have been another life of the device that got the answer: this one gets its
    // own when turns are looked at the next time.
    m_device.peers.wantTurn(by, now);
    effects.turnsDue |= !last || *last + kBetweenAsked <= now || *last > now;
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/resend_requests.h"

#include "core/types/cause.h"

namespace sotto::core {
namespace {

using namespace std::chrono_literals;

/// Whether it is time to ask once more. A clock that went back must not stop it.
bool isDue(int asked, std::int64_t askedAt, WallTime now) {
    constexpr std::array<Milliseconds, ResendRequests::kMostTimes> kAfter = {0ms, 10min, 1h, 6h, 24h};
    if (asked >= ResendRequests::kMostTimes) {
        return false;
    }
    const WallTime last = wallTime(askedAt);
    return last + kAfter.at(static_cast<std::size_t>(asked)) <= now || last > now;
}

} // namespace

Expected<void, db::Error> ResendRequests::queue(Effects& effects) {
    return m_device.database.transaction([&] {
        Bodies bodies;
        gatherUnread(bodies, effects);
        gatherGaps(bodies, effects);
        for (const AccountId& account : m_device.requests.headsWanted()) {
            m_device.requests.forgetHeads(account);
            if (mayAsk(account)) {
                bodies[account].heads = true;
            }
        }
        for (const auto& [account, body] : bodies) {
            m_device.outbox.addInvisible(m_device.conversations.direct(m_device.address.account, account),
                                         encodeBody(body), MailClass::Durable);
            effects.outboxChanged = true;
        }
    });
}

bool ResendRequests::areAnyOpen() const {
    return !m_device.requests.headsWanted().empty() || !m_device.mailbox.toAskFor(kMostTimes).empty() ||
           !m_device.gaps.toAskFor(kMostTimes).empty();
}

/// Strangers are asked for nothing: it would tell them that somebody is there.
bool ResendRequests::mayAsk(const AccountId& account) const {
    const auto contact = m_device.contacts.byAccount(account);
    return contact && contact->accepted && !contact->changedTo;
}

void ResendRequests::gatherUnread(Bodies& bodies, Effects& effects) {
    const WallTime now = m_device.clock.wall();
    for (const UnreadMail& mail : m_device.mailbox.toAskFor(kMostTimes)) {
        if (!isDue(mail.asked, mail.askedAt, now) || !mayAsk(mail.sender.account)) {
            continue;
        }
        ResendRequestBody& body = bodies[mail.sender.account];
        if (body.unread.size() == kMaxNumbers) {
            effects.askingDue = true;
            continue;
        }
        body.unread.push_back({mail.sendId, mail.headerHash});
        if (needsNewSession(mail.cause)) {
            m_device.peers.wantRenewal(mail.sender);
        }
        m_device.mailbox.noteAsked(mail.message, now);
    }
}

void ResendRequests::gatherGaps(Bodies& bodies, Effects& effects) {
    const WallTime now = m_device.clock.wall();
    for (Gap gap : m_device.gaps.toAskFor(kMostTimes)) {
        const auto chain = m_device.chains.find(gap.chain);
        if (!chain || !isDue(gap.asked, gap.askedAt, now) || !mayAsk(chain->name.sender)) {
            continue;
        }
        ResendRequestBody& body = bodies[chain->name.sender];
        if (body.missing.size() == kMaxNumbers) {
            effects.askingDue = true;
            continue;
        }
        body.missing.push_back({*m_device.conversations.wireId(chain->name.conversation), chain->name.device,
                                chain->name.generation, gap.numbers.first, gap.numbers.last});
        if (gap.numbers.last - gap.numbers.first >= kRenewBeyond || gap.state == GapState::Claimed) {
            m_device.peers.wantRenewal({chain->name.sender, chain->name.device});
        }
        ++gap.asked;
        gap.askedAt = unixMilliseconds(now);
        m_device.gaps.update(gap);
    }
}

} // namespace sotto::core

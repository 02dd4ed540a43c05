// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sync/presence.h"

namespace sotto::core {

bool Presence::isContact(const AccountId& account) const {
    const auto contact = m_device.contacts.byAccount(account);
    return contact && contact->accepted && !contact->blocked && !contact->changedTo;
}

/// nullptr: nothing is told to or heard of this account.
Presence::Peer* Presence::peerOf(const AccountId& account) {
    if (m_device.presenceSharing() == PresenceSharing::Off || !isContact(account)) {
        return nullptr;
    }
    const auto conversation =
        m_device.conversations.find(directConversationId(m_device.address.account, account));
    if (!conversation) {
        return nullptr;
    }
    Peer& peer = m_peers[account];
    peer.conversation = *conversation;
    return &peer;
}

void Presence::schedule(Peer& peer, SteadyTime at, const std::optional<SteadyTime>& last,
                        Milliseconds pause) {
    const SteadyTime time = last ? std::max(at, *last + pause) : at;
    peer.tellAt = peer.tellAt ? std::min(*peer.tellAt, time) : time;
}

void Presence::scheduleCoarsely(Peer& peer, Milliseconds pause) {
    const SteadyTime now = m_device.clock.steady();
    if (!peer.tellAt && (!peer.toldAt || now - *peer.toldAt >= pause)) {
        const auto chance = m_device.random.below(static_cast<std::uint64_t>(kCoarseDelay.count()) + 1);
        peer.tellAt = now + Milliseconds(chance);
    }
}

void Presence::look(ConversationKey conversation) {
    becameActive();
    const SteadyTime now = m_device.clock.steady();
    for (const AccountId& member : m_device.conversations.members(conversation)) {
        Peer* peer = peerOf(member);
        if (peer == nullptr) {
            continue;
        }
        const bool isExact = m_device.presenceSharing() == PresenceSharing::Exact;
        // Who shares exactly finds out soon who else does.
        if (isExact && (peer->isExact || !peer->wasHeard)) {
            if (!peer->lookedAt || now - *peer->lookedAt >= kLookAgain) {
                peer->lookedAt = now;
                peer->looks = true;
                schedule(*peer, now, peer->toldExactlyAt, kExactlyAgain);
            }
        } else {
            scheduleCoarsely(*peer, kCoarselyAgain);
        }
    }
}

void Presence::becameActive() {
    m_activeAt = m_device.clock.steady();
    if (!std::exchange(m_isThere, true)) {
        tellWatchers();
    }
}

void Presence::active() {
    becameActive();
}

void Presence::away() {
    if (std::exchange(m_isThere, false)) {
        m_activeAt = m_device.clock.steady();
        tellWatchers();
    }
}

void Presence::tellWatchers() {
    const SteadyTime now = m_device.clock.steady();
    for (auto& [account, peer] : m_peers) {
        if (peer.isExact && peer.watchedUntil > now) {
            schedule(peer, now, peer.toldExactlyAt, kExactlyAgain);
        }
    }
}

void Presence::received(const Effects& effects) {
    for (const auto& [account, body] : effects.presence) {
        hear(account, body);
    }
    const auto isHere = [this](const AccountId& account) {
        if (const auto peer = m_peers.find(account); peer != m_peers.end()) {
            peer->second.unanswered = 0;
        }
    };
    for (const auto& [account, isTyping] : effects.typing) {
        isHere(account);
    }
    for (const Event& event : effects.events) {
        const auto* added = std::get_if<MessageAdded>(&event);
        if (added != nullptr && !added->message.outgoing) {
            isHere(added->message.sender);
        }
    }
}

/// Nobody is made to work by a thousand words a second.
bool Presence::mayBeHeard(Peer& peer) const {
    const SteadyTime now = m_device.clock.steady();
    const auto over = (now - peer.heardAt) / kHeardAgain;
    if (over > 0) {
        peer.heard -= static_cast<int>(std::min<std::int64_t>(over, peer.heard));
        peer.heardAt = now;
    }
    if (peer.heard >= kMostHeard) {
        return false;
    }
    ++peer.heard;
    return true;
}

void Presence::hear(const AccountId& account, const PresenceBody& body) {
    Peer* peer = peerOf(account);
    if (peer == nullptr || !mayBeHeard(*peer)) {
        return;
    }
    const SteadyTime now = m_device.clock.steady();
    const bool isExact = body.isExact && m_device.presenceSharing() == PresenceSharing::Exact;
    peer->wasHeard = true;
    peer->isExact = isExact;
    peer->unanswered = 0;
    switch (body.state) {
    case PresenceBody::State::Nothing:
        break;
    case PresenceBody::State::Recently:
        show(account, *peer, {PresenceView::Kind::Recently, 0}, now + kLately);
        break;
    case PresenceBody::State::Online:
        // Whatever somebody tells: of it no more is shown than is shared.
        show(account, *peer, {isExact ? PresenceView::Kind::Online : PresenceView::Kind::Recently, 0},
             now + (isExact ? kShownFor : kLately));
        break;
    case PresenceBody::State::LastSeen:
        if (isExact) {
            const auto at = unixMilliseconds(m_device.clock.wall()) - std::int64_t{body.agoSeconds} * 1000;
            show(account, *peer, {PresenceView::Kind::LastSeen, at}, now + kLately);
        } else {
            show(account, *peer, {PresenceView::Kind::Recently, 0}, now + kLately);
        }
        break;
    }
    if (isExact && body.looks) {
        peer->watchedUntil = now + kWatchedFor;
        schedule(*peer, now, peer->toldExactlyAt, kExactlyAgain);
    } else if (isExact && !peer->toldExactlyAt) {
        schedule(*peer, now, {}, kExactlyAgain); // they know no more than "recently" yet
    } else if (!isExact) {
        scheduleCoarsely(*peer, kCoarselyAgain);
    }
}

void Presence::show(const AccountId& account, Peer& peer, const PresenceView& view, SteadyTime until) {
    peer.shownUntil = until;
    if (peer.shown != view) {
        peer.shown = view;
        m_emit(PresenceChanged{peer.conversation, account, view});
    }
}

/// What this one is told now; nothing when there is nothing to tell.
std::optional<PresenceBody> Presence::word(const Peer& peer) const {
    const PresenceSharing sharing = m_device.presenceSharing();
    const SteadyTime now = m_device.clock.steady();
    if (sharing == PresenceSharing::Off || !m_activeAt || now - *m_activeAt >= kLately) {
        return std::nullopt;
    }
    PresenceBody body;
    body.isExact = sharing == PresenceSharing::Exact;
    body.looks = body.isExact && peer.looks;
    body.state = PresenceBody::State::Recently;
    if (body.isExact && peer.isExact) {
        body.state = m_isThere ? PresenceBody::State::Online : PresenceBody::State::LastSeen;
        const auto ago = std::chrono::duration_cast<std::chrono::seconds>(now - *m_activeAt).count();
        body.agoSeconds = m_isThere ? 0 : static_cast<std::uint32_t>(ago);
    }
    return body;
}

void Presence::tell(const AccountId& account, Peer& peer, const Offer& offer) {
    const auto body =
        offer && isContact(account) && peer.unanswered < kMostUnanswered ? word(peer) : std::nullopt;
    if (!body) {
        peer.lookedAt.reset(); // the next look is to be told
        return;
    }
    const auto sealed = m_sender.sealEphemeral(peer.conversation, *body);
    if (!sealed) {
        m_link.storageFailed(sealed.error());
        return;
    }
    if (!*sealed) {
        return; // no list or session: nothing is asked for because of this
    }
    peer.toldAt = m_device.clock.steady();
    if (body->state != PresenceBody::State::Recently) {
        peer.toldExactlyAt = peer.toldAt;
    }
    peer.looks = false;
    ++peer.unanswered;
    offer(**sealed, peer.conversation);
}

void Presence::onTimer(SteadyTime now, const Offer& offer) {
    if (m_isThere && now - *m_activeAt >= kThereFor) {
        m_isThere = false;
        tellWatchers();
    }
    for (auto& [account, peer] : m_peers) {
        if (peer.tellAt && *peer.tellAt <= now) {
            peer.tellAt.reset();
            tell(account, peer, offer);
        }
        if (peer.shown.kind != PresenceView::Kind::Unknown && peer.shownUntil <= now) {
            if (peer.shown.kind == PresenceView::Kind::Online) {
                const auto at = unixMilliseconds(m_device.clock.wall()) - kShownFor.count();
                show(account, peer, {PresenceView::Kind::LastSeen, at}, now + kLately);
            } else {
                show(account, peer, {}, now);
            }
        }
    }
}

std::optional<SteadyTime> Presence::wake() const {
    std::optional<SteadyTime> first;
    const auto consider = [&first](SteadyTime time) { first = first ? std::min(*first, time) : time; };
    if (m_isThere) {
        consider(*m_activeAt + kThereFor);
    }
    for (const auto& [account, peer] : m_peers) {
        if (peer.tellAt) {
            consider(*peer.tellAt);
        }
        if (peer.shown.kind != PresenceView::Kind::Unknown) {
            consider(peer.shownUntil);
        }
    }
    return first;
}

void Presence::linkLost() {
    const SteadyTime now = m_device.clock.steady();
    for (auto& [account, peer] : m_peers) {
        peer.tellAt.reset();
        peer.watchedUntil = {};
        peer.lookedAt.reset();
        if (peer.shown.kind == PresenceView::Kind::Online) {
            show(account, peer, {PresenceView::Kind::LastSeen, unixMilliseconds(m_device.clock.wall())},
                 now + kLately);
        }
    }
}

void Presence::sharingChanged() {
    for (auto& [account, peer] : m_peers) {
        show(account, peer, {}, {});
        // How often they were told and heard stays: it is no way around the limits.
        peer.tellAt.reset();
        peer.lookedAt.reset();
        peer.watchedUntil = {};
        peer.isExact = peer.wasHeard = peer.looks = false;
    }
}

void Presence::contactChanged(const AccountId& account) {
    const auto peer = m_peers.find(account);
    if (peer != m_peers.end() && !isContact(account)) {
        show(account, peer->second, {}, {});
        m_peers.erase(peer);
    }
}

PresenceView Presence::of(const AccountId& account) const {
    const auto peer = m_peers.find(account);
    return peer == m_peers.end() ? PresenceView() : peer->second.shown;
}

} // namespace sotto::core

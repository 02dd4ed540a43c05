// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/gaps.h"

#include "core/messaging/device_directory.h"

#include <algorithm>

namespace sotto::core {
namespace {

PlaceholderCause causeOf(GapState state) {
    switch (state) {
    case GapState::Missing:
        return PlaceholderCause::Missing;
    case GapState::Claimed:
        return PlaceholderCause::ClaimedExpired;
    case GapState::Gone:
        return PlaceholderCause::AuthorHasNot;
    }
    return PlaceholderCause::Missing;
}

/// What of `range` lies in `others`, ascending and apart.
std::vector<NumberRange> common(const NumberRange& range, const std::vector<NumberRange>& others) {
    std::vector<NumberRange> pieces;
    for (const NumberRange& other : others) {
        const NumberRange piece{std::max(range.first, other.first), std::min(range.last, other.last)};
        if (piece.first <= piece.last) {
            pieces.push_back(piece);
        }
    }
    return pieces;
}

/// What of `range` lies in none of `others`, which are ascending and apart.
std::vector<NumberRange> without(const NumberRange& range, const std::vector<NumberRange>& others) {
    std::vector<NumberRange> rest;
    std::uint64_t next = range.first;
    for (const NumberRange& other : others) {
        if (other.last < next || other.first > range.last) {
            continue;
        }
        if (other.first > next) {
            rest.push_back({next, other.first - 1});
        }
        next = other.last + 1;
    }
    if (next <= range.last) {
        rest.push_back({next, range.last});
    }
    return rest;
}

} // namespace

void Gaps::arrived(std::span<Arrival> arrivals, Effects& effects) {
    std::stable_sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) {
        return std::tie(a.chain, a.content.seq) < std::tie(b.chain, b.content.seq);
    });
    std::map<DeviceAddress, std::int64_t> received;
    for (std::size_t begin = 0; begin < arrivals.size();) {
        const ChainName& name = arrivals[begin].chain;
        std::vector<NumberedContent> contents;
        std::uint64_t base = 0;
        Stamp stamp{};
        std::size_t end = begin;
        for (; end < arrivals.size() && arrivals[end].chain == name; ++end) {
            contents.push_back(arrivals[end].content);
            base = base == 0 || arrivals[end].base == 0 ? std::max(base, arrivals[end].base)
                                                        : std::min(base, arrivals[end].base);
            stamp = std::max(stamp, arrivals[end].stamp);
        }
        received[{name.sender, name.device}] += static_cast<std::int64_t>(contents.size());
        const bool isNew = !m_device.chains.find(name);
        const Chain chain = m_device.chains.open(name, base);
        if (isNew && m_device.chains.ofDevice(name.conversation, {name.sender, name.device}).size() > 1) {
            raiseNewGeneration(chain, effects);
        }
        for (const std::uint64_t seq : m_device.chains.add(chain, contents)) {
            raiseFork(chain, seq, effects);
        }
        reconcile(chain, stamp, effects);
        begin = end;
    }
    for (const auto& [device, count] : received) {
        effects.turnsDue |= m_device.peers.countReceived(device, count, m_device.clock.wall());
    }
}

void Gaps::told(const ChainName& name, std::uint64_t base, std::uint64_t head, Stamp stamp,
                Effects& effects) {
    Chain chain = m_device.chains.open(name, base);
    if (head > chain.head) {
        m_device.chains.setHead(chain.key, head);
        chain.head = head;
    }
    reconcile(chain, stamp, effects);
}

/// The rows say what is missing now; lines that no longer fit go or change. New ones wait: what was only
/// overtaken comes by itself.
void Gaps::reconcile(const Chain& chain, Stamp stamp, Effects& effects) {
    const ChainStore::Holes holes = m_device.chains.holes(chain);
    const bool anyBefore = m_device.gaps.any(chain.key);
    if (holes.missing.empty() && !anyBefore) {
        return;
    }
    std::vector<NumberRange> covered;
    for (Gap gap : m_device.gaps.of(chain.key)) {
        if (gap.numbers.first < holes.from) {
            continue; // not looked at
        }
        const auto pieces = common(gap.numbers, holes.missing);
        covered.insert(covered.end(), pieces.begin(), pieces.end());
        if (pieces.empty()) {
            close(gap, effects);
            continue;
        }
        for (std::size_t i = 1; i < pieces.size(); ++i) {
            Gap piece = gap;
            piece.numbers = pieces[i];
            piece.line.reset();
            m_device.gaps.add(piece);
            effects.gapsNoticed = true;
        }
        if (pieces.front() != gap.numbers) {
            gap.numbers = pieces.front();
            change(gap, effects);
        }
    }
    std::sort(covered.begin(), covered.end(),
              [](const NumberRange& a, const NumberRange& b) { return a.first < b.first; });
    for (const NumberRange& hole : holes.missing) {
        for (const NumberRange& rest : without(hole, covered)) {
            Gap gap;
            gap.chain = chain.key;
            gap.numbers = rest;
            gap.stamp = stamp;
            m_device.gaps.add(gap);
            effects.gapsNoticed = true;
        }
    }
}

void Gaps::gone(const ChainName& name, const NumberRange& numbers, Effects& effects) {
    const auto chain = m_device.chains.find(name);
    if (!chain) {
        return;
    }
    for (Gap gap : m_device.gaps.of(chain->key)) {
        const auto pieces = common(gap.numbers, {numbers});
        if (pieces.empty() || gap.state == GapState::Gone) {
            continue;
        }
        for (const NumberRange& rest : without(gap.numbers, pieces)) {
            Gap still = gap;
            still.numbers = rest;
            still.line.reset();
            m_device.gaps.add(still);
            effects.gapsNoticed = true;
        }
        gap.numbers = pieces.front();
        gap.state = GapState::Gone;
        change(gap, effects);
    }
}

void Gaps::claimed(const ExpiryClaim& claim, bool isImpossible, Effects& effects) {
    m_device.gaps.addClaim(claim);
    // Whoever wrote may have written last what is gone: only they know how far they are.
    for (const Contact& contact : m_device.contacts.all()) {
        if (contact.accepted) {
            m_device.requests.wantHeads(contact.account);
        }
    }
    effects.askingDue = true;
    if (isImpossible) {
        raiseAlarm(m_device, m_device.address.account,
                   "The relay says that mail for this device expired which it should still have, or which "
                   "this device would have fetched. It may have been withheld.",
                   effects);
    }
}

Expected<void, db::Error> Gaps::show(Effects& effects) {
    return m_device.database.transaction([&] {
        for (const Gap& gap : m_device.gaps.unshown()) {
            if (const auto chain = m_device.chains.find(gap.chain)) {
                showLine(*chain, gap, effects);
            }
        }
    });
}

void Gaps::showLine(const Chain& chain, Gap gap, Effects& effects) {
    if (gap.state == GapState::Missing &&
        m_device.gaps.hasClaimBetween(m_device.messages.stampBefore(chain.name, gap.numbers.first),
                                      gap.stamp)) {
        gap.state = GapState::Claimed;
    }
    const auto contact = m_device.contacts.byAccount(chain.name.sender);
    Message line;
    line.id = m_device.random.next<MessageId>();
    line.conversation = chain.name.conversation;
    line.kind = MessageKind::Gap;
    line.cause = causeOf(gap.state);
    line.sender = chain.name.sender;
    line.senderDevice = chain.name.device;
    line.senderName = contact ? contact->name : std::string();
    line.stamp = gap.stamp;
    line.sentAt = milliseconds(gap.stamp);
    line.receivedAt = unixMilliseconds(m_device.clock.wall());
    line.unread = true;
    m_device.messages.add(line, {0, gap.numbers.first, {}}); // just before the number that showed it
    gap.line = line.key;
    m_device.gaps.update(gap);
    effects.events.emplace_back(MessageAdded{*m_device.messages.byKey(line.key)});
    effects.askingDue |= gap.state != GapState::Gone;
}

void Gaps::close(const Gap& gap, Effects& effects) {
    m_device.gaps.remove(gap.key);
    if (gap.line) {
        const auto line = m_device.messages.byKey(*gap.line);
        m_device.messages.remove(*gap.line);
        effects.events.emplace_back(MessageRemoved{line->conversation, *gap.line});
    }
}

void Gaps::change(const Gap& gap, Effects& effects) {
    m_device.gaps.update(gap);
    if (gap.line) {
        m_device.messages.setCause(*gap.line, causeOf(gap.state));
        effects.events.emplace_back(MessageChanged{*m_device.messages.byKey(*gap.line)});
    }
}

/// Its owner knows whether that was a restored backup; a copy in other hands begins anew in the same way.
void Gaps::raiseNewGeneration(const Chain& chain, Effects& effects) {
    const auto contact = m_device.contacts.byAccount(chain.name.sender);
    raiseAlarm(
        m_device, chain.name.sender,
        (contact ? "@" + contact->name : std::string("Somebody")) +
            "'s device began anew: it was restored from a backup, or somebody uses a copy of it. Ask them.",
        effects);
}

void Gaps::raiseFork(const Chain& chain, std::uint64_t seq, Effects& effects) {
    m_device.chains.addFork(chain.key, seq, m_device.clock.wall());
    const auto contact = m_device.contacts.byAccount(chain.name.sender);
    raiseAlarm(m_device, chain.name.sender,
               (contact ? "@" + contact->name : std::string("Somebody")) +
                   " sent two different messages as the same one of a row: their device was copied, or "
                   "restored from an older copy. `sotto conv verify` says where.",
               effects);
}

} // namespace sotto::core

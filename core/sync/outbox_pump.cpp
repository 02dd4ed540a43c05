// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sync/outbox_pump.h"

#include "core/base/mutant.h"

namespace sotto::core {

using namespace wire;

namespace {

constexpr Milliseconds kAfterRefusedBundle{30'000};
constexpr Milliseconds kAfterRefusedLists{60'000};
constexpr Milliseconds kWhileHeld{3'600'000};
constexpr Milliseconds kUntilAnswered{30'000};

void setList(pb::ListRef* out, const VerifiedDeviceList& list) {
    setField(out->mutable_account(), list.list().account().view());
    out->set_signer_epoch(list.list().certificate.signerEpoch);
    out->set_version(list.list().version);
    setField(out->mutable_hash(), list.hash().view());
}

pb::Class classOf(MailClass mailClass) {
    switch (mailClass) {
    case MailClass::Durable:
        return pb::DURABLE;
    case MailClass::Receipt:
        return pb::RECEIPT;
    case MailClass::Ephemeral:
        return pb::EPHEMERAL;
    }
    return pb::DURABLE;
}

crypto::PrekeyBundle readBundle(const pb::Bundle& in) {
    crypto::PrekeyBundle bundle;
    bundle.statement = {bytesOf(viewOf(in.statement())), fixedOf<Signature>(in.signature())};
    if (in.has_one_time()) {
        bundle.oneTime = crypto::OneTimePrekey{crypto::PrekeyId{in.one_time().id()},
                                               fixedOf<Curve25519Key>(in.one_time().key())};
    }
    return bundle;
}

} // namespace

void OutboxPump::wake() {
    // Work can cause events that cause work: one loop does it all.
    m_again = true;
    if (m_working) {
        return;
    }
    m_working = true;
    while (std::exchange(m_again, false)) {
        work();
    }
    m_working = false;
}

void OutboxPump::retry() {
    m_seen = {};
    m_waiting.clear();
    wake();
}

void OutboxPump::onTimer(SteadyTime now) {
    bool due = false;
    if (m_pausedUntil && *m_pausedUntil <= now) {
        m_pausedUntil.reset();
        due = true;
    }
    due |= std::erase_if(m_waiting, [now](const auto& waiting) { return waiting.second <= now; }) != 0;
    if (due) {
        m_seen = {};
        wake();
    }
}

void OutboxPump::work() {
    auto rows = m_pausedUntil || m_settling || m_isHeld
                    ? Expected<std::vector<OutboxRow>, db::Error>(std::vector<OutboxRow>())
                    : db::attempt([this] { return choose(); });
    if (!rows) {
        m_link.storageFailed(rows.error());
        return;
    }
    if (!rows->empty() || !m_stored.empty()) {
        m_again = true;
        offerAll(*rows);
    }
}

/// The next rows that can go, as many as the window allows.
std::vector<OutboxRow> OutboxPump::choose() {
    std::vector<OutboxRow> chosen;
    std::set<ConversationKey> clear; // looked at in this round: nothing in the way
    // Small commits cost as much as large ones: while most of the window is under way, nothing is added.
    const std::size_t unanswered = m_underWay.size() - m_stored.size();
    const std::size_t room = unanswered <= kWindow - kBatch ? kBatch : 0;
    while (chosen.size() < room && m_bytesUnderWay < kWindowBytes) {
        const auto rows = m_device.outbox.after(m_seen, room);
        if (rows.empty()) {
            break;
        }
        for (const OutboxRow& row : rows) {
            if (chosen.size() == room) {
                break;
            }
            m_seen = row.key;
            if ((row.send && m_underWay.contains(*row.send)) || m_waiting.contains(row.conversation)) {
                continue;
            }
            if (!clear.contains(row.conversation)) {
                const Obstacle obstacle = m_sender.obstacle(row);
                if (obstacle.any()) {
                    overcome(obstacle, row.conversation);
                    continue;
                }
                clear.insert(row.conversation);
            }
            chosen.push_back(row);
        }
    }
    return chosen;
}

void OutboxPump::offerAll(const std::vector<OutboxRow>& rows) {
    std::vector<OutboxRow> unfixed;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(unfixed),
                 [](const auto& row) { return !row.send; });
    Effects effects;
    const auto finished = std::exchange(m_stored, {});
    auto fixed = m_sender.fix(unfixed, finished, effects);
    if (!fixed) {
        // What the relay has answered must not wait for ever for a row that cannot be fixed.
        if (!unfixed.empty() && m_sender.fix({}, finished, effects)) {
            m_link.perform(std::move(effects));
        }
        m_link.storageFailed(fixed.error());
        m_again = false; // the link ends: whatever follows would fail alike
        return;
    }
    for (const Sender::StoredSend& sent : finished) {
        arrived(sent.key);
    }
    Lists lists;
    auto nextFixed = fixed->begin();
    for (const OutboxRow& row : rows) {
        if (!row.send) {
            offer(*nextFixed++, row, lists);
            continue;
        }
        // Fixed before this connection, or before its lists turned out to differ.
        if (m_refusals.contains(*row.send) || mutated(Mutant::ResealedOnRetry)) {
            const auto adjusted = m_sender.adjust(*row.send);
            if (!adjusted) {
                m_link.storageFailed(adjusted.error());
                return;
            }
            *adjusted ? offer(**adjusted, row, lists) : wait(row.conversation, kUntilAnswered);
            continue;
        }
        const auto send = db::attempt([&] { return m_device.outbox.send(*row.send); });
        if (!send) {
            m_link.storageFailed(send.error());
            return;
        }
        if (*send) {
            offer(**send, row, lists);
        }
    }
    m_link.perform(std::move(effects));
}

void OutboxPump::compose(const FixedSend& send, ConversationKey conversation, Lists& lists) {
    auto* out = m_frame.mutable_send();
    out->Clear();
    out->set_refusals_seen(m_refused);
    setField(out->mutable_send_id(), send.sendId.view());
    out->set_class_(classOf(send.mailClass));
    setField(out->mutable_payload(), send.payload);
    for (const FixedHeader& header : send.headers) {
        auto* to = out->add_headers();
        setAddress(to->mutable_device(), header.device);
        setField(to->mutable_bytes(), header.bytes);
    }
    auto known = lists.find(conversation);
    if (known == lists.end()) {
        known = lists.emplace(conversation, m_sender.listsFor(conversation)).first;
    }
    for (const VerifiedDeviceList* list : known->second) {
        if (list != nullptr) {
            setList(out->add_lists(), *list);
        }
    }
}

void OutboxPump::offerEphemeral(const FixedSend& send, ConversationKey conversation) {
    if (m_isHeld || m_settling) {
        return;
    }
    Lists lists;
    compose(send, conversation, lists);
    m_link.ask(m_frame, [this](const pb::Frame& answer) {
        if (!answer.has_stored()) {
            // Like any other that was refused: what was under way knew nothing of it.
            ++m_refused;
            m_settling = true;
            settled();
        }
    });
}

void OutboxPump::offer(const FixedSend& send, const OutboxRow& row, Lists& lists) {
    compose(send, row.conversation, lists);
    if (mutated(Mutant::OutboxEmptiedAtSend)) {
        static_cast<void>(m_device.database.transaction([&] { m_device.outbox.remove(row.key); }));
    }
    m_underWay.emplace(send.key, send.payload.size());
    m_bytesUnderWay += send.payload.size();
    m_link.ask(m_frame, [this, conversation = row.conversation,
                         sent =
                             Sender::StoredSend{
                                 send.key, row.key, row.message, send.line, row.amendment, send.sendId, {}}](
                            const pb::Frame& answer) { answered(sent, conversation, answer); });
}

void OutboxPump::answered(Sender::StoredSend sent, ConversationKey conversation, const pb::Frame& answer) {
    const SendKey key = sent.key;
    if (answer.has_stored() && fixedOf<SendId>(answer.stored().send_id()) == sent.id &&
        answer.stored().stamp() != 0) {
        sent.stamp = Stamp{std::min(answer.stored().stamp(), number(kLatestStamp))};
        m_refusals.erase(key);
        m_stored.push_back(std::move(sent));
        return settled();
    }
    arrived(key);
    ++m_refused;
    m_settling = true;
    if (answer.has_lists_differ()) {
        listsDiffer(key, conversation, answer.lists_differ());
    } else if (answer.error().code() != pb::PRECEDED) {
        refused(key, conversation, answer.error());
    }
    settled();
}

/// Whatever was under way when a send was refused knew nothing of it and is refused too, so that none passes
/// it. Once all of them are answered, what may go goes again, in order.
void OutboxPump::settled() {
    if (m_settling && m_underWay.size() == m_stored.size()) {
        m_settling = false;
        m_seen = {};
        wake();
    }
}

void OutboxPump::arrived(SendKey key) {
    if (const auto found = m_underWay.find(key); found != m_underWay.end()) {
        m_bytesUnderWay -= found->second;
        m_underWay.erase(found);
    }
}

void OutboxPump::packetEnded() {
    if (!m_stored.empty()) {
        m_backoff.reset();
        wake();
    }
}

void OutboxPump::refused(SendKey key, ConversationKey conversation, const pb::Error& error) {
    if (error.code() == pb::TOO_LARGE || error.code() == pb::SEND_ID_REUSED) {
        Effects effects;
        const auto row = db::attempt([&] { return m_device.outbox.bySend(key); });
        const auto done = row && *row
                              ? m_sender.giveUp(**row, "The relay refused it: " + error.text(), effects)
                              : Expected<void, db::Error>();
        if (!row || !done) {
            m_link.storageFailed(row ? done.error() : row.error());
            return;
        }
        m_link.perform(std::move(effects));
        return;
    }
    // Busy, over a limit or out of space: everything waits, in order. The relay's text tells nothing to wait
    // for otherwise: then only this conversation waits.
    const bool relayWide = error.code() == pb::RATE_LIMITED || error.code() == pb::BUSY ||
                           error.code() == pb::STORAGE || error.code() == pb::INTERNAL;
    const auto span = std::max(Milliseconds(error.retry_after_ms()), m_backoff.next(m_device.random));
    const auto capped = std::min(span, Milliseconds(3'600'000));
    relayWide ? pause(capped) : wait(conversation, std::max(capped, Milliseconds(5'000)));
}

void OutboxPump::listsDiffer(SendKey key, ConversationKey conversation, const pb::ListsDiffer& answer) {
    auto accounts = m_device.conversations.members(conversation);
    accounts.push_back(m_device.address.account);
    Effects effects;
    bool applied = false; // or since the send was offered: another answer may have brought the list already
    std::vector<SignedDeviceList> handIn; // ours are newer: the relay adopts any valid successor
    const int refusals = ++m_refusals[key];
    bool hopeless = false;
    const auto looked = m_device.database.transaction([&] {
        for (const pb::SignedList& offered : answer.lists()) {
            SignedDeviceList list{bytesOf(viewOf(offered.bytes())), fixedOf<Signature>(offered.signature())};
            const auto verified = verifyDeviceList(list);
            const bool ofThem = verified && std::find(accounts.begin(), accounts.end(),
                                                      verified->list().account()) != accounts.end();
            const AccountId account = ofThem ? verified->list().account() : accounts.front();
            const ListVerdict verdict = m_directory.offer(account, std::move(list), effects);
            applied |= verdict == ListVerdict::Applied || verdict == ListVerdict::Same;
            if (verdict == ListVerdict::Older) {
                handIn.push_back(m_directory.list(account)->signedList());
            }
        }
        hopeless = refusals > 2 || (!applied && handIn.empty());
        if (hopeless) {
            raiseAlarm(m_device, accounts.front(),
                       "The relay does not accept a message and offers no valid device list for it. The "
                       "message waits.",
                       effects);
        }
    });
    if (!looked) {
        m_link.storageFailed(looked.error());
        return;
    }
    for (const SignedDeviceList& newer : handIn) {
        pb::Frame frame;
        frame.mutable_publish_list()->mutable_list()->set_bytes(stringOf(newer.bytes));
        frame.mutable_publish_list()->mutable_list()->set_signature(fieldOf(newer.signature));
        m_link.ask(std::move(frame), [](const pb::Frame&) {});
    }
    if (hopeless) {
        wait(conversation, kAfterRefusedLists);
    }
    m_link.perform(std::move(effects));
    m_seen = {};
    wake();
}

void OutboxPump::overcome(const Obstacle& obstacle, ConversationKey conversation) {
    wait(conversation, obstacle.held ? kWhileHeld : kUntilAnswered);
    if (obstacle.held) {
        return;
    }
    if (!obstacle.listsMissing.empty()) {
        // ListLookup tells when a list changed, and that ends the waiting.
        m_lists.fetch({obstacle.listsMissing.begin(), obstacle.listsMissing.end()});
        return;
    }
    std::vector<DeviceAddress> wanted;
    for (const DeviceAddress& device : obstacle.bundlesMissing) {
        if (wanted.size() < kMaxLookups && m_bundlesAsked.insert(device).second) {
            wanted.push_back(device);
        }
    }
    if (wanted.empty()) {
        return;
    }
    pb::Frame frame;
    for (const DeviceAddress& device : wanted) {
        setAddress(frame.mutable_fetch_bundles()->add_devices(), device);
    }
    m_link.ask(std::move(frame), [this, wanted, conversation](const pb::Frame& answer) {
        for (const DeviceAddress& device : wanted) {
            m_bundlesAsked.erase(device);
        }
        if (answer.has_bundles()) {
            startSessions(answer.bundles(), wanted);
        } else {
            const auto span = std::max(Milliseconds(answer.error().retry_after_ms()), kAfterRefusedBundle);
            wait(conversation, std::min(span, Milliseconds(3'600'000)));
            withoutBundles(wanted);
        }
    });
}

void OutboxPump::startSessions(const pb::Bundles& bundles, const std::vector<DeviceAddress>& asked) {
    Effects effects;
    std::vector<DeviceAddress> without = asked;
    for (const pb::Bundle& bundle : bundles.bundles()) {
        const DeviceAddress device = addressOf(bundle.device());
        if (std::find(asked.begin(), asked.end(), device) == asked.end()) {
            continue;
        }
        const auto session = m_sender.startSession(device, readBundle(bundle), effects);
        if (!session) {
            m_link.storageFailed(session.error());
            return;
        }
        if (*session) {
            std::erase(without, device);
        }
    }
    m_link.perform(std::move(effects));
    if (!without.empty()) {
        // A device that never published prekeys, or one that is no more: then its account has a newer list.
        std::set<AccountId> accounts;
        for (const DeviceAddress& device : without) {
            accounts.insert(device.account);
        }
        m_lists.fetch(accounts);
    }
    // Whoever has none stays waiting until the time set when it was asked for.
    if (without.size() < asked.size()) {
        retry();
    }
    if (!without.empty()) {
        withoutBundles(without);
    }
}

void OutboxPump::withoutBundles(const std::vector<DeviceAddress>& devices) {
    const auto goesOn = m_sender.giveUpRenewal(devices);
    if (!goesOn) {
        m_link.storageFailed(goesOn.error());
    } else if (*goesOn) {
        retry();
    }
}

void OutboxPump::wait(ConversationKey conversation, Milliseconds time) {
    const SteadyTime until = m_device.clock.steady() + time;
    m_waiting[conversation] = until;
    m_link.wakeAt(until);
}

void OutboxPump::pause(Milliseconds time) {
    const SteadyTime until = m_device.clock.steady() + time;
    m_pausedUntil = until;
    m_seen = {};
    m_link.wakeAt(until);
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Brings the outbox to the relay in order: lists and sessions first, then bytes fixed in small batches,
/// several sends under way at once. A conversation whose next message cannot go waits; others go on.

#include "core/messaging/sender.h"
#include "core/sync/backoff.h"
#include "core/sync/list_lookup.h"

#include <map>
#include <set>

namespace sotto::core {

class OutboxPump {
public:
    static constexpr std::size_t kWindow = 100;          ///< sends under way at once: two batches
    static constexpr std::size_t kWindowBytes = 1 << 20; ///< and their payloads
    static constexpr std::size_t kBatch = 50;            ///< rows fixed in one transaction

    OutboxPump(LocalDevice& device, Sender& sender, DeviceDirectory& directory, ListLookup& lists, Link& link)
        : m_device(device)
        , m_sender(sender)
        , m_directory(directory)
        , m_lists(lists)
        , m_link(link) {}

    /// There may be something new in the outbox.
    void wake();
    /// A list, a session or a contact changed: what waited may go now.
    void retry();
    void onTimer(SteadyTime now);
    /// Offers what is stored nowhere: once, whatever becomes of it.
    void offerEphemeral(const FixedSend& send, ConversationKey conversation);
    /// Nothing goes out on this connection: its log-in did not confirm the generation.
    void hold() { m_isHeld = true; }
    /// A packet from the relay has been handled: what it answered is committed in one transaction.
    void packetEnded();

private:
    void work();
    std::vector<OutboxRow> choose();
    void offerAll(const std::vector<OutboxRow>& rows);
    using Lists = std::map<ConversationKey, std::vector<const VerifiedDeviceList*>>;
    void compose(const FixedSend& send, ConversationKey conversation, Lists& lists);
    void offer(const FixedSend& send, const OutboxRow& row, Lists& lists);
    void answered(Sender::StoredSend sent, ConversationKey conversation, const wire::pb::Frame& answer);
    void refused(SendKey key, ConversationKey conversation, const wire::pb::Error& error);
    void listsDiffer(SendKey key, ConversationKey conversation, const wire::pb::ListsDiffer& answer);
    void overcome(const Obstacle& obstacle, ConversationKey conversation);
    void startSessions(const wire::pb::Bundles& bundles, const std::vector<DeviceAddress>& asked);
    void withoutBundles(const std::vector<DeviceAddress>& devices);
    void wait(ConversationKey conversation, Milliseconds time);
    void pause(Milliseconds time);
    void arrived(SendKey key);
    void settled();

    LocalDevice& m_device;
    Sender& m_sender;
    DeviceDirectory& m_directory;
    ListLookup& m_lists;
    Link& m_link;
    wire::pb::Frame m_frame; ///< of the send that is being offered: its memory serves all of them
    std::map<SendKey, std::size_t> m_underWay; ///< with payload bytes
    std::size_t m_bytesUnderWay = 0;
    std::vector<Sender::StoredSend> m_stored; ///< answered, not committed yet
    OutboxKey m_seen{};                       ///< rows up to here are under way, or their conversation waits
    std::set<DeviceAddress> m_bundlesAsked;
    std::map<ConversationKey, SteadyTime> m_waiting;
    std::map<SendKey, int>
        m_refusals; ///< sends whose lists differed: their headers are adjusted before the next offer
    std::uint32_t m_refused = 0; ///< sends of this connection that were not stored
    bool m_settling = false;     ///< one was: nothing is offered until all under way are answered
    std::optional<SteadyTime> m_pausedUntil;
    Backoff m_backoff;
    bool m_isHeld = false;
    bool m_working = false;
    bool m_again = false;
};

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What each device of a contact owes and is owed beside messages: turns of the ratchet, new sessions, and
/// how far it says it has received our own.

#include "core/storage/account_store.h"
#include "core/types/message.h"

namespace sotto::core {

class PeerStore {
public:
    static constexpr std::int64_t kTurnAfter = 100; ///< messages received
    static constexpr std::chrono::hours kTurnAtLatest{24};
    static constexpr std::chrono::hours kBetweenRenewals{1};

    explicit PeerStore(db::Database& database)
        : m_database(database)
        , m_accounts(database) {}

    /// True when a turn is due by their number.
    bool countReceived(const DeviceAddress& device, std::int64_t messages, WallTime now);
    /// Devices that are to be told how far both sides are.
    std::vector<DeviceAddress> turnsDue(WallTime now) const;
    void wantTurn(const DeviceAddress& device, WallTime now);
    void setTurned(const DeviceAddress& device, WallTime now);
    std::optional<WallTime> turnedAt(const DeviceAddress& device) const;

    /// A new session is wanted with this device: made with the next send, at most once an hour.
    void wantRenewal(const DeviceAddress& device);
    bool isRenewalDue(const DeviceAddress& device, WallTime now) const;
    void setRenewed(const DeviceAddress& device, WallTime now);

    /// Own numbers up to seq have arrived there. Grows only.
    void setReceivedHead(ConversationKey conversation, std::uint64_t generation, const DeviceAddress& device,
                         std::uint64_t seq);
    std::uint64_t receivedHead(ConversationKey conversation, std::uint64_t generation,
                               const DeviceAddress& device) const;
    std::vector<std::pair<DeviceAddress, std::uint64_t>> receivedHeads(ConversationKey conversation,
                                                                       std::uint64_t generation) const;

private:
    db::Database& m_database;
    AccountStore m_accounts;
};

} // namespace sotto::core

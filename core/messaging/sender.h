// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Outgoing messages: queued in transaction A, fixed as bytes in transaction B, finished in transaction C
/// (docs/RELIABILITY.md, R7). No socket, no timer. The methods named after a transaction open it themselves.

#include "core/messaging/device_directory.h"
#include "core/messaging/send_state.h"

namespace sotto::core {

/// What keeps a row of the outbox from being fixed as bytes.
struct Obstacle {
    bool held = false;                         ///< a recipient's account key changed and is not accepted
    std::vector<AccountId> listsMissing;       ///< no verified device list yet
    std::vector<DeviceAddress> bundlesMissing; ///< no session yet
    bool any() const { return held || !listsMissing.empty() || !bundlesMissing.empty(); }
};

class Sender {
public:
    Sender(LocalDevice& device, DeviceDirectory& directory)
        : m_device(device)
        , m_directory(directory) {}

    /// Transaction A. The same id again gives the message of the first time.
    Expected<Message, db::Error> queueText(ConversationKey conversation, const std::string& text,
                                           const MessageId& id, Effects& effects);
    /// Gathers owed receipts into invisible contents.
    Expected<void, db::Error> queueReceipts(Effects& effects);

    /// What row still lacks; reads only.
    Obstacle obstacle(const OutboxRow& row);
    /// Starts a session from a bundle that the relay handed out; false when the bundle is refused.
    Expected<bool, db::Error> startSession(const DeviceAddress& device, const crypto::PrekeyBundle& bundle,
                                           Effects& effects);
    /// Transaction B for rows without obstacle, in order: returns one send per row.
    Expected<std::vector<FixedSend>, db::Error> fix(const std::vector<OutboxRow>& rows, Effects& effects);
    /// Transaction C, for all sends that one packet answers.
    struct StoredSend {
        SendId id;
        Stamp stamp{};
    };
    Expected<void, db::Error> stored(const std::vector<StoredSend>& sends, Effects& effects);
    /// Lists changed under a send of which nothing was stored: headers for added devices, none for removed
    /// ones, the rest byte-identical (R8). Nothing when devices still lack a session.
    Expected<std::optional<FixedSend>, db::Error> adjust(SendKey key);
    /// It can never be sent: says so in the history.
    Expected<void, db::Error> giveUp(const OutboxRow& row, const std::string& reason, Effects& effects);

    /// The device lists that a send of this row goes by: of every recipient account, and one's own.
    std::vector<const VerifiedDeviceList*> listsFor(ConversationKey conversation);

private:
    std::vector<DeviceEntry> recipients(const AccountId& account);
    FixedSend fixOne(const OutboxRow& row, Effects& effects);
    Bytes sealFor(const AccountId& account, const DeviceEntry& entry, const FixedSend& send,
                  const MessageId& message, std::uint64_t seqBase);
    std::uint64_t seqBase(ConversationKey conversation, std::uint64_t generation, const DeviceAddress& device,
                          std::uint64_t seq);

    LocalDevice& m_device;
    DeviceDirectory& m_directory;
};

} // namespace sotto::core

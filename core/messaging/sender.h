// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Outgoing messages: queued in transaction A, fixed as bytes in transaction B, finished in transaction C
/// (docs/RELIABILITY.md, R7); C of some and B of others share a commit. No socket, no timer. The methods
/// named after a transaction open it themselves.

#include "core/messaging/content.h"
#include "core/messaging/device_directory.h"
#include "core/messaging/send_state.h"

#include <map>

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

    /// Transaction A. The same id again gives the message of the first time. Nothing is said of how long it
    /// stays: as long as the conversation's messages do. text: its styles are canonical.
    Expected<Message, db::Error> queueText(ConversationKey conversation, const StyledText& text,
                                           const MessageId& id, const std::optional<Quote>& quote,
                                           std::optional<std::uint32_t> expireSeconds, Effects& effects);
    /// Gathers owed receipts into invisible contents.
    Expected<void, db::Error> queueReceipts(Effects& effects);

    /// What row still lacks; reads only.
    Obstacle obstacle(const OutboxRow& row);
    /// Starts a session from a bundle that the relay handed out; false when the bundle is refused.
    Expected<bool, db::Error> startSession(const DeviceAddress& device, const crypto::PrekeyBundle& bundle,
                                           Effects& effects);
    /// The relay hands out no bundle for these. Where there is a session it serves on, and a new one is tried
    /// an hour later; true if there is one.
    Expected<bool, db::Error> giveUpRenewal(const std::vector<DeviceAddress>& devices);
    /// An unnumbered content that is sent once and stored nowhere: sealed for all who could get it now, in a
    /// transaction of its own. Nothing when a list or a session is missing.
    Expected<std::optional<FixedSend>, db::Error> sealEphemeral(ConversationKey conversation,
                                                                const Body& body);
    /// An answer of the relay, with the row that it empties.
    struct StoredSend {
        SendKey key{};
        OutboxKey row{};
        std::optional<MessageKey> message;
        std::optional<MessageStore::Numbered> line; ///< as transaction B left it, if this process made it
        std::optional<OwnAmendmentKey> amendment;
        SendId id;
        Stamp stamp{};
    };
    /// Transaction B for rows without obstacle, in order: returns one send per row. Transaction C for what
    /// one packet has answered, in the order of the sends, goes with it: one commit for both. Either both
    /// are done or neither.
    Expected<std::vector<FixedSend>, db::Error>
    fix(const std::vector<OutboxRow>& rows, const std::vector<StoredSend>& finished, Effects& effects);
    /// Lists changed under a send of which nothing was stored: headers for added devices, none for removed
    /// ones, the rest byte-identical (R8). Nothing when devices still lack a session.
    Expected<std::optional<FixedSend>, db::Error> adjust(SendKey key);
    /// It can never be sent: says so in the history.
    Expected<void, db::Error> giveUp(const OutboxRow& row, const std::string& reason, Effects& effects);

    /// The device lists that a send of this row goes by: of every recipient account, and one's own.
    std::vector<const VerifiedDeviceList*> listsFor(ConversationKey conversation);

private:
    std::vector<DeviceEntry> recipients(const AccountId& account);
    struct Recipient {
        DeviceAddress device;
        Curve25519Key identity;
        std::optional<std::uint64_t> base; ///< once a numbered content was made for it
    };
    /// What all rows of a conversation share in one transaction.
    struct Chain {
        ConversationId wireId;
        std::uint64_t generation = 0;
        std::uint64_t seq = 0; ///< of the last content
        std::optional<Digest> last;
        std::vector<Recipient> recipients;
    };
    Chain chainOf(ConversationKey conversation);
    FixedSend fixOne(const OutboxRow& row, Chain& chain, Effects& effects);
    void finish(const std::vector<StoredSend>& sends, Effects& effects);
    Bytes sealFor(const Recipient& recipient, const FixedSend& send, const MessageId& message,
                  std::uint64_t seqBase);
    void storedAmendment(OwnAmendmentKey key, Effects& effects);
    struct Facts {
        MessageId message;
        std::uint64_t generation = 0;
        std::uint64_t seq = 0;
    };
    Facts factsOf(const FixedSend& send) const;
    std::uint64_t seqBase(ConversationKey conversation, std::uint64_t generation, const DeviceAddress& device,
                          std::uint64_t seq);
    std::uint64_t knownSeqBase(ConversationKey conversation, std::uint64_t generation,
                               const DeviceAddress& device);

    LocalDevice& m_device;
    DeviceDirectory& m_directory;
};

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The client's side of its one connection to the relay: link, challenge, registration, log-in, then all that
/// goes over it. Sans-I/O: packets, timers and the time come in, packets and wishes go out through Edge.

#include "core/messaging/receiver.h"
#include "core/messaging/sender.h"
#include "core/sync/delivery_upkeep.h"
#include "core/sync/edge.h"
#include "core/sync/login.h"
#include "core/sync/mailbox_sync.h"
#include "core/sync/outbox_pump.h"
#include "core/sync/prekey_upkeep.h"
#include "core/sync/presence.h"
#include "core/sync/typing.h"
#include "core/types/event.h"

#include <functional>

namespace sotto::core {

class Connection final : private Link {
public:
    static constexpr Milliseconds kConnectDeadline{20'000};
    static constexpr Milliseconds kPingAfter{20'000};   ///< silence before asking whether the relay is there
    static constexpr Milliseconds kDeadAfter{40'000};   ///< silence that means it is not
    static constexpr Milliseconds kReceiptDelay{1'000}; ///< at least; as much again at random (case 34)
    static constexpr Milliseconds kLateReceiptDelay{30'000}; ///< the same while the relay asks for patience
    static constexpr std::uint32_t kLateReceipts = 2;        ///< the relay's pressure from which on it does

    using Emit = std::function<void(const Event&)>;
    Connection(Profile& profile, LocalDevice& device, Edge& edge, Emit emit);
    ~Connection() override;

    void start();
    void stop();
    void onConnected(const Digest& tlsKeyHash);
    void onPacket(BytesView packet);
    /// Tries again later; but without an account at the relay yet, a wrong key means a wrong join link, and
    /// no later try helps: Stopped.
    void onDisconnected(const std::string& reason, LinkLoss loss = LinkLoss::Network);
    void onTimer();
    void onNetworkChanged();

    /// A command wrote to the outbox.
    void outboxChanged();
    /// A key was pressed in a conversation, or its text was sent or given up.
    void typing(ConversationKey conversation, bool isTyping);
    bool isTyping(ConversationKey conversation, const AccountId& account) const {
        return m_typing.isTyping(conversation, account);
    }
    /// This person looks at a conversation, or turned away.
    void look(ConversationKey conversation);
    void away();
    void sharingChanged(); ///< of presence
    PresenceView presence(const AccountId& account) const { return m_presence.of(account); }
    void erased(); ///< something was deleted: the database's log is to be emptied of it
    /// A command changed a contact: what waited may go, its list may be asked for.
    void contactChanged(const AccountId& account);
    /// These accounts have a newer list: mail kept for want of it may open now.
    void listsChanged(const std::set<AccountId>& accounts);
    /// A command owes receipts.
    void receiptsDue();
    /// Sends what is delayed on purpose now.
    void hurry();
    /// Nothing is left that this connection could still send.
    bool isSettled() const;
    /// False when there is no connection to ask.
    bool resolve(const std::string& name, ListLookup::Resolved done);

    Sender& sender() { return m_sender; }
    DeviceDirectory& directory() { return m_directory; }
    LinkState state() const { return m_state; }
    const std::string& reason() const { return m_reason; }
    std::int64_t clockOffsetMs() const { return m_clockOffsetMs; }
    /// The relay of the last connection says that it breaks things on purpose.
    bool isTestingRelay() const { return m_challenge.testing(); }

private:
    struct Online;
    class Entry;

    using Link::ask;
    void ask(wire::pb::Frame& frame, Requests::Answer answer) override;
    void tell(const wire::pb::Frame& frame) override;
    void storageFailed(db::Error error) override;
    void breakOff(const std::string& reason) override { close(reason); }
    void perform(Effects effects) override;
    void wakeAt(SteadyTime time) override;

    template <class Call>
    void enter(Call call);
    void handle(BytesView packet);
    void handle(const wire::pb::Frame& frame);
    void timePassed();
    void challenged(const wire::pb::Challenge& challenge);
    void sayHello();
    bool beginAnew(std::uint64_t above);
    void prekeysPublished();
    void welcomed(const wire::pb::Welcome& welcome);
    void refused(const wire::pb::Error& error);
    void connectNow();
    void close(const std::string& reason);
    void halt(const std::string& reason);
    std::string note() const; ///< what the user should know beside Online and Drained; mostly empty
    void setState(LinkState state, const std::string& reason = {});
    void flush();
    Typing::Offer ephemeralOffer();
    void leave();
    void noteDrained();
    std::optional<SteadyTime> nextWake() const;

    Profile& m_profile;
    LocalDevice& m_device;
    Edge& m_edge;
    Emit m_emit;
    DeviceDirectory m_directory;
    Sender m_sender;
    Receiver m_receiver;
    Login m_login;
    DeliveryUpkeep m_delivery;
    Typing m_typing;
    Presence m_presence;

    bool m_wanted = false;
    bool m_newlyRegistered = false;
    bool m_outboxChanged = false; ///< and the pump has not been told yet
    bool m_linked = false;        ///< edge has been asked to connect and has not said otherwise
    LinkState m_state = LinkState::Offline;
    std::string m_reason;
    Requests m_requests;
    std::unique_ptr<Online> m_online;
    wire::pb::Challenge m_challenge;
    Digest m_tlsKeyHash;
    Bytes m_out;                  ///< a packet of the frames gathered during one call from outside
    std::uint32_t m_pressure = 0; ///< the relay's, as it last said
    int m_depth = 0;
    std::string m_closing; ///< why the link is to be closed when the call ends; empty: it is not

    Backoff m_backoff;
    bool m_storageFailed = false; ///< since everything was received the last time
    std::optional<SteadyTime> m_connectAt;
    std::optional<SteadyTime> m_connectDeadline;
    std::optional<SteadyTime> m_receiptsAt;
    std::optional<SteadyTime> m_partWake;
    std::optional<WallTime> m_drainedFrom; ///< since then everything that was there has been fetched
    SteadyTime m_lastHeard;
    bool m_pinged = false;
    std::int64_t m_clockOffsetMs = 0;
    bool m_isLogToEmpty = false;
};

} // namespace sotto::core

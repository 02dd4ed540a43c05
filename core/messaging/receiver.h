// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Incoming mail: one transaction per batch, one savepoint per header, cursor included; acknowledged by the
/// caller after the commit (docs/RELIABILITY.md, R4–R6). No socket, no timer.

#include "core/messaging/amendments.h"
#include "core/messaging/content.h"
#include "core/messaging/device_directory.h"
#include "core/messaging/gaps.h"
#include "core/messaging/placeholders.h"
#include "core/messaging/resender.h"
#include "core/messaging/timers.h"
#include "core/messaging/turns.h"
#include "crypto/payload.h"

namespace sotto::core {

class Receiver {
public:
    static constexpr std::size_t kMaxBatch = 50;
    static constexpr std::chrono::milliseconds kMaxBatchTime{20};

    Receiver(LocalDevice& device, DeviceDirectory& directory)
        : m_device(device)
        , m_directory(directory)
        , m_gaps(device)
        , m_turns(device)
        , m_resender(device)
        , m_amendments(device)
        , m_timers(device)
        , m_placeholders(device, directory) {}

    /// Whether the sender's device list should be asked for before this mail is received.
    bool wantsList(const Mail& mail);
    /// Receives mail from the front of a batch, as much as one transaction should take: returns how many. On
    /// an error nothing of them was received and nothing may be acknowledged.
    Expected<std::size_t, db::Error> receive(std::span<const Mail> batch, Effects& effects);
    /// Tries mail of these accounts once more that was kept for want of a device list or session.
    Expected<void, db::Error> retryKept(const std::set<AccountId>& accounts, Effects& effects);

private:
    using Outcome = Expected<void, PlaceholderCause>;

    WallTime timeOf(const Mail& mail) const;
    void receiveOne(const Mail& mail, Effects& effects);
    void tryAgain(const Mail& mail, const KeptMail& old, Effects& effects);
    Outcome complete(const Mail& mail, const KeptMail& old, Effects& effects);
    /// Everything that can fail because of what the mail is. May write; the caller's savepoint undoes it on
    /// error, unless keepsRatchet is set: then the header was authentic and its step counts.
    Outcome open(const Mail& mail, const std::optional<MessageKey>& placeholder, KeptMail& kept,
                 bool& keepsRatchet, Effects& effects);
    struct PayloadFacts {
        const ShortSecret<32>& key;
        Digest digest;
        std::optional<MessageId> message; ///< nothing: the header is not at hand any more
        std::uint64_t seqBase = 0;
    };
    Outcome openPayload(const Mail& mail, const PayloadFacts& facts,
                        const std::optional<MessageKey>& placeholder, Effects& effects);
    /// A content with all that is known of where it came from.
    struct Opened {
        const Mail& mail;
        const Content& content;
        BytesView bytes;
        std::uint64_t seqBase = 0;
        Stamp stamp{};                         ///< a repair carries that of the first time
        std::optional<MessageKey> placeholder; ///< the line that stands for it
        int repairs = 0;                       ///< how many repairs it came wrapped in
    };
    Outcome apply(const Opened& opened, Effects& effects);
    Outcome applyUnnumbered(const Opened& opened, Effects& effects);
    void applyText(const Opened& opened, const TextBody& body, Effects& effects);
    Outcome applyRepair(const Opened& opened, const RepairBody& repair, Effects& effects);
    bool isBeforeThisDevice(const Mail& mail) const;
    void noteClaim(const Mail& mail, Effects& effects);
    void checkFreshness(const Mail& mail, const crypto::HeaderPlaintext& header, Effects& effects);
    Message lineOf(const Opened& opened, const Contact& contact) const;
    ChainPosition positionOf(const Content& content) const;

    LocalDevice& m_device;
    DeviceDirectory& m_directory;
    Gaps m_gaps;
    Turns m_turns;
    Resender m_resender;
    Amendments m_amendments;
    Timers m_timers;
    Placeholders m_placeholders;
    std::vector<Arrival> m_arrivals; ///< of the batch at hand
    bool m_keepsMail = false;        ///< any placeholder at all, in this batch
};

} // namespace sotto::core

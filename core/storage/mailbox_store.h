// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// This device's side of its mailbox at the relay: the cursor, headers dealt with, mail that could not be
/// read.

#include "core/storage/account_store.h"
#include "core/types/message.h"

namespace sotto::core {

/// The last mailbox row applied here. Number 0: none yet.
struct Cursor {
    MailboxNumber number{};
    Stamp stamp{};
    friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// Mail kept whole because it could not be read.
struct KeptMail {
    MessageKey message{};
    DeviceAddress sender;
    SendId sendId;
    Stamp stamp{};
    Bytes header;
    Bytes payload;
    std::optional<ShortSecret<32>> payloadKey; ///< with digest: the header opened, the payload did not
    std::optional<Digest> payloadDigest;
    std::uint64_t seqBase = 0; ///< of the header, once it opened
};

/// Kept mail as far as its author is asked for it.
struct UnreadMail {
    MessageKey message{};
    DeviceAddress sender;
    SendId sendId;
    HeaderHash headerHash;
    PlaceholderCause cause{};
    int asked = 0;
    std::int64_t askedAt = 0;
};

class MailboxStore {
public:
    /// Most placeholders kept whole per sender device; beyond, mail is only counted.
    static constexpr std::int64_t kMaxKeptRows = 1000;
    static constexpr std::int64_t kMaxKeptBytes = 64 * 1024 * 1024;

    explicit MailboxStore(db::Database& database)
        : m_database(database)
        , m_accounts(database) {}

    Cursor cursor() const;
    void setCursor(const Cursor& cursor);
    std::optional<Epoch> epoch() const;
    void setEpoch(const Epoch& epoch);

    bool isProcessed(const HeaderHash& hash) const;
    void setProcessed(const HeaderHash& hash, WallTime at);
    void forgetProcessedBefore(WallTime time);

    bool mayKeep(const DeviceAddress& sender) const;
    void keep(const KeptMail& mail, const HeaderHash& hash);
    std::optional<KeptMail> kept(const HeaderHash& hash) const;
    /// All with this label, oldest first: a relay may have written it on more than one header.
    std::vector<KeptMail> kept(const DeviceAddress& sender, const SendId& sendId) const;
    bool isAnyKept() const;
    /// Mail of this account that waits for a device list or a session, oldest first.
    std::vector<KeptMail> waitingFrom(const AccountId& sender) const;
    /// The accounts that have any.
    std::vector<AccountId> sendersWaitedFor() const;
    /// Its header has opened since.
    void setOpened(MessageKey message, const KeptMail& opened);
    void release(MessageKey message);
    /// What its author can help with and was asked for less than `most` times.
    std::vector<UnreadMail> toAskFor(int most) const;
    void noteAsked(MessageKey message, WallTime at);
    std::int64_t refused() const; ///< rows that were only counted
    void countRefused(const DeviceAddress& sender, WallTime at);

private:
    db::Database& m_database;
    AccountStore m_accounts;
};

} // namespace sotto::core

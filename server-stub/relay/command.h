// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What the relay asks of its store. A command carries its question and, once executed, its answer: it
/// travels to the storage thread and back as a value. Each is atomic; those of one batch take effect in
/// order.

#include "core/base/statements.h"
#include "core/wire/packet.h"
#include "server-stub/relay/delivery.h"

#include <variant>
#include <vector>

namespace sotto::relay {

using wire::pb::Agreement;

/// Key of one device's mailbox in the store; never reused.
enum class MailboxId : std::int64_t {};

enum class ConnectionId : std::uint64_t {};

/// What a login is checked against.
struct DeviceRecord {
    MailboxId mailbox{};
    DeviceNumber device{};
    Ed25519Key authenticationKey;
    std::uint32_t registrationId = 0;
    bool removed = false; ///< it left its account's list: it may prove who it was, and nothing else
};

struct FindDevice {
    DeviceAddress address;
    std::optional<DeviceRecord> found;
};

/// Compares what the client knows with what the relay knows (docs/PROTOCOL.md, "Rollback"), stores the
/// pending generation if either is known, and takes a cursor that agrees as an acknowledgement.
struct LogIn {
    DeviceAddress address;
    DeviceRecord record;
    wire::pb::Hello hello;

    bool listed = false; ///< false: the device left the list meanwhile; nothing else is set
    Epoch epoch;
    MailboxNumber acked{};
    Stamp ackedStamp{};
    MailboxNumber newest{};
    std::vector<Agreement> disagreements;
    wire::pb::ListRef list;
    std::uint32_t oneTimePrekeys = 0;
    std::uint64_t generation = 0; ///< number of the one known now
};

struct RegisterAccount {
    VerifiedDeviceList list;
    Bytes invite;
    bool open = false; ///< no invite is needed

    enum class Answer { Registered, InviteInvalid, NameTaken, Known, RelayFull } answer{};
    Epoch epoch;
};

struct PublishList {
    VerifiedDeviceList list;

    enum class Answer { Published, Outdated, Invalid, NotFound, NameTaken } answer{};
    std::optional<SignedDeviceList> newest; ///< with Outdated
    std::vector<MailboxId> removed;
    std::vector<MailboxId> remaining;
};

struct FetchLists {
    std::vector<AccountId> accounts;
    std::vector<std::string> names;
    std::vector<SignedDeviceList> found;
};

struct OneTimePrekey {
    std::uint32_t id = 0;
    Curve25519Key key;
};

struct PublishPrekeys {
    MailboxId mailbox{};
    std::optional<SignedBundleStatement> statement;
    std::vector<OneTimePrekey> oneTime;
    bool replace = false;

    enum class Answer { Published, TooMany } answer{};
    std::uint32_t left = 0;
};

struct FetchBundles {
    struct Item {
        DeviceAddress address;
        bool oneTime = true; ///< false: this target's one-time prekeys are being spared
        std::optional<SignedBundleStatement> statement;
        std::optional<OneTimePrekey> prekey;
        MailboxId mailbox{};
        std::uint32_t left = 0;
    };
    std::vector<Item> items;
};

struct StoreSend {
    DeviceAddress sender;
    MailboxId senderMailbox{};
    SendId id;
    wire::pb::Class kind{};
    std::string payload;
    struct Header {
        DeviceAddress device;
        std::string bytes;
    };
    std::vector<Header> headers;
    struct List {
        AccountId account;
        std::uint64_t signerEpoch = 0;
        std::uint64_t version = 0;
        Digest hash;
    };
    std::vector<List> lists;
    std::array<std::uint8_t, 16> requestHash{}; ///< of everything that would be stored

    // What its connection has been refused (docs/PROTOCOL.md, "Sending").
    std::optional<std::uint32_t> refusalsSeen;     ///< by the client, when it made this one
    std::uint32_t refusedBefore = 0;               ///< before this one, without asking the store
    std::shared_ptr<std::uint32_t> refusedByStore; ///< of this connection so far; the store's thread only
    bool isCounted = false;                        ///< in there

    enum class Answer {
        Stored,
        Repeated, ///< the same bytes as before: the answer of then
        Passed,   ///< ephemeral: the lists agree, nothing was stored
        ListsDiffer,
        SendIdReused,
        MailboxFull,
        UnknownAccount,
        SenderRevoked,
        Preceded, ///< an earlier send of the connection was refused, and its client did not know
    } answer{};
    bool isRefused() const {
        return answer != Answer::Stored && answer != Answer::Repeated && answer != Answer::Passed;
    }
    Stamp stamp{};
    struct Placed {
        MailboxId mailbox{};
        MailboxNumber number{};
    };
    std::vector<Placed> placed;           ///< parallel to `headers`; with Stored and Passed
    std::vector<SignedDeviceList> newest; ///< with ListsDiffer
};

struct Acknowledge {
    MailboxId mailbox{};
    MailboxNumber number{};
};

/// The next rows of a mailbox, ready to be sent.
struct ReadRows {
    MailboxId mailbox{};
    MailboxNumber after{};
    std::uint32_t maxRows = 0;
    std::uint64_t maxBytes = 0; ///< the first row comes whatever its size
    std::vector<Delivery> found;
};

/// Turns what is older than the retention into tombstones, a slice of the mailboxes at a time, and forgets
/// old send ids, spent prekeys and invites.
struct Expire {
    Milliseconds retention{};
};

using Command = std::variant<FindDevice, LogIn, RegisterAccount, PublishList, FetchLists, PublishPrekeys,
                             FetchBundles, StoreSend, Acknowledge, ReadRows, Expire>;

/// A command and who asked.
struct Job {
    ConnectionId connection{};
    std::uint64_t request = 0; ///< the frame's
    std::size_t cost = 0;      ///< bytes it holds while it waits
    Command command;
};

} // namespace sotto::relay

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What truly happened in a simulated world, and whether anybody's program says otherwise. Safety is checked
/// whenever something happens; what is on a disk, after each restart and at the end.
///
/// - I1: shown is only what that sender said to that person
/// - I2: ... and once
/// - I3: stored is in the relay's mailbox or was acknowledged
/// - I4: acknowledged is on the client's disk
/// - I5: a sender's lines stand in the order they were said
/// - I6: no ratchet key and counter for two headers
/// - I7: no plaintext on a link or a disk
/// - I8: nothing is sealed for devices not listed
/// - I9: what is sent and kept stays within bounds
/// - I10: no message is sealed more often than allowed
/// - I11: nobody takes an ordinary crash for a restored profile
/// - I12: in the end both sides show the same of what was edited, and the same reactions
/// - I13: what was deleted for everyone, or whose time is over, is nowhere

#include "tests/support/world.h"

#include <map>
#include <set>

namespace sotto::simulation {

using test::Person;
using test::RelayNode;

/// Ends a run: the first thing that must not be.
struct Violation {
    std::string text;
};

inline std::string quoted(int message) {
    return "message " + std::to_string(message);
}

/// Stands in every message, so that one that leaks is recognised.
inline constexpr std::string_view kPlaintext = "sotto-sim-plain";

/// While the oracle reads a person's database.
class SimulatedTruce {
public:
    explicit SimulatedTruce(Person& person)
        : m_truce(person.disk()) {}

private:
    test::SimulatedDisk::Truce m_truce;
};

class Ledger {
public:
    /// What a person's program has told its user, and what it must not forget. Goes back with a restored
    /// copy.
    struct View {
        std::set<int> shown;
        std::set<int> saidDurably;
        std::uint64_t acknowledged = 0; ///< highest mailbox number
    };
    struct Said {
        const Person* from = nullptr;
        const Person* to = nullptr;
        bool durable = false;   ///< the command succeeded
        bool forgotten = false; ///< a restored copy of its author has not got it
        bool isLost = false;    ///< forgotten before it was stored anywhere
        bool isExcused = false; ///< nobody has it any more, or nobody may be asked
        bool mutual = true;     ///< they know each other: receipts are due
        bool mayGo = false;     ///< somebody deletes it, or it has a time
        bool isDeleted = false; ///< its author has deleted it everywhere, and the command succeeded
        std::set<SendId> sends;
    };

    void arrives(Person& person);
    View& viewOf(const Person& person) { return m_views.at(&person); }

    /// The next message's text; its number is the answer's index.
    int nextMessage(const Person& from, const Person& to, bool mutual);
    static std::string textOf(int message, std::size_t padding);
    static std::string editedText(int message, int edit);
    void saidDurably(int message);
    /// Which message this text is a version of.
    static int numberOf(std::string_view text);
    /// From now on nobody has to have it.
    void mayGo(int message) { m_said[static_cast<std::size_t>(message)].mayGo = true; }
    void deletedForEveryone(int message) { m_said[static_cast<std::size_t>(message)].isDeleted = true; }

    // ---- Watching ----
    void sentByClient(Person& person, const wire::pb::Packet& packet);
    void executed(RelayNode& relay, std::span<relay::Job> jobs, bool known);
    void happened(Person& person, const core::Event& event);
    void inspect(BytesView bytes, const char* where) const; ///< I7
    /// The hostile relay changed what this row says.
    void tampered(const Person& person, std::uint64_t number) { m_tampered.emplace(&person, number); }

    // ---- After restarts ----
    void checkDisk(Person& person);    ///< I2, I4, I5, durability of what was said
    void checkStore(RelayNode& relay); ///< I3
    /// shows: the relay has seen a later life of this profile, so that nothing may be sent from the copy as
    /// if nothing had happened.
    void personRestored(Person& person, View view, bool shows);
    void personCloned(Person& person, Person& copy, View view);
    void relayRestored(RelayNode& relay);

    // ---- The end ----
    /// Empty when everything arrived; else the first thing that did not.
    std::string missing();
    void checkHistories();
    /// Everything was read, and all times are over.
    void checkExpired();

    std::uint64_t messages() const { return m_said.size(); }
    std::uint64_t placeholders() const { return m_placeholders; }
    std::uint64_t repairs() const { return m_repairs; }

private:
    struct Row {
        SendId sendId;
        HeaderHash header;
    };
    struct Store {
        std::map<std::pair<relay::MailboxId, std::uint64_t>, Row> rows;
        std::map<relay::MailboxId, std::uint64_t> newest;
        std::map<std::pair<relay::MailboxId, SendId>, Stamp> sends;
        std::set<std::pair<relay::MailboxId, SendId>> unknown; ///< stored perhaps
    };
    struct Offered {
        Digest bytes;
        bool listsDiffered = false;
    };
    void checkSend(Person& person, const wire::pb::Send& send);
    void noteMessage(Person& person, const SendId& id);
    void checkAcknowledged(Person& person, std::uint64_t above, std::uint64_t upTo);
    void checkHeader(Person& person, const DeviceAddress& to, const std::string& header);
    int parse(std::string_view text, const Person& reader, bool outgoing, const AccountId& sender) const;
    Person* personOf(const AccountId& account) const;
    std::string missingOf(Person& person);
    std::string differing(Person& one, Person& other);
    std::string differing();
    static bool hasLabelOf(Person& reader, const Said& said);
    static std::string unreadOf(Person& reader, const AccountId& author);
    std::int64_t holesOf(Person& reader, const AccountId& author) const;
    /// Those of them that something deleted or disappeared explains: its author has not got it any more.
    std::int64_t emptiedOf(Person& reader, const AccountId& author) const;

    std::vector<Said> m_said;
    std::map<const Person*, View> m_views;
    std::map<AccountId, Person*> m_byAccount;
    std::map<const RelayNode*, Store> m_stores;
    std::set<const RelayNode*> m_relaysRestored;
    std::map<AccountId, std::map<std::uint64_t, Row>> m_mail; ///< by mailbox number
    std::map<AccountId, std::set<DeviceNumber>> m_devices;
    std::map<SendId, Offered> m_offered;
    std::map<std::pair<Bytes, std::uint32_t>, HeaderHash> m_counters; ///< ratchet key, counter
    std::set<HeaderHash> m_headers;                                   ///< that a client made
    std::set<std::pair<const Person*, std::uint64_t>> m_tampered;
    std::set<AccountId> m_rolledBack; ///< restored or copied
    std::set<AccountId> m_unnoticed;  ///< two lives use the same keys and numbers, and nobody can tell
    std::set<AccountId> m_misled;     ///< began anew because their relay went back
    std::set<AccountId> m_cloned;
    std::set<std::pair<AccountId, AccountId>> m_strangers; ///< nobody asks them for anything
    std::map<SendId, int> m_messageOf;
    std::set<SendId> m_stored; ///< by any relay, at any time
    std::uint64_t m_placeholders = 0;
    std::uint64_t m_repairs = 0;
};

} // namespace sotto::simulation

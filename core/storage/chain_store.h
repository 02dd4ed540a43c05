// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Which numbers of each sender device's chain have arrived, and where a chain forks. Written once a batch,
/// not once a message.

#include "core/storage/account_store.h"
#include "core/types/message.h"

#include <span>

namespace sotto::core {

/// A chain's row in this profile.
enum class ChainKey : std::int64_t {};

/// Whose numbers: one device's in one conversation, for one generation of that device.
struct ChainName {
    ConversationKey conversation{};
    AccountId sender;
    DeviceNumber device{};
    std::uint64_t generation = 0;
    friend auto operator<=>(const ChainName&, const ChainName&) = default;
};

/// A numbered content that was opened.
struct NumberedContent {
    std::uint64_t seq = 0;
    Digest hash;
    std::optional<Digest> previous;
};

struct Chain {
    ChainKey key{};
    ChainName name;
    std::uint64_t base = 0; ///< the first number meant for this device; 0: not known
    std::uint64_t head = 0; ///< the highest its sender has told of
};

class ChainStore {
public:
    /// Holes are looked for among this many of a chain's newest ranges: who sends every second number only
    /// must not make every batch slower.
    static constexpr std::size_t kMostRanges = 1000;

    explicit ChainStore(db::Database& database)
        : m_database(database)
        , m_accounts(database) {}

    /// Makes the row if it is new. base 0: not known; a lower one than the row's replaces it.
    Chain open(const ChainName& name, std::uint64_t base);
    std::optional<Chain> find(ChainKey key) const;
    std::optional<Chain> find(const ChainName& name) const;
    std::vector<Chain> all(const std::optional<ConversationKey>& conversation) const;
    /// Every chain of one device in a conversation, whatever its generation.
    std::vector<Chain> ofDevice(ConversationKey conversation, const DeviceAddress& device) const;

    /// Stamp of the newest message that a device wrote there; 0: it has written nothing.
    Stamp newestFrom(ConversationKey conversation, const DeviceAddress& device) const;

    /// Records what arrived; contents in ascending order of their numbers. Returns where the chain forks: a
    /// number that was there under another hash, or a neighbour that names another content before it.
    std::vector<std::uint64_t> add(const Chain& chain, std::span<const NumberedContent> contents);
    void setHead(ChainKey key, std::uint64_t head);
    void addFork(ChainKey key, std::uint64_t seq, WallTime at); ///< once for each number
    std::vector<std::uint64_t> forks(ChainKey key) const;

    std::vector<NumberRange> ranges(ChainKey key) const; ///< the newest kMostRanges, ascending
    /// What is missing between the base, these ranges, and the head. `from`: below it was not looked.
    struct Holes {
        std::uint64_t from = 0;
        std::vector<NumberRange> missing;
    };
    Holes holes(const Chain& chain) const;
    /// Everything up to here has arrived without a hole; 0: not even the first.
    std::uint64_t contiguous(const Chain& chain) const;

private:
    bool hasOther(const ChainName& name, const NumberedContent& content) const;
    db::Database& m_database;
    AccountStore m_accounts;
};

} // namespace sotto::core

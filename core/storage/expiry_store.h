// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Messages that disappear, and what the two sides of a conversation agreed on for new ones. Rows only: when
/// time begins and what goes is core/messaging/expiry.h's.

#include "core/storage/account_store.h"
#include "core/types/message.h"

#include <vector>

namespace sotto::core {

/// How long messages stay, as somebody said it. Of two the larger counts, so that everybody ends with the
/// same.
struct TimerChange {
    std::uint64_t revision = 0;
    DeviceAddress sender;
    MessageId id; ///< of the content
    std::uint32_t seconds = 0;

    bool countsAgainst(const TimerChange& other) const {
        return std::tie(revision, sender, id) > std::tie(other.revision, other.sender, other.id);
    }
};

class ExpiryStore {
public:
    explicit ExpiryStore(db::Database& database)
        : m_database(database)
        , m_accounts(database) {}

    /// The message's row must be there. seconds: 1 to kMaxExpireSeconds.
    void add(MessageKey message, std::uint32_t seconds);
    /// Its time begins, unless it has: returns when it ends. 0: it does not disappear.
    std::int64_t start(MessageKey message, std::int64_t now);
    struct Lifetime {
        std::uint32_t seconds = 0;
        std::int64_t deadline = 0; ///< 0: not begun
    };
    std::optional<Lifetime> of(MessageKey message) const;
    void setDeadline(MessageKey message, std::int64_t deadline);
    void remove(MessageKey message);
    /// Whose time is over, the first to go first.
    std::vector<MessageKey> due(std::int64_t now, std::size_t limit) const;
    std::optional<std::int64_t> nextDeadline() const;
    /// The clock was set back to before a time began: it begins again now.
    void restartLaterThan(std::int64_t now);
    /// What was sent or read and has no end (imported, or lost in a repair): its time begins now.
    void startForgotten(std::int64_t now);

    std::optional<TimerChange> timer(ConversationKey conversation) const;
    void setTimer(ConversationKey conversation, const TimerChange& change);
    /// The message is a notice that tells of a change.
    void addChange(MessageKey message, const TimerChange& change);
    void removeChange(MessageKey message);
    struct Told {
        std::uint32_t seconds = 0;
        std::uint64_t revision = 0;
    };
    std::optional<Told> change(MessageKey message) const;

private:
    db::Database& m_database;
    AccountStore m_accounts;
};

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Who is there: what is told to accepted contacts, and what they tell. Nobody learns anything by asking
/// alone: a word goes to whom this person looks at, and back to those who told of themselves. In memory only,
/// as ephemeral mail, and not for ever to somebody who never answers (docs/decisions/0033).

#include "core/messaging/effects.h"
#include "core/sync/typing.h"

#include <map>

namespace sotto::core {

class Presence {
public:
    static constexpr Milliseconds kThereFor{6 * 60'000};            ///< after the last that the person did
    static constexpr Milliseconds kLately = std::chrono::hours(72); ///< is "recently"
    static constexpr Milliseconds kCoarselyAgain = std::chrono::hours(2);
    static constexpr Milliseconds kCoarseDelay{
        60'000}; ///< at most, by chance: a look is not told by its time
    static constexpr Milliseconds kLookAgain{4 * 60'000}; ///< among those who share exactly
    static constexpr Milliseconds kExactlyAgain{30'000};
    static constexpr Milliseconds kWatchedFor{10 * 60'000}; ///< whoever looked hears of changes so long
    static constexpr Milliseconds kShownFor{12 * 60'000};   ///< as there, without another word
    static constexpr int kMostUnanswered = 10;              ///< each takes a step of the ratchet (R11)
    static constexpr int kMostHeard = 6; ///< words of one contact at once; one more each kHeardAgain
    static constexpr Milliseconds kHeardAgain{10'000};

    using Offer = Typing::Offer;
    using Emit = Typing::Emit;
    Presence(LocalDevice& device, Sender& sender, Link& link, Emit observer)
        : m_device(device)
        , m_sender(sender)
        , m_link(link)
        , m_emit(std::move(observer)) {}

    /// This person looks at a conversation, and so is there. May throw db::Failure, as the next four.
    void look(ConversationKey conversation);
    /// A key was pressed, say.
    void active();
    /// The person turned away.
    void away();
    /// After mail was received.
    void received(const Effects& effects);
    /// offer: as in Typing.
    void onTimer(SteadyTime now, const Offer& offer);
    std::optional<SteadyTime> wake() const;
    /// Nobody is there as far as can be told.
    void linkLost();
    /// What is shared has changed: of what was told before nothing is shown.
    void sharingChanged();
    /// Somebody was blocked, say.
    void contactChanged(const AccountId& account);
    PresenceView of(const AccountId& account) const;

private:
    struct Peer {
        ConversationKey conversation{};
        PresenceView shown;
        SteadyTime shownUntil;
        bool wasHeard = false;
        bool isExact = false; ///< says that it shares exactly
        bool looks = false;   ///< to be told: this person looks at them
        SteadyTime watchedUntil;
        std::optional<SteadyTime> lookedAt;
        std::optional<SteadyTime> toldAt;
        std::optional<SteadyTime> toldExactlyAt;
        std::optional<SteadyTime> tellAt;
        int unanswered = 0;
        int heard = 0; ///< in the last kHeardAgain, more or less
        SteadyTime heardAt;
    };
    bool isContact(const AccountId& account) const;
    Peer* peerOf(const AccountId& account);
    bool mayBeHeard(Peer& peer) const;
    void hear(const AccountId& account, const PresenceBody& body);
    void show(const AccountId& account, Peer& peer, const PresenceView& view, SteadyTime until);
    /// Not before the time since the last such word is over.
    static void schedule(Peer& peer, SteadyTime at, const std::optional<SteadyTime>& last,
                         Milliseconds pause);
    void scheduleCoarsely(Peer& peer, Milliseconds pause);
    void becameActive();
    void tellWatchers();
    void tell(const AccountId& account, Peer& peer, const Offer& offer);
    std::optional<PresenceBody> word(const Peer& peer) const;

    LocalDevice& m_device;
    Sender& m_sender;
    Link& m_link;
    Emit m_emit;
    bool m_isThere = false;
    std::optional<SteadyTime> m_activeAt;
    std::map<AccountId, Peer> m_peers;
};

} // namespace sotto::core

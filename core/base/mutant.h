// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Bugs that are planted on purpose: the simulation must find each of them, or it proves nothing
/// (tests/simulation). Only its own copies of the libraries are compiled with SOTTO_MUTANTS; in every product
/// mutated() is false at compile time and the planted code is gone.

#include <array>
#include <string_view>

namespace sotto {

enum class Mutant {
    None,
    AckBeforeCommit,      ///< mail is acknowledged before its transaction
    AckBeyondStored,      ///< the newest row received is acknowledged, not the last without a hole before it
    CommitUnchecked,      ///< a commit that failed counts as done
    CursorOutside,        ///< the cursor is committed before the mail it stands for
    EarlyEditDropped,     ///< an edit, reaction or deletion that comes before its message is thrown away
    ExpiryNotResumed,     ///< what disappears does so only while the program runs that began its time
    HeaderHashNotStored,  ///< replays are not known
    LooseSync,            ///< synchronous=NORMAL
    NoGenerationCheck,    ///< the relay takes every generation
    OrderByWallTime,      ///< lines stand where their sender's clock says
    OutboxEmptiedAtSend,  ///< what was handed to the network counts as sent
    PlaceholderDropped,   ///< what cannot be read is thrown away
    ReceiptsOutside,      ///< owed receipts are forgotten in a transaction of their own
    RelayAnswersFailed,   ///< the relay answers as stored what its disk refused
    RelayDedupeMissing,   ///< the relay stores a repeated send again
    RelayDedupeWindow,    ///< the relay forgets a send after ten seconds
    RelayDropsAtDelivery, ///< the relay deletes rows when they are read, not when they are acknowledged
    ResealedOnRetry,      ///< a repeated send has new headers
    SeqReused,            ///< every eighth content has the number of the one before
    StartOverIgnored,     ///< a relay's other epoch or cursor changes nothing
};

struct NamedMutant {
    std::string_view name;
    Mutant mutant;
};
inline constexpr std::array kMutants = {
    NamedMutant{"ack-before-commit", Mutant::AckBeforeCommit},
    NamedMutant{"ack-beyond-stored", Mutant::AckBeyondStored},
    NamedMutant{"commit-unchecked", Mutant::CommitUnchecked},
    NamedMutant{"cursor-outside", Mutant::CursorOutside},
    NamedMutant{"early-edit-dropped", Mutant::EarlyEditDropped},
    NamedMutant{"expiry-not-resumed", Mutant::ExpiryNotResumed},
    NamedMutant{"header-hash-not-stored", Mutant::HeaderHashNotStored},
    NamedMutant{"loose-sync", Mutant::LooseSync},
    NamedMutant{"no-generation-check", Mutant::NoGenerationCheck},
    NamedMutant{"order-by-wall-time", Mutant::OrderByWallTime},
    NamedMutant{"outbox-emptied-at-send", Mutant::OutboxEmptiedAtSend},
    NamedMutant{"placeholder-dropped", Mutant::PlaceholderDropped},
    NamedMutant{"receipts-outside", Mutant::ReceiptsOutside},
    NamedMutant{"relay-answers-failed", Mutant::RelayAnswersFailed},
    NamedMutant{"relay-dedupe-missing", Mutant::RelayDedupeMissing},
    NamedMutant{"relay-dedupe-window", Mutant::RelayDedupeWindow},
    NamedMutant{"relay-drops-at-delivery", Mutant::RelayDropsAtDelivery},
    NamedMutant{"resealed-on-retry", Mutant::ResealedOnRetry},
    NamedMutant{"seq-reused", Mutant::SeqReused},
    NamedMutant{"start-over-ignored", Mutant::StartOverIgnored},
};

#ifdef SOTTO_MUTANTS
inline constexpr bool kHasMutants = true;
inline Mutant plantedMutant = Mutant::None;
/// From here on, in this process.
inline void plant(Mutant mutant) {
    plantedMutant = mutant;
}
inline bool mutated(Mutant mutant) {
    return plantedMutant == mutant;
}
#else
inline constexpr bool kHasMutants = false;
inline void plant(Mutant) {}
constexpr bool mutated(Mutant) {
    return false;
}
#endif

} // namespace sotto

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The first frames of a connection: registration once, then log-in with everything needed to notice a
/// rollback (docs/PROTOCOL.md, "The first frames" and "Rollback").

#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"
#include "core/wire/packet.h"

namespace sotto::core {

class Login {
public:
    Login(Profile& profile, LocalDevice& device)
        : m_profile(profile)
        , m_device(device) {}

    /// Whether this profile, or its database alone, was restored from an older copy, as far as can be seen
    /// here: the sentinel beside the database is newer than the database's own copy, or gone.
    bool isRestored() const;
    /// Begins a new generation, above what is known here and `above`.
    Expected<void, db::Error> beginAnew(std::uint64_t above, Effects& effects);
    /// How long the relay's word alone is no reason to begin anew: it is one only once a day, and once more
    /// if the new generation was declared too low. Nothing: it is one now.
    std::optional<Milliseconds> bindsFor() const;

    bool isRegistered() const { return m_device.settings.number("registered").value_or(0) != 0; }
    /// Nothing when the signer key or list is missing: this device cannot register.
    std::optional<wire::pb::Frame> registration(const wire::pb::Challenge& challenge,
                                                const Digest& tlsKeyHash);
    Expected<void, db::Error> registered();

    /// Makes the pending generation durable first.
    Result<wire::pb::Frame> hello(const wire::pb::Challenge& challenge, const Digest& tlsKeyHash);

    struct Welcomed {
        bool startOver = false;         ///< the relay was rolled back: its mailbox numbers begin again
        bool generationUnknown = false; ///< or the relay has acknowledged what was never received here
        std::uint64_t generation = 0;   ///< the number that the relay knows
    };
    Expected<Welcomed, db::Error> welcomed(const wire::pb::Welcome& welcome);

private:
    std::optional<GenerationPair> keptPair() const;
    Result<void> store(GenerationPair pair);
    Profile& m_profile;
    LocalDevice& m_device;
};

} // namespace sotto::core

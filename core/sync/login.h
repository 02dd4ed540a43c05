// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The first frames of a connection: registration once, then log-in with everything needed to notice a
/// rollback (docs/PROTOCOL.md, "The first frames" and "Rollback").

#include "core/messaging/local_device.h"
#include "core/wire/packet.h"

namespace sotto::core {

class Login {
public:
    Login(Profile& profile, LocalDevice& device)
        : m_profile(profile)
        , m_device(device) {}

    bool isRegistered() const { return m_device.settings.number("registered").value_or(0) != 0; }
    /// Nothing when the signer key or list is missing: this device cannot register.
    std::optional<wire::pb::Frame> registration(const wire::pb::Challenge& challenge,
                                                const Digest& tlsKeyHash);
    Expected<void, db::Error> registered();

    /// Makes the pending generation durable first.
    Result<wire::pb::Frame> hello(const wire::pb::Challenge& challenge, const Digest& tlsKeyHash);

    struct Welcomed {
        bool startOver = false; ///< the relay was rolled back: its mailbox numbers begin again
        bool generationUnknown = false;
    };
    Expected<Welcomed, db::Error> welcomed(const wire::pb::Welcome& welcome);

private:
    Profile& m_profile;
    LocalDevice& m_device;
};

} // namespace sotto::core

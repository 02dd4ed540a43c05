// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The newest verified device list of every account, and what follows when a newer one is offered: the one
/// place that decides whether to believe a relay about devices and names (docs/PROTOCOL.md, "Keys and device
/// lists").

#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"

#include <map>

namespace sotto::core {

enum class ListVerdict {
    Same,
    Applied, ///< newer: stored, sessions of removed devices are gone
    Older,   ///< ours is newer: hand it to whoever offered this one
    Refused, ///< invalid, forked, below the floor of a contact link: an alarm was raised
};

/// Every method runs inside the caller's transaction (reading ones need none).
class DeviceDirectory {
public:
    explicit DeviceDirectory(LocalDevice& device)
        : m_device(device) {}

    /// Points into a cache until the next offer(); nullptr when no list is known.
    const VerifiedDeviceList* list(const AccountId& account);
    /// The same, or nullptr while only a list below the floor of a contact link is known: nothing is sent by
    /// that.
    const VerifiedDeviceList* listToSendBy(const AccountId& account);
    const DeviceEntry* entry(const DeviceAddress& device);

    /// account: whose list was asked for. A list of another account is refused.
    ListVerdict offer(const AccountId& account, SignedDeviceList list, Effects& effects);
    /// The relay answered a look-up of a contact's name. Another account key than the contact's holds its
    /// mail and raises KeyChanged; for a contact from a link it is somebody else and only an alarm.
    void nameResolved(const Contact& contact, const VerifiedDeviceList& list, Effects& effects);
    /// Whoever writes is known from then on, as a stranger. A contact of the same name has another key: their
    /// mail is held until the user decides.
    Contact contactOf(const AccountId& account, Effects& effects);

private:
    void apply(const VerifiedDeviceList& list, const VerifiedDeviceList* before, Effects& effects);
    bool isBelowFloor(const VerifiedDeviceList& list) const;

    LocalDevice& m_device;
    std::map<AccountId, VerifiedDeviceList> m_cache;
    std::uint64_t m_cacheRollbacks = 0;
    bool m_applied = false; ///< since the last rollback
};

/// Writes a line into the conversation with an account: new device, key change, alarm.
void addNotice(LocalDevice& device, const AccountId& with, const std::string& text, Effects& effects);
/// Keeps an alarm, and tells it with a line in the conversation if `about` is a contact, unless it was told
/// lately.
void raiseAlarm(LocalDevice& device, const AccountId& about, const std::string& text, Effects& effects);

} // namespace sotto::core

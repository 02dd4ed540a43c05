// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Whether somebody is there, as far as they share it (docs/decisions/0033).

#include <cstdint>
#include <optional>
#include <string_view>

namespace sotto::core {

/// What this profile shares of its own, and therefore sees of others'. Kept by these numbers.
enum class PresenceSharing : int {
    Off = 0,      ///< nothing is sent, answered or shown
    Recently = 1, ///< that one was there lately, and no time
    Exact = 2,    ///< with those who share as much: that one is there, or when one was
};

/// Its row among the settings of a profile.
inline constexpr std::string_view kPresenceSetting = "privacy.presence";
constexpr PresenceSharing sharingOf(const std::optional<std::int64_t>& setting) {
    const std::int64_t number = setting.value_or(static_cast<std::int64_t>(PresenceSharing::Recently));
    return number == static_cast<std::int64_t>(PresenceSharing::Exact)      ? PresenceSharing::Exact
           : number == static_cast<std::int64_t>(PresenceSharing::Recently) ? PresenceSharing::Recently
                                                                            : PresenceSharing::Off;
}

/// What is known of somebody else's.
struct PresenceView {
    enum class Kind { Unknown, Recently, Online, LastSeen } kind = Kind::Unknown;
    std::int64_t at = 0; ///< of LastSeen: this device's wall clock, milliseconds
    friend bool operator==(const PresenceView&, const PresenceView&) = default;
};

} // namespace sotto::core

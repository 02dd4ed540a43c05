// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Keeps the relay's prekey directory filled for this device: a fresh signed prekey every week, one-time
/// prekeys in batches. Private halves are committed before anything is uploaded (R17).

#include "core/messaging/local_device.h"
#include "core/sync/link.h"

namespace sotto::core {

class PrekeyUpkeep {
public:
    static constexpr std::uint32_t kLowWater = 25;
    static constexpr std::size_t kBatch = 100;
    static constexpr std::chrono::days kSignedEvery{7};
    /// Longer than mail can wait at a relay, so that no first message finds its prekey gone.
    static constexpr std::chrono::days kSignedLifetime{45};
    static constexpr std::chrono::days kSignedKept{90};
    static constexpr std::chrono::hours kLookEvery{6};

    /// published: called whenever the relay has confirmed an upload.
    PrekeyUpkeep(LocalDevice& device, Link& link, std::function<void()> published)
        : m_device(device)
        , m_link(link)
        , m_published(std::move(published)) {}

    /// After log-in, and when the relay says how many are left.
    enum class Upload {
        WhatIsMissing,
        Everything, ///< the relay may have lost what was handed in
        Replace,    ///< nothing that was handed in before is to be used any more: it was another copy's too
    };
    void tend(std::uint32_t left, Upload upload);
    /// As often as the connection looks after itself: one that stands for weeks renews its signed prekey too.
    void onTimer(SteadyTime now);

private:
    LocalDevice& m_device;
    Link& m_link;
    std::function<void()> m_published;
    bool m_uploading = false;
    std::optional<SteadyTime> m_lookAt;
};

} // namespace sotto::core

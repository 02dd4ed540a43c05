// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mutant.h"
#include "core/client_private.h"
#include "core/messaging/expiry.h"
#include "core/messaging/timers.h"

namespace sotto::core {

Result<ConversationEntry> Client::setTimer(ConversationKey key, std::uint32_t seconds) {
    constexpr const char* kDoing = "Setting how long messages stay";
    const auto known = conversation(key);
    if (!known) {
        return known;
    }
    if (seconds > kMaxExpireSeconds) {
        return failure(FailureCode::Invalid,
                       std::string(kDoing) + " failed: messages disappear after at most 366 days.");
    }
    if (const auto silence = d->silenceIn(key, kDoing)) {
        return tl::unexpected(*silence);
    }
    Effects effects;
    if (const auto set = Timers(*d->device).set(key, seconds, effects); !set) {
        return tl::unexpected(storageFailure(set.error(), kDoing));
    }
    d->perform(std::move(effects));
    return conversation(key);
}

void Client::Private::noteDeadline(std::int64_t deadline) {
    if (deadline != 0 && (!nextDeadline || deadline < *nextDeadline)) {
        nextDeadline = deadline;
        scheduleWake();
    }
}

SteadyTime Client::Private::expiryWake() const {
    // Timers of an event loop count in 32 bits of milliseconds: beyond, it is only looked at again.
    constexpr Milliseconds kFarthest = std::chrono::days(7);
    const Milliseconds left(*nextDeadline - unixMilliseconds(device->expiryClock.now()));
    return clock.steady() + std::clamp(left, Milliseconds(0), kFarthest);
}

void Client::Private::expireIfDue() {
    constexpr Milliseconds kAfterFailure = std::chrono::minutes(1);
    if (!device || !nextDeadline || *nextDeadline > unixMilliseconds(device->expiryClock.now())) {
        return;
    }
    Effects effects;
    const auto more = expireSome(*device, effects);
    if (!more) { // the disk is full, say: it stays until then
        nextDeadline = unixMilliseconds(device->expiryClock.now() + kAfterFailure);
        return;
    }
    nextDeadline = db::attempt([&] { return device->expiry.nextDeadline(); }).value_or(std::nullopt);
    perform(std::move(effects));
}

/// Nobody has seen anything yet: events are for those who look.
void Client::Private::expireAtOpening() {
    const std::int64_t now = unixMilliseconds(device->expiryClock.now());
    static_cast<void>(device->database.transaction([&] {
        device->expiry.restartLaterThan(now);
        device->expiry.startForgotten(now);
    }));
    bool erased = false;
    for (bool goesOn = true; goesOn;) {
        Effects effects;
        goesOn = expireSome(*device, effects).value_or(false);
        erased |= effects.erased;
    }
    if (erased) {
        static_cast<void>(device->database.emptyLog());
    }
    if (mutated(Mutant::ExpiryNotResumed)) {
        return;
    }
    nextDeadline = db::attempt([&] { return device->expiry.nextDeadline(); }).value_or(std::nullopt);
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Every limit of a relay, from the first minute on. Each has a name for `--limit NAME=VALUE`; docs/RELAY.md
/// tells what happens at each.

#include "core/base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sotto::relay {

struct Limits {
    // Connections
    std::uint64_t connections = 20'000;
    std::uint64_t unauthenticated = 4'096;
    std::uint64_t connectionsPerAddress = 512;
    std::uint64_t handshakesPerMinute = 1'200;
    std::uint64_t registrationsPerHour = 120;
    std::uint64_t handshakeSeconds = 10;
    std::uint64_t loginSeconds = 30;
    std::uint64_t idleSeconds = 90;
    // One account
    std::uint64_t messagesPerSecond = 200;
    std::uint64_t messagesBurst = 2'000;
    std::uint64_t bytesPerSecond = 2 * 1024 * 1024;
    std::uint64_t bytesBurst = 32 * 1024 * 1024;
    std::uint64_t lookupsPerHour = 600;
    std::uint64_t lookupsPerHourPerAddress = 1'800;
    std::uint64_t bundleFetchesPerHour = 360;
    std::uint64_t bundleFetchesPerHourPerTarget = 720;
    std::uint64_t oneTimePrekeysPerHourPerTarget = 60;
    std::uint64_t publishesPerHour = 120;
    std::uint64_t devicesPerAccount = 32;
    std::uint64_t prekeysPerDevice = 200;
    std::uint64_t prekeysLow = 25;
    // One mailbox
    std::uint64_t mailboxRows = 200'000;
    std::uint64_t mailboxBytes = 256 * 1024 * 1024;
    std::uint64_t mailboxSenderPercent = 25;
    std::uint64_t windowRows = 512;
    std::uint64_t windowBytes = 1024 * 1024;
    // The whole relay
    std::uint64_t accounts = 100'000;
    std::uint64_t diskFreeBytes = 256 * 1024 * 1024;
    std::uint64_t storeQueueBytes = 64 * 1024 * 1024;
};

struct LimitEntry {
    std::string_view name;
    std::uint64_t Limits::*value;
    std::uint64_t minimum;
    std::uint64_t maximum;
    std::string_view meaning;
};
std::span<const LimitEntry> limitTable();

/// "NAME=VALUE"; the error is a sentence for the operator.
Expected<void, std::string> assign(Limits& limits, std::string_view assignment);
/// The table for people, a line each, with the values that `limits` has.
std::string describe(const Limits& limits);

} // namespace sotto::relay

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/relay/limits.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sotto::relay {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kTerabyte = 1ULL << 40U;

constexpr std::array kTable = {
    LimitEntry{"connections", &Limits::connections, 1, kMillion, "open connections"},
    LimitEntry{"unauthenticated", &Limits::unauthenticated, 1, kMillion,
               "open connections that have not logged in"},
    LimitEntry{"connections-per-address", &Limits::connectionsPerAddress, 1, kMillion,
               "open connections from one address (IPv6: one /64)"},
    LimitEntry{"handshakes-per-minute", &Limits::handshakesPerMinute, 1, kMillion,
               "new connections from one address"},
    LimitEntry{"registrations-per-hour", &Limits::registrationsPerHour, 1, kMillion,
               "attempts to register from one address"},
    LimitEntry{"handshake-seconds", &Limits::handshakeSeconds, 1, 600,
               "time for TLS, HTTP and WebSocket together"},
    LimitEntry{"login-seconds", &Limits::loginSeconds, 1, 600, "time from the challenge to the login"},
    LimitEntry{"idle-seconds", &Limits::idleSeconds, 5, 86'400,
               "silence after which a connection is closed; a ping goes out at half of it"},
    LimitEntry{"messages-per-second", &Limits::messagesPerSecond, 1, kMillion, "sends of one account"},
    LimitEntry{"messages-burst", &Limits::messagesBurst, 1, kMillion, "sends of one account at once"},
    LimitEntry{"bytes-per-second", &Limits::bytesPerSecond, 1024, kTerabyte,
               "payload and header bytes sent by one account"},
    LimitEntry{"bytes-burst", &Limits::bytesBurst, 256 * 1024, kTerabyte, "the same at once"},
    LimitEntry{"lookups-per-hour", &Limits::lookupsPerHour, 1, kMillion,
               "accounts and names looked up by one account"},
    LimitEntry{"lookups-per-hour-per-address", &Limits::lookupsPerHourPerAddress, 1, kMillion,
               "the same from one address"},
    LimitEntry{"bundle-fetches-per-hour", &Limits::bundleFetchesPerHour, 1, kMillion,
               "prekey bundles fetched by one account"},
    LimitEntry{"bundle-fetches-per-hour-per-target", &Limits::bundleFetchesPerHourPerTarget, 1, kMillion,
               "prekey bundles of one device handed out to anyone"},
    LimitEntry{"one-time-prekeys-per-hour-per-target", &Limits::oneTimePrekeysPerHourPerTarget, 1, kMillion,
               "of these, how many come with a one-time prekey; the rest get the signed prekey alone"},
    LimitEntry{"publishes-per-hour", &Limits::publishesPerHour, 1, kMillion,
               "device lists and prekeys handed in by one account"},
    LimitEntry{"devices-per-account", &Limits::devicesPerAccount, 1, 32, "devices in a list"},
    LimitEntry{"prekeys-per-device", &Limits::prekeysPerDevice, 1, 10'000,
               "one-time prekeys kept for one device"},
    LimitEntry{"prekeys-low", &Limits::prekeysLow, 0, 10'000, "fewer than these and the device is told"},
    LimitEntry{"mailbox-rows", &Limits::mailboxRows, 1, 100 * kMillion, "messages waiting for one device"},
    LimitEntry{"mailbox-bytes", &Limits::mailboxBytes, 1024, kTerabyte, "their bytes"},
    LimitEntry{
        "mailbox-sender-percent", &Limits::mailboxSenderPercent, 1, 1'000,
        "one sender may have at most this share of what is still free, so that nobody fills a mailbox"},
    LimitEntry{"window-rows", &Limits::windowRows, 1, 100'000,
               "messages sent to a device before it acknowledges"},
    LimitEntry{"window-bytes", &Limits::windowBytes, 1024, 1ULL << 30U,
               "their bytes (one message always fits)"},
    LimitEntry{"accounts", &Limits::accounts, 1, 100 * kMillion, "accounts at this relay"},
    LimitEntry{"disk-free-bytes", &Limits::diskFreeBytes, 0, kTerabyte,
               "with less free space on the disk nothing more is stored; mail still goes out"},
    LimitEntry{"store-queue-bytes", &Limits::storeQueueBytes, 1024 * 1024, kTerabyte,
               "requests waiting for the disk; more are answered with BUSY"},
};

} // namespace

std::span<const LimitEntry> limitTable() {
    return kTable;
}

Expected<void, std::string> assign(Limits& limits, std::string_view assignment) {
    const std::size_t equals = assignment.find('=');
    const std::string_view name = assignment.substr(0, equals);
    const auto entry =
        std::find_if(kTable.begin(), kTable.end(), [&](const auto& e) { return e.name == name; });
    if (entry == kTable.end() || equals == std::string_view::npos) {
        return unexpected("no limit is called '" + std::string(name) + "': see --limit help");
    }
    const std::string_view text = assignment.substr(equals + 1);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < entry->minimum ||
        value > entry->maximum) {
        return unexpected("limit " + std::string(name) + " must be a number from " +
                          std::to_string(entry->minimum) + " to " + std::to_string(entry->maximum) +
                          ", not '" + std::string(text) + "'");
    }
    limits.*(entry->value) = value;
    return {};
}

std::string describe(const Limits& limits) {
    std::string text;
    for (const LimitEntry& entry : kTable) {
        std::string line = "  " + std::string(entry.name) + "=" + std::to_string(limits.*(entry.value));
        line.resize(std::max<std::size_t>(line.size() + 2, 52), ' ');
        text += line + std::string(entry.meaning) + "\n";
    }
    return text;
}

} // namespace sotto::relay

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Strong types for every id and fixed-size public value, so that one will not go where another belongs.

#include "core/base/bytes.h"
#include "core/base/encoding.h"

#include <algorithm>
#include <array>
#include <compare>
#include <cstring>
#include <functional>
#include <optional>

namespace sotto {

/// N public bytes with a meaning. Default-constructed it is all zero, which is never a valid id.
template <class Tag, std::size_t N>
struct FixedBytes {
    static constexpr std::size_t kSize = N;
    std::array<std::uint8_t, N> value{};

    static std::optional<FixedBytes> from(BytesView bytes) {
        if (bytes.size() != N) {
            return std::nullopt;
        }
        FixedBytes fixed;
        std::copy(bytes.begin(), bytes.end(), fixed.value.begin());
        return fixed;
    }
    static std::optional<FixedBytes> fromHex(std::string_view text) {
        const auto bytes = decodeHex(text);
        return bytes ? from(*bytes) : std::nullopt;
    }
    BytesView view() const { return value; }
    std::string hex() const { return encodeHex(value); }
    bool isZero() const {
        return std::all_of(value.begin(), value.end(), [](std::uint8_t byte) { return byte == 0; });
    }
    friend auto operator<=>(const FixedBytes&, const FixedBytes&) = default;
};

using AccountId = FixedBytes<struct AccountTag, 32>; ///< the Ed25519 account key: who someone is
using RelayId = FixedBytes<struct RelayTag, 32>;     ///< SHA-256 of the relay's TLS public key (SPKI)
using MessageId = FixedBytes<struct MessageTag, 16>; ///< inside the content, made when the user presses send
using SendId = FixedBytes<struct SendTag, 16>;       ///< outside, new for every re-encryption
using ConversationId = FixedBytes<struct ConversationTag, 16>; ///< inside the content only
using HeaderHash = FixedBytes<struct HeaderHashTag, 32>;       ///< SHA-256 of the exact header bytes
using Digest = FixedBytes<struct DigestTag, 32>;            ///< SHA-256 with a label, of bytes that are kept
using Ed25519Key = FixedBytes<struct Ed25519Tag, 32>;       ///< public key
using Curve25519Key = FixedBytes<struct Curve25519Tag, 32>; ///< public key, without libsignal's type byte
using Signature = FixedBytes<struct SignatureTag, 64>; ///< Ed25519, or XEdDSA where a Curve25519 key signs
using Nonce = FixedBytes<struct NonceTag, 32>;
using Epoch = FixedBytes<struct EpochTag, 16>; ///< random id of one life of a relay's store

/// Number of a device within its account: from 1, never reused. 0 is "none".
enum class DeviceNumber : std::uint32_t {};
constexpr std::uint32_t number(DeviceNumber device) {
    return static_cast<std::uint32_t>(device);
}

/// The relay's 64-bit hybrid clock: 48 bits of milliseconds since 1970, 4 of node, 12 of counter. 0 is "none
/// yet".
enum class Stamp : std::uint64_t {};
constexpr std::uint64_t number(Stamp stamp) {
    return static_cast<std::uint64_t>(stamp);
}
constexpr std::int64_t milliseconds(Stamp stamp) {
    return static_cast<std::int64_t>(number(stamp) >> 16);
}

/// A row's number in one device's mailbox at the relay: from 1, without gaps, never reused within an epoch.
enum class MailboxNumber : std::uint64_t {};
constexpr std::uint64_t number(MailboxNumber position) {
    return static_cast<std::uint64_t>(position);
}

/// One device of one account.
struct DeviceAddress {
    AccountId account;
    DeviceNumber device{};
    friend auto operator<=>(const DeviceAddress&, const DeviceAddress&) = default;
};

} // namespace sotto

/// Ids are random or hashes: their first bytes are hash enough.
template <class Tag, std::size_t N>
struct std::hash<sotto::FixedBytes<Tag, N>> {
    static_assert(N >= sizeof(std::size_t));
    std::size_t operator()(const sotto::FixedBytes<Tag, N>& id) const noexcept {
        std::size_t start;
        std::memcpy(&start, id.value.data(), sizeof start);
        return start;
    }
};
template <>
struct std::hash<sotto::DeviceAddress> {
    std::size_t operator()(const sotto::DeviceAddress& address) const noexcept {
        return std::hash<sotto::AccountId>{}(address.account) ^
               (sotto::number(address.device) * 0x9E3779B97F4A7C15ULL);
    }
};

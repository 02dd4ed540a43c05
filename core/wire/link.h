// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The two kinds of `sotto:` links. Strict: what does not match exactly is refused, nothing is guessed.
///
///     sotto://HOST:PORT/#RELAY,INVITE                       join: make an account at this relay
///     sotto://HOST:PORT/@NAME#RELAY,ACCOUNT,VERSION,HASH    contact: this account, at least this list
///     version
///
/// RELAY, INVITE, ACCOUNT and HASH are base64url; VERSION is "signer epoch.version". Everything that a relay
/// must not see stands after '#'. With `sotto+ws:` instead of `sotto:` the link is plain ws, which is refused
/// off loopback.

#include "core/base/ids.h"
#include "core/base/result.h"

#include <string>

namespace sotto::wire {

/// Where a relay is and which key it must show.
struct RelayAddress {
    std::string host; ///< a DNS name, an IPv4 address, or an IPv6 address without brackets
    std::uint16_t port = 0;
    RelayId relay; ///< the pin: SHA-256 of its TLS key's SPKI
    bool plain = false;
    friend bool operator==(const RelayAddress&, const RelayAddress&) = default;
};

struct JoinLink {
    RelayAddress relay;
    Bytes invite; ///< empty where registration is open
    friend bool operator==(const JoinLink&, const JoinLink&) = default;
};

struct ContactLink {
    RelayAddress relay;
    std::string name;
    AccountId account;
    std::uint64_t signerEpoch = 0; ///< of the newest list when the link was made: a floor
    std::uint64_t version = 0;
    Digest listHash;
    friend bool operator==(const ContactLink&, const ContactLink&) = default;
};

enum class LinkError {
    NotALink,         ///< not of either form
    WrongKind,        ///< the other form
    PlainOffLoopback, ///< sotto+ws: to another host than this machine
};

std::string format(const JoinLink& link);
std::string format(const ContactLink& link);
Expected<JoinLink, LinkError> parseJoinLink(std::string_view text);
Expected<ContactLink, LinkError> parseContactLink(std::string_view text);
/// 127.0.0.0/8, ::1 or "localhost".
bool isLoopback(std::string_view host);

} // namespace sotto::wire

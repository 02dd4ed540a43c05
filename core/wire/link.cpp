// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/link.h"

#include "core/base/device_list.h"

#include <charconv>
#include <vector>

namespace sotto::wire {
namespace {

constexpr std::string_view kSecure = "sotto://";
constexpr std::string_view kPlain = "sotto+ws://";
constexpr std::size_t kMaxLinkBytes = 1024;
constexpr std::size_t kMaxInviteBytes = 64;

std::string formatRelay(const RelayAddress& relay) {
    const bool ipv6 = relay.host.find(':') != std::string::npos;
    const std::string host = ipv6 ? "[" + relay.host + "]" : relay.host;
    return std::string(relay.plain ? kPlain : kSecure) + host + ":" + std::to_string(relay.port) + "/";
}

template <class Number>
std::optional<Number> parseNumber(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool canonical = text.size() == 1 || (!text.empty() && text.front() != '0');
    return error == std::errc() && end == text.data() + text.size() && canonical ? std::optional(number)
                                                                                 : std::nullopt;
}

template <class Fixed>
std::optional<Fixed> parseFixed(std::string_view text) {
    const auto bytes = decodeBase64Url(text);
    return bytes ? Fixed::from(*bytes) : std::nullopt;
}

bool isHost(std::string_view host, bool ipv6) {
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [&](char c) {
        const bool digit = c >= '0' && c <= '9';
        if (ipv6) {
            return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
        }
        return digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
    });
}

/// Host, port and scheme, and what is left after the '/'.
std::optional<RelayAddress> parseRelay(std::string_view& text) {
    if (text.size() > kMaxLinkBytes) {
        return std::nullopt;
    }
    RelayAddress relay;
    relay.plain = text.starts_with(kPlain);
    if (!relay.plain && !text.starts_with(kSecure)) {
        return std::nullopt;
    }
    text.remove_prefix(relay.plain ? kPlain.size() : kSecure.size());
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view authority = text.substr(0, slash);
    const std::size_t colon = authority.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view host = authority.substr(0, colon);
    const bool ipv6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (ipv6) {
        host = host.substr(1, host.size() - 2);
    }
    const auto port = parseNumber<std::uint16_t>(authority.substr(colon + 1));
    if (!isHost(host, ipv6) || !port || *port == 0) {
        return std::nullopt;
    }
    relay.host = host;
    relay.port = *port;
    text.remove_prefix(slash + 1);
    return relay;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::string encode(BytesView bytes) {
    return encodeBase64Url(bytes);
}

} // namespace

bool isLoopback(std::string_view host) {
    return host == "localhost" || host == "::1" ||
           (host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
            std::all_of(host.begin(), host.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); }));
}

std::string format(const JoinLink& link) {
    return formatRelay(link.relay) + "#" + encode(link.relay.relay.view()) + "," + encode(link.invite);
}

std::string format(const ContactLink& link) {
    return formatRelay(link.relay) + "@" + link.name + "#" + encode(link.relay.relay.view()) + "," +
           encode(link.account.view()) + "," + std::to_string(link.signerEpoch) + "." +
           std::to_string(link.version) + "," + encode(link.listHash.view());
}

Expected<JoinLink, LinkError> parseJoinLink(std::string_view text) {
    auto relay = parseRelay(text);
    if (!relay) {
        return unexpected(LinkError::NotALink);
    }
    if (!text.starts_with('#')) {
        return unexpected(text.starts_with('@') ? LinkError::WrongKind : LinkError::NotALink);
    }
    const auto parts = split(text.substr(1), ',');
    const auto pin = parts.size() == 2 ? parseFixed<RelayId>(parts[0]) : std::nullopt;
    const auto invite = parts.size() == 2 ? decodeBase64Url(parts[1]) : std::nullopt;
    if (!pin || !invite || invite->size() > kMaxInviteBytes) {
        return unexpected(LinkError::NotALink);
    }
    if (relay->plain && !isLoopback(relay->host)) {
        return unexpected(LinkError::PlainOffLoopback);
    }
    relay->relay = *pin;
    return JoinLink{*relay, *invite};
}

Expected<ContactLink, LinkError> parseContactLink(std::string_view text) {
    auto relay = parseRelay(text);
    if (!relay) {
        return unexpected(LinkError::NotALink);
    }
    if (!text.starts_with('@')) {
        return unexpected(text.starts_with('#') ? LinkError::WrongKind : LinkError::NotALink);
    }
    const std::size_t hash = text.find('#');
    if (hash == std::string_view::npos) {
        return unexpected(LinkError::NotALink);
    }
    const std::string_view name = text.substr(1, hash - 1);
    const auto parts = split(text.substr(hash + 1), ',');
    if (parts.size() != 4 || !isAcceptableName(name)) {
        return unexpected(LinkError::NotALink);
    }
    const auto versions = split(parts[2], '.');
    const auto pin = parseFixed<RelayId>(parts[0]);
    const auto account = parseFixed<AccountId>(parts[1]);
    const auto signerEpoch = parseNumber<std::uint64_t>(versions[0]);
    const auto version = versions.size() == 2 ? parseNumber<std::uint64_t>(versions[1]) : std::nullopt;
    const auto listHash = parseFixed<Digest>(parts[3]);
    if (!pin || !account || !signerEpoch || !version || !listHash) {
        return unexpected(LinkError::NotALink);
    }
    if (relay->plain && !isLoopback(relay->host)) {
        return unexpected(LinkError::PlainOffLoopback);
    }
    relay->relay = *pin;
    return ContactLink{*relay, std::string(name), *account, *signerEpoch, *version, *listHash};
}

} // namespace sotto::wire

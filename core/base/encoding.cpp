// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/encoding.h"

#include <sodium.h>

namespace sotto {

std::string encodeHex(BytesView bytes) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 15U];
    }
    return text;
}

std::optional<Bytes> decodeHex(std::string_view text) {
    if (text.empty()) {
        return Bytes{}; // libsodium must not be given the null of an empty vector
    }
    Bytes bytes(text.size() / 2);
    std::size_t length = 0;
    if (text.size() % 2 != 0 || sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr,
                                               &length, nullptr) != 0) {
        return std::nullopt;
    }
    return length == bytes.size() ? std::optional(std::move(bytes)) : std::nullopt;
}

std::string encodeBase64Url(BytesView bytes) {
    constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
    text.pop_back(); // the terminating zero
    return text;
}

std::optional<Bytes> decodeBase64Url(std::string_view text) {
    if (text.empty()) {
        return Bytes{};
    }
    Bytes bytes(text.size());
    std::size_t length = 0;
    if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length, nullptr,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
        return std::nullopt;
    }
    bytes.resize(length);
    return bytes;
}

} // namespace sotto

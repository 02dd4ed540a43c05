// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/recovery_code.h"

#include <algorithm>

namespace sotto::crypto {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kChecksumLabel = "sotto recovery code 1";
constexpr std::size_t kChecksumSize = 3;
constexpr std::size_t kCharacters = (32 + kChecksumSize) * 8 / 5;
constexpr std::size_t kGroup = 4;

std::array<std::uint8_t, kChecksumSize> checksum(BytesView secret) {
    // Keyed with the secret, so 24 printed bits tell nothing else of it.
    std::array<std::uint8_t, 32> hash;
    crypto_generichash(hash.data(), hash.size(), viewOf(kChecksumLabel).data(), kChecksumLabel.size(),
                       secret.data(), secret.size());
    return {hash[0], hash[1], hash[2]};
}

/// Value of one character as people type it, or nothing.
std::optional<std::uint8_t> valueOf(char character) {
    char upper = character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A') : character;
    if (upper == 'O') {
        upper = '0';
    } else if (upper == 'I' || upper == 'L') {
        upper = '1';
    }
    const auto place = kAlphabet.find(upper);
    return place == std::string_view::npos ? std::nullopt : std::optional(static_cast<std::uint8_t>(place));
}

bool isSeparator(char character) {
    return character == '-' || character == ' ' || character == '\t' || character == '\r' ||
           character == '\n';
}

} // namespace

RecoveryCode RecoveryCode::generate(Random& random) {
    return RecoveryCode(Secret<32>::random(random));
}

Expected<RecoveryCode, RecoveryCodeError> RecoveryCode::parse(std::string_view text) {
    Secret<32 + kChecksumSize> bytes;
    std::size_t characters = 0;
    for (const char character : text) {
        if (isSeparator(character)) {
            continue;
        }
        const auto value = valueOf(character);
        if (!value) {
            return unexpected(RecoveryCodeError::WrongCharacter);
        }
        if (characters == kCharacters) {
            return unexpected(RecoveryCodeError::WrongLength);
        }
        for (std::size_t bit = 0; bit < 5; ++bit) {
            const std::size_t position = characters * 5 + bit;
            if ((*value >> (4 - bit) & 1) != 0) {
                auto& byte = bytes.exposeWritable()[position / 8];
                byte = static_cast<std::uint8_t>(byte | 0x80U >> position % 8);
            }
        }
        ++characters;
    }
    if (characters != kCharacters) {
        return unexpected(RecoveryCodeError::WrongLength);
    }
    const BytesView secret = bytes.expose().first<32>();
    const auto expected = checksum(secret);
    if (sodium_memcmp(expected.data(), bytes.expose().last<kChecksumSize>().data(), kChecksumSize) != 0) {
        return unexpected(RecoveryCodeError::WrongChecksum);
    }
    return RecoveryCode(std::move(*Secret<32>::from(secret)));
}

SecretBytes RecoveryCode::print() const {
    Secret<32 + kChecksumSize> bytes;
    const auto check = checksum(m_secret.expose());
    std::copy(m_secret.expose().begin(), m_secret.expose().end(), bytes.exposeWritable().begin());
    std::copy(check.begin(), check.end(), bytes.exposeWritable().begin() + 32);

    SecretBytes text(kCharacters + kCharacters / kGroup - 1);
    std::size_t out = 0;
    for (std::size_t character = 0; character < kCharacters; ++character) {
        if (character != 0 && character % kGroup == 0) {
            text.exposeWritable()[out++] = '-';
        }
        std::size_t value = 0;
        for (std::size_t bit = 0; bit < 5; ++bit) {
            const std::size_t position = character * 5 + bit;
            value = value << 1 | (bytes.expose()[position / 8] >> (7 - position % 8) & 1U);
        }
        text.exposeWritable()[out++] = static_cast<std::uint8_t>(kAlphabet[value]);
    }
    return text;
}

bool areGroupsOf(std::string_view printed, std::span<const std::size_t> groups, std::string_view typed) {
    for (const std::size_t group : groups) {
        const std::size_t begin = (group - 1) * (kGroup + 1);
        if (group == 0 || begin + kGroup > printed.size()) {
            return false;
        }
        for (const char expected : printed.substr(begin, kGroup)) {
            while (!typed.empty() && isSeparator(typed.front())) {
                typed.remove_prefix(1);
            }
            if (typed.empty() || !valueOf(typed.front()) || valueOf(typed.front()) != valueOf(expected)) {
                return false;
            }
            typed.remove_prefix(1);
        }
    }
    return std::ranges::all_of(typed, isSeparator);
}

} // namespace sotto::crypto

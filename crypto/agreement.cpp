// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/agreement.h"

#include <cstring>
#include <sodium.h>

namespace {

thread_local std::uint64_t t_agreements = 0;
constexpr std::uint8_t kBasePoint[32] = {9};

} // namespace

int curve25519_donna(std::uint8_t* result, const std::uint8_t* secret, const std::uint8_t* point) {
    ++t_agreements;
    if (std::memcmp(point, kBasePoint, sizeof kBasePoint) == 0) {
        return crypto_scalarmult_base(result, secret);
    }
    return crypto_scalarmult(result, secret, point);
}

namespace sotto::crypto {

std::uint64_t agreementsMade() {
    return t_agreements;
}

} // namespace sotto::crypto

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Curve25519 points no peer has a reason to send (cr.yp.to/ecdh.html): of small order, and second encodings.

#include "core/base/ids.h"

#include <vector>

namespace sotto::crypto {

inline std::vector<Curve25519Key> smallOrderAndNonCanonicalPoints() {
    std::vector<Curve25519Key> points;
    for (const auto* hex : {
             "0000000000000000000000000000000000000000000000000000000000000000",
             "0100000000000000000000000000000000000000000000000000000000000000",
             "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
             "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
             "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
         }) {
        Curve25519Key point = *Curve25519Key::fromHex(hex);
        points.push_back(point);
        point.value[31] |= 0x80;
        points.push_back(point);
    }
    return points;
}

} // namespace sotto::crypto

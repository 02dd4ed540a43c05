// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/hash.h"

#include <cassert>
#include <sodium.h>

namespace sotto {

Digest sha256(BytesView bytes) {
    Digest digest;
    crypto_hash_sha256(digest.value.data(), bytes.data(), bytes.size());
    return digest;
}

Digest labelledHash(std::string_view label, BytesView bytes) {
    assert(!label.empty() && label.size() <= 255);
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    const auto length = static_cast<std::uint8_t>(label.size());
    crypto_hash_sha256_update(&state, &length, 1);
    crypto_hash_sha256_update(&state, viewOf(label).data(), label.size());
    crypto_hash_sha256_update(&state, bytes.data(), bytes.size());
    Digest digest;
    crypto_hash_sha256_final(&state, digest.value.data());
    return digest;
}

HeaderHash headerHash(BytesView header) {
    return HeaderHash{sha256(header).value};
}

} // namespace sotto

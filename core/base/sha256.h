// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// SHA-256 on libcrypto's low-level calls: unlike libsodium's it uses the processor's SHA instructions, and
/// it is without the cost of EVP for the 64 bytes of a ratchet step. Copying one copies its state.

#include "core/base/bytes.h"

#include <array>
#include <cstddef>

namespace sotto {

class Sha256 {
public:
    static constexpr std::size_t kSize = 32;
    static constexpr std::size_t kBlock = 64;

    Sha256();
    Sha256& update(BytesView data);
    /// Ends it: begin another one.
    std::array<std::uint8_t, kSize> finish();
    /// For what hashed a secret.
    void wipe();

private:
    alignas(8) std::array<std::uint8_t, 112> m_storage; // libcrypto's SHA256_CTX, without its header here
};

} // namespace sotto

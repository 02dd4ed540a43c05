// SPDX-License-Identifier: GPL-3.0-or-later
/// What a relay or a mistyping person hands to crypto: headers, payloads with the right digest, recovery
/// codes.
#include "crypto/header.h"
#include "crypto/payload.h"
#include "crypto/recovery_code.h"

#include <cstdlib>
#include <sodium.h>

using namespace sotto;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    return sodium_init() < 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const BytesView bytes(data, size);
    const auto kind = crypto::inspectHeader(bytes);
    if (crypto::claimedIdentity(bytes) && kind != crypto::HeaderKind::PrekeyMessage) {
        std::abort();
    }
    // Nobody sealed this, so it opens under no key.
    if (crypto::openPayload(bytes, ShortSecret<32>(), crypto::payloadDigest(bytes))) {
        std::abort();
    }
    if (const auto code = crypto::RecoveryCode::parse({reinterpret_cast<const char*>(data), size})) {
        const SecretBytes printed = code->print();
        const auto again = crypto::RecoveryCode::parse(
            {reinterpret_cast<const char*>(printed.expose().data()), printed.expose().size()});
        if (!again || !(again->secret() == code->secret())) {
            std::abort();
        }
    }
    return 0;
}

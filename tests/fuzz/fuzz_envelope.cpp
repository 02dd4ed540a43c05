// SPDX-License-Identifier: GPL-3.0-or-later
/// What a relay or a mistyping person hands to crypto: headers, payloads with the right digest, recovery
/// codes.
#include "crypto/header.h"
#include "crypto/payload.h"
#include "crypto/recovery_code.h"
#include "tests/fuzz/fuzzed.h"

#include <cstdlib>

using namespace sotto;

bool fuzzed(BytesView input) {
    const auto kind = crypto::inspectHeader(input);
    if (crypto::claimedIdentity(input) && kind != crypto::HeaderKind::PrekeyMessage) {
        std::abort();
    }
    // Nobody sealed this, so it opens under no key.
    if (crypto::openPayload(input, ShortSecret<32>(), crypto::payloadDigest(input))) {
        std::abort();
    }
    const auto code =
        crypto::RecoveryCode::parse({reinterpret_cast<const char*>(input.data()), input.size()});
    if (code) {
        const SecretBytes printed = code->print();
        const auto again = crypto::RecoveryCode::parse(
            {reinterpret_cast<const char*>(printed.expose().data()), printed.expose().size()});
        if (!again || !(again->secret() == code->secret())) {
            std::abort();
        }
    }
    return code.has_value();
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/safety_number.h"

#include "crypto/signal_library.h"

#include <signal/fingerprint.h>
#include <stdexcept>

namespace sotto::crypto {
namespace {

// 0 and less are taken silently by the library, so the number stands here and nowhere else.
constexpr int kIterations = 5200;
constexpr int kScannableVersion = 1;

struct FreeGenerator {
    void operator()(fingerprint_generator* generator) const { fingerprint_generator_free(generator); }
};

void require(int result) {
    if (result < 0) {
        throw std::runtime_error("libsignal cannot compute a safety number");
    }
}

} // namespace

SafetyNumber::SafetyNumber(const AccountId& own, const AccountId& other) {
    SystemRandom random; // required by a context, unused by a fingerprint
    const SignalLibrary library(random);
    fingerprint_generator* raw = nullptr;
    require(fingerprint_generator_create(&raw, kIterations, kScannableVersion, library.context()));
    const std::unique_ptr<fingerprint_generator, FreeGenerator> generator(raw);

    // The library asks for Curve25519 keys but only hashes their bytes. The stable identifier is the key
    // again: an account has no other name that both sides are sure of.
    const auto ownKey = library.publicKey(Curve25519Key{own.value});
    const auto otherKey = library.publicKey(Curve25519Key{other.value});
    fingerprint* made = nullptr;
    require(fingerprint_generator_create_for(generator.get(), own.hex().c_str(), ownKey.get(),
                                             other.hex().c_str(), otherKey.get(), &made));
    const SignalRef<fingerprint> owned(made);
    m_digits = displayable_fingerprint_text(fingerprint_get_displayable(made));
}

std::string SafetyNumber::grouped() const {
    std::string text;
    for (std::size_t i = 0; i < m_digits.size(); i += 5) {
        text += (i == 0 ? "" : " ") + m_digits.substr(i, 5);
    }
    return text;
}

} // namespace sotto::crypto

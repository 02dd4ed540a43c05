// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Known answers, checked once at start by every program that links crypto, right after initialiseSodium().
/// Among them: that libsignal's agreement really runs through our override, which refuses all-zero results.

namespace sotto::crypto {

/// Throws std::runtime_error that names the failed check; the program must then stop.
void selfTest();

} // namespace sotto::crypto

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace sotto::core {

/// What every program that opens profiles does first in main, before anything secret is in memory: hardens
/// the process, makes libsodium ready and holds the cryptography against known answers. Throws
/// std::runtime_error that says what failed; the program must then stop.
void startUp();

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/start_up.h"

#include "core/base/random.h"
#include "core/process_hardening.h"
#include "crypto/self_test.h"

namespace sotto::core {

void startUp() {
    hardenProcess();
    initialiseSodium();
    crypto::selfTest();
}

} // namespace sotto::core

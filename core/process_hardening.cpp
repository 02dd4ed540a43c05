// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/process_hardening.h"

#include <stdexcept>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace sotto::core {

void hardenProcess() {
    // Not dumpable is what counts: a core_pattern that pipes to a program ignores the limit. The limit is for
    // what this process executes, which becomes dumpable again.
    const rlimit none{0, 0};
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || ::setrlimit(RLIMIT_CORE, &none) != 0) {
        throw std::runtime_error("the kernel refuses to keep this process from being dumped");
    }
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
/// Signed device lists and bundle statements. Nothing here is signed by anybody, so nothing may verify.
#include "core/base/statements.h"

#include <cstdlib>

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes(data, data + size);
    if (verifyDeviceList({bytes, {}}) || verifyBundleStatement({bytes, {}}, {}, {})) {
        std::abort();
    }
    return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Join links for people: on a line and as a QR code.

#include "core/wire/link.h"

namespace sotto::relay {

/// Block characters for a terminal; empty when the text is too long for a QR code.
std::string qrCode(const std::string& text);

} // namespace sotto::relay

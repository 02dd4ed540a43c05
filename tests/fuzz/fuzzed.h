// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What every fuzz target defines. libFuzzer calls it with whatever it thinks of (libfuzzer_entry.cpp); the
/// ordinary build calls it with the files of the target's corpus (replay.cpp).

#include "core/base/bytes.h"

/// Takes one input and aborts when a promise is broken. True when the input was understood to its end: a
/// corpus file named valid-… must be, in every later version too.
bool fuzzed(sotto::BytesView input);

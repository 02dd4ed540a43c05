// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The parts of a torture run. Each makes a world of its own, does its worst and checks what came of it.

#include "tests/torture/arguments.h"
#include "tests/torture/findings.h"

namespace sotto::torture {

/// Every scenario, interrupted at its crash points; scenarios run side by side in other processes.
void runCrashPoints(const Arguments& arguments, Findings& findings);
/// People write in a ring while clients and relay are killed and stopped at random and links fail.
void runTraffic(const Arguments& arguments, Findings& findings);
/// Sessions that end after each so many bytes.
void runCuts(const Arguments& arguments, Findings& findings);
/// Disks of clients and relay filled up to different levels, and mounted read-only.
void runFullDisk(const Arguments& arguments, Findings& findings);
/// Every write to the disk takes long.
void runSlowDisk(const Arguments& arguments, Findings& findings);
/// A large mailbox fetched by a client that is killed on the way.
void runReplay(const Arguments& arguments, Findings& findings);

/// Relays and clients put back to an older copy of themselves.
void runRestores(const Arguments& arguments, Findings& findings);
/// A contact sends headers with forged counters while others write.
void runForged(const Arguments& arguments, Findings& findings);

} // namespace sotto::torture

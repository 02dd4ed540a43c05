// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Keeps what the process has in memory from reaching the disk or other processes of the same user.

namespace sotto::core {

/// No core dump, no ptrace, no /proc/PID/mem for others of the same user id (docs/SECURITY.md, case 76). For
/// the whole process and until it executes another program; every program that opens profiles calls it first
/// in main. Throws std::runtime_error when the kernel refuses.
void hardenProcess();

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The system calls by which a process changes files. What crash tests count.

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

namespace sotto::test {

inline bool changesFiles(const __ptrace_syscall_info& call) {
    switch (call.entry.nr) {
    case SYS_write:
    case SYS_writev:
    case SYS_pwrite64:
    case SYS_pwritev:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_ftruncate:
    case SYS_fallocate:
    case SYS_fchmod:
    case SYS_fchmodat:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_linkat:
    case SYS_unlinkat:
    case SYS_mkdirat:
#ifdef SYS_rename
    case SYS_rename:
    case SYS_link:
    case SYS_unlink:
    case SYS_rmdir:
    case SYS_mkdir:
    case SYS_chmod:
#endif
        return true;
    case SYS_openat:
        return (call.entry.args[2] & (O_CREAT | O_TRUNC)) != 0;
#ifdef SYS_open
    case SYS_open:
        return (call.entry.args[1] & (O_CREAT | O_TRUNC)) != 0;
#endif
    default:
        return false;
    }
}

} // namespace sotto::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What the kernel knows of a TCP connection. Apart, because <linux/tcp.h> and glibc's do not go together.

#include <cstdint>
#include <optional>

namespace sotto::relay {

/// Bytes of payload that have arrived on a TCP socket so far; nothing where the kernel does not say.
std::optional<std::uint64_t> bytesReceived(int socket);

} // namespace sotto::relay

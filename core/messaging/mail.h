// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/encoding.h"
#include "core/base/ids.h"

namespace sotto::core {

/// One row of this device's mailbox, as the relay delivered it.
struct Mail {
    MailboxNumber position{}; ///< 0: ephemeral, never stored at the relay
    Stamp stamp{};
    SendId sendId;
    DeviceAddress sender; ///< what the relay says; the header says it again
    Bytes header;
    Bytes payload;
    std::uint32_t expired = 0; ///< no mail: the relay claims that so many rows up to this position expired
    bool isEphemeral = false;  ///< what cannot be read of it is not worth a line
};

} // namespace sotto::core

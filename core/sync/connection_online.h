// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The parts of a connection that a log-in brings to life. Private to core/sync/connection*.cpp.

#include "core/sync/connection.h"

namespace sotto::core {

/// Everything that lives exactly as long as one log-in.
struct Connection::Online {
    Online(Connection& connection, LocalDevice& device)
        : lists(device, connection.m_directory, connection,
                [&connection](const AccountId& account) { connection.contactChanged(account); })
        , prekeys(device, connection, [&connection] { connection.prekeysPublished(); })
        , mailbox(device, connection.m_receiver, lists, connection)
        , pump(device, connection.m_sender, connection.m_directory, lists, connection) {}
    ListLookup lists;
    PrekeyUpkeep prekeys;
    MailboxSync mailbox;
    OutboxPump pump;
    std::optional<SteadyTime> heldUntil; ///< nothing is sent before, see Login::bindsFor()
};

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Invites: each lets one account register, until it expires. The store knows only their hashes. Also used by
/// `sotto-relay invite`, beside a running relay.

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/db/database.h"

namespace sotto::relay {

class Invites {
public:
    explicit Invites(db::Database& database)
        : m_database(database) {}
    /// What goes into the join link: 16 random bytes.
    Bytes make(Random& random, WallTime expires);
    bool isValid(BytesView invite, WallTime now);
    void use(BytesView invite);
    void forgetExpired(WallTime now);

private:
    db::Database& m_database;
};

} // namespace sotto::relay

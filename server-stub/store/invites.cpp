// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/store/invites.h"

#include "core/base/hash.h"

namespace sotto::relay {
namespace {

Digest hashOf(BytesView invite) {
    return labelledHash("sotto relay invite 1", invite);
}

} // namespace

Bytes Invites::make(Random& random, WallTime expires) {
    Bytes invite(16);
    random.fill(invite);
    m_database.run("INSERT INTO invite(hash, expires_at) VALUES (?, ?)", hashOf(invite),
                   unixMilliseconds(expires));
    return invite;
}

bool Invites::isValid(BytesView invite, WallTime now) {
    auto rows = m_database.query("SELECT 1 FROM invite WHERE hash = ? AND expires_at > ?", hashOf(invite),
                                 unixMilliseconds(now));
    return rows.next();
}

void Invites::use(BytesView invite) {
    m_database.run("DELETE FROM invite WHERE hash = ?", hashOf(invite));
}

void Invites::forgetExpired(WallTime now) {
    m_database.run("DELETE FROM invite WHERE expires_at <= ?", unixMilliseconds(now));
}

} // namespace sotto::relay

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The relay's tables.
///
/// Mail is a `row` for each device that has not acknowledged it, in the order in which it came, whoever it is
/// for: rows that are written, read and deleted at the same time share their pages
/// (docs/decisions/0014-mail-in-order-of-arrival.md). What goes to one device only has its payload in the
/// row; a payload for several is in `payload`, once, and the rows name it in `shared` (0: none). A row
/// without a sender is a tombstone: everything up to its number that was not acknowledged has expired. The
/// highest number of a mailbox is kept nowhere: it is the newest row's, or the acknowledged one when there is
/// none. `recent_send` and, sorted, `send` remember which send ids were answered, for as long as mail is
/// kept.

#include "core/db/migration.h"

#include <array>

namespace sotto::relay {

inline constexpr std::string_view kFirstSchema = R"sql(
CREATE TABLE relay(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch BLOB NOT NULL,
    stamp INTEGER NOT NULL);

CREATE TABLE invite(
    hash BLOB NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE account(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    list BLOB NOT NULL,
    signature BLOB NOT NULL,
    signer_epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    hash BLOB NOT NULL);

CREATE TABLE device(
    mailbox INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account(id),
    number INTEGER NOT NULL,
    authentication_key BLOB NOT NULL,
    registration_id INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    UNIQUE(account, number));

CREATE TABLE mailbox(
    id INTEGER PRIMARY KEY,
    acked INTEGER NOT NULL,
    acked_stamp INTEGER NOT NULL);

CREATE TABLE generation(
    mailbox INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    nonce BLOB NOT NULL);

CREATE TABLE bundle(
    mailbox INTEGER PRIMARY KEY,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL);

CREATE TABLE prekey(
    mailbox INTEGER NOT NULL,
    id INTEGER NOT NULL,
    key BLOB NOT NULL,
    spent_at INTEGER NOT NULL,
    PRIMARY KEY(mailbox, id)) WITHOUT ROWID;
CREATE INDEX prekey_unspent ON prekey(mailbox) WHERE spent_at = 0;
CREATE INDEX prekey_spent ON prekey(spent_at) WHERE spent_at > 0;

CREATE TABLE envelope(
    id INTEGER PRIMARY KEY,
    refs INTEGER NOT NULL,
    sender_device INTEGER NOT NULL,
    class INTEGER NOT NULL,
    send_id BLOB NOT NULL,
    payload BLOB NOT NULL);

CREATE TABLE row(
    mailbox INTEGER NOT NULL,
    number INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    envelope INTEGER NOT NULL,
    shared INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    size INTEGER NOT NULL,
    header BLOB NOT NULL,
    PRIMARY KEY(mailbox, number)) WITHOUT ROWID;

CREATE TABLE send(
    mailbox INTEGER NOT NULL,
    id BLOB NOT NULL,
    hash BLOB NOT NULL,
    stamp INTEGER NOT NULL,
    PRIMARY KEY(mailbox, id)) WITHOUT ROWID;
)sql";

inline constexpr std::string_view kMailInOrderOfArrival = R"sql(
ALTER TABLE row RENAME TO row_by_mailbox;

CREATE TABLE payload(
    id INTEGER PRIMARY KEY,
    refs INTEGER NOT NULL,
    bytes BLOB NOT NULL);

CREATE TABLE row(
    id INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL,
    number INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    sender_device INTEGER NOT NULL,
    class INTEGER NOT NULL,
    size INTEGER NOT NULL,
    shared INTEGER NOT NULL,
    send_id BLOB NOT NULL,
    header BLOB NOT NULL,
    payload BLOB NOT NULL);
CREATE INDEX row_place ON row(mailbox, number, stamp, sender, size, shared);

INSERT INTO payload(id, refs, bytes)
    SELECT id, refs, payload FROM envelope
    WHERE id IN (SELECT envelope FROM row_by_mailbox WHERE shared = 1);
INSERT INTO row(mailbox, number, stamp, sender, sender_device, class, size, shared, send_id, header, payload)
    SELECT r.mailbox, r.number, r.stamp, r.sender, ifnull(e.sender_device, 0), ifnull(e.class, 0), r.size,
        iif(r.shared = 1, r.envelope, 0), ifnull(e.send_id, x''), r.header,
        iif(r.shared = 1, x'', ifnull(e.payload, x''))
    FROM row_by_mailbox r LEFT JOIN envelope e ON e.id = r.envelope
    ORDER BY r.stamp, r.mailbox;

DROP TABLE row_by_mailbox;
DROP TABLE envelope;

CREATE TABLE recent_send(
    id INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL,
    send_id BLOB NOT NULL,
    hash BLOB NOT NULL,
    stamp INTEGER NOT NULL);
)sql";

inline constexpr std::array kMigrations = {db::Migration{1, kFirstSchema},
                                           db::Migration{2, kMailInOrderOfArrival}};

} // namespace sotto::relay

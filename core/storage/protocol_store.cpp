// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/protocol_store.h"

#include <sodium.h>
#include <utility>

namespace sotto::core {
namespace {

using crypto::PrekeyId;
using crypto::PrekeyPair;

/// public_key, private_key of the current row.
PrekeyPair pairOf(const db::Rows& rows) {
    auto privateKey = ShortSecret<32>::from(rows.blobView(1));
    if (!privateKey) {
        throw db::Failure(db::Error::Corrupt, "a private key of another size");
    }
    return {rows.fixed<Curve25519Key>(0), std::move(*privateKey)};
}

} // namespace

template <class F>
auto ProtocolStore::guarded(F&& f) -> crypto::Result<std::invoke_result_t<F>> {
    return db::attempt(std::forward<F>(f)).map_error([&](db::Error error) {
        m_lastFailure = error;
        return crypto::Error::Storage;
    });
}

crypto::Result<std::optional<Bytes>> ProtocolStore::loadSession(const DeviceAddress& device) {
    if (m_batch != nullptr) {
        if (const auto found = m_batch->m_unwritten.find(device); found != m_batch->m_unwritten.end()) {
            return found->second;
        }
    }
    return guarded([&]() -> std::optional<Bytes> {
        auto rows = m_database.query("SELECT record FROM session WHERE account = ? AND device = ?",
                                     device.account, device.device);
        return rows.next() ? std::optional(rows.blob(0)) : std::nullopt;
    });
}

crypto::Result<void> ProtocolStore::storeSession(const DeviceAddress& device, BytesView record) {
    if (m_batch != nullptr) {
        m_batch->put(device, record);
        return {};
    }
    return guarded([&] { writeSession(device, record); });
}

void ProtocolStore::writeSession(const DeviceAddress& device, BytesView record) {
    m_database.run("INSERT INTO session(account, device, record) VALUES (?, ?, ?) "
                   "ON CONFLICT(account, device) DO UPDATE SET record = excluded.record",
                   device.account, device.device, record);
}

crypto::Result<void> ProtocolStore::removeSession(const DeviceAddress& device) {
    return guarded([&] {
        if (m_batch != nullptr) {
            m_batch->drop(device);
        }
        m_database.run("DELETE FROM session WHERE account = ? AND device = ?", device.account, device.device);
    });
}

void ProtocolStore::mark() {
    if (m_batch != nullptr) {
        m_batch->mark();
    }
}

void ProtocolStore::undo() {
    if (m_batch != nullptr) {
        m_batch->undo();
    }
}

SessionBatch::SessionBatch(ProtocolStore& store)
    : m_store(store) {
    m_store.m_batch = this;
}

SessionBatch::~SessionBatch() {
    m_store.m_batch = nullptr;
    wipe(m_unwritten);
    wipe(m_before);
}

void SessionBatch::write() {
    for (const auto& [device, record] : m_unwritten) {
        m_store.writeSession(device, *record);
    }
    wipe(m_unwritten);
    wipe(m_before);
}

void SessionBatch::mark() {
    wipe(m_before);
}

void SessionBatch::undo() {
    for (auto& [device, record] : m_before) {
        auto& now = m_unwritten[device];
        if (now) {
            sodium_memzero(now->data(), now->size());
        }
        now = std::move(record);
        record.reset();
        if (!now) {
            m_unwritten.erase(device);
        }
    }
    m_before.clear();
}

void SessionBatch::put(const DeviceAddress& device, BytesView record) {
    auto& now = m_unwritten[device];
    if (!m_before.contains(device)) {
        m_before.emplace(device, std::exchange(now, std::nullopt));
    } else if (now) {
        sodium_memzero(now->data(), now->size());
    }
    now = bytesOf(record);
}

/// What is removed is removed from the database at once: there its savepoint brings it back.
void SessionBatch::drop(const DeviceAddress& device) {
    const auto found = m_unwritten.find(device);
    if (found == m_unwritten.end()) {
        return;
    }
    if (!m_before.contains(device)) {
        m_before.emplace(device, std::move(found->second));
    } else {
        sodium_memzero(found->second->data(), found->second->size());
    }
    m_unwritten.erase(found);
}

void SessionBatch::wipe(Records& records) {
    for (auto& [device, record] : records) {
        if (record) {
            sodium_memzero(record->data(), record->size());
        }
    }
    records.clear();
}

crypto::Result<crypto::IdReservation> ProtocolStore::reservePrekeyId(PrekeyId id) {
    return guarded([&] {
        m_database.run("INSERT INTO prekey_id(id) VALUES (?) ON CONFLICT DO NOTHING", id);
        return m_database.changes() == 1 ? crypto::IdReservation::Reserved
                                         : crypto::IdReservation::TakenBefore;
    });
}

crypto::Result<std::optional<PrekeyPair>> ProtocolStore::loadOneTimePrekey(PrekeyId id) {
    return guarded([&]() -> std::optional<PrekeyPair> {
        auto rows = m_database.query("SELECT public_key, private_key FROM one_time_prekey WHERE id = ?", id);
        return rows.next() ? std::optional(pairOf(rows)) : std::nullopt;
    });
}

crypto::Result<void> ProtocolStore::storeOneTimePrekey(PrekeyId id, const PrekeyPair& pair) {
    return guarded([&] {
        m_database.run("INSERT INTO one_time_prekey(id, public_key, private_key) VALUES (?, ?, ?) "
                       "ON CONFLICT(id) DO UPDATE SET public_key = excluded.public_key, "
                       "private_key = excluded.private_key",
                       id, pair.publicKey, BytesView(pair.privateKey.expose()));
    });
}

crypto::Result<void> ProtocolStore::removeOneTimePrekey(PrekeyId id) {
    return guarded([&] { m_database.run("DELETE FROM one_time_prekey WHERE id = ?", id); });
}

crypto::Result<std::optional<PrekeyPair>> ProtocolStore::loadSignedPrekey(PrekeyId id) {
    return guarded([&]() -> std::optional<PrekeyPair> {
        auto rows = m_database.query("SELECT public_key, private_key FROM signed_prekey WHERE id = ?", id);
        return rows.next() ? std::optional(pairOf(rows)) : std::nullopt;
    });
}

crypto::Result<void> ProtocolStore::storeSignedPrekey(PrekeyId id, const PrekeyPair& pair,
                                                      WallTime createdAt) {
    return guarded([&] {
        m_database.run(
            "INSERT INTO signed_prekey(id, public_key, private_key, created_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT(id) DO UPDATE SET public_key = excluded.public_key, "
            "private_key = excluded.private_key, created_at = excluded.created_at",
            id, pair.publicKey, BytesView(pair.privateKey.expose()), unixMilliseconds(createdAt));
    });
}

crypto::Result<bool> ProtocolStore::knowsBaseKey(PrekeyId signedPrekey, const Curve25519Key& baseKey) {
    return guarded([&] {
        return m_database
            .query("SELECT 1 FROM base_key WHERE signed_prekey = ? AND base_key = ?", signedPrekey, baseKey)
            .next();
    });
}

crypto::Result<void> ProtocolStore::rememberBaseKey(PrekeyId signedPrekey, const Curve25519Key& baseKey) {
    return guarded([&] {
        m_database.run("INSERT INTO base_key(signed_prekey, base_key) VALUES (?, ?) ON CONFLICT DO NOTHING",
                       signedPrekey, baseKey);
    });
}

std::vector<crypto::OneTimePrekey> ProtocolStore::oneTimePrekeys() const {
    std::vector<crypto::OneTimePrekey> prekeys;
    for (auto rows = m_database.query("SELECT id, public_key FROM one_time_prekey ORDER BY id");
         rows.next();) {
        prekeys.push_back({rows.as<PrekeyId>(0), rows.fixed<Curve25519Key>(1)});
    }
    return prekeys;
}

std::int64_t ProtocolStore::oneTimePrekeyCount() const {
    auto rows = m_database.query("SELECT count(*) FROM one_time_prekey");
    rows.next();
    return rows.integer(0);
}

std::optional<WallTime> ProtocolStore::newestSignedPrekeyAt() const {
    auto rows = m_database.query("SELECT max(created_at) FROM signed_prekey");
    rows.next();
    return rows.isNull(0) ? std::nullopt : std::optional(wallTime(rows.integer(0)));
}

void ProtocolStore::removeSignedPrekeysBefore(WallTime time) {
    // Mail under way was made with the newest ones, and a clock that is years off must not cost it: of these
    // some are kept whatever their age.
    m_database.run("DELETE FROM signed_prekey WHERE created_at < ? AND id NOT IN "
                   "(SELECT id FROM signed_prekey ORDER BY created_at DESC LIMIT ?)",
                   unixMilliseconds(time), kSignedPrekeysKept);
    m_database.run("DELETE FROM base_key WHERE signed_prekey NOT IN (SELECT id FROM signed_prekey)");
}

std::vector<DeviceAddress> ProtocolStore::sessionDevices() const {
    std::vector<DeviceAddress> devices;
    for (auto rows = m_database.query("SELECT account, device FROM session ORDER BY account, device");
         rows.next();) {
        devices.push_back({rows.fixed<AccountId>(0), rows.as<DeviceNumber>(1)});
    }
    return devices;
}

} // namespace sotto::core

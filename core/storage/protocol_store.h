// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Sessions and prekeys in history.db (tables in protocol_tables.h). Every call takes part in the transaction
/// that the caller has open, and keeps nothing in memory but within a SessionBatch: a rollback undoes it
/// whole.

#include "core/db/database.h"
#include "crypto/prekeys.h"

#include <map>

namespace sotto::core {

class SessionBatch;

class ProtocolStore final : public crypto::ProtocolStore {
public:
    /// Of the newest signed prekeys, never removed for their age: a quarter's, at one a week.
    static constexpr int kSignedPrekeysKept = 13;

    /// The database must outlive the store, and moves not.
    explicit ProtocolStore(db::Database& database)
        : m_database(database) {}

    crypto::Result<std::optional<Bytes>> loadSession(const DeviceAddress& device) override;
    crypto::Result<void> storeSession(const DeviceAddress& device, BytesView record) override;
    crypto::Result<void> removeSession(const DeviceAddress& device) override;
    crypto::Result<crypto::IdReservation> reservePrekeyId(crypto::PrekeyId id) override;
    crypto::Result<std::optional<crypto::PrekeyPair>> loadOneTimePrekey(crypto::PrekeyId id) override;
    crypto::Result<void> storeOneTimePrekey(crypto::PrekeyId id, const crypto::PrekeyPair& pair) override;
    crypto::Result<void> removeOneTimePrekey(crypto::PrekeyId id) override;
    crypto::Result<std::optional<crypto::PrekeyPair>> loadSignedPrekey(crypto::PrekeyId id) override;
    crypto::Result<void> storeSignedPrekey(crypto::PrekeyId id, const crypto::PrekeyPair& pair,
                                           WallTime createdAt) override;
    crypto::Result<bool> knowsBaseKey(crypto::PrekeyId signedPrekey, const Curve25519Key& baseKey) override;
    crypto::Result<void> rememberBaseKey(crypto::PrekeyId signedPrekey,
                                         const Curve25519Key& baseKey) override;

    /// What the disk said when a call last failed with Error::Storage: crypto's error does not carry it, and
    /// the caller waits after Full but reopens after Io (R12).
    std::optional<db::Error> lastFailure() const { return m_lastFailure; }

    /// Goes with a savepoint inside a SessionBatch: sessions stored after mark() are undone by undo(). Does
    /// not nest. Without a batch the savepoint does it alone.
    void mark();
    void undo();

    // ---- Upkeep, for the owner of the profile; these throw db::Failure like any statement ----

    /// The public halves of all one-time prekeys that are still unused, by id: what the relay should have.
    std::vector<crypto::OneTimePrekey> oneTimePrekeys() const;
    std::int64_t oneTimePrekeyCount() const;
    /// When the newest signed prekey was made.
    std::optional<WallTime> newestSignedPrekeyAt() const;
    /// Drops signed prekeys made before this time, and their base keys; never the newest. Mail made for them
    /// must not be able to arrive any more (R17).
    void removeSignedPrekeysBefore(WallTime time);
    /// Every device that has a session, for sorting out those that left their account's list.
    std::vector<DeviceAddress> sessionDevices() const;

private:
    friend class SessionBatch;
    template <class F>
    auto guarded(F&& f) -> crypto::Result<std::invoke_result_t<F>>;
    void writeSession(const DeviceAddress& device, BytesView record);

    db::Database& m_database;
    std::optional<db::Error> m_lastFailure;
    SessionBatch* m_batch = nullptr;
};

/// Within one transaction, sessions that are stored again and again are written once, by write(), which must
/// come before the commit. What was not written when the batch ends is forgotten: with the transaction, or as
/// if it had been rolled back with it.
class SessionBatch {
public:
    explicit SessionBatch(ProtocolStore& store);
    SessionBatch(const SessionBatch&) = delete;
    SessionBatch& operator=(const SessionBatch&) = delete;
    ~SessionBatch();
    void write(); ///< throws db::Failure

private:
    friend class ProtocolStore;
    void mark();
    void undo();
    void put(const DeviceAddress& device, BytesView record);
    void drop(const DeviceAddress& device);

    using Records = std::map<DeviceAddress, std::optional<Bytes>>;
    static void wipe(Records& records);
    ProtocolStore& m_store;
    Records m_unwritten; ///< never nothing: what is removed is not kept here
    Records m_before;    ///< of those changed since mark(): nothing where there was none
};

} // namespace sotto::core

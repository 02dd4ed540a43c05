// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A ProtocolStore in memory for tests and benches, with the caller's savepoint (snapshot, rollBack) and a
/// failing disk (failWritesAfter).

#include "core/base/hash.h"
#include "crypto/protocol_store.h"

#include <map>
#include <set>
#include <unordered_map>

namespace sotto::crypto {

class MemoryProtocolStore final : public ProtocolStore {
public:
    /// A pair as this store keeps it: copyable, because a snapshot is a copy. Only for tests.
    struct StoredPair {
        Curve25519Key publicKey;
        std::array<std::uint8_t, 32> privateKey;
        friend bool operator==(const StoredPair&, const StoredPair&) = default;
    };
    struct Tables {
        std::unordered_map<DeviceAddress, Bytes> sessions;
        std::set<PrekeyId> usedIds;
        std::map<PrekeyId, StoredPair> oneTime;
        std::map<PrekeyId, StoredPair> signedOnes;
        std::set<std::pair<PrekeyId, Curve25519Key>> baseKeys;
        friend bool operator==(const Tables&, const Tables&) = default;
    };
    Tables tables;
    std::uint64_t writes = 0;

    const Tables& snapshot() const { return tables; }
    void rollBack(Tables to) { tables = std::move(to); }
    /// The (n + 1)-th write from now and all after it fail; nothing ends the failing.
    void failWritesAfter(std::optional<std::uint64_t> n) {
        m_failing = n ? std::optional(writes + *n) : std::nullopt;
    }
    void failReads(bool fail) { m_readsFail = fail; }

    Result<std::optional<Bytes>> loadSession(const DeviceAddress& device) override {
        if (m_readsFail) {
            return unexpected(Error::Storage);
        }
        const auto found = tables.sessions.find(device);
        return found == tables.sessions.end() ? std::nullopt : std::optional(found->second);
    }
    Result<void> storeSession(const DeviceAddress& device, BytesView record) override {
        return write([&] { tables.sessions[device].assign(record.begin(), record.end()); });
    }
    Result<void> removeSession(const DeviceAddress& device) override {
        return write([&] { tables.sessions.erase(device); });
    }
    Result<IdReservation> reservePrekeyId(PrekeyId id) override {
        bool fresh = false;
        return write([&] { fresh = tables.usedIds.insert(id).second; }).map([&] {
            return fresh ? IdReservation::Reserved : IdReservation::TakenBefore;
        });
    }
    Result<std::optional<PrekeyPair>> loadOneTimePrekey(PrekeyId id) override {
        return load(tables.oneTime, id);
    }
    Result<void> storeOneTimePrekey(PrekeyId id, const PrekeyPair& pair) override {
        return write([&] { tables.oneTime[id] = kept(pair); });
    }
    Result<void> removeOneTimePrekey(PrekeyId id) override {
        return write([&] { tables.oneTime.erase(id); });
    }
    Result<std::optional<PrekeyPair>> loadSignedPrekey(PrekeyId id) override {
        return load(tables.signedOnes, id);
    }
    Result<void> storeSignedPrekey(PrekeyId id, const PrekeyPair& pair, WallTime) override {
        return write([&] { tables.signedOnes[id] = kept(pair); });
    }
    Result<bool> knowsBaseKey(PrekeyId signedPrekey, const Curve25519Key& baseKey) override {
        return tables.baseKeys.contains({signedPrekey, baseKey});
    }
    Result<void> rememberBaseKey(PrekeyId signedPrekey, const Curve25519Key& baseKey) override {
        return write([&] { tables.baseKeys.insert({signedPrekey, baseKey}); });
    }

private:
    template <class Change>
    Result<void> write(Change change) {
        if (m_failing && writes >= *m_failing) {
            return unexpected(Error::Storage);
        }
        ++writes;
        change();
        return {};
    }
    static StoredPair kept(const PrekeyPair& pair) {
        StoredPair stored{pair.publicKey, {}};
        const auto secret = pair.privateKey.expose();
        std::copy(secret.begin(), secret.end(), stored.privateKey.begin());
        return stored;
    }
    Result<std::optional<PrekeyPair>> load(const std::map<PrekeyId, StoredPair>& from, PrekeyId id) {
        if (m_readsFail) {
            return unexpected(Error::Storage);
        }
        const auto found = from.find(id);
        if (found == from.end()) {
            return std::nullopt;
        }
        return PrekeyPair{found->second.publicKey,
                          std::move(*ShortSecret<32>::from(found->second.privateKey))};
    }
    std::optional<std::uint64_t> m_failing;
    bool m_readsFail = false;
};

} // namespace sotto::crypto

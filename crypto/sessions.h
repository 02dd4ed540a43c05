// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The pairwise double-ratchet sessions of one device (signal.org/docs/specifications/doubleratchet and
/// x3dh), on the primitives of libsignal-protocol-c.
///
/// Every call reads and writes state through ProtocolStore: make it inside a transaction or savepoint, and
/// roll that back on any error. Bytes that seal() returned leave the process only after its commit: after a
/// rollback the next seal() uses the same key again. Not thread-safe.

#include "crypto/header.h"
#include "crypto/prekeys.h"

#include <memory>

namespace sotto::crypto {

struct OpenedHeader {
    HeaderPlaintext header;
    /// True when this header set a new session up: the sender may have lost the one before.
    bool startedSession = false;
};

class Sessions {
public:
    /// A skipped stretch of one chain up to this long is remembered; a longer one is lost for good (P14).
    static constexpr std::uint32_t kMaxSkipped = 2000;
    /// Archived states are tried for much less: honest stragglers are few, forgeries are not (case 29).
    static constexpr std::uint32_t kMaxSkippedArchived = 100;
    static constexpr std::size_t kMaxArchivedStates = 4;
    static constexpr std::chrono::days kMaxArchivedAge{30};

    /// All four must outlive this object.
    Sessions(ProtocolStore& store, const DeviceKeys& own, Random& random, const Clock& clock);
    ~Sessions();
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    /// Whether seal() has something to go on.
    Result<bool> has(const DeviceAddress& device);
    /// The identity the current session was made with, to sort out sessions of replaced devices.
    Result<std::optional<Curve25519Key>> identityOf(const DeviceAddress& device);
    /// A new current session; an existing one is archived.
    Result<void> start(const VerifiedBundle& bundle);
    /// expectedIdentity: the device's identity key in the newest verified list. UntrustedIdentity when the
    /// session has another one, before anything is encrypted.
    Result<Bytes> seal(const DeviceAddress& recipient, const Curve25519Key& expectedIdentity,
                       const HeaderPlaintext& header);
    /// expectedIdentity as above; compared again after decryption. Nothing is stored unless the header is
    /// authentic. Does not judge the header's fields: see HeaderPlaintext::isBetween().
    Result<OpenedHeader> open(const DeviceAddress& sender, const Curve25519Key& expectedIdentity,
                              BytesView header);
    /// Stops sending on the current session; what is still under way on it can be opened.
    Result<void> archive(const DeviceAddress& device);
    /// The same for a device that was restored from a copy: its states may never become current again, since
    /// whoever has the other copy may have sealed with them.
    Result<void> retire(const DeviceAddress& device);
    Result<void> remove(const DeviceAddress& device);
    /// Wipes decoded sessions held in memory. They come back from the store when needed.
    void forget();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace sotto::crypto

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What is stored for one remote device: the current state of the ratchet and a few archived ones. Private to
/// crypto.
///
///     record := format ‖ u8 has current ‖ u8 archived count ‖ state*        the current one first
///     state  := u64 archived at, ms, its top bit set once retired ‖ set-up (32) ‖ u32 length ‖ libsignal's
///     encoding of the state
///
/// Not libsignal's own record: that keeps 40 archived states without a date, and decodes and encodes all of
/// them for every message.

#include "core/base/clock.h"
#include "crypto/signal_library.h"

#include <vector>

namespace sotto::crypto {

/// A state of the ratchet, decoded when first used.
class StoredState {
public:
    /// setup: hash of the peer's prekey part that made it, zero when we started it.
    StoredState(SignalRef<session_state> state, const Digest& setup)
        : m_state(std::move(state))
        , m_setup(setup) {}
    StoredState(BytesView encoded, const Digest& setup, WallTime archivedAt)
        : m_encoded(bytesOf(encoded))
        , m_setup(setup)
        , m_archivedAt(archivedAt) {}
    StoredState(StoredState&&) = default;
    StoredState& operator=(StoredState&&) = default;
    ~StoredState() { wipe(); }

    /// Null when the stored bytes are no state.
    session_state* decoded(const SignalLibrary& library);
    /// The same, to be changed: its encoding is made anew.
    session_state* changeable(const SignalLibrary& library);
    const Digest& setup() const { return m_setup; }
    WallTime archivedAt() const { return m_archivedAt; }
    void archive(WallTime now) { m_archivedAt = now; }
    /// It may open what is under way and never seals again: a copy of it may have gone on sealing.
    bool isRetired() const { return m_retired; }
    void retire() { m_retired = true; }
    void appendTo(Bytes& record) const;

private:
    void wipe();
    SignalRef<session_state> m_state;
    Bytes m_encoded;
    Digest m_setup;
    WallTime m_archivedAt{};
    bool m_retired = false;
};

struct SessionRecord {
    std::optional<StoredState> current;
    std::vector<StoredState> archived; ///< newest first

    static std::optional<SessionRecord> decode(BytesView stored);
    Bytes encode() const;
    /// The current state becomes the newest archived one.
    void archiveCurrent(WallTime now);
    /// An archived state proved alive: it changes places with the current one.
    void promote(std::size_t index, WallTime now);
    void prune(std::size_t maxStates, Milliseconds maxAge, WallTime now);
};

} // namespace sotto::crypto

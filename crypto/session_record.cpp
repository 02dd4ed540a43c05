// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/session_record.h"

#include <signal/curve.h>
#include <sodium.h>
#include <stdexcept>

namespace sotto::crypto {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kFrontSize = 3;
constexpr std::size_t kStateFrontSize = 8 + 32 + 4;
constexpr std::uint64_t kRetired = std::uint64_t{1} << 63U;

void appendNumber(Bytes& record, std::uint64_t value, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
        record.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

std::uint64_t readNumber(BytesView bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) {
        value = value << 8 | byte;
    }
    return value;
}

/// Everything the ratchet relies on is there; the library's decoder takes less.
bool isComplete(const session_state* state) {
    const ec_key_pair* own = session_state_has_sender_chain(state) == 1
                                 ? session_state_get_sender_ratchet_key_pair(state)
                                 : nullptr;
    const bool unacknowledged = session_state_has_unacknowledged_pre_key_message(state) == 1;
    return session_state_get_local_identity_key(state) != nullptr &&
           session_state_get_remote_identity_key(state) != nullptr &&
           session_state_get_root_key(state) != nullptr && own != nullptr &&
           ec_key_pair_get_public(own) != nullptr && ec_key_pair_get_private(own) != nullptr &&
           session_state_get_sender_chain_key(state) != nullptr &&
           (!unacknowledged || session_state_unacknowledged_pre_key_message_get_base_key(state) != nullptr);
}

} // namespace

void StoredState::wipe() {
    if (!m_encoded.empty()) {
        sodium_memzero(m_encoded.data(), m_encoded.size());
        m_encoded.clear();
    }
}

session_state* StoredState::decoded(const SignalLibrary& library) {
    if (!m_state) {
        session_state* state = nullptr;
        if (session_state_deserialize(&state, m_encoded.data(), m_encoded.size(), library.context()) >= 0) {
            SignalRef<session_state> owned(state);
            if (isComplete(state)) {
                m_state = std::move(owned);
            }
        }
    }
    return m_state.get();
}

session_state* StoredState::changeable(const SignalLibrary& library) {
    session_state* state = decoded(library);
    if (state != nullptr) {
        wipe();
    }
    return state;
}

void StoredState::appendTo(Bytes& record) const {
    const auto append = [&](BytesView state) {
        record.reserve(record.size() + kStateFrontSize + state.size());
        appendNumber(record,
                     static_cast<std::uint64_t>(unixMilliseconds(m_archivedAt)) | (m_retired ? kRetired : 0),
                     8);
        record.insert(record.end(), m_setup.value.begin(), m_setup.value.end());
        appendNumber(record, state.size(), 4);
        record.insert(record.end(), state.begin(), state.end());
    };
    if (!m_encoded.empty()) {
        append(m_encoded);
        return;
    }
    signal_buffer* raw = nullptr;
    if (session_state_serialize(&raw, m_state.get()) < 0) {
        throw std::runtime_error("libsignal cannot encode a session");
    }
    const SignalBuffer buffer(raw);
    append(buffer.view());
}

std::optional<SessionRecord> SessionRecord::decode(BytesView stored) {
    if (stored.size() < kFrontSize || stored[0] != kFormat || stored[1] > 1) {
        return std::nullopt;
    }
    const bool hasCurrent = stored[1] == 1;
    const std::size_t states = std::size_t{stored[1]} + stored[2];
    BytesView rest = stored.subspan(kFrontSize);
    SessionRecord record;
    for (std::size_t i = 0; i < states; ++i) {
        if (rest.size() < kStateFrontSize) {
            return std::nullopt;
        }
        const std::uint64_t archived = readNumber(rest.first(8));
        const WallTime archivedAt = wallTime(static_cast<std::int64_t>(archived & ~kRetired));
        const Digest setup = *Digest::from(rest.subspan(8, 32));
        const auto size = static_cast<std::size_t>(readNumber(rest.subspan(40, 4)));
        rest = rest.subspan(kStateFrontSize);
        if (size == 0 || size > rest.size()) {
            return std::nullopt;
        }
        StoredState state(rest.first(size), setup, archivedAt);
        if ((archived & kRetired) != 0) {
            state.retire();
        }
        rest = rest.subspan(size);
        if (i == 0 && hasCurrent) {
            record.current = std::move(state);
        } else {
            record.archived.push_back(std::move(state));
        }
    }
    return rest.empty() ? std::optional(std::move(record)) : std::nullopt;
}

Bytes SessionRecord::encode() const {
    Bytes record = {kFormat, static_cast<std::uint8_t>(current ? 1 : 0),
                    static_cast<std::uint8_t>(archived.size())};
    if (current) {
        current->appendTo(record);
    }
    for (const StoredState& state : archived) {
        state.appendTo(record);
    }
    return record;
}

void SessionRecord::archiveCurrent(WallTime now) {
    if (current) {
        current->archive(now);
        archived.insert(archived.begin(), std::move(*current));
        current.reset();
    }
}

void SessionRecord::promote(std::size_t index, WallTime now) {
    StoredState alive = std::move(archived[index]);
    archived.erase(archived.begin() + static_cast<std::ptrdiff_t>(index));
    archiveCurrent(now);
    current = std::move(alive);
}

void SessionRecord::prune(std::size_t maxStates, Milliseconds maxAge, WallTime now) {
    std::erase_if(archived, [&](const StoredState& state) { return now - state.archivedAt() > maxAge; });
    if (archived.size() > maxStates) {
        archived.erase(archived.begin() + static_cast<std::ptrdiff_t>(maxStates), archived.end());
    }
}

} // namespace sotto::crypto

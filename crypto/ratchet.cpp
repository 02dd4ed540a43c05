// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/ratchet.h"

#include "crypto/hmac_sha256.h"

#include <limits>
#include <signal/curve.h>

namespace sotto::crypto {
namespace {

/// Keys of one message, wiped when they end.
struct MessageKeys : ratchet_message_keys {
    MessageKeys()
        : ratchet_message_keys{} {}
    MessageKeys(const MessageKeys&) = delete;
    MessageKeys& operator=(const MessageKeys&) = delete;
    ~MessageKeys() { sodium_memzero(static_cast<ratchet_message_keys*>(this), sizeof(ratchet_message_keys)); }
};

Result<SignalRef<ratchet_chain_key>> following(const ratchet_chain_key* chain) {
    ratchet_chain_key* next = nullptr;
    const int result = ratchet_chain_key_create_next(chain, &next);
    if (result < 0) {
        return unexpected(errorOf(result));
    }
    return SignalRef(next);
}

Result<SignalRef<ratchet_identity_key_pair>> identityPair(const SignalLibrary& library,
                                                          const DeviceKeys& own) {
    const auto publicKey = library.publicKey(own.identityKey());
    const auto privateKey = library.privateKey(own.identitySecret().expose());
    return made<ratchet_identity_key_pair>(ratchet_identity_key_pair_create, publicKey.get(),
                                           privateKey.get());
}

} // namespace

/// Chain keys from the first skipped message up to the wanted one, each one HMAC from the one before (double
/// ratchet, section 5.2). Cheap: message keys are derived only after the MAC was right.
class Ratchet::ChainWalk {
public:
    /// Stands at `start`, with room for a walk of `steps`.
    ChainWalk(const SignalLibrary& library, const ratchet_chain_key* start, std::uint32_t steps)
        : m_library(library)
        , m_first(ratchet_chain_key_get_index(start)) {
        m_keys.reserve(steps + std::size_t{1});
        m_keys.push_back(keyBytes(start));
    }
    ChainWalk(const ChainWalk&) = delete;
    ChainWalk& operator=(const ChainWalk&) = delete;
    ~ChainWalk() { sodium_memzero(m_keys.data(), m_keys.size() * sizeof m_keys[0]); }

    /// Whether it began where `start` stands and has room for so many steps.
    bool serves(const ratchet_chain_key* start, std::uint32_t steps) const {
        Key key = keyBytes(start);
        const bool same = m_first == ratchet_chain_key_get_index(start) && steps < m_keys.capacity() &&
                          sodium_memcmp(key.data(), m_keys.front().data(), key.size()) == 0;
        sodium_memzero(key.data(), key.size());
        return same;
    }
    /// Never beyond the room it was made with: nothing may be left behind where a vector has moved away.
    void reach(std::uint32_t steps) {
        static constexpr std::uint8_t kStep = 0x02;
        while (m_keys.size() <= steps && m_keys.size() < m_keys.capacity()) {
            HmacSha256 hmac(m_keys.back());
            hmac.update({&kStep, 1});
            m_keys.push_back(hmac.finish());
        }
    }
    /// The chain key `step` steps after the start; reached before.
    Result<SignalRef<ratchet_chain_key>> at(std::uint32_t step) const {
        return made<ratchet_chain_key>(ratchet_chain_key_create, m_library.hkdf(), m_keys[step].data(),
                                       m_keys[step].size(), m_first + step, m_library.context());
    }

private:
    using Key = std::array<std::uint8_t, 32>;
    static Key keyBytes(const ratchet_chain_key* chain) {
        signal_buffer* raw = nullptr;
        if (ratchet_chain_key_get_key(chain, &raw) < 0) {
            throw std::bad_alloc();
        }
        const SignalBuffer buffer(raw);
        Key key;
        std::copy_n(buffer.view().begin(), key.size(), key.begin());
        return key;
    }

    const SignalLibrary& m_library;
    std::uint32_t m_first;
    std::vector<Key> m_keys;
};

Ratchet::Ratchet(const SignalLibrary& library)
    : m_library(library) {}

Ratchet::~Ratchet() = default;

/// A new receiving chain, worked out but not yet entered into the state.
struct Ratchet::Turn {
    SignalRef<ratchet_root_key> root;
    SignalRef<ratchet_chain_key> chain;

    static Result<Turn> work(session_state* state, const RatchetMessage& message) {
        const ec_key_pair* own = session_state_get_sender_ratchet_key_pair(state);
        ratchet_root_key* root = nullptr;
        ratchet_chain_key* chain = nullptr;
        const int result = ratchet_root_key_create_chain(session_state_get_root_key(state), &root, &chain,
                                                         const_cast<ec_public_key*>(message.key()),
                                                         ec_key_pair_get_private(own));
        if (result < 0) {
            return unexpected(Error::Undecryptable);
        }
        return Turn{SignalRef(root), SignalRef(chain)};
    }

    /// The other half of the turn: a fresh key and sending chain of our own (double ratchet, section 3.5).
    Result<void> enter(const SignalLibrary& library, session_state* state,
                       const RatchetMessage& message) const {
        auto* theirs = const_cast<ec_public_key*>(message.key());
        const auto fresh = library.freshKeyPair();
        ratchet_root_key* nextRoot = nullptr;
        ratchet_chain_key* sending = nullptr;
        if (const int result = ratchet_root_key_create_chain(root.get(), &nextRoot, &sending, theirs,
                                                             ec_key_pair_get_private(fresh.get()));
            result < 0) {
            return unexpected(errorOf(result));
        }
        const SignalRef<ratchet_root_key> ownedRoot(nextRoot);
        const SignalRef<ratchet_chain_key> ownedSending(sending);
        if (const int result = session_state_add_receiver_chain(state, theirs, chain.get()); result < 0) {
            return unexpected(errorOf(result));
        }
        const std::uint32_t sent = ratchet_chain_key_get_index(session_state_get_sender_chain_key(state));
        session_state_set_previous_counter(state, sent > 0 ? sent - 1 : 0); // as libsignal counts
        session_state_set_root_key(state, nextRoot);
        session_state_set_sender_chain(state, fresh.get(), sending);
        return {};
    }
};

Result<RatchetMessage> RatchetMessage::read(const SignalLibrary& library, BytesView bytes) {
    auto message =
        made<signal_message>(signal_message_deserialize, bytes.data(), bytes.size(), library.context());
    if (!message || signal_message_get_message_version(message->get()) != CIPHERTEXT_CURRENT_VERSION) {
        return unexpected(Error::Malformed);
    }
    RatchetMessage read;
    read.message = std::move(*message);
    read.ratchetKey = keyOf(read.key());
    read.counter = signal_message_get_counter(read.message.get());
    if (!isAcceptable(read.ratchetKey)) {
        return unexpected(Error::Malformed);
    }
    return read;
}

Result<SignalRef<session_state>> Ratchet::startWith(const DeviceKeys& own,
                                                    const VerifiedBundle& bundle) const {
    const auto identity = identityPair(m_library, own);
    const auto baseKey = m_library.freshKeyPair();
    const auto theirIdentity = m_library.publicKey(bundle.identityKey());
    const auto theirSigned = m_library.publicKey(bundle.signedPrekey());
    const auto theirOneTime =
        bundle.oneTime() ? m_library.publicKey(bundle.oneTime()->key) : SignalRef<ec_public_key>();
    auto state = made<session_state>(session_state_create, m_library.context());
    if (!identity || !state) {
        return unexpected(identity ? state.error() : identity.error());
    }
    const auto parameters = made<alice_signal_protocol_parameters>(
        alice_signal_protocol_parameters_create, identity->get(), baseKey.get(), theirIdentity.get(),
        theirSigned.get(), theirOneTime.get(), theirSigned.get());
    if (!parameters) {
        return unexpected(parameters.error());
    }
    if (const int result =
            ratcheting_session_alice_initialize(state->get(), parameters->get(), m_library.context());
        result < 0) {
        return unexpected(errorOf(result));
    }
    ec_public_key* basePublic = ec_key_pair_get_public(baseKey.get());
    const std::uint32_t oneTimeId = bundle.oneTime() ? number(bundle.oneTime()->id) : 0;
    session_state_set_unacknowledged_pre_key_message(state->get(), bundle.oneTime() ? &oneTimeId : nullptr,
                                                     number(bundle.signedPrekeyId()), basePublic);
    session_state_set_alice_base_key(state->get(), basePublic);
    return state;
}

Result<SignalRef<session_state>> Ratchet::acceptFrom(const DeviceKeys& own, const PrekeyPair& signedPrekey,
                                                     const std::optional<PrekeyPair>& oneTimePrekey,
                                                     const PrekeyPart& part) const {
    const auto identity = identityPair(m_library, own);
    const auto ownSigned = m_library.keyPair(signedPrekey.publicKey, signedPrekey.privateKey.expose());
    const auto ownOneTime =
        oneTimePrekey ? m_library.keyPair(oneTimePrekey->publicKey, oneTimePrekey->privateKey.expose())
                      : SignalRef<ec_key_pair>();
    const auto theirIdentity = m_library.publicKey(part.identityKey);
    const auto theirBase = m_library.publicKey(part.baseKey);
    auto state = made<session_state>(session_state_create, m_library.context());
    if (!identity || !state) {
        return unexpected(identity ? state.error() : identity.error());
    }
    const auto parameters = made<bob_signal_protocol_parameters>(
        bob_signal_protocol_parameters_create, identity->get(), ownSigned.get(), ownOneTime.get(),
        ownSigned.get(), theirIdentity.get(), theirBase.get());
    if (!parameters) {
        return unexpected(parameters.error());
    }
    if (const int result =
            ratcheting_session_bob_initialize(state->get(), parameters->get(), m_library.context());
        result < 0) {
        return unexpected(errorOf(result));
    }
    session_state_set_alice_base_key(state->get(), theirBase.get());
    return state;
}

Result<Bytes> Ratchet::encrypt(session_state* state, BytesView plaintext) {
    ratchet_chain_key* chain = session_state_get_sender_chain_key(state);
    if (chain == nullptr || ratchet_chain_key_get_index(chain) == std::numeric_limits<std::uint32_t>::max()) {
        return unexpected(Error::NoSession);
    }
    MessageKeys keys;
    if (const int result = ratchet_chain_key_get_message_keys(chain, &keys); result < 0) {
        return unexpected(errorOf(result));
    }
    const Bytes ciphertext = m_cipher.encrypt(keys.cipher_key, keys.iv, plaintext);
    const auto message = made<signal_message>(
        signal_message_create, std::uint8_t{CIPHERTEXT_CURRENT_VERSION}, keys.mac_key, sizeof keys.mac_key,
        session_state_get_sender_ratchet_key(state), ratchet_chain_key_get_index(chain),
        session_state_get_previous_counter(state), ciphertext.data(), ciphertext.size(),
        session_state_get_local_identity_key(state), session_state_get_remote_identity_key(state),
        m_library.context());
    if (!message) {
        return unexpected(message.error());
    }
    const auto next = following(chain);
    if (!next) {
        return unexpected(next.error());
    }
    if (const int result = session_state_set_sender_chain_key(state, next->get()); result < 0) {
        return unexpected(errorOf(result));
    }
    const signal_buffer* serialised =
        ciphertext_message_get_serialized(reinterpret_cast<const ciphertext_message*>(message->get()));
    return bytesOf({signal_buffer_const_data(serialised), signal_buffer_len(serialised)});
}

bool Ratchet::hasChainFor(session_state* state, const RatchetMessage& message) const {
    return session_state_get_receiver_chain_key(state, const_cast<ec_public_key*>(message.key())) != nullptr;
}

Result<ShortSecret<HeaderPlaintext::kSize>>
Ratchet::decrypt(session_state* state, const RatchetMessage& message, std::uint32_t maxSkipped) {
    if (session_state_has_sender_chain(state) != 1 || session_state_get_root_key(state) == nullptr) {
        return unexpected(Error::Undecryptable);
    }
    auto* theirs = const_cast<ec_public_key*>(message.key());
    std::optional<Turn> turn;
    auto chain = SignalRef<ratchet_chain_key>::sharing(session_state_get_receiver_chain_key(state, theirs));
    if (chain && message.counter < ratchet_chain_key_get_index(chain.get())) {
        MessageKeys keys;
        if (session_state_remove_message_keys(state, &keys, theirs, message.counter) != 1) {
            return unexpected(Error::Duplicate);
        }
        return openWith(state, message, keys);
    }
    // Bounded before any work: a new chain begins at 0, a known one stands at its index.
    const std::uint32_t start = chain ? ratchet_chain_key_get_index(chain.get()) : 0;
    const std::uint32_t skipped = message.counter - start;
    if (skipped > maxSkipped || message.counter == std::numeric_limits<std::uint32_t>::max()) {
        return unexpected(Error::TooFarAhead);
    }
    if (!chain) {
        auto worked = Turn::work(state, message);
        if (!worked) {
            return unexpected(worked.error());
        }
        turn = std::move(*worked);
        chain = SignalRef<ratchet_chain_key>::sharing(turn->chain.get());
    }
    std::unique_ptr<ChainWalk> walk;
    if (skipped > 0) {
        walk = std::exchange(m_failedWalk, nullptr);
        if (!walk || !walk->serves(chain.get(), skipped)) {
            walk = std::make_unique<ChainWalk>(m_library, chain.get(), maxSkipped);
        }
        walk->reach(skipped);
        auto reached = walk->at(skipped);
        if (!reached) {
            return unexpected(reached.error());
        }
        chain = std::move(*reached);
    }
    MessageKeys keys;
    if (const int result = ratchet_chain_key_get_message_keys(chain.get(), &keys); result < 0) {
        return unexpected(errorOf(result));
    }
    auto plaintext = openWith(state, message, keys);
    if (!plaintext) {
        m_failedWalk = turn ? nullptr : std::move(walk);
        return plaintext;
    }

    // Authentic: now the state moves.
    if (turn) {
        if (const auto entered = turn->enter(m_library, state, message); !entered) {
            return unexpected(entered.error());
        }
    }
    for (std::uint32_t step = 0; step < skipped; ++step) {
        const auto passed = walk->at(step);
        MessageKeys passedKeys;
        if (!passed || ratchet_chain_key_get_message_keys(passed->get(), &passedKeys) < 0 ||
            session_state_set_message_keys(state, theirs, &passedKeys) < 0) {
            return unexpected(Error::Undecryptable);
        }
    }
    const auto next = following(chain.get());
    if (!next || session_state_set_receiver_chain_key(state, theirs, next->get()) < 0) {
        return unexpected(Error::Undecryptable);
    }
    return plaintext;
}

Result<ShortSecret<HeaderPlaintext::kSize>>
Ratchet::openWith(session_state* state, const RatchetMessage& message, const ratchet_message_keys& keys) {
    const int verified = signal_message_verify_mac(
        message.message.get(), session_state_get_remote_identity_key(state),
        session_state_get_local_identity_key(state), keys.mac_key, sizeof keys.mac_key, m_library.context());
    if (verified != 1) {
        return unexpected(Error::Undecryptable);
    }
    const signal_buffer* body = signal_message_get_body(message.message.get());
    auto plaintext =
        m_cipher.decrypt(keys.cipher_key, keys.iv, {signal_buffer_const_data(body), signal_buffer_len(body)});
    if (!plaintext) {
        return unexpected(Error::Undecryptable);
    }
    auto header = ShortSecret<HeaderPlaintext::kSize>::from(*plaintext);
    sodium_memzero(plaintext->data(), plaintext->size());
    if (!header) {
        return unexpected(Error::Undecryptable);
    }
    session_state_clear_unacknowledged_pre_key_message(state);
    return std::move(*header);
}

std::optional<PrekeyPart> Ratchet::unacknowledgedPart(session_state* state) const {
    if (session_state_has_unacknowledged_pre_key_message(state) != 1) {
        return std::nullopt;
    }
    PrekeyPart part;
    part.signedPrekey = PrekeyId{session_state_unacknowledged_pre_key_message_get_signed_pre_key_id(state)};
    if (session_state_unacknowledged_pre_key_message_has_pre_key_id(state) == 1) {
        part.oneTimePrekey = PrekeyId{session_state_unacknowledged_pre_key_message_get_pre_key_id(state)};
    }
    part.baseKey = keyOf(session_state_unacknowledged_pre_key_message_get_base_key(state));
    part.identityKey = keyOf(session_state_get_local_identity_key(state));
    return part;
}

} // namespace sotto::crypto

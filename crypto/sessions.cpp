// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/sessions.h"

#include "core/base/hash.h"
#include "crypto/ratchet.h"
#include "crypto/session_record.h"

#include <unordered_map>

namespace sotto::crypto {
namespace {

constexpr std::string_view kSetupLabel = "sotto session set-up 1";
/// Decoded sessions kept in memory; beyond, any of them goes.
constexpr std::size_t kMaxDecoded = 256;
constexpr std::uint32_t kNeverAnId = 0xFFFFFF; // the library would not remove it after use

void wipe(Bytes& bytes) {
    sodium_memzero(bytes.data(), bytes.size());
}

bool isAcceptable(const PrekeyPart& part) {
    return sotto::isAcceptable(part.baseKey) && sotto::isAcceptable(part.identityKey) &&
           number(part.signedPrekey) != 0 && number(part.signedPrekey) != kNeverAnId &&
           number(part.oneTimePrekey) != kNeverAnId;
}

} // namespace

struct Sessions::Private {
    /// A record as decoded, and the stored bytes it stands for. It counts only while the store still gives
    /// those very bytes, so a rollback, by whomever, makes it void.
    struct Decoded {
        Bytes stored;
        SessionRecord record;
        Decoded(Bytes bytes, SessionRecord decoded)
            : stored(std::move(bytes))
            , record(std::move(decoded)) {}
        Decoded(Decoded&&) = default;
        Decoded& operator=(Decoded&&) = default;
        ~Decoded() { wipe(stored); }
    };
    using Plaintext = ShortSecret<HeaderPlaintext::kSize>;

    Private(ProtocolStore& sessionStore, const DeviceKeys& ownKeys, Random& random, const Clock& wallClock)
        : store(sessionStore)
        , own(ownKeys)
        , clock(wallClock)
        , library(random)
        , ratchet(library) {}

    /// Takes the record out; only save() puts it back, so that what a failed call leaves half done is
    /// forgotten. A record that cannot be read counts as none: a new session repairs it.
    Result<std::optional<SessionRecord>> take(const DeviceAddress& device);
    /// The record as it stands, to look at: null if there is none. Good until the next call.
    Result<SessionRecord*> look(const DeviceAddress& device);
    Result<void> save(const DeviceAddress& device, SessionRecord record);
    SessionRecord& keep(const DeviceAddress& device, Bytes stored, SessionRecord record);
    Result<Plaintext> openOnKnown(SessionRecord& record, const RatchetMessage& message);
    Result<Plaintext> openOn(StoredState& state, const RatchetMessage& message, std::uint32_t maxSkipped);
    Result<Plaintext> openOnNew(SessionRecord& record, const RatchetMessage& message, const PrekeyPart& part,
                                const Digest& setup);

    ProtocolStore& store;
    const DeviceKeys& own;
    const Clock& clock;
    SignalLibrary library;
    Ratchet ratchet;
    session_state* openedOn = nullptr;                  ///< by the last try
    std::unordered_map<DeviceAddress, Decoded> decoded; ///< after library: it must end first
};

Result<std::optional<SessionRecord>> Sessions::Private::take(const DeviceAddress& device) {
    auto stored = store.loadSession(device);
    if (!stored) {
        return unexpected(stored.error());
    }
    auto known = decoded.extract(device);
    if (!*stored) {
        return std::nullopt;
    }
    if (!known.empty() && known.mapped().stored == **stored) {
        wipe(**stored);
        return std::move(known.mapped().record);
    }
    auto record = SessionRecord::decode(**stored);
    wipe(**stored);
    return record;
}

Result<SessionRecord*> Sessions::Private::look(const DeviceAddress& device) {
    auto stored = store.loadSession(device);
    if (!stored) {
        return unexpected(stored.error());
    }
    if (!*stored) {
        decoded.erase(device);
        return nullptr;
    }
    const auto known = decoded.find(device);
    if (known != decoded.end() && known->second.stored == **stored) {
        wipe(**stored);
        return &known->second.record;
    }
    auto record = SessionRecord::decode(**stored);
    if (!record) {
        wipe(**stored);
        decoded.erase(device);
        return nullptr;
    }
    return &keep(device, std::move(**stored), std::move(*record));
}

SessionRecord& Sessions::Private::keep(const DeviceAddress& device, Bytes stored, SessionRecord record) {
    if (decoded.size() >= kMaxDecoded && !decoded.contains(device)) {
        decoded.erase(decoded.begin());
    }
    return decoded.insert_or_assign(device, Decoded(std::move(stored), std::move(record)))
        .first->second.record;
}

Result<void> Sessions::Private::save(const DeviceAddress& device, SessionRecord record) {
    record.prune(kMaxArchivedStates, kMaxArchivedAge, clock.wall());
    Bytes encoded = record.encode();
    if (const auto stored = store.storeSession(device, encoded); !stored) {
        wipe(encoded);
        return stored;
    }
    keep(device, std::move(encoded), std::move(record));
    return {};
}

Result<Sessions::Private::Plaintext>
Sessions::Private::openOn(StoredState& state, const RatchetMessage& message, std::uint32_t maxSkipped) {
    session_state* changing = state.changeable(library);
    if (changing == nullptr) {
        return unexpected(Error::Undecryptable);
    }
    openedOn = changing;
    return ratchet.decrypt(changing, message, maxSkipped);
}

Result<Sessions::Private::Plaintext> Sessions::Private::openOnKnown(SessionRecord& record,
                                                                    const RatchetMessage& message) {
    const auto knowsChain = [&](StoredState& state) {
        session_state* known = state.decoded(library);
        return known != nullptr && ratchet.hasChainFor(known, message);
    };
    const bool currentKnows = record.current && knowsChain(*record.current);
    bool archivedKnows = false;
    if (!currentKnows) {
        archivedKnows = std::any_of(record.archived.begin(), record.archived.end(), knowsChain);
    }
    Error failure = Error::Undecryptable;
    if (record.current && (currentKnows || !archivedKnows)) {
        auto plaintext = openOn(*record.current, message, kMaxSkipped);
        if (plaintext || currentKnows) {
            return plaintext;
        }
        failure = plaintext.error();
    }
    for (std::size_t i = 0; i < record.archived.size(); ++i) {
        StoredState& state = record.archived[i];
        if (archivedKnows && !knowsChain(state)) {
            continue;
        }
        auto plaintext = openOn(state, message, archivedKnows ? kMaxSkipped : kMaxSkippedArchived);
        if (plaintext) {
            if (!state.isRetired()) {
                record.promote(i, clock.wall());
            }
            return plaintext;
        }
        // A stranger to a chain is always far ahead of it.
        if (plaintext.error() == Error::Duplicate || archivedKnows) {
            failure = plaintext.error();
        }
    }
    return unexpected(failure);
}

Result<Sessions::Private::Plaintext> Sessions::Private::openOnNew(SessionRecord& record,
                                                                  const RatchetMessage& message,
                                                                  const PrekeyPart& part,
                                                                  const Digest& setup) {
    const auto signedPrekey = store.loadSignedPrekey(part.signedPrekey);
    if (!signedPrekey) {
        return unexpected(signedPrekey.error());
    }
    if (!*signedPrekey) {
        return unexpected(Error::PrekeyGone);
    }
    const bool withOneTime = number(part.oneTimePrekey) != 0;
    std::optional<PrekeyPair> oneTimePrekey;
    if (withOneTime) {
        auto loaded = store.loadOneTimePrekey(part.oneTimePrekey);
        if (!loaded) {
            return unexpected(loaded.error());
        }
        if (!*loaded) {
            return unexpected(Error::PrekeyGone);
        }
        oneTimePrekey = std::move(*loaded);
    } else {
        const auto known = store.knowsBaseKey(part.signedPrekey, part.baseKey);
        if (!known) {
            return unexpected(known.error());
        }
        if (*known) {
            return unexpected(Error::Duplicate);
        }
    }
    auto accepted = ratchet.acceptFrom(own, **signedPrekey, oneTimePrekey, part);
    if (!accepted) {
        return unexpected(accepted.error());
    }
    StoredState state(std::move(*accepted), setup);
    auto plaintext = openOn(state, message, kMaxSkipped);
    if (!plaintext) {
        return plaintext;
    }
    // Only now that the message is authentic does anything change.
    const auto used = withOneTime ? store.removeOneTimePrekey(part.oneTimePrekey)
                                  : store.rememberBaseKey(part.signedPrekey, part.baseKey);
    if (!used) {
        return unexpected(used.error());
    }
    record.archiveCurrent(clock.wall());
    record.current = std::move(state);
    return plaintext;
}

Sessions::Sessions(ProtocolStore& store, const DeviceKeys& own, Random& random, const Clock& clock)
    : d(std::make_unique<Private>(store, own, random, clock)) {}

Sessions::~Sessions() = default;

Result<bool> Sessions::has(const DeviceAddress& device) {
    return identityOf(device).map([](const auto& identity) { return identity.has_value(); });
}

Result<std::optional<Curve25519Key>> Sessions::identityOf(const DeviceAddress& device) {
    const auto record = d->look(device);
    if (!record) {
        return unexpected(record.error());
    }
    session_state* state =
        *record != nullptr && (*record)->current ? (*record)->current->decoded(d->library) : nullptr;
    if (state == nullptr) {
        return std::nullopt;
    }
    return keyOf(session_state_get_remote_identity_key(state));
}

Result<void> Sessions::start(const VerifiedBundle& bundle) {
    auto record = d->take(bundle.device());
    if (!record) {
        return unexpected(record.error());
    }
    auto state = d->ratchet.startWith(d->own, bundle);
    if (!state) {
        return unexpected(state.error());
    }
    SessionRecord changed = *record ? std::move(**record) : SessionRecord{};
    changed.archiveCurrent(d->clock.wall());
    changed.current.emplace(std::move(*state), Digest{});
    return d->save(bundle.device(), std::move(changed));
}

Result<Bytes> Sessions::seal(const DeviceAddress& recipient, const Curve25519Key& expectedIdentity,
                             const HeaderPlaintext& header) {
    auto record = d->take(recipient);
    if (!record) {
        return unexpected(record.error());
    }
    session_state* state =
        *record && (*record)->current ? (*record)->current->changeable(d->library) : nullptr;
    if (state == nullptr) {
        return unexpected(Error::NoSession);
    }
    if (keyOf(session_state_get_remote_identity_key(state)) != expectedIdentity) {
        return unexpected(Error::UntrustedIdentity);
    }
    const auto part = d->ratchet.unacknowledgedPart(state);
    const auto plaintext = encodeHeaderPlaintext(header);
    const auto message = d->ratchet.encrypt(state, plaintext.expose());
    if (!message) {
        return unexpected(message.error());
    }
    if (const auto saved = d->save(recipient, std::move(**record)); !saved) {
        return unexpected(saved.error());
    }
    return wrapHeader(part, *message);
}

Result<OpenedHeader> Sessions::open(const DeviceAddress& sender, const Curve25519Key& expectedIdentity,
                                    BytesView header) {
    const auto form = readHeader(header);
    if (!form) {
        return unexpected(Error::Malformed);
    }
    if (form->prekeyPart && !isAcceptable(*form->prekeyPart)) {
        return unexpected(Error::Malformed);
    }
    const auto message = RatchetMessage::read(d->library, form->message);
    if (!message) {
        return unexpected(message.error());
    }
    if (form->prekeyPart && form->prekeyPart->identityKey != expectedIdentity) {
        return unexpected(Error::UntrustedIdentity);
    }
    auto record = d->take(sender);
    if (!record) {
        return unexpected(record.error());
    }
    if (!*record) {
        if (!form->prekeyPart) {
            return unexpected(Error::NoSession);
        }
        record->emplace();
    }

    OpenedHeader opened;
    Result<Private::Plaintext> plaintext = unexpected(Error::Undecryptable);
    if (form->prekeyPart) {
        const Digest setup = labelledHash(kSetupLabel, form->prekeyBytes);
        const auto isThis = [&](const StoredState& state) { return state.setup() == setup; };
        const auto archived = std::find_if((*record)->archived.begin(), (*record)->archived.end(), isThis);
        if ((*record)->current && isThis(*(*record)->current)) {
            plaintext = d->openOn(*(*record)->current, *message, kMaxSkipped);
        } else if (archived != (*record)->archived.end()) {
            plaintext = d->openOn(*archived, *message, kMaxSkipped);
            if (plaintext && !archived->isRetired()) {
                (*record)->promote(static_cast<std::size_t>(archived - (*record)->archived.begin()),
                                   d->clock.wall());
            }
        } else {
            plaintext = d->openOnNew(**record, *message, *form->prekeyPart, setup);
            opened.startedSession = true;
        }
    } else {
        plaintext = d->openOnKnown(**record, *message);
    }
    if (!plaintext) {
        return unexpected(plaintext.error());
    }
    if (keyOf(session_state_get_remote_identity_key(d->openedOn)) != expectedIdentity) {
        return unexpected(Error::UntrustedIdentity);
    }
    auto decoded = decodeHeaderPlaintext(plaintext->expose());
    if (!decoded) {
        return unexpected(Error::Malformed);
    }
    if (const auto saved = d->save(sender, std::move(**record)); !saved) {
        return unexpected(saved.error());
    }
    opened.header = std::move(*decoded);
    return opened;
}

Result<void> Sessions::archive(const DeviceAddress& device) {
    auto record = d->take(device);
    if (!record) {
        return unexpected(record.error());
    }
    if (!*record || !(*record)->current) {
        return {};
    }
    (*record)->archiveCurrent(d->clock.wall());
    return d->save(device, std::move(**record));
}

Result<void> Sessions::retire(const DeviceAddress& device) {
    auto record = d->take(device);
    if (!record) {
        return unexpected(record.error());
    }
    if (!*record) {
        return {};
    }
    (*record)->archiveCurrent(d->clock.wall());
    for (StoredState& state : (*record)->archived) {
        state.retire();
    }
    return d->save(device, std::move(**record));
}

Result<void> Sessions::remove(const DeviceAddress& device) {
    d->decoded.erase(device);
    return d->store.removeSession(device);
}

void Sessions::forget() {
    d->decoded.clear();
}

} // namespace sotto::crypto

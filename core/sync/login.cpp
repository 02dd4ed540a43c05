// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sync/login.h"

#include "core/base/mutant.h"
#include "core/messaging/reoffer.h"
#include "core/messaging/restoration.h"
#include "core/profile/sentinel.h"

namespace sotto::core {

using namespace wire;

namespace {

/// A day less than a relay keeps send ids unless told otherwise: an older one says nothing.
constexpr std::chrono::days kSendIdsKept{29};
/// What is older has expired at the relay, rolled back or not.
constexpr std::chrono::days kMailKept{30};

} // namespace

std::optional<pb::Frame> Login::registration(const pb::Challenge& challenge, const Digest& tlsKeyHash) {
    const auto list = m_device.accounts.list(m_device.address.account);
    if (!list || !m_profile.identity()->signer) {
        return std::nullopt;
    }
    const Bytes invite = m_device.settings.bytes("invite").value_or(Bytes());
    const RegistrationStatement statement{m_device.address.account,
                                          fixedOf<RelayId>(challenge.relay_id()),
                                          fixedOf<Nonce>(challenge.nonce()),
                                          tlsKeyHash,
                                          list->hash(),
                                          invite};
    pb::Frame frame;
    auto* registration = frame.mutable_register_();
    registration->set_version(kVersion);
    registration->set_invite(stringOf(invite));
    registration->mutable_list()->set_bytes(stringOf(list->signedList().bytes));
    registration->mutable_list()->set_signature(fieldOf(list->signedList().signature));
    registration->set_signature(fieldOf(m_profile.identity()->signer->sign(statement)));
    return frame;
}

Expected<void, db::Error> Login::registered() {
    return m_device.database.transaction([&] {
        m_device.settings.set("registered", 1);
        m_device.settings.set("registered_at",
                              unixMilliseconds(m_device.clock.wall() + m_device.relay.clockOffset));
        m_device.settings.clear("invite");
    });
}

std::optional<GenerationPair> Login::keptPair() const {
    const auto bytes = m_device.settings.bytes("generation_pair");
    return bytes ? decodeGenerations(*bytes) : std::nullopt;
}

/// The database first: a sentinel that is ahead of it then never comes from a crash.
Result<void> Login::store(GenerationPair pair) {
    ++pair.revision;
    const auto kept = m_device.database.transaction(
        [&] { m_device.settings.set("generation_pair", BytesView(encodeGenerations(pair))); });
    if (!kept) {
        return failure(FailureCode::Internal,
                       std::string("Logging in failed: ") + db::describe(kept.error()) + ".");
    }
    return m_profile.storeGeneration(pair);
}

bool Login::isRestored() const {
    const GenerationPair file = m_profile.generation();
    const auto kept = keptPair();
    if (!kept) {
        return file.revision != 0; // its database had a copy
    }
    if (file == GenerationPair{}) {
        return kept->confirmed.number != 0; // the file is written before the first log-in
    }
    return file.revision > kept->revision || (file.revision == kept->revision && file != *kept);
}

Expected<void, db::Error> Login::beginAnew(std::uint64_t above, Effects& effects) {
    const GenerationPair file = m_profile.generation();
    GenerationPair pair = keptPair().value_or(GenerationPair{});
    pair.revision = std::max(pair.revision, file.revision) + 1;
    const auto begun = m_device.database.transaction([&] {
        beginNewGeneration(m_device, std::max({above, file.confirmed.number, file.pending.number}), effects);
        pair.pending = {m_device.generation(), m_device.random.next<decltype(pair.pending.nonce)>()};
        m_device.settings.set("generation_pair", BytesView(encodeGenerations(pair)));
    });
    if (!begun) {
        m_device.sessions.forget();
        effects = {};
    }
    return begun;
}

std::optional<Milliseconds> Login::bindsFor() const {
    const WallTime now = m_device.clock.wall();
    const auto last = m_device.settings.number("restored_at");
    const bool wasTooLow = m_device.settings.number("generation_is_new").value_or(0) != 0 &&
                           m_device.settings.number("generation_raised").value_or(0) == 0;
    if (!last || wasTooLow || wallTime(*last) > now) {
        return std::nullopt;
    }
    const Milliseconds left = wallTime(*last) + std::chrono::hours(24) - now;
    return left > Milliseconds(0) ? std::optional(left) : std::nullopt;
}

Result<pb::Frame> Login::hello(const pb::Challenge& challenge, const Digest& tlsKeyHash) {
    // A run presents what the relay last confirmed and a fresh twin; the fresh one is durable before it is
    // shown, so that a copy of this directory is noticed whichever of the two logs in first.
    GenerationPair pair = keptPair().value_or(m_profile.generation());
    if (pair.pending.number == 0 || pair.pending == pair.confirmed) {
        pair.pending.number = m_device.generation();
        pair.pending.nonce = m_device.random.next<decltype(pair.pending.nonce)>();
        if (const auto kept = store(pair); !kept) {
            return tl::unexpected(kept.error());
        }
    } else if (m_profile.generation() != pair) {
        if (const auto kept = m_profile.storeGeneration(pair); !kept) {
            return tl::unexpected(kept.error());
        }
    }
    const LoginStatement statement{m_device.address, fixedOf<RelayId>(challenge.relay_id()),
                                   fixedOf<Nonce>(challenge.nonce()), tlsKeyHash};
    pb::Frame frame;
    auto* hello = frame.mutable_hello();
    hello->set_version(kVersion);
    hello->set_account(fieldOf(m_device.address.account));
    hello->set_device(number(m_device.address.device));
    hello->set_signature(fieldOf(m_device.keys.sign(statement)));
    if (const auto epoch = m_device.mailbox.epoch()) {
        hello->set_epoch(fieldOf(*epoch));
    }
    const Cursor cursor = m_device.mailbox.cursor();
    hello->mutable_cursor()->set_number(number(cursor.number));
    hello->mutable_cursor()->set_stamp(number(cursor.stamp));
    const Stamp stamp{static_cast<std::uint64_t>(m_device.settings.number("last_send_stamp").value_or(0))};
    const bool isFresh =
        wallTime(milliseconds(stamp)) + kSendIdsKept > m_device.clock.wall() + m_device.relay.clockOffset;
    if (const auto sent = m_device.settings.fixed<SendId>("last_send_id"); sent && isFresh) {
        hello->mutable_last_stored()->set_send_id(fieldOf(*sent));
        hello->mutable_last_stored()->set_stamp(number(stamp));
    }
    const auto set = [](pb::Generation* out, const Generation& generation) {
        out->set_number(generation.number);
        out->set_nonce(fieldOf(generation.nonce));
    };
    if (pair.confirmed.number != 0) {
        set(hello->mutable_confirmed(), pair.confirmed);
    }
    set(hello->mutable_pending(), pair.pending);
    hello->set_new_generation(m_device.settings.number("generation_is_new").value_or(0) != 0);
    return frame;
}

Expected<Login::Welcomed, db::Error> Login::welcomed(const pb::Welcome& welcome) {
    Welcomed result;
    const auto epoch = fixedOf<Epoch>(welcome.epoch());
    for (const int disagreement : welcome.disagreements()) {
        result.generationUnknown |= disagreement == pb::GENERATION_UNKNOWN;
        result.startOver |= disagreement == pb::EPOCH_DIFFERS || disagreement == pb::CURSOR_UNKNOWN ||
                            disagreement == pb::SEND_UNKNOWN;
    }
    const auto known = m_device.mailbox.epoch();
    result.startOver |= known && *known != epoch;
    result.startOver &= !mutated(Mutant::StartOverIgnored);
    // Rows are acknowledged after they are on this disk: what is acknowledged and not here was on another.
    const bool isDeclared = m_device.settings.number("generation_is_new").value_or(0) != 0;
    result.generationUnknown |= !result.startOver && !isDeclared && known &&
                                welcome.acked().number() > number(m_device.mailbox.cursor().number);
    auto done = m_device.database.transaction([&] {
        m_device.mailbox.setEpoch(epoch);
        // Rows up to the one that the relay counts as acknowledged do not come any more: after a rollback of
        // either side the next row follows that one, and a cursor elsewhere would wait for ever.
        const Cursor acked{MailboxNumber{welcome.acked().number()}, Stamp{welcome.acked().stamp()}};
        if (result.startOver || acked.number > m_device.mailbox.cursor().number) {
            m_device.mailbox.setCursor(acked);
        }
        if (result.startOver && known) {
            offerStoredAgain(m_device, m_device.clock.wall() - kMailKept);
        }
        if (!result.generationUnknown) {
            m_device.settings.clear("generation_is_new");
        }
        return result;
    });
    if (done && !done->generationUnknown) {
        // Losing this write is harmless: the relay knows both twins.
        GenerationPair pair = keptPair().value_or(m_profile.generation());
        pair.confirmed = pair.pending;
        static_cast<void>(store(pair));
    }
    return done;
}

} // namespace sotto::core

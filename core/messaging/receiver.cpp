// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/receiver.h"

#include "core/base/hash.h"
#include "core/base/mutant.h"
#include "core/messaging/receipts.h"
#include "core/types/cause.h"

namespace sotto::core {
namespace {

PlaceholderCause causeOf(crypto::Error error) {
    switch (error) {
    // Whoever asks has looked the header hash up: it is new, so the sender used a ratchet key twice (R6).
    case crypto::Error::Duplicate:
        return PlaceholderCause::RatchetReused;
    case crypto::Error::Undecryptable:
        return PlaceholderCause::Undecryptable;
    case crypto::Error::TooFarAhead:
        return PlaceholderCause::TooFarAhead;
    case crypto::Error::Malformed:
        return PlaceholderCause::Undecryptable;
    case crypto::Error::PrekeyGone:
        return PlaceholderCause::PrekeyGone;
    case crypto::Error::NoSession:
        return PlaceholderCause::UnknownSession;
    case crypto::Error::UntrustedIdentity:
        return PlaceholderCause::UntrustedDevice;
    case crypto::Error::Storage:
        break; // throwIfStorage() has thrown
    }
    return PlaceholderCause::Undecryptable;
}

auto refuse(PlaceholderCause cause) {
    return tl::unexpected(cause);
}

} // namespace

/// The later of two clocks: what is kept by it is not forgotten early because one of them was behind.
WallTime Receiver::timeOf(const Mail& mail) const {
    return std::max(m_device.clock.wall(), wallTime(milliseconds(mail.stamp)));
}

bool Receiver::wantsList(const Mail& mail) {
    return mail.expired == 0 && m_directory.entry(mail.sender) == nullptr &&
           !m_device.mailbox.isProcessed(headerHash(mail.header));
}

Expected<std::size_t, db::Error> Receiver::receive(std::span<const Mail> batch, Effects& effects) {
    const SteadyTime begin = m_device.clock.steady();
    if (mutated(Mutant::CursorOutside) && !batch.empty()) {
        static_cast<void>(m_device.database.transaction([&] {
            m_device.mailbox.setCursor({batch.back().position, batch.back().stamp});
        }));
    }
    auto received = m_device.database.transaction([&] {
        SessionBatch sessions(m_device.protocol);
        m_arrivals.clear();
        m_amendments.begin();
        m_keepsMail = m_device.mailbox.isAnyKept();
        Cursor cursor = m_device.mailbox.cursor();
        const Cursor before = cursor;
        std::size_t count = 0;
        for (const Mail& mail : batch) {
            if (count >= kMaxBatch || (count > 0 && m_device.clock.steady() - begin > kMaxBatchTime)) {
                break;
            }
            ++count;
            if (mail.expired == 0) {
                receiveOne(mail, effects);
            } else if (number(mail.position) > number(cursor.number)) {
                noteClaim(mail, effects);
            }
            // Numbers have no holes. A relay that jumps or goes back loses nothing for us: its mail is
            // deduplicated by hash and id, and the cursor only ever follows a whole row of numbers (case 30).
            const std::uint64_t step = std::max<std::uint64_t>(mail.expired, 1);
            if (number(mail.position) == number(cursor.number) + step) {
                cursor = {mail.position, mail.stamp};
            }
        }
        if (cursor != before) {
            m_device.mailbox.setCursor(cursor);
        }
        m_gaps.arrived(m_arrivals, effects);
        sessions.write();
        return count;
    });
    if (!received) {
        m_device.sessions.forget();
        effects = {};
    }
    return received;
}

void Receiver::receiveOne(const Mail& mail, Effects& effects) {
    const HeaderHash hash = headerHash(mail.header);
    ++m_device.counters.received;
    if (const auto old = m_keepsMail ? m_device.mailbox.kept(hash) : std::nullopt) {
        ++m_device.counters.duplicates;
        // The same again changes nothing. But a relay may have put a false label or payload first: what a
        // placeholder stands for must never be blocked by it (case 22).
        if (old->sender != mail.sender || old->sendId != mail.sendId || old->payload != mail.payload) {
            tryAgain(mail, *old, effects);
        }
        return;
    }
    if (m_device.mailbox.isProcessed(hash)) {
        ++m_device.counters.duplicates;
        return;
    }
    KeptMail kept;
    bool keepsRatchet = false;
    Effects own;
    const std::size_t arrivalsBefore = m_arrivals.size();
    db::Savepoint savepoint(m_device.database);
    m_device.protocol.mark();
    const Outcome outcome = open(mail, std::nullopt, kept, keepsRatchet, own);
    if (outcome || keepsRatchet) {
        if (!mutated(Mutant::HeaderHashNotStored)) {
            m_device.mailbox.setProcessed(hash, timeOf(mail));
        }
        savepoint.release();
        effects.add(std::move(own));
    } else {
        // The library may have written before it failed: the savepoint and what memory knows both go.
        savepoint.rollBack();
        m_device.protocol.undo();
        m_device.sessions.forget();
        m_arrivals.resize(arrivalsBefore);
    }
    if (!outcome && mail.isEphemeral) {
        return;
    }
    if (!outcome) {
        m_keepsMail |= m_placeholders.keep(mail, hash, std::move(kept), outcome.error(), effects);
    } else if (m_keepsMail) {
        m_placeholders.releaseCopies(mail, effects);
    }
}

void Receiver::tryAgain(const Mail& mail, const KeptMail& old, Effects& effects) {
    const HeaderHash hash = headerHash(mail.header);
    const bool relabelled = old.sender != mail.sender;
    const auto line = relabelled ? std::nullopt : std::optional(old.message);
    KeptMail kept;
    bool keepsRatchet = false;
    Effects own;
    const std::size_t arrivalsBefore = m_arrivals.size();
    db::Savepoint savepoint(m_device.database);
    m_device.protocol.mark();
    const Outcome outcome =
        old.payloadKey ? complete(mail, old, own) : open(mail, line, kept, keepsRatchet, own);
    if (!outcome && !keepsRatchet) {
        savepoint.rollBack();
        m_device.protocol.undo();
        m_device.sessions.forget();
        m_arrivals.resize(arrivalsBefore);
        return;
    }
    m_device.mailbox.setProcessed(hash, timeOf(mail));
    if (!outcome && !relabelled) {
        m_device.mailbox.setOpened(old.message, kept);
        m_device.messages.setCause(old.message, outcome.error());
        own.askingDue |= isAskedFor(outcome.error());
        own.events.emplace_back(MessageChanged{*m_device.messages.byKey(old.message)});
    } else {
        m_placeholders.remove(old.message, own);
        if (!outcome) {
            m_keepsMail |= m_placeholders.keep(mail, hash, std::move(kept), outcome.error(), own);
        } else {
            m_placeholders.releaseCopies(mail, own);
        }
    }
    savepoint.release();
    effects.add(std::move(own));
}

/// The header was opened before; whoever brings the payload it names is welcome.
Receiver::Outcome Receiver::complete(const Mail& mail, const KeptMail& old, Effects& effects) {
    const auto line = m_device.messages.byKey(old.message);
    if (mail.sender != old.sender || !old.payloadDigest || !line ||
        line->cause != PlaceholderCause::PayloadMissing) {
        return refuse(PlaceholderCause::Mismatch);
    }
    return openPayload(mail, {*old.payloadKey, *old.payloadDigest, {}, old.seqBase}, old.message, effects);
}

Receiver::Outcome Receiver::open(const Mail& mail, const std::optional<MessageKey>& placeholder,
                                 KeptMail& kept, bool& keepsRatchet, Effects& effects) {
    // No device of an account writes to its own yet: what claims so is reflected or made up (case 20).
    const bool isOwn = mail.sender.account == m_device.address.account;
    const DeviceEntry* entry = isOwn ? nullptr : m_directory.entry(mail.sender);
    if (entry == nullptr) {
        return refuse(PlaceholderCause::UntrustedDevice);
    }
    if (const auto outside = crypto::inspectHeader(mail.header); !outside) {
        return refuse(outside.error() == crypto::HeaderRefusal::UnknownSuite
                          ? PlaceholderCause::NewerFormat
                          : PlaceholderCause::Undecryptable);
    }
    const Curve25519Key identity = entry->identityKey;
    const auto opened = m_device.sessions.open(mail.sender, identity, mail.header);
    if (!opened) {
        m_device.throwIfStorage(opened.error());
        const PlaceholderCause cause = causeOf(opened.error());
        return refuse(needsNewSession(cause) && isBeforeThisDevice(mail) ? PlaceholderCause::LinkedLater
                                                                         : cause);
    }
    const crypto::HeaderPlaintext& header = opened->header;
    if (header.sendId != mail.sendId) {
        // The relay's label, not the sender's fault: rolled back, so that the same header under its true
        // label still opens.
        return refuse(PlaceholderCause::Mismatch);
    }
    // From here on the header is authentic: its ratchet step counts whatever the rest turns out to be.
    keepsRatchet = true;
    kept.payloadKey = ShortSecret<32>::from(header.payloadKey.expose());
    kept.payloadDigest = header.payloadDigest;
    kept.seqBase = header.seqBase;
    if (!header.isBetween(mail.sender, m_device.address)) {
        return refuse(PlaceholderCause::Mismatch);
    }
    checkFreshness(mail, header, effects);
    db::Savepoint savepoint(m_device.database);
    Outcome outcome =
        openPayload(mail, {header.payloadKey, header.payloadDigest, header.messageId, header.seqBase},
                    placeholder, effects);
    if (outcome) {
        savepoint.release();
    }
    return outcome;
}

/// So says its stamp, of which only the relay's clock knows.
bool Receiver::isBeforeThisDevice(const Mail& mail) const {
    constexpr std::int64_t kSlack = 300'000; // the relay's own clock may have been set
    const auto registered = m_device.settings.number("registered_at");
    return registered && milliseconds(mail.stamp) + kSlack < *registered;
}

Receiver::Outcome Receiver::openPayload(const Mail& mail, const PayloadFacts& facts,
                                        const std::optional<MessageKey>& placeholder, Effects& effects) {
    const auto bytes = crypto::openPayload(mail.payload, facts.key, facts.digest);
    if (!bytes) {
        switch (bytes.error()) {
        case crypto::PayloadRefusal::WrongDigest:
            return refuse(PlaceholderCause::PayloadMissing);
        case crypto::PayloadRefusal::UnknownSuite:
            return refuse(PlaceholderCause::NewerFormat);
        case crypto::PayloadRefusal::Undecryptable:
            return refuse(PlaceholderCause::Mismatch);
        }
    }
    const auto content = decodeContent(*bytes);
    if (!content) {
        return refuse(content.error() == ContentError::NewerVersion ? PlaceholderCause::NewerFormat
                                                                    : PlaceholderCause::Mismatch);
    }
    if (content->sender != mail.sender || (facts.message && content->message != *facts.message) ||
        content->conversationEpoch != 0 ||
        content->conversation != directConversationId(m_device.address.account, mail.sender.account) ||
        (content->seq != 0 && content->seq < facts.seqBase)) {
        return refuse(PlaceholderCause::Mismatch);
    }
    return apply({mail, *content, *bytes, facts.seqBase, mail.stamp, placeholder}, effects);
}

Receiver::Outcome Receiver::apply(const Opened& opened, Effects& effects) {
    const Content& content = opened.content;
    if (content.seq == 0) {
        return applyUnnumbered(opened, effects);
    }
    const auto* text = std::get_if<TextBody>(&content.body);
    const auto* timer = std::get_if<TimerBody>(&content.body);
    const bool amends = isAmendment(content.body);
    if (text == nullptr && timer == nullptr && !amends &&
        !std::holds_alternative<UnknownBody>(content.body)) {
        return refuse(PlaceholderCause::Mismatch);
    }
    // Its number has arrived, whatever becomes of it: a message that stands here already may come again in
    // another chain.
    m_arrivals.push_back({{m_device.conversations.direct(m_device.address.account, content.sender.account),
                           content.sender.account, content.sender.device, content.generation},
                          opened.seqBase,
                          {content.seq, contentHash(opened.bytes), content.previous},
                          opened.mail.stamp});
    if (m_device.contacts.isBlocked(content.sender.account)) {
        return {}; // its number has arrived, so that nothing is missing later
    }
    if (amends) {
        m_directory.contactOf(content.sender.account, effects);
        m_amendments.received(content, m_arrivals.back().chain.conversation, effects);
        return {};
    }
    if (text == nullptr && timer == nullptr) {
        // Of a later version: shown as a placeholder, and read again after an update (R20).
        return refuse(PlaceholderCause::NewerFormat);
    }
    if (m_device.messages.exists(content.sender.account, content.sender.device, content.message)) {
        ++m_device.counters.duplicates;
    } else if (text != nullptr) {
        applyText(opened, *text, effects);
    } else {
        Message line = lineOf(opened, m_directory.contactOf(content.sender.account, effects));
        line.kind = MessageKind::Notice;
        m_timers.received(std::move(line), *timer, positionOf(content), opened.placeholder, effects);
    }
    return {};
}

/// What was never meant to be seen; an unknown one of these is skipped.
Receiver::Outcome Receiver::applyUnnumbered(const Opened& opened, Effects& effects) {
    const Body& body = opened.content.body;
    const Mail& mail = opened.mail;
    if (std::holds_alternative<TextBody>(body) || std::holds_alternative<TimerBody>(body) ||
        isAmendment(body)) {
        return refuse(PlaceholderCause::Mismatch);
    }
    if (!std::holds_alternative<RepairBody>(body) && m_device.contacts.isBlocked(mail.sender.account)) {
        return {};
    }
    if (const auto* receipts = std::get_if<ReceiptsBody>(&body)) {
        applyReceipts(m_device, mail.sender.account, *receipts, effects);
    } else if (const auto* typing = std::get_if<TypingBody>(&body)) {
        effects.typing.emplace_back(mail.sender.account, typing->isTyping);
    } else if (const auto* presence = std::get_if<PresenceBody>(&body)) {
        if (mail.isEphemeral) { // else it is of some other time
            effects.presence.emplace_back(mail.sender.account, *presence);
        }
    } else if (const auto* repair = std::get_if<RepairBody>(&body)) {
        return applyRepair(opened, *repair, effects);
    }
    const auto conversation = m_device.conversations.find(opened.content.conversation);
    if (!conversation) {
        return {}; // nothing was ever said in it
    }
    if (const auto* turn = std::get_if<TurnBody>(&body)) {
        m_turns.received({*conversation, mail.sender.account, mail.sender.device, opened.content.generation},
                         *turn, opened.seqBase, mail.stamp, effects);
    } else if (const auto* request = std::get_if<ResendRequestBody>(&body)) {
        m_resender.asked(mail.sender, *conversation, *request, effects);
        if (request->heads) {
            m_turns.asked(mail.sender, effects);
        }
    }
    return {};
}

/// The inner content must stand on its own as if it had come by itself; only its stamp is the earlier one.
Receiver::Outcome Receiver::applyRepair(const Opened& opened, const RepairBody& repair, Effects& effects) {
    const Mail& mail = opened.mail;
    constexpr int kMostRepairs = 2;
    if (repair.gone) {
        const auto conversation = m_device.conversations.find(repair.gone->conversation);
        if (conversation && repair.gone->conversation == opened.content.conversation &&
            repair.gone->device == mail.sender.device) {
            const ChainName chain{*conversation, mail.sender.account, mail.sender.device,
                                  repair.gone->generation};
            const NumberRange numbers{repair.gone->first, repair.gone->last};
            if (!repair.sends.empty()) { // its number was known to nobody here
                // What the header says of a first number is of the generation that wrote it.
                const bool isOfNow = repair.gone->generation == opened.content.generation;
                m_gaps.told(chain, isOfNow ? opened.seqBase : 0, numbers.last, mail.stamp, effects);
            }
            m_gaps.gone(chain, numbers, effects);
            // From now on a gap says it, or it is here already and this was a copy.
            for (const SendId& id : repair.sends) {
                for (const KeptMail& kept : m_device.mailbox.kept(mail.sender, id)) {
                    const auto line = m_device.messages.byKey(kept.message);
                    if (line && line->cause != PlaceholderCause::Mismatch) {
                        m_device.mailbox.setProcessed(headerHash(kept.header), m_device.clock.wall());
                        m_placeholders.remove(kept.message, effects);
                    }
                }
            }
        }
        return {};
    }
    const auto content = decodeContent(repair.content);
    if (opened.repairs == kMostRepairs || !content || content->sender != mail.sender ||
        content->conversationEpoch != 0 || content->conversation != opened.content.conversation) {
        return refuse(PlaceholderCause::Mismatch);
    }
    // The first that still waits gives its place; the others were earlier tries to say the same.
    std::vector<KeptMail> waiting;
    for (const SendId& id : repair.sends) {
        for (KeptMail& kept : m_device.mailbox.kept(mail.sender, id)) {
            waiting.push_back(std::move(kept));
        }
    }
    const bool known =
        m_device.messages.exists(content->sender.account, content->sender.device, content->message);
    std::optional<MessageKey> place;
    if (!waiting.empty() && !known && content->seq != 0) {
        const auto line = m_device.messages.byKey(waiting.front().message);
        place = line && line->kind == MessageKind::Placeholder ? std::optional(line->key) : std::nullopt;
    }
    const Stamp stamp = repair.stamp == Stamp{} ? mail.stamp : std::min(repair.stamp, mail.stamp);
    const auto applied =
        apply({mail, *content, repair.content, 0, stamp, place, opened.repairs + 1}, effects);
    if (!applied) {
        return applied;
    }
    for (const KeptMail& kept : waiting) {
        const auto line = m_device.messages.byKey(kept.message);
        if (line && line->cause == PlaceholderCause::Mismatch) {
            // Perhaps another message under a false label: its own row may still come.
            m_placeholders.remove(kept.message, effects);
            continue;
        }
        m_device.mailbox.setProcessed(headerHash(kept.header), m_device.clock.wall());
        m_placeholders.remove(kept.message, effects); // the place that was taken is no placeholder any more
    }
    return {};
}

/// The relay says that it deleted mail: nobody can know more. But what is younger than it keeps mail, or from
/// a time when this device was there and had everything, it should have delivered.
void Receiver::noteClaim(const Mail& mail, Effects& effects) {
    constexpr Milliseconds kSlack = std::chrono::minutes(5); // clocks are not exact
    const WallTime sent = wallTime(milliseconds(mail.stamp));
    const WallTime now = m_device.clock.wall();
    const Milliseconds retention = m_device.relay.retention;
    const bool isYoung =
        retention.count() > 0 && sent > now + m_device.relay.clockOffset - retention + kSlack;
    const auto from = m_device.settings.number("drained_from");
    const auto to = m_device.settings.number("drained_to");
    const bool wasFetched = from && to && sent > wallTime(*from) + kSlack && sent < wallTime(*to) - kSlack;
    m_gaps.claimed({mail.position, mail.expired, mail.stamp, unixMilliseconds(now)}, isYoung || wasFetched,
                   effects);
}

/// How it stands in the history, as far as that does not depend on what it says.
Message Receiver::lineOf(const Opened& opened, const Contact& contact) const {
    const Content& content = opened.content;
    Message message;
    message.id = content.message;
    message.conversation = m_arrivals.back().chain.conversation;
    message.sender = content.sender.account;
    message.senderDevice = content.sender.device;
    message.senderName = contact.name;
    message.isRequest = !contact.accepted;
    message.sentAt = content.sentAt;
    message.receivedAt = unixMilliseconds(m_device.clock.wall());
    message.stamp = opened.stamp;
    message.unread = true;
    return message;
}

ChainPosition Receiver::positionOf(const Content& content) const {
    return {content.generation, content.seq, m_arrivals.back().content.hash};
}

void Receiver::applyText(const Opened& opened, const TextBody& body, Effects& effects) {
    const Content& content = opened.content;
    const Contact contact = m_directory.contactOf(content.sender.account, effects);
    Message message = lineOf(opened, contact);
    message.kind = MessageKind::Text;
    message.text = body.text;
    if (mutated(Mutant::OrderByWallTime)) {
        message.stamp = Stamp{static_cast<std::uint64_t>(content.sentAt) << 16U};
    }
    m_amendments.foresee(message);
    const ChainPosition chain = positionOf(content);
    if (opened.placeholder) {
        m_device.mailbox.release(*opened.placeholder);
        const MessageKey key = m_device.messages.fill(*opened.placeholder, message, chain);
        effects.events.emplace_back(MessageRemoved{message.conversation, *opened.placeholder});
        ++m_device.counters.repaired;
        message = *m_device.messages.byKey(key);
    } else {
        m_device.messages.add(message, chain);
    }
    if (body.expireSeconds != 0 && message.kind == MessageKind::Text) {
        m_device.expiry.add(message.key, body.expireSeconds);
        message.expireSeconds = body.expireSeconds;
        // What was asked for again may come to a place that was read before.
        if (!m_device.messages.byKey(message.key)->unread) {
            message.expiresAt =
                m_device.expiry.start(message.key, unixMilliseconds(m_device.expiryClock.now()));
        }
    }
    if (body.quote) {
        m_amendments.attach(message, *body.quote);
    }
    if (!body.styles.empty()) {
        m_amendments.attach(message, body.styles);
    }
    m_amendments.settle(message, effects);
    effects.events.emplace_back(MessageAdded{message});
    if (message.kind == MessageKind::Text) {
        m_device.conversations.setPreview(message.conversation, message.text, milliseconds(opened.stamp));
    }
    if (contact.accepted) {
        m_device.outbox.oweReceipt(message.sender, message.key, MessageState::Delivered);
        effects.receiptsDue = true;
    }
}

/// Whoever goes by an older list of ours was shown a rolled-back one; a newer list of theirs should be asked
/// for.
void Receiver::checkFreshness(const Mail& mail, const crypto::HeaderPlaintext& header, Effects& effects) {
    const auto place = [](const VerifiedDeviceList& list) {
        return std::pair(list.list().certificate.signerEpoch, list.list().version);
    };
    const auto named = [](const crypto::ListReference& list) {
        return std::pair(list.signerEpoch, list.version);
    };
    const VerifiedDeviceList* own = m_directory.list(m_device.address.account);
    if (own != nullptr && named(header.recipientList) == place(*own) &&
        header.recipientList.hash != own->hash()) {
        raiseAlarm(m_device, m_device.address.account,
                   "A contact was shown a device list of yours that you never made.", effects);
    }
    if (own != nullptr && named(header.recipientList) > place(*own)) {
        effects.listsWanted.insert(m_device.address.account);
    }
    const VerifiedDeviceList* theirs = m_directory.list(mail.sender.account);
    if (theirs != nullptr && named(header.senderList) > place(*theirs)) {
        effects.listsWanted.insert(mail.sender.account);
    }
}

Expected<void, db::Error> Receiver::retryKept(const std::set<AccountId>& accounts, Effects& effects) {
    const auto done = m_device.database.transaction([&] {
        m_arrivals.clear();
        m_amendments.begin();
        for (const AccountId& account : accounts) {
            for (const KeptMail& old : m_device.mailbox.waitingFrom(account)) {
                tryAgain({{}, old.stamp, old.sendId, old.sender, old.header, old.payload, 0}, old, effects);
            }
        }
        m_gaps.arrived(m_arrivals, effects);
    });
    if (!done) {
        m_device.sessions.forget();
        effects = {};
    }
    return done;
}

} // namespace sotto::core

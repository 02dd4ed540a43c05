// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/sender.h"

#include "core/base/mutant.h"
#include "core/messaging/acceptance.h"
#include "core/messaging/content.h"
#include "core/messaging/turns.h"

#include <stdexcept>

namespace sotto::core {
namespace {

crypto::ListReference referenceTo(const VerifiedDeviceList& list) {
    return {list.list().certificate.signerEpoch, list.list().version, list.hash()};
}

} // namespace

Expected<Message, db::Error> Sender::queueText(ConversationKey conversation, const StyledText& text,
                                               const MessageId& id, const std::optional<Quote>& quote,
                                               std::optional<std::uint32_t> expireSeconds, Effects& effects) {
    return m_device.database.transaction([&] {
        if (auto before = m_device.messages.own(m_device.address.account, id)) {
            return *before;
        }
        Message message;
        message.id = id;
        message.conversation = conversation;
        message.state = MessageState::Queued;
        message.outgoing = true;
        message.sender = m_device.address.account;
        message.senderDevice = m_device.address.device;
        message.text = text.text;
        message.styles = text.styles;
        message.sentAt = message.receivedAt = unixMilliseconds(m_device.clock.wall());
        // Not in any chain yet: in one, every answer would look at all that waits behind it.
        // Its hash has room already, or fixing it would make every page overflow.
        m_device.messages.add(message, {0, kUnnumbered, Digest{}});
        if (!text.styles.empty()) {
            m_device.styles.set(message.key, 0, text.styles);
        }
        if (quote) {
            m_device.quotes.add(message.key, conversation, *quote);
            message.quote = m_device.quotes.of(message.key);
        }
        if (!expireSeconds) {
            const auto agreed = m_device.expiry.timer(conversation);
            expireSeconds = agreed ? agreed->seconds : 0;
        }
        if (*expireSeconds != 0) {
            m_device.expiry.add(message.key, *expireSeconds);
            message.expireSeconds = *expireSeconds;
        }
        m_device.outbox.add(conversation, message.key);
        m_device.conversations.setPreview(conversation, text.text, message.sentAt);
        acceptMembers(m_device, conversation, effects);
        effects.events.emplace_back(MessageAdded{message});
        effects.outboxChanged = true;
        return message;
    });
}

Expected<void, db::Error> Sender::queueReceipts(Effects& effects) {
    return m_device.database.transaction([&] {
        for (const AccountId& account : m_device.outbox.accountsWithReceiptsDue()) {
            const auto conversation = m_device.conversations.direct(m_device.address.account, account);
            // All of them: what was left would wait for another reason to look.
            for (auto due = m_device.outbox.takeReceiptsDue(account, kMaxReceipts); !due.empty();
                 due = m_device.outbox.takeReceiptsDue(account, kMaxReceipts)) {
                ReceiptsBody body;
                for (const auto& receipt : due) {
                    body.receipts.push_back({receipt.message, receipt.state});
                }
                if (mutated(Mutant::ReceiptsOutside)) {
                    m_device.database.run("COMMIT");
                    m_device.database.run("BEGIN IMMEDIATE");
                }
                m_device.outbox.addInvisible(conversation, encodeBody(body), MailClass::Receipt);
            }
            effects.outboxChanged = true;
        }
    });
}

std::vector<const VerifiedDeviceList*> Sender::listsFor(ConversationKey conversation) {
    std::vector<const VerifiedDeviceList*> lists = {m_directory.list(m_device.address.account)};
    for (const AccountId& member : m_device.conversations.members(conversation)) {
        lists.push_back(m_directory.list(member));
    }
    return lists;
}

/// Devices that get a header: all of an account's, but not this one.
std::vector<DeviceEntry> Sender::recipients(const AccountId& account) {
    std::vector<DeviceEntry> entries;
    if (const VerifiedDeviceList* list = m_directory.list(account)) {
        for (const DeviceEntry& entry : list->list().devices) {
            if (DeviceAddress{account, entry.device} != m_device.address) {
                entries.push_back(entry);
            }
        }
    }
    return entries;
}

Obstacle Sender::obstacle(const OutboxRow& row) {
    Obstacle found;
    auto accounts = m_device.conversations.members(row.conversation);
    for (const AccountId& member : accounts) {
        const auto contact = m_device.contacts.byAccount(member);
        found.held |= contact && contact->changedTo.has_value();
        if (m_directory.listToSendBy(member) == nullptr) {
            found.listsMissing.push_back(member);
        }
    }
    accounts.push_back(m_device.address.account);
    for (const AccountId& account : accounts) {
        for (const DeviceEntry& entry : recipients(account)) {
            const DeviceAddress address{account, entry.device};
            const auto identity = m_device.sessions.identityOf(address);
            if (!identity) {
                m_device.throwIfStorage(identity.error());
            }
            // A session with another identity is of a device that is no more: a new one is started over it.
            if (!identity || !*identity || **identity != entry.identityKey ||
                (!row.send && m_device.peers.isRenewalDue(address, m_device.clock.wall()))) {
                found.bundlesMissing.push_back(address);
            }
        }
    }
    return found;
}

Expected<bool, db::Error> Sender::startSession(const DeviceAddress& device,
                                               const crypto::PrekeyBundle& bundle, Effects& effects) {
    return m_device.database.transaction([&] {
        const VerifiedDeviceList* list = m_directory.list(device.account);
        if (list == nullptr) {
            return false;
        }
        const auto verified = crypto::verifyBundle(bundle, *list, device.device, m_device.clock.wall());
        if (!verified) {
            raiseAlarm(m_device, device.account,
                       "The relay handed out a prekey bundle that its device never signed, or that has "
                       "expired. It was refused; the message waits.",
                       effects);
            return false;
        }
        db::Savepoint savepoint(m_device.database);
        const auto identity = m_device.sessions.identityOf(device);
        if (identity && *identity && **identity != verified->identityKey()) {
            if (const auto removed = m_device.sessions.remove(device); !removed) {
                m_device.throwIfStorage(removed.error());
            }
        }
        const bool isRenewal = identity && *identity;
        if (const auto started = m_device.sessions.start(*verified); !started) {
            m_device.throwIfStorage(started.error());
            m_device.sessions.forget();
            return false; // the savepoint rolls back
        }
        if (isRenewal || m_device.peers.isRenewalDue(device, m_device.clock.wall())) {
            m_device.peers.setRenewed(device, m_device.clock.wall());
        }
        savepoint.release();
        return true;
    });
}

Expected<bool, db::Error> Sender::giveUpRenewal(const std::vector<DeviceAddress>& devices) {
    return m_device.database.transaction([&] {
        bool any = false;
        for (const DeviceAddress& device : devices) {
            if (m_device.peers.isRenewalDue(device, m_device.clock.wall())) {
                m_device.peers.setRenewed(device, m_device.clock.wall());
                any = true;
            }
        }
        return any;
    });
}

std::uint64_t Sender::seqBase(ConversationKey conversation, std::uint64_t generation,
                              const DeviceAddress& device, std::uint64_t seq) {
    m_device.database.run(
        "INSERT INTO seq_base(conversation, generation, account, device, first) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        conversation, generation, m_device.accounts.rowOf(device.account), device.device, seq);
    return knownSeqBase(conversation, generation, device);
}

/// 0 while nothing with a number was addressed to the device.
std::uint64_t Sender::knownSeqBase(ConversationKey conversation, std::uint64_t generation,
                                   const DeviceAddress& device) {
    auto rows = m_device.database.query(
        "SELECT first FROM seq_base WHERE conversation = ? AND generation = ? "
        "AND account = ? AND device = ?",
        conversation, generation, m_device.accounts.rowOf(device.account), device.device);
    return rows.next() ? rows.unsignedInteger(0) : 0;
}

Bytes Sender::sealFor(const Recipient& recipient, const FixedSend& send, const MessageId& message,
                      std::uint64_t base) {
    crypto::HeaderPlaintext header;
    header.contentVersion = static_cast<std::uint16_t>(kContentVersion);
    header.sendId = send.sendId;
    header.messageId = message;
    header.payloadKey = *ShortSecret<32>::from(send.payloadKey->expose());
    header.payloadDigest = send.digest;
    header.senderAccount = crypto::accountHash(m_device.address.account);
    header.senderDevice = m_device.address.device;
    header.recipientAccount = crypto::accountHash(recipient.device.account);
    header.recipientDevice = recipient.device.device;
    header.senderList = referenceTo(*m_directory.list(m_device.address.account));
    header.recipientList = referenceTo(*m_directory.list(recipient.device.account));
    header.seqBase = base;
    auto sealed = m_device.sessions.seal(recipient.device, recipient.identity, header);
    if (!sealed) {
        m_device.throwIfStorage(sealed.error());
        // obstacle() has looked: a session that is gone since is a failed disk, not a state to go on from.
        throw db::Failure(db::Error::Internal, "session of a recipient");
    }
    return std::move(*sealed);
}

Expected<std::vector<FixedSend>, db::Error>
Sender::fix(const std::vector<OutboxRow>& rows, const std::vector<StoredSend>& finished, Effects& effects) {
    if (rows.empty() && finished.empty()) {
        return std::vector<FixedSend>();
    }
    auto fixed = m_device.database.transaction([&] {
        if (!finished.empty()) {
            finish(finished, effects);
        }
        SessionBatch sessions(m_device.protocol);
        std::map<ConversationKey, Chain> chains;
        std::vector<FixedSend> sends;
        sends.reserve(rows.size());
        for (const OutboxRow& row : rows) {
            auto chain = chains.find(row.conversation);
            if (chain == chains.end()) {
                chain = chains.emplace(row.conversation, chainOf(row.conversation)).first;
            }
            sends.push_back(fixOne(row, chain->second, effects));
        }
        for (const auto& [conversation, chain] : chains) {
            if (chain.last) {
                m_device.database.run(
                    "INSERT INTO own_chain(conversation, generation, last_seq, last_hash) "
                    "VALUES (?, ?, ?, ?) "
                    "ON CONFLICT(conversation, generation) DO UPDATE SET last_seq = excluded.last_seq, "
                    "last_hash = excluded.last_hash",
                    conversation, chain.generation, chain.seq, *chain.last);
            }
        }
        sessions.write();
        return sends;
    });
    if (!fixed) {
        // The ratchet steps were rolled back: so must be what memory knows of them.
        m_device.sessions.forget();
        effects = {};
    }
    return fixed;
}

Sender::Chain Sender::chainOf(ConversationKey conversation) {
    Chain chain;
    chain.wireId = *m_device.conversations.wireId(conversation);
    chain.generation = m_device.generation();
    auto rows = m_device.database.query(
        "SELECT last_seq, last_hash FROM own_chain WHERE conversation = ? AND generation = ?", conversation,
        chain.generation);
    if (rows.next()) {
        chain.seq = rows.unsignedInteger(0);
        chain.last = rows.fixed<Digest>(1);
    }
    auto accounts = m_device.conversations.members(conversation);
    accounts.push_back(m_device.address.account);
    for (const AccountId& account : accounts) {
        for (const DeviceEntry& entry : recipients(account)) {
            chain.recipients.push_back({{account, entry.device}, entry.identityKey, std::nullopt});
        }
    }
    return chain;
}

Expected<std::optional<FixedSend>, db::Error> Sender::sealEphemeral(ConversationKey conversation,
                                                                    const Body& body) {
    auto sealed = m_device.database.transaction([&]() -> std::optional<FixedSend> {
        OutboxRow row;
        row.conversation = conversation;
        if (obstacle(row).any()) {
            return std::nullopt;
        }
        SessionBatch sessions(m_device.protocol);
        const Chain chain = chainOf(conversation);
        Content content;
        content.sender = m_device.address;
        content.conversation = chain.wireId;
        content.generation = chain.generation;
        content.salt = m_device.random.next<decltype(content.salt)>();
        content.message = m_device.random.next<MessageId>();
        content.sentAt = unixMilliseconds(m_device.clock.wall());
        content.body = body;
        crypto::SealedPayload payload = crypto::sealPayload(encodeContent(content), m_device.random);
        FixedSend send;
        send.sendId = m_device.random.next<SendId>();
        send.mailClass = MailClass::Ephemeral;
        send.digest = payload.digest;
        send.payloadKey = ShortSecret<32>::from(payload.key.expose());
        send.payload = std::move(payload.bytes);
        for (const Recipient& recipient : chain.recipients) {
            Bytes header = sealFor(recipient, send, content.message, 0);
            send.headers.push_back({recipient.device, std::move(header)});
        }
        sessions.write();
        return send;
    });
    if (!sealed) {
        m_device.sessions.forget();
    }
    return sealed;
}

FixedSend Sender::fixOne(const OutboxRow& row, Chain& chain, Effects& effects) {
    Content content;
    content.sender = m_device.address;
    content.conversation = chain.wireId;
    content.generation = chain.generation;
    content.salt = m_device.random.next<decltype(content.salt)>();
    std::optional<Message> message;
    std::optional<OwnAmendment> amendment;
    if (row.message) {
        message = m_device.messages.ownByKey(*row.message, m_device.address.account);
        if (!message) {
            throw db::Failure(db::Error::Corrupt, "message of an outbox row");
        }
        content.message = message->id;
        content.sentAt = message->sentAt;
        // Edits go out as contents of their own.
        if (message->timer) {
            content.body = TimerBody{
                *message->timer, m_device.expiry.change(message->key).value_or(ExpiryStore::Told()).revision};
        } else {
            const StyledText first = m_device.amendments.firstText(*message);
            content.body = TextBody{first.text, message->quote, message->expireSeconds, first.styles};
        }
        content.seq = chain.seq + 1;
        content.previous = chain.last;
    } else if (row.amendment) {
        amendment = m_device.amendments.own(*row.amendment);
        auto body = amendment ? decodeBody(amendment->body) : std::nullopt;
        if (!body || !isAmendment(*body)) {
            throw db::Failure(db::Error::Corrupt, "amendment of an outbox row");
        }
        content.message = amendment->id;
        content.sentAt = amendment->sentAt;
        content.body = std::move(*body);
        content.seq = chain.seq + 1;
        content.previous = chain.last;
    } else {
        content.message = m_device.random.next<MessageId>();
        content.sentAt = unixMilliseconds(m_device.clock.wall());
        content.body = decodeBody(row.body).value_or(UnknownBody{});
        if (auto* turn = std::get_if<TurnBody>(&content.body)) {
            *turn = Turns(m_device).body(row.conversation);
            // What this batch has numbered is written at its end.
            std::erase_if(turn->own, [&](const Numbers& own) { return own.generation == chain.generation; });
            if (chain.seq != 0) {
                turn->own.push_back({chain.wireId, m_device.address.device, chain.generation, 0, chain.seq});
            }
        }
    }
    const Bytes bytes = encodeContent(content);
    crypto::SealedPayload payload = crypto::sealPayload(bytes, m_device.random);

    FixedSend send;
    send.sendId = m_device.random.next<SendId>();
    send.message = row.message;
    send.mailClass = row.mailClass;
    send.digest = payload.digest;
    send.payloadKey = ShortSecret<32>::from(payload.key.expose());
    send.key = m_device.outbox.addSend(row.key, send.sendId, row.message, bytes, payload, row.mailClass,
                                       m_device.clock.wall());
    send.payload = std::move(payload.bytes);
    if (amendment) {
        send.amendment = amendment->key;
        m_device.outbox.setAmendment(send.key, amendment->key);
    }

    const bool isTurn = std::holds_alternative<TurnBody>(content.body);
    for (Recipient& recipient : chain.recipients) {
        if (content.seq != 0 && !recipient.base) {
            recipient.base = seqBase(row.conversation, content.generation, recipient.device, content.seq);
        }
        const std::uint64_t base = content.seq != 0 ? *recipient.base
                                   : isTurn
                                       ? knownSeqBase(row.conversation, content.generation, recipient.device)
                                       : 0;
        Bytes header = sealFor(recipient, send, content.message, base);
        send.headers.push_back({recipient.device, std::move(header)});
    }
    m_device.outbox.addHeaders(send.key, send.headers);
    if (content.seq != 0) {
        chain.seq = mutated(Mutant::SeqReused) && content.seq % 8 == 0 ? content.seq - 1 : content.seq;
        chain.last = contentHash(bytes);
    }
    if (amendment) {
        m_device.amendments.setFixed(*amendment, content.generation, content.seq);
    }
    if (message) {
        const ChainPosition place{content.generation, content.seq, chain.last};
        if (const auto state = next(message->state, SendEvent::BytesFixed)) {
            m_device.messages.setFixed(message->key, place, *state);
            message->state = *state;
            message->detail.clear();
            effects.events.emplace_back(MessageChanged{*message});
            send.line = MessageStore::Numbered{std::move(*message), content.generation, content.seq};
        } else {
            m_device.messages.setChain(message->key, place);
        }
    }
    return send;
}

/// Transaction C.
void Sender::finish(const std::vector<StoredSend>& sends, Effects& effects) {
    // Answers come in the order of the sends: each message goes behind the one before it.
    using Place = std::pair<ConversationKey, std::uint64_t>;
    std::map<Place, MessageStore::ChainEnd> ends;
    const auto countSent = [&](const Message& message) {
        m_device.counters.queuedToSent.add(
            Milliseconds(unixMilliseconds(m_device.clock.wall()) - message.sentAt));
    };
    // Of what disappears, its author's time begins when the relay has it.
    const auto begins = [&](Message& message) {
        if (message.expireSeconds != 0) {
            message.expiresAt =
                m_device.expiry.start(message.key, unixMilliseconds(m_device.expiryClock.now()));
        }
    };
    for (const StoredSend& send : sends) {
        if (!m_device.outbox.setStored(send.row, send.key)) {
            continue; // answered before, or no longer for these recipients
        }
        if (send.amendment) {
            storedAmendment(*send.amendment, effects);
            continue;
        }
        auto line = send.line      ? send.line
                    : send.message ? m_device.messages.numbered(*send.message)
                                   : std::nullopt;
        if (!line) {
            continue;
        }
        Message& message = line->message;
        if (message.stamp != Stamp{}) {
            continue; // offered once more to a rolled-back relay: it keeps its place
        }
        const Place name(message.conversation, line->generation);
        auto end = ends.find(name);
        if (end == ends.end()) {
            end = ends.emplace(name, m_device.messages.chainEnd(*line)).first;
        }
        const auto state = next(message.state, SendEvent::Stored);
        if (state && line->seq > end->second.seq &&
            m_device.messages.setSent(message, line->seq, send.stamp, *state, end->second)) {
            countSent(message);
            message.state = *state;
            message.stamp = send.stamp;
            message.detail.clear();
            begins(message);
            effects.events.emplace_back(MessageChanged{std::move(message)});
            continue;
        }
        // Something came in between: as it stands now.
        ends.erase(end);
        m_device.messages.setStamp(message.key, send.stamp);
        begins(message);
        const auto now = m_device.messages.byKey(message.key);
        if (!now) {
            continue;
        }
        if (const auto later = next(now->state, SendEvent::Stored)) {
            countSent(*now);
            m_device.messages.setState(message.key, *later);
        }
        effects.events.emplace_back(MessageChanged{*m_device.messages.byKey(message.key)});
    }
    m_device.settings.set("last_send_id", sends.back().id.view());
    m_device.settings.set("last_send_stamp", static_cast<std::int64_t>(number(sends.back().stamp)));
}

void Sender::storedAmendment(OwnAmendmentKey key, Effects& effects) {
    m_device.amendments.setStored(key);
    const auto amendment = m_device.amendments.own(key);
    const auto message = amendment ? m_device.messages.byKey(amendment->message) : std::nullopt;
    if (message) {
        effects.events.emplace_back(MessageChanged{*message, true});
    }
}

/// What a header says of the content: by the content itself, or by the history when it was deleted since.
Sender::Facts Sender::factsOf(const FixedSend& send) const {
    auto content = m_device.database.query("SELECT content FROM send WHERE id = ?", send.key);
    if (content.next()) {
        if (const auto decoded = decodeContent(content.blobView(0))) {
            return {decoded->message, decoded->generation, decoded->seq};
        }
    }
    if (send.amendment) {
        if (const auto amendment = m_device.amendments.own(*send.amendment)) {
            return {amendment->id, amendment->generation, amendment->seq};
        }
    }
    const auto line = send.message ? m_device.messages.numbered(*send.message) : std::nullopt;
    if (!line) {
        throw db::Failure(db::Error::Corrupt, "content of a send");
    }
    return {line->message.id, line->generation, line->seq};
}

Expected<std::optional<FixedSend>, db::Error> Sender::adjust(SendKey key) {
    auto adjusted = m_device.database.transaction([&]() -> std::optional<FixedSend> {
        auto send = m_device.outbox.send(key);
        const auto row = m_device.outbox.bySend(key);
        if (!send || !row || obstacle(*row).any()) {
            return std::nullopt;
        }
        auto accounts = m_device.conversations.members(row->conversation);
        accounts.push_back(m_device.address.account);
        std::map<DeviceAddress, std::pair<AccountId, DeviceEntry>> wanted;
        for (const AccountId& account : accounts) {
            for (const DeviceEntry& entry : recipients(account)) {
                wanted.emplace(DeviceAddress{account, entry.device}, std::pair(account, entry));
            }
        }
        std::erase_if(send->headers, [&](const FixedHeader& header) {
            return !wanted.contains(header.device) || mutated(Mutant::ResealedOnRetry);
        });
        for (const FixedHeader& header : send->headers) {
            wanted.erase(header.device);
        }
        if (!send->payloadKey && (!wanted.empty() || send->headers.empty())) {
            // Stored once and offered once more: for further devices it cannot be sealed any more.
            m_device.outbox.remove(row->key);
            return std::nullopt;
        }
        const Facts facts = factsOf(*send);
        for (const auto& [address, target] : wanted) {
            const std::uint64_t base =
                facts.seq == 0 ? 0 : seqBase(row->conversation, facts.generation, address, facts.seq);
            Bytes header = sealFor({address, target.second.identityKey, {}}, *send, facts.message, base);
            send->headers.push_back({address, std::move(header)});
        }
        m_device.outbox.replaceHeaders(key, send->headers);
        return send;
    });
    if (!adjusted) {
        m_device.sessions.forget();
    }
    return adjusted;
}

Expected<void, db::Error> Sender::giveUp(const OutboxRow& row, const std::string& reason, Effects& effects) {
    return m_device.database.transaction([&] {
        m_device.outbox.remove(row.key);
        if (row.amendment) {
            m_device.amendments.setFailed(*row.amendment);
        }
        if (row.message) {
            const auto message = m_device.messages.byKey(*row.message);
            if (const auto state = next(message->state, SendEvent::GivenUp)) {
                m_device.messages.setState(message->key, *state, reason);
            }
            m_device.messages.placeAtEnd(*row.message);
            effects.events.emplace_back(MessageChanged{*m_device.messages.byKey(*row.message)});
        }
    });
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client_private.h"
#include "core/messaging/amendments.h"
#include "core/messaging/deletion.h"
#include "core/text/grapheme.h"
#include "core/text/styles.h"

namespace sotto::core {

namespace {

/// Why this is no text to send; nothing when it is one.
std::optional<Failure> objectionTo(const std::string& text, const std::string& doing) {
    std::string why;
    if (text.empty()) {
        why = "the message is empty.";
    } else if (text.size() > kMaxTextBytes) {
        why = "the text has " + std::to_string(text.size()) + " bytes, the limit is " +
              std::to_string(kMaxTextBytes) + ". Split it.";
    } else if (!isValidUtf8(text)) {
        why = "the text is not valid UTF-8.";
    } else {
        return std::nullopt;
    }
    return Failure{FailureCode::Invalid, doing + " failed: " + why, {}};
}

/// The text with its looks in their one form.
Result<StyledText> styled(const std::string& text, const Styles& styles, const std::string& doing) {
    auto canonical = canonicalStyles(text, styles);
    if (!canonical) {
        return failure(FailureCode::Invalid, doing + " failed: " +
                                                 (styles.size() > kMaxStyledRanges
                                                      ? "more than " + std::to_string(kMaxStyledRanges) +
                                                            " pieces of the text have a style. Split it."
                                                      : "the styles do not fit the text or each other."));
    }
    return StyledText{text, std::move(*canonical)};
}

MessageInfo infoOf(const LocalDevice& device, const Message& message) {
    MessageInfo info;
    info.message = message;
    const auto numbered = device.messages.numbered(message.key);
    if (numbered && numbered->generation != 0) {
        info.generation = numbered->generation;
        info.seq = numbered->seq;
    }
    info.versions = device.amendments.versions(message.key);
    info.changesWaiting = device.amendments.waitingFor(message.key);
    if (message.outgoing) {
        info.confirmations = device.messages.confirmations(message.key);
        info.resends = device.requests.resendsOf(message.key);
        for (const auto& [address, seq] : device.peers.receivedHeads(message.conversation, info.generation)) {
            info.devices.push_back({address, info.generation != 0 && info.seq <= seq});
        }
    }
    return info;
}

} // namespace

std::optional<Failure> Client::Private::silenceIn(ConversationKey conversation,
                                                  const std::string& doing) const {
    const auto blocked = db::attempt([&]() -> std::optional<Contact> {
        for (const AccountId& member : device->conversations.members(conversation)) {
            if (const auto contact = device->contacts.byAccount(member); contact && contact->blocked) {
                return contact;
            }
        }
        return std::nullopt;
    });
    return blocked && *blocked ? std::optional(Failure{FailureCode::Refused,
                                                       doing + " failed: @" + (*blocked)->name +
                                                           " is blocked. Accept them first: `sotto contact "
                                                           "accept @" +
                                                           (*blocked)->name + "`.",
                                                       {}})
                               : std::nullopt;
}

Result<Message> Client::sendText(ConversationKey conversation, const std::string& text,
                                 const SendOptions& options) {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    if (const auto objection = objectionTo(text, "Sending")) {
        return tl::unexpected(*objection);
    }
    const auto looks = styled(text, options.styles, "Sending");
    if (!looks) {
        return tl::unexpected(looks.error());
    }
    const auto known =
        resultOf(db::attempt([&] { return d->device->conversations.wireId(conversation); }), "Sending");
    if (!known) {
        return tl::unexpected(known.error());
    }
    if (!*known) {
        return failure(FailureCode::NotFound, "Sending failed: no such conversation.");
    }
    if (const auto silence = d->silenceIn(conversation, "Sending")) {
        return tl::unexpected(*silence);
    }
    if (options.expireSeconds.value_or(0) > kMaxExpireSeconds) {
        return failure(FailureCode::Invalid, "Sending failed: messages disappear after at most 366 days.");
    }
    std::optional<Quote> quote;
    if (options.reply) {
        const auto original = message(*options.reply);
        if (!original) {
            return original;
        }
        if (original->conversation != conversation || original->kind != MessageKind::Text ||
            original->state == MessageState::Queued || original->state == MessageState::Failed) {
            return failure(FailureCode::Invalid,
                           original->conversation != conversation
                               ? "Replying failed: that message is of another conversation."
                           : original->kind != MessageKind::Text
                               ? "Replying failed: there is no text there to answer."
                               : "Replying failed: that message has not been sent yet.");
        }
        quote = Quote{{{original->sender, original->senderDevice}, original->id},
                      std::string(quoteOf(original->text)),
                      QuoteState::Verified};
    }
    Effects effects;
    auto queued = d->connection->sender().queueText(conversation, *looks,
                                                    options.id.value_or(d->random.next<MessageId>()), quote,
                                                    options.expireSeconds, effects);
    if (!queued) {
        return tl::unexpected(storageFailure(queued.error(), "Sending"));
    }
    d->perform(std::move(effects));
    return std::move(*queued);
}

Result<Message> Client::sendAgain(const MessageId& id) {
    const auto failed = message(id);
    if (!failed) {
        return failed;
    }
    if (failed->kind != MessageKind::Text || failed->state != MessageState::Failed) {
        return failure(FailureCode::Invalid, "Sending again failed: that message did not fail.");
    }
    SendOptions options;
    options.styles = failed->styles;
    if (failed->expireSeconds != 0) {
        options.expireSeconds = failed->expireSeconds;
    }
    if (failed->quote) {
        const auto answered = message(failed->quote->target.id);
        if (answered && answered->kind == MessageKind::Text) {
            options.reply = answered->id;
        }
    }
    auto sent = sendText(failed->conversation, failed->text, options);
    if (!sent) {
        return sent;
    }
    // Two lines that say the same are less harm than none: the new one is safe already.
    Effects effects;
    const auto gone = d->device->database.transaction([&] {
        eraseMessage(*d->device, *failed, effects, MessageKind::Expired);
        effects.events.emplace_back(MessageRemoved{failed->conversation, failed->key});
        effects.erased = true;
    });
    if (gone) {
        d->perform(std::move(effects));
    }
    return sent;
}

Result<ConversationKey> Client::conversationWith(ContactKey key) {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    LocalDevice& device = *d->device;
    const auto found = resultOf(device.database.transaction([&]() -> std::optional<ConversationKey> {
        const auto contact = device.contacts.byKey(key);
        return contact ? std::optional(device.conversations.direct(device.address.account, contact->account))
                       : std::nullopt;
    }),
                                "Opening the conversation");
    if (!found) {
        return tl::unexpected(found.error());
    }
    return *found ? Result<ConversationKey>(**found) : failure(FailureCode::NotFound, "No such contact.");
}

Result<ConversationPage> Client::conversationPage(const std::string& cursor, std::size_t limit,
                                                  ListPart part) const {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    return d->reader->conversationPage(cursor, limit, part);
}

std::vector<ConversationEntry> Client::conversations() const {
    constexpr std::size_t kAtOnce = 500;
    std::vector<ConversationEntry> entries;
    for (const ListPart part : kListParts) {
        auto page = conversationPage({}, kAtOnce, part);
        while (page) {
            entries.insert(entries.end(), page->entries.begin(), page->entries.end());
            if (page->next.empty()) {
                break;
            }
            page = conversationPage(page->next, kAtOnce, part);
        }
    }
    return entries;
}

Result<ConversationEntry> Client::conversation(ConversationKey key) const {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    return d->reader->conversation(key);
}

Result<MessagePage> Client::history(ConversationKey conversation, const std::string& cursor,
                                    PageDirection direction, std::size_t limit) const {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    return d->reader->history(conversation, cursor, direction, limit);
}

std::vector<Message> Client::storedAfter(MessageKey after, std::size_t limit) const {
    return d->device ? db::attempt([&] {
                           return d->device->messages.after(after, limit);
                       }).value_or(std::vector<Message>())
                     : std::vector<Message>();
}

MessageKey Client::newestKey() const {
    return d->device ? db::attempt([&] { return d->device->messages.newest(); }).value_or(MessageKey{})
                     : MessageKey{};
}

Result<Message> Client::message(const MessageId& id) const {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    return d->reader->message(id);
}

Result<MessageInfo> Client::messageInfo(const MessageId& id) const {
    const auto known = message(id);
    if (!known) {
        return tl::unexpected(known.error());
    }
    return resultOf(db::attempt([&] { return infoOf(*d->device, *known); }), "Reading a message");
}

/// What was done to a message, in its transaction: the effects follow.
Result<Message> Client::Private::amended(Expected<Message, db::Error> outcome, Effects effects,
                                         const char* doing) {
    if (!outcome) {
        return tl::unexpected(storageFailure(outcome.error(), doing));
    }
    perform(std::move(effects));
    return std::move(*outcome);
}

Result<Message> Client::editMessage(const MessageId& id, const std::string& text, const Styles& styles) {
    const auto known = message(id);
    if (!known) {
        return known;
    }
    if (const auto objection = objectionTo(text, "Editing")) {
        return tl::unexpected(*objection);
    }
    if (!known->outgoing || known->kind != MessageKind::Text) {
        return failure(FailureCode::Invalid, known->kind == MessageKind::Deleted
                                                 ? "Editing failed: that message was deleted."
                                                 : "Editing failed: only messages of your own have a text "
                                                   "that you can change.");
    }
    if (known->state == MessageState::Failed) {
        return failure(FailureCode::Invalid,
                       "Editing failed: that message was never sent. Send a new one instead.");
    }
    const auto looks = styled(text, styles, "Editing");
    if (!looks) {
        return tl::unexpected(looks.error());
    }
    if (known->revision >= kMaxRevisions && (known->text != text || known->styles != looks->styles)) {
        return failure(FailureCode::Invalid, "Editing failed: a message can be edited " +
                                                 std::to_string(kMaxRevisions) +
                                                 " times. Send a new one instead.");
    }
    if (const auto silence = d->silenceIn(known->conversation, "Editing")) {
        return tl::unexpected(*silence);
    }
    Effects effects;
    auto edited = Amendments(*d->device).edit(*known, *looks, effects);
    return d->amended(std::move(edited), std::move(effects), "Editing");
}

Result<Message> Client::react(const MessageId& id, const std::string& emoji) {
    const auto known = message(id);
    if (!known) {
        return known;
    }
    if (!emoji.empty() && (emoji.size() > kMaxReactionBytes || !isValidUtf8(emoji) || !isOneSign(emoji))) {
        return failure(FailureCode::Invalid,
                       "Reacting failed: a reaction is one emoji or one other sign, at most " +
                           std::to_string(kMaxReactionBytes) + " bytes long.");
    }
    if (known->kind != MessageKind::Text) {
        return failure(FailureCode::Invalid, "Reacting failed: there is no text here to react to.");
    }
    if (known->outgoing && (known->state == MessageState::Failed || known->state == MessageState::Queued)) {
        return failure(FailureCode::Invalid, "Reacting failed: that message has not been sent.");
    }
    if (const auto silence = d->silenceIn(known->conversation, "Reacting")) {
        return tl::unexpected(*silence);
    }
    Effects effects;
    auto reacted = Amendments(*d->device).react(*known, emoji, effects);
    return d->amended(std::move(reacted), std::move(effects), "Reacting");
}

Result<Message> Client::deleteForEveryone(const MessageId& id) {
    const auto known = message(id);
    if (!known || known->deletedByAuthor) {
        return known;
    }
    if (!known->outgoing || (known->kind != MessageKind::Text && known->kind != MessageKind::Deleted)) {
        return failure(FailureCode::Invalid,
                       "Deleting for everyone failed: only messages of your own can be taken back. Without "
                       "--everyone it is deleted on this device.");
    }
    if (const auto silence = d->silenceIn(known->conversation, "Deleting for everyone")) {
        return tl::unexpected(*silence);
    }
    Effects effects;
    auto left = Amendments(*d->device).deleteForEveryone(*known, effects);
    return d->amended(std::move(left), std::move(effects), "Deleting for everyone");
}

Result<Message> Client::deleteMessage(const MessageId& id) {
    const auto known = message(id);
    if (!known || known->kind == MessageKind::Deleted) {
        return known;
    }
    if (known->timer && known->state == MessageState::Queued) {
        return failure(FailureCode::Invalid, "Deleting failed: that line is still to be sent.");
    }
    if (known->kind == MessageKind::Expired) {
        return known;
    }
    if (!isErasable(known->kind)) {
        return failure(FailureCode::Invalid,
                       "Deleting failed: nothing of that message is here yet that could be deleted.");
    }
    Effects effects;
    auto left = d->device->database.transaction([&] { return eraseMessage(*d->device, *known, effects); });
    if (!left) {
        return tl::unexpected(storageFailure(left.error(), "Deleting"));
    }
    // If somebody is reading just now, the log is emptied when the profile is closed or opened.
    static_cast<void>(d->device->database.emptyLog());
    d->perform(std::move(effects));
    return std::move(*left);
}

Result<void> Client::markRead(ConversationKey conversation, MessageKey upTo) {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    LocalDevice& device = *d->device;
    Effects effects;
    auto marked = resultOf(device.database.transaction([&] {
        const auto message = device.messages.byKey(upTo);
        if (!message) {
            return;
        }
        const bool tells = device.isAllowed(PrivacySetting::ReadReceipts);
        for (const Message& read : device.messages.markRead(conversation, *message)) {
            if (read.expireSeconds != 0 && read.expiresAt == 0) {
                device.expiry.start(read.key, unixMilliseconds(device.expiryClock.now()));
                effects.events.emplace_back(MessageChanged{*device.messages.byKey(read.key)});
            }
            const auto contact = device.contacts.byAccount(read.sender);
            if (read.kind == MessageKind::Text && contact && contact->accepted && tells) {
                device.outbox.oweReceipt(read.sender, read.key, MessageState::Read);
                effects.receiptsDue = true;
            }
        }
    }),
                           "Marking as read");
    if (marked) {
        d->perform(std::move(effects));
    }
    return marked;
}

std::optional<MessageKey> Client::readerPosition(const std::string& name) const {
    const auto position =
        db::attempt([&] { return SettingStore(d->profile.database()).number("reader:" + name); });
    return position && *position ? std::optional(MessageKey{**position}) : std::nullopt;
}

Result<void> Client::setReaderPosition(const std::string& name, MessageKey position) {
    return resultOf(d->profile.database().transaction([&] {
        SettingStore(d->profile.database()).set("reader:" + name, static_cast<std::int64_t>(position));
    }),
                    "Noting how far was read");
}

LinkView Client::link() const {
    return d->device
               ? LinkView{d->connection->state(), d->connection->reason(), d->connection->clockOffsetMs()}
               : LinkView{};
}

StatusView Client::status() const {
    StatusView view;
    if (!d->device) {
        return view;
    }
    const LocalDevice& device = *d->device;
    view.link = link();
    view.counters = device.counters;
    view.testingRelay = d->connection->isTestingRelay();
    static_cast<void>(db::attempt([&] {
        view.queued = device.outbox.waiting();
        view.oldestQueuedAt = device.outbox.oldestWaiting();
        for (const Contact& contact : device.contacts.all()) {
            if (contact.changedTo) {
                const auto conversation =
                    device.conversations.find(directConversationId(device.address.account, contact.account));
                view.held += conversation ? device.outbox.waitingIn(*conversation) : 0;
            }
        }
        view.placeholdersByCause = device.messages.placeholdersByCause();
        for (const auto& [cause, count] : view.placeholdersByCause) {
            view.placeholders += count;
        }
        view.refused = device.mailbox.refused();
        view.gaps = device.gaps.countShown();
        view.resendsHeld = device.requests.countHeld();
        view.unread = device.messages.unread();
        view.requests = device.conversations.requests();
        view.messages = device.messages.countTexts();
        view.cursor = number(device.mailbox.cursor().number);
        view.oneTimePrekeys = device.protocol.oneTimePrekeyCount();
        view.alarms = device.alarms.count();
    }));
    return view;
}

std::vector<AlarmEntry> Client::alarms() const {
    return d->device
               ? db::attempt([&] { return d->device->alarms.all(); }).value_or(std::vector<AlarmEntry>())
               : std::vector<AlarmEntry>();
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client.h"

#include "core/storage/schema.h"
#include "core/sync/connection.h"
#include "crypto/safety_number.h"

namespace sotto::core {
namespace {

constexpr Milliseconds kLookupDeadline{15'000};
constexpr std::chrono::days kRetention{60}; ///< twice the relay's: bytes and hashes kept against its rollback

Failure storageFailure(db::Error error, const std::string& doing) {
    const std::string text = doing + " failed: " + db::describe(error) + ". ";
    switch (error) {
    case db::Error::Full:
        return {FailureCode::DiskFull, text + "Free some space and try again; nothing was changed.", {}};
    case db::Error::Busy:
        return {FailureCode::Locked, text + "Try again.", {}};
    case db::Error::ReadOnly:
    case db::Error::CannotOpen:
        return {FailureCode::Locked, text + "Check the permissions of the profile.", {}};
    case db::Error::Io:
    case db::Error::Corrupt:
    case db::Error::NotADatabase:
        return {FailureCode::Damaged, text + "Nothing was changed.", {}};
    case db::Error::NewerSchema:
        return {FailureCode::Invalid, text + "Update Sotto.", {}};
    case db::Error::Constraint:
    case db::Error::Internal:
        return {FailureCode::Internal, text + "This is a bug; nothing was changed.", {}};
    }
    return {};
}

template <class T>
Result<T> resultOf(Expected<T, db::Error> outcome, const std::string& doing) {
    if (!outcome) {
        return tl::unexpected(storageFailure(outcome.error(), doing));
    }
    if constexpr (std::is_void_v<T>) {
        return {};
    } else {
        return std::move(*outcome);
    }
}

std::string digitsOf(const std::string& text) {
    std::string digits;
    std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
                 [](char c) { return c >= '0' && c <= '9'; });
    return digits;
}

} // namespace

class Client::Private {
public:
    Private(Profile& ownProfile, Edge& network, Observer& listener, Random& randomSource, const Clock& time)
        : profile(ownProfile)
        , edge(network)
        , observer(listener)
        , random(randomSource)
        , clock(time) {}

    Profile& profile;
    Edge& edge;
    Observer& observer;
    Random& random;
    const Clock& clock;
    std::unique_ptr<LocalDevice> device; ///< nullptr until there is an account
    std::unique_ptr<Connection> connection;

    struct Lookup {
        std::string name;
        SteadyTime deadline;
        bool asked = false;
        std::function<void(Result<Contact>)> done;
    };
    std::map<std::uint64_t, Lookup> lookups;
    std::uint64_t lastLookup = 0;
    std::optional<SteadyTime> connectionWake;

    /// Edge as the connection sees it: look-ups have deadlines of their own, and the earlier one counts.
    struct TimedEdge final : Edge {
        explicit TimedEdge(Private& client)
            : owner(client) {}
        void connect(const wire::RelayAddress& relay) override { owner.edge.connect(relay); }
        void send(Bytes packet) override { owner.edge.send(std::move(packet)); }
        void disconnect() override { owner.edge.disconnect(); }
        void wakeAt(SteadyTime time) override {
            owner.connectionWake = time;
            owner.scheduleWake();
        }
        Private& owner;
    } timedEdge{*this};

    void openDevice() {
        device = std::make_unique<LocalDevice>(profile, random, clock);
        connection = std::make_unique<Connection>(profile, *device, timedEdge,
                                                  [this](const Event& event) { emit(event); });
    }
    void emit(const Event& event) {
        observer.onEvent(event);
        if (const auto* link = std::get_if<LinkChanged>(&event)) {
            if (link->state == LinkState::Online) {
                askLookups();
            } else if (link->state == LinkState::Stopped) {
                failLookups([](const Lookup&) { return true; }, "Looking up a name failed: " + link->reason);
            }
        }
    }
    void scheduleWake() {
        auto wake = connectionWake;
        for (const auto& [number, lookup] : lookups) {
            wake = wake ? std::min(*wake, lookup.deadline) : lookup.deadline;
        }
        if (wake) {
            edge.wakeAt(*wake);
        }
    }
    void askLookups() {
        for (auto& [number, lookup] : lookups) {
            if (!lookup.asked) {
                lookup.asked = connection->resolve(
                    lookup.name, [this, number = number](const auto& list) { resolved(number, list); });
            }
        }
    }
    void resolved(std::uint64_t number, const std::optional<VerifiedDeviceList>& list);
    template <class Which>
    void failLookups(Which which, const std::string& text) {
        std::vector<std::function<void(Result<Contact>)>> failed;
        std::erase_if(lookups, [&](auto& entry) {
            if (!which(entry.second)) {
                return false;
            }
            failed.push_back(std::move(entry.second.done));
            return true;
        });
        for (const auto& done : failed) {
            done(failure(FailureCode::Unreachable, text));
        }
    }
    void perform(Effects effects) {
        for (const Event& event : effects.events) {
            emit(event);
        }
        if (!effects.listsChanged.empty()) {
            connection->listsChanged(effects.listsChanged);
        }
        if (effects.outboxChanged) {
            connection->outboxChanged();
        }
    }
    Result<Contact> addResolved(const VerifiedDeviceList& list);
    Result<void> storeNewAccount(const std::string& name, const wire::JoinLink& link,
                                 const AccountId& account, const crypto::SignerKey& signer,
                                 const SignerCertificate& certificate, const DeviceEntry& entry);
    Result<SecretBytes> renameUnregistered(const std::string& name, const wire::JoinLink& link);
};

Client::Client(Profile& profile, Edge& edge, Observer& observer, Random& random, const Clock& clock)
    : d(std::make_unique<Private>(profile, edge, observer, random, clock)) {
    if (profile.identity()) {
        d->openDevice();
        // Bytes that can repair nothing any more, and hashes no relay can replay.
        const WallTime before = clock.wall() - kRetention;
        static_cast<void>(profile.database().transaction([&] {
            d->device->outbox.removeStoredBefore(before);
            d->device->mailbox.forgetProcessedBefore(before);
        }));
    }
}

Client::~Client() = default;

// ---- Account ----

Result<void> Client::Private::storeNewAccount(const std::string& name, const wire::JoinLink& link,
                                              const AccountId& account, const crypto::SignerKey& signer,
                                              const SignerCertificate& certificate,
                                              const DeviceEntry& entry) {
    DeviceList list;
    list.certificate = certificate;
    list.version = 1;
    list.name = name;
    list.issuedAt = unixMilliseconds(clock.wall());
    list.devices = {entry};
    const auto verified = verifyDeviceList(signer.sign(list));
    if (!verified || verified->list().account() != account) {
        return failure(FailureCode::Internal,
                       "Making an account failed: its first device list does not verify.");
    }
    db::Database& database = profile.database();
    return resultOf(database.transaction([&] {
        SettingStore settings(database);
        settings.set("relay_host", std::string_view(link.relay.host));
        settings.set("relay_port", std::int64_t{link.relay.port});
        settings.set("relay_pin", link.relay.relay.view());
        settings.set("relay_plain", std::int64_t{link.relay.plain});
        settings.set("invite", BytesView(link.invite));
        settings.set("registered", std::int64_t{0});
        AccountStore(database).storeList(*verified, clock.wall());
    }),
                    "Storing the account");
}

Result<SecretBytes> Client::createAccount(const std::string& name, const wire::JoinLink& link) {
    if (!isAcceptableName(name)) {
        return failure(FailureCode::Invalid,
                       "Making an account failed: a name has 1 to 32 of a-z, 0-9, '.', '_' and '-', "
                       "and begins with a letter or digit.");
    }
    if (d->device) {
        return d->renameUnregistered(name, link);
    }
    const auto code = crypto::RecoveryCode::generate(d->random);
    const crypto::AccountRoot root(code);
    auto signer = crypto::SignerKey::generate(d->random);
    auto keys = crypto::DeviceKeys::generate(d->random);
    constexpr DeviceNumber kFirstDevice{1};
    const SignerCertificate certificate = root.certify(1, signer.publicKey());
    const DeviceEntry entry = keys.entry(root.account(), kFirstDevice, d->random);
    if (const auto stored = d->storeNewAccount(name, link, root.account(), signer, certificate, entry);
        !stored) {
        return tl::unexpected(stored.error());
    }
    // The identity comes last: without it there is no account, and a second try begins afresh.
    if (const auto kept = d->profile.storeIdentity(
            Identity{root.account(), kFirstDevice, std::move(keys), std::move(signer)}, d->random);
        !kept) {
        return tl::unexpected(kept.error());
    }
    d->openDevice();
    return code.print();
}

/// The relay refused the first list, so nobody has seen it: another one takes its place.
Result<SecretBytes> Client::Private::renameUnregistered(const std::string& name, const wire::JoinLink& link) {
    const auto& identity = *profile.identity();
    if (device->settings.number("registered").value_or(0) != 0) {
        return failure(FailureCode::Invalid, "Making an account failed: this profile has one already.");
    }
    const auto before = device->accounts.list(identity.account);
    if (!before || !identity.signer) {
        return failure(FailureCode::Damaged,
                       "Making an account failed: this profile's first device list is gone.");
    }
    connection->stop();
    const auto stored = storeNewAccount(name, link, identity.account, *identity.signer,
                                        before->list().certificate, before->list().devices.front());
    if (!stored) {
        return tl::unexpected(stored.error());
    }
    openDevice(); // nothing remembered of the list before
    return SecretBytes();
}

Result<AccountView> Client::account() const {
    if (!d->device) {
        return failure(FailureCode::NotFound,
                       "This profile has no account yet: make one with 'sotto account new'.");
    }
    const LocalDevice& device = *d->device;
    return resultOf(db::attempt([&] {
                        AccountView view;
                        view.account = device.address.account;
                        view.device = device.address.device;
                        view.relay = {
                            device.settings.text("relay_host").value_or(""),
                            static_cast<std::uint16_t>(device.settings.number("relay_port").value_or(0)),
                            device.settings.fixed<RelayId>("relay_pin").value_or(RelayId()),
                            device.settings.number("relay_plain").value_or(0) != 0};
                        view.registered = device.settings.number("registered").value_or(0) != 0;
                        if (const VerifiedDeviceList* list = d->connection->directory().list(view.account)) {
                            view.name = list->list().name;
                            view.signerEpoch = list->list().certificate.signerEpoch;
                            view.listVersion = list->list().version;
                        }
                        return view;
                    }),
                    "Reading the account");
}

Result<wire::ContactLink> Client::contactLink() const {
    const auto view = account();
    if (!view) {
        return tl::unexpected(view.error());
    }
    const auto read = db::attempt([&] { return d->connection->directory().list(view->account); });
    const VerifiedDeviceList* list = read.value_or(nullptr);
    if (list == nullptr) {
        return failure(FailureCode::Damaged,
                       "Making a contact link failed: this account's device list is gone.");
    }
    return wire::ContactLink{view->relay,       view->name,        view->account,
                             view->signerEpoch, view->listVersion, list->hash()};
}

// ---- Contacts ----

void Client::Private::resolved(std::uint64_t number, const std::optional<VerifiedDeviceList>& list) {
    const auto lookup = lookups.find(number);
    if (lookup == lookups.end()) {
        return;
    }
    const Lookup found = std::move(lookup->second);
    lookups.erase(lookup);
    found.done(list ? addResolved(*list)
                    : failure(FailureCode::NotFound, "Adding a contact failed: nobody is called @" +
                                                         found.name + " at this relay."));
}

Result<Contact> Client::Private::addResolved(const VerifiedDeviceList& list) {
    const AccountId account = list.list().account();
    Effects effects;
    auto added = resultOf(device->database.transaction([&]() -> std::optional<Contact> {
        if (account == device->address.account) {
            return std::nullopt;
        }
        connection->directory().offer(account, list.signedList(), effects);
        const auto known = device->contacts.byAccount(account);
        if (known && known->accepted) {
            return known;
        }
        // Whoever is known by this name comes before a stranger who has written under it.
        for (const Contact& namesake : device->contacts.byName(list.list().name)) {
            if (namesake.accepted) {
                connection->directory().nameResolved(namesake, list, effects);
                return device->contacts.byKey(namesake.key);
            }
        }
        if (known) {
            device->contacts.setAccepted(known->key);
            return device->contacts.byKey(known->key);
        }
        return device->contacts.add(account, list.list().name, Trust::FirstUse, true);
    }),
                          "Adding a contact");
    if (!added) {
        return tl::unexpected(added.error());
    }
    if (!*added) {
        return failure(FailureCode::Invalid, "Adding a contact failed: that is this account itself.");
    }
    perform(std::move(effects));
    if ((*added)->changedTo) {
        return failure(FailureCode::NotTrusted,
                       "Adding a contact failed: the account key of @" + (*added)->name +
                           " changed. Compare safety numbers, then accept it with 'sotto contact trust'.");
    }
    emit(ContactChanged{**added});
    connection->contactChanged(account);
    return std::move(**added);
}

void Client::addContact(const std::string& name, std::function<void(Result<Contact>)> done) {
    if (!d->device) {
        done(tl::unexpected(account().error()));
        return;
    }
    if (!isAcceptableName(name)) {
        done(failure(FailureCode::Invalid,
                     "Adding a contact failed: that is neither a name nor a contact link."));
        return;
    }
    if (d->connection->state() == LinkState::Stopped) {
        done(failure(FailureCode::Unreachable, "Looking up a name failed: " + d->connection->reason()));
        return;
    }
    d->lookups.emplace(++d->lastLookup,
                       Private::Lookup{name, d->clock.steady() + kLookupDeadline, false, std::move(done)});
    d->askLookups();
    d->scheduleWake();
}

Result<Contact> Client::addContact(const wire::ContactLink& link) {
    const auto own = account();
    if (!own) {
        return tl::unexpected(own.error());
    }
    if (link.relay.relay != own->relay.relay) {
        return failure(FailureCode::Invalid, "Adding a contact failed: the link is for another relay. Both "
                                             "sides need accounts at the same one.");
    }
    if (link.account == own->account) {
        return failure(FailureCode::Invalid, "Adding a contact failed: that is this account itself.");
    }
    LocalDevice& device = *d->device;
    auto added = resultOf(device.database.transaction([&] {
        auto contact = device.contacts.byAccount(link.account);
        if (!contact) {
            contact = device.contacts.add(link.account, link.name, Trust::Link, true);
        }
        if (contact->trust == Trust::FirstUse) {
            device.contacts.setTrust(contact->key, Trust::Link);
        }
        device.contacts.setAccepted(contact->key);
        device.contacts.setChangedTo(contact->key, std::nullopt);
        device.contacts.setFloor(contact->key, {link.signerEpoch, link.version, link.listHash});
        return *device.contacts.byKey(contact->key);
    }),
                          "Adding a contact");
    if (added) {
        d->emit(ContactChanged{*added});
        d->connection->contactChanged(link.account);
    }
    return added;
}

std::vector<Contact> Client::contacts() const {
    return d->device ? db::attempt([&] { return d->device->contacts.all(); }).value_or(std::vector<Contact>())
                     : std::vector<Contact>();
}

Result<Contact> Client::findContact(const std::string& target) const {
    const std::string name = target.starts_with('@') ? target.substr(1) : target;
    const auto all = contacts();
    std::vector<Contact> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found),
                 [&](const Contact& contact) { return contact.name == name; });
    // A stranger who borrows a name does not make the person we know ambiguous.
    if (std::any_of(found.begin(), found.end(), [](const Contact& contact) { return contact.accepted; })) {
        std::erase_if(found, [](const Contact& contact) { return !contact.accepted; });
    }
    // A name can look like a key: then both match, and nothing is guessed (case 13).
    if (!target.starts_with('@') && name.size() >= 8) {
        std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const Contact& contact) {
            return contact.name != name && contact.account.hex().starts_with(name);
        });
    }
    if (found.empty()) {
        return failure(FailureCode::NotFound,
                       "No contact is called " + target + ". Add one with 'sotto contact add NAME-OR-LINK'.");
    }
    if (found.size() > 1) {
        std::string text = "Several contacts match " + target + ":";
        for (const Contact& contact : found) {
            text += " @" + contact.name + " (" + contact.account.hex().substr(0, 16) + ")";
        }
        return failure(FailureCode::Ambiguous, text + ". Name one by its account key.");
    }
    return found.front();
}

Result<std::string> Client::safetyNumber(ContactKey key) const {
    const auto contact =
        db::attempt([&] { return d->device ? d->device->contacts.byKey(key) : std::nullopt; });
    if (!contact || !*contact) {
        return failure(FailureCode::NotFound, "No such contact.");
    }
    return crypto::SafetyNumber(d->device->address.account,
                                (*contact)->changedTo.value_or((*contact)->account))
        .digits();
}

Result<Contact> Client::verify(ContactKey key, const std::string& digits) {
    const auto number = safetyNumber(key);
    if (!number) {
        return tl::unexpected(number.error());
    }
    const auto contact = db::attempt([&] { return d->device->contacts.byKey(key); });
    if (!contact || !*contact || (*contact)->changedTo) {
        return failure(FailureCode::NotTrusted,
                       "Verifying failed: the account key changed. Accept it first.");
    }
    if (digitsOf(digits) != digitsOf(*number)) {
        return failure(FailureCode::NotTrusted,
                       "Verifying failed: these are not the digits of your safety number with @" +
                           (*contact)->name + ". Somebody may be in between.");
    }
    auto verified = resultOf(d->device->database.transaction([&] {
        d->device->contacts.setTrust(key, Trust::Verified);
        return *d->device->contacts.byKey(key);
    }),
                             "Verifying");
    if (verified) {
        d->emit(ContactChanged{*verified});
    }
    return verified;
}

Result<Contact> Client::acceptKey(ContactKey key) {
    const auto contact =
        db::attempt([&] { return d->device ? d->device->contacts.byKey(key) : std::nullopt; });
    if (!contact || !*contact) {
        return failure(FailureCode::NotFound, "No such contact.");
    }
    if (!(*contact)->changedTo) {
        return failure(FailureCode::Invalid, "There is nothing to accept: the account key of @" +
                                                 (*contact)->name + " has not changed.");
    }
    LocalDevice& device = *d->device;
    const AccountId account = *(*contact)->changedTo;
    auto accepted = resultOf(device.database.transaction([&] {
        if (const auto stranger = device.contacts.byAccount(account)) {
            device.contacts.remove(stranger->key);
        }
        const AccountId before = (*contact)->account;
        device.contacts.replaceAccount(key, account);
        const auto conversation =
            device.conversations.find(directConversationId(device.address.account, before));
        device.conversations.moveDirect(device.address.account, before, account);
        device.outbox.forgetReceiptsDue(before);
        if (conversation) {
            // Bytes fixed for the old key name the old conversation: the new account could not read them.
            for (const MessageKey message : device.outbox.unfix(*conversation)) {
                device.messages.setChain(message, {device.generation(), kUnnumbered, {}});
            }
            device.messages.countUnread(*conversation);
        }
        return *device.contacts.byKey(key);
    }),
                             "Accepting the key");
    if (accepted) {
        d->emit(ContactChanged{*accepted});
        d->connection->contactChanged(account);
    }
    return accepted;
}

// ---- Messages ----

Result<Message> Client::sendText(ConversationKey conversation, const std::string& text,
                                 const SendOptions& options) {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    if (text.empty()) {
        return failure(FailureCode::Invalid, "Sending failed: the message is empty.");
    }
    if (text.size() > kMaxTextBytes) {
        return failure(FailureCode::Invalid, "Sending failed: the text has " + std::to_string(text.size()) +
                                                 " bytes, the limit is " + std::to_string(kMaxTextBytes) +
                                                 ". Split it.");
    }
    if (!isValidUtf8(text)) {
        return failure(FailureCode::Invalid, "Sending failed: the text is not valid UTF-8.");
    }
    const auto known =
        resultOf(db::attempt([&] { return d->device->conversations.wireId(conversation); }), "Sending");
    if (!known) {
        return tl::unexpected(known.error());
    }
    if (!*known) {
        return failure(FailureCode::NotFound, "Sending failed: no such conversation.");
    }
    Effects effects;
    auto queued = d->connection->sender().queueText(
        conversation, text, options.id.value_or(d->random.next<MessageId>()), effects);
    if (!queued) {
        return tl::unexpected(storageFailure(queued.error(), "Sending"));
    }
    d->perform(std::move(effects));
    return std::move(*queued);
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

std::vector<ConversationEntry> Client::conversations() const {
    return d->device ? db::attempt([&] {
                           return d->device->conversations.all();
                       }).value_or(std::vector<ConversationEntry>())
                     : std::vector<ConversationEntry>();
}

Result<MessagePage> Client::history(ConversationKey conversation, const std::string& cursor,
                                    PageDirection direction, std::size_t limit) const {
    if (!d->device) {
        return tl::unexpected(account().error());
    }
    if (!cursor.empty() && !MessageStore::isCursor(cursor)) {
        return failure(FailureCode::Invalid,
                       "Reading the history failed: that is not a cursor from an earlier page.");
    }
    return resultOf(db::attempt([&] {
                        return d->device->messages.page(conversation, cursor,
                                                        direction == PageDirection::Older, limit);
                    }),
                    "Reading the history");
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
    const auto found =
        resultOf(db::attempt([&] { return d->device->messages.byId(id); }), "Reading a message");
    if (!found) {
        return tl::unexpected(found.error());
    }
    return *found ? Result<Message>(**found)
                  : failure(FailureCode::NotFound, "No message has the id msg_" + id.hex() + ".");
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
        for (const Message& read : device.messages.markRead(conversation, *message)) {
            const auto contact = device.contacts.byAccount(read.sender);
            if (read.kind == MessageKind::Text && contact && contact->accepted) {
                device.outbox.oweReceipt(read.sender, read.id, MessageState::Read);
                effects.receiptsDue = true;
            }
        }
    }),
                           "Marking as read");
    if (effects.receiptsDue) {
        d->connection->receiptsDue();
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

StatusView Client::status() const {
    StatusView view;
    if (!d->device) {
        return view;
    }
    const LocalDevice& device = *d->device;
    view.link = d->connection->state();
    view.linkReason = d->connection->reason();
    view.clockOffsetMs = d->connection->clockOffsetMs();
    view.reconnects = std::max<std::int64_t>(d->connection->reconnects(), 0);
    static_cast<void>(db::attempt([&] {
        view.queued = device.outbox.waiting();
        for (const Contact& contact : device.contacts.all()) {
            if (contact.changedTo) {
                const auto conversation =
                    device.conversations.find(directConversationId(device.address.account, contact.account));
                view.held += conversation ? device.outbox.waitingIn(*conversation) : 0;
            }
        }
        view.placeholders = device.messages.countKind(MessageKind::Placeholder);
        view.unread = device.messages.unread();
        view.messages = device.messages.countKind(MessageKind::Text);
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

// ---- The link ----

void Client::start() {
    if (d->connection) {
        d->connection->start();
    }
}

void Client::stop() {
    if (d->connection) {
        d->connection->stop();
    }
}

void Client::hurry() {
    if (d->connection) {
        d->connection->hurry();
    }
}

bool Client::isSettled() const {
    return !d->connection || d->connection->isSettled();
}
void Client::onConnected(const Digest& tlsKeyHash) {
    d->connection->onConnected(tlsKeyHash);
}
void Client::onPacket(BytesView packet) {
    d->connection->onPacket(packet);
}
void Client::onDisconnected(const std::string& reason) {
    d->connection->onDisconnected(reason);
}
void Client::onNetworkChanged() {
    if (d->connection) {
        d->connection->onNetworkChanged();
    }
}

void Client::onTimer() {
    d->connectionWake.reset(); // the connection asks again for what it still wants
    if (d->connection) {
        d->connection->onTimer();
    }
    const SteadyTime now = d->clock.steady();
    d->failLookups([now](const Private::Lookup& lookup) { return lookup.deadline <= now; },
                   "Looking up a name failed: the relay could not be reached in time. Try again.");
    d->scheduleWake();
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client.h"

#include "core/archive/backup.h"

#include "core/client_private.h"

namespace sotto::core {
namespace {

constexpr std::chrono::days kRetention{60}; ///< twice the relay's: bytes and hashes kept against its rollback

} // namespace

Client::Client(Profile& profile, Edge& edge, Observer& observer, Random& random, const Clock& clock)
    : d(std::make_unique<Private>(profile, edge, observer, random, clock)) {
    if (profile.identity()) {
        d->openDevice();
        // Bytes that can repair nothing any more, and hashes no relay can replay.
        // By the earlier of two clocks: neither our own, set years ahead, nor the relay's may cost what is
        // needed.
        const auto relayTime = db::attempt([&] { return milliseconds(d->device->mailbox.cursor().stamp); });
        const WallTime now = std::min(clock.wall(), wallTime(relayTime.value_or(0)));
        const WallTime before = now - kRetention;
        static_cast<void>(profile.database().transaction([&] {
            d->device->outbox.removeStoredBefore(before, now);
            d->device->mailbox.forgetProcessedBefore(before);
            d->device->amendments.forgetEarlyBefore(before);
        }));
        d->expireAtOpening();
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
    if (const auto kept = setBackupKey(d->profile.database(), crypto::BackupKey(code).publicKey()); !kept) {
        return tl::unexpected(storageFailure(kept.error(), "Storing the account"));
    }
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
void Client::onDisconnected(const std::string& reason, LinkLoss loss) {
    d->connection->onDisconnected(reason, loss);
}
void Client::onNetworkChanged() {
    if (d->connection) {
        d->connection->onNetworkChanged();
        d->expireIfDue(); // after a sleep, say, which the steady clock does not count
        d->scheduleWake();
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
    d->indexIfDue();
    d->expireIfDue();
    d->scheduleWake();
}

} // namespace sotto::core

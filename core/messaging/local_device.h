// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// This profile's own device with everything that messaging works on: one object, so that sender, receiver
/// and sync share the same stores and sessions. Lives as long as the profile is open and has an account.

#include "core/base/forward_clock.h"
#include "core/profile.h"
#include "core/storage/alarm_store.h"
#include "core/storage/amendment_store.h"
#include "core/storage/chain_store.h"
#include "core/storage/contact_store.h"
#include "core/storage/conversation_store.h"
#include "core/storage/gap_store.h"
#include "core/storage/mailbox_store.h"
#include "core/storage/message_store.h"
#include "core/storage/outbox_store.h"
#include "core/storage/peer_store.h"
#include "core/storage/protocol_store.h"
#include "core/storage/quote_store.h"
#include "core/storage/request_store.h"
#include "core/storage/setting_store.h"
#include "core/storage/style_store.h"
#include "core/types/counters.h"
#include "core/types/presence.h"
#include "core/types/privacy.h"
#include "crypto/prekeys.h"
#include "crypto/sessions.h"

namespace sotto::core {

struct LocalDevice {
    /// profile must have an identity, and outlive this with random and clock.
    LocalDevice(Profile& profile, Random& randomSource, const Clock& time)
        : database(profile.database())
        , address{profile.identity()->account, profile.identity()->device}
        , keys(profile.identity()->keys)
        , random(randomSource)
        , clock(time)
        , expiryClock(time)
        , settings(database)
        , accounts(database)
        , alarms(database)
        , amendments(database)
        , contacts(database)
        , conversations(database)
        , expiry(database)
        , messages(database)
        , outbox(database)
        , mailbox(database)
        , chains(database)
        , gaps(database)
        , peers(database)
        , quotes(database)
        , requests(database)
        , styles(database)
        , protocol(database)
        , sessions(protocol, keys, random, clock)
        , prekeys(protocol, keys, random) {}

    db::Database& database;
    DeviceAddress address;
    const crypto::DeviceKeys& keys;
    Random& random;
    const Clock& clock;
    ForwardClock expiryClock; ///< by which messages disappear

    SettingStore settings;
    AccountStore accounts;
    AlarmStore alarms;
    AmendmentStore amendments;
    ContactStore contacts;
    ConversationStore conversations;
    ExpiryStore expiry;
    MessageStore messages;
    OutboxStore outbox;
    MailboxStore mailbox;
    ChainStore chains;
    GapStore gaps;
    PeerStore peers;
    QuoteStore quotes;
    RequestStore requests;
    StyleStore styles;
    ProtocolStore protocol;
    crypto::Sessions sessions;
    crypto::Prekeys prekeys;
    Counters counters;

    /// What the relay said at the last log-in.
    struct RelayFacts {
        Milliseconds retention{};   ///< mail that nobody fetches is kept that long; 0: it did not say
        Milliseconds clockOffset{}; ///< its clock minus ours
    } relay;

    /// Of this device's life: numbers of contents begin again with a new one.
    std::uint64_t generation() const {
        return static_cast<std::uint64_t>(settings.number("generation").value_or(1));
    }

    bool isAllowed(PrivacySetting setting) const { return settings.number(nameOf(setting)).value_or(1) != 0; }

    PresenceSharing presenceSharing() const { return sharingOf(settings.number(kPresenceSetting)); }

    /// For crypto results inside a transaction: a failed store undoes the whole transaction.
    void throwIfStorage(crypto::Error error) const {
        if (error == crypto::Error::Storage) {
            throw db::Failure(protocol.lastFailure().value_or(db::Error::Io), "protocol store");
        }
    }
};

} // namespace sotto::core

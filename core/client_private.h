// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What stands behind the facade of client.h; for its own source files only (client.cpp: account and link,
/// client_contacts.cpp, client_messages.cpp, client_search.cpp).

#include "core/client.h"
#include "core/reader.h"
#include "core/storage_failure.h"
#include "core/sync/connection.h"

namespace sotto::core {

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
    std::unique_ptr<SearchIndex> searchIndex; ///< with the device
    std::unique_ptr<Reader> reader;           ///< over the device's connection
    std::optional<SteadyTime> indexWake;      ///< when the next slice is indexed; nothing: there is none
    std::int64_t unindexed = 0;               ///< messages that came since the last slice
    std::optional<std::int64_t> nextDeadline; ///< of what disappears next, by the device's expiryClock

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
        searchIndex = std::make_unique<SearchIndex>(device->database);
        reader = std::make_unique<Reader>(device->database, *searchIndex, device->address.account);
        // Of an earlier version, or of a program that ended first.
        if (db::attempt([&] { return searchIndex->unindexed(); }).value_or(0) > 0) {
            noteUnindexed();
        }
    }
    void emit(const Event& event) {
        observer.onEvent(event);
        if (const auto* added = std::get_if<MessageAdded>(&event)) {
            noteUnindexed();
            noteDeadline(added->message.expiresAt);
        }
        if (const auto* changed = std::get_if<MessageChanged>(&event)) {
            noteDeadline(changed->message.expiresAt);
        }
        if (const auto* link = std::get_if<LinkChanged>(&event)) {
            if (link->state == LinkState::Online) {
                askLookups();
            } else if (link->state == LinkState::Offline) {
                for (auto& [number, lookup] : lookups) {
                    lookup.asked = false; // the answer went down with the link
                }
            } else if (link->state == LinkState::Stopped) {
                failLookups([](const Lookup&) { return true; }, "Looking up a name failed: " + link->reason);
            }
        }
    }
    void scheduleWake() {
        auto wake = connectionWake;
        if (indexWake) {
            wake = wake ? std::min(*wake, *indexWake) : *indexWake;
        }
        for (const auto& [number, lookup] : lookups) {
            wake = wake ? std::min(*wake, lookup.deadline) : lookup.deadline;
        }
        if (nextDeadline) {
            const SteadyTime at = expiryWake();
            wake = wake ? std::min(*wake, at) : at;
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
    void resolved(std::uint64_t number, const Result<std::optional<VerifiedDeviceList>>& list);
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
        if (effects.erased) {
            connection->erased();
        }
        if (effects.receiptsDue) {
            connection->receiptsDue();
        }
    }
    Result<Message> amended(Expected<Message, db::Error> outcome, Effects effects, const char* doing);
    Result<ConversationEntry> keep(ConversationKey key,
                                   const std::function<bool(ConversationStore&)>& change);
    void tellChanged(const Contact& contact);
    Result<Contact> treat(ContactKey key, const std::function<void(const Contact&)>& change,
                          const char* doing);
    /// Why nothing may be said in this conversation now; nothing when it may.
    std::optional<Failure> silenceIn(ConversationKey conversation, const std::string& doing) const;
    void noteDeadline(std::int64_t deadline);
    SteadyTime expiryWake() const;
    void expireIfDue();
    void expireAtOpening();
    void noteUnindexed();
    void indexIfDue();
    Result<Contact> addResolved(const VerifiedDeviceList& list);
    Result<void> storeNewAccount(const std::string& name, const wire::JoinLink& link,
                                 const AccountId& account, const crypto::SignerKey& signer,
                                 const SignerCertificate& certificate, const DeviceEntry& entry);
    Result<SecretBytes> renameUnregistered(const std::string& name, const wire::JoinLink& link);
};

} // namespace sotto::core

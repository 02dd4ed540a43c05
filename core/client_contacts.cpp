// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/client_private.h"
#include "crypto/safety_number.h"

namespace sotto::core {
namespace {

std::string digitsOf(const std::string& text) {
    std::string digits;
    std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
                 [](char c) { return c >= '0' && c <= '9'; });
    return digits;
}

} // namespace

void Client::Private::resolved(std::uint64_t number, const Result<std::optional<VerifiedDeviceList>>& list) {
    const auto lookup = lookups.find(number);
    if (lookup == lookups.end()) {
        return;
    }
    const Lookup found = std::move(lookup->second);
    lookups.erase(lookup);
    if (!list) {
        found.done(tl::unexpected(list.error()));
    } else if (!*list) {
        found.done(failure(FailureCode::NotFound,
                           "Adding a contact failed: nobody is called @" + found.name + " at this relay."));
    } else {
        found.done(addResolved(**list));
    }
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
    tellChanged(**added);
    connection->contactChanged(account);
    return std::move(**added);
}

void Client::addContact(const std::string& name, std::function<void(Result<Contact>)> done,
                        Milliseconds patience) {
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
                       Private::Lookup{name, d->clock.steady() + patience, false, std::move(done)});
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
        d->tellChanged(*added);
        d->connection->contactChanged(link.account);
    }
    return added;
}

std::vector<Contact> Client::contacts() const {
    return d->device ? d->reader->contacts() : std::vector<Contact>();
}

Result<Contact> Client::findContact(const std::string& target) const {
    return d->device ? d->reader->findContact(target) : tl::unexpected(account().error());
}

Result<Contact> Client::contact(const AccountId& of) const {
    return d->device ? d->reader->contact(of) : tl::unexpected(account().error());
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

/// A contact changed, and perhaps the part of the list in which their conversation stands.
void Client::Private::tellChanged(const Contact& contact) {
    emit(ContactChanged{contact});
    const auto conversation = db::attempt([&] {
        return device->conversations.find(directConversationId(device->address.account, contact.account));
    });
    if (conversation && *conversation) {
        emit(ConversationChanged{**conversation});
    }
}

Result<Contact> Client::Private::treat(ContactKey key, const std::function<void(const Contact&)>& change,
                                       const char* doing) {
    if (!device) {
        return failure(FailureCode::NotFound, "No such contact.");
    }
    const auto treated = resultOf(device->database.transaction([&]() -> std::optional<Contact> {
        const auto contact = device->contacts.byKey(key);
        if (contact) {
            change(*contact);
        }
        return device->contacts.byKey(key);
    }),
                                  doing);
    if (!treated) {
        return tl::unexpected(treated.error());
    }
    if (!*treated) {
        return failure(FailureCode::NotFound, "No such contact.");
    }
    tellChanged(**treated);
    connection->contactChanged((*treated)->account);
    return **treated;
}

Result<Contact> Client::accept(ContactKey key) {
    return d->treat(
        key, [&](const Contact&) { d->device->contacts.setAccepted(key); }, "Accepting a contact");
}

Result<Contact> Client::block(ContactKey key) {
    return d->treat(
        key,
        [&](const Contact& contact) {
            d->device->contacts.setBlocked(key);
            d->device->outbox.forgetReceiptsDue(contact.account);
        },
        "Blocking a contact");
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

} // namespace sotto::core

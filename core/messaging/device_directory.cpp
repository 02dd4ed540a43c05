// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/messaging/device_directory.h"

namespace sotto::core {
namespace {

constexpr std::string_view why(ListError error) {
    switch (error) {
    case ListError::Malformed:
        return "cannot be read";
    case ListError::BadKey:
        return "holds a key that no honest device has";
    case ListError::BadSignature:
        return "is not signed by its account";
    }
    return "";
}

} // namespace

void addNotice(LocalDevice& device, const AccountId& with, const std::string& text, Effects& effects) {
    Message notice;
    notice.id = device.random.next<MessageId>();
    notice.conversation = device.conversations.direct(device.address.account, with);
    notice.kind = MessageKind::Notice;
    notice.sender = device.address.account;
    notice.senderDevice = device.address.device;
    notice.outgoing = true; // never unread
    notice.detail = text;
    notice.state = MessageState::Received;
    notice.sentAt = notice.receivedAt = unixMilliseconds(device.clock.wall());
    device.messages.add(notice, {});
    device.messages.placeAtEnd(notice.key);
    effects.events.emplace_back(MessageAdded{notice});
}

void raiseAlarm(LocalDevice& device, const AccountId& about, const std::string& text, Effects& effects) {
    if (!device.alarms.note(about, text, device.clock.wall())) {
        return;
    }
    if (device.contacts.byAccount(about)) {
        addNotice(device, about, text, effects);
    }
    effects.events.emplace_back(Alarm{text});
}

const VerifiedDeviceList* DeviceDirectory::list(const AccountId& account) {
    // What a rolled-back transaction wrote is not to be believed. One that wrote no list takes none away:
    // every forged header is rolled back, and must not cost the signatures of a list anew (case 29).
    if (m_cacheRollbacks != m_device.database.rollbacks()) {
        if (std::exchange(m_applied, false)) {
            m_cache.clear();
        }
        m_cacheRollbacks = m_device.database.rollbacks();
    }
    auto known = m_cache.find(account);
    if (known == m_cache.end()) {
        auto stored = m_device.accounts.list(account);
        if (!stored) {
            return nullptr;
        }
        known = m_cache.emplace(account, std::move(*stored)).first;
    }
    return &known->second;
}

const VerifiedDeviceList* DeviceDirectory::listToSendBy(const AccountId& account) {
    const VerifiedDeviceList* known = list(account);
    return known != nullptr && !isBelowFloor(*known) ? known : nullptr;
}

const DeviceEntry* DeviceDirectory::entry(const DeviceAddress& device) {
    const VerifiedDeviceList* known = list(device.account);
    return known == nullptr ? nullptr : known->list().find(device.device);
}

ListVerdict DeviceDirectory::offer(const AccountId& account, SignedDeviceList signedList, Effects& effects) {
    auto offered = verifyDeviceList(std::move(signedList));
    if (!offered) {
        raiseAlarm(m_device, account,
                   "The relay offered a device list that " + std::string(why(offered.error())) +
                       ". It was refused.",
                   effects);
        return ListVerdict::Refused;
    }
    if (offered->list().account() != account) {
        raiseAlarm(m_device, account, "The relay offered another account's device list. It was refused.",
                   effects);
        return ListVerdict::Refused;
    }
    if (isBelowFloor(*offered)) {
        raiseAlarm(m_device, account,
                   "The relay offered a device list older than the contact link. It was refused.", effects);
        return ListVerdict::Refused;
    }
    const VerifiedDeviceList* known = list(account);
    if (known == nullptr) {
        apply(*offered, nullptr, effects);
        return ListVerdict::Applied;
    }
    switch (compareSuccession(*known, *offered)) {
    case Succession::Same:
        return ListVerdict::Same;
    case Succession::Older:
        return ListVerdict::Older;
    case Succession::Newer:
        apply(*offered, known, effects);
        return ListVerdict::Applied;
    case Succession::Forked:
    case Succession::Unrelated:
        break;
    }
    raiseAlarm(m_device, account, "There are two device lists for the same place. The second was refused.",
               effects);
    return ListVerdict::Refused;
}

bool DeviceDirectory::isBelowFloor(const VerifiedDeviceList& list) const {
    const auto contact = m_device.contacts.byAccount(list.list().account());
    if (!contact) {
        return false;
    }
    const ListFloor floor = m_device.contacts.floor(contact->key);
    const auto place = std::pair(list.list().certificate.signerEpoch, list.list().version);
    const auto lowest = std::pair(floor.signerEpoch, floor.version);
    return place < lowest || (place == lowest && floor.hash && *floor.hash != list.hash());
}

void DeviceDirectory::apply(const VerifiedDeviceList& list, const VerifiedDeviceList* before,
                            Effects& effects) {
    const AccountId account = list.list().account();
    bool changed = false;
    if (before != nullptr) {
        for (const DeviceEntry& old : before->list().devices) {
            if (list.list().find(old.device) == nullptr) {
                const auto removed = m_device.sessions.remove({account, old.device});
                if (!removed) {
                    m_device.throwIfStorage(removed.error());
                }
                changed = true;
            }
        }
        for (const DeviceEntry& entry : list.list().devices) {
            changed |= before->list().find(entry.device) == nullptr;
        }
    }
    m_device.accounts.storeList(list, m_device.clock.wall());
    const auto contact = m_device.contacts.byAccount(account);
    if (changed && contact) {
        addNotice(m_device, account, "@" + contact->name + " changed their devices.", effects);
    }
    m_cache.insert_or_assign(account, list); // ends `before`
    m_applied = true;
    effects.listsChanged.insert(account);
    if (contact) {
        effects.events.emplace_back(ContactChanged{*m_device.contacts.byAccount(account)});
    }
    effects.outboxChanged = true;
}

void DeviceDirectory::nameResolved(const Contact& contact, const VerifiedDeviceList& list, Effects& effects) {
    const AccountId& named = list.list().account();
    if (named == contact.account || contact.changedTo == named || list.list().name != contact.name) {
        return;
    }
    if (contact.trust == Trust::Link) {
        raiseAlarm(m_device, contact.account,
                   "Somebody else uses the name @" + contact.name +
                       ". Your contact is pinned by its link and unchanged.",
                   effects);
        return;
    }
    m_device.contacts.setChangedTo(contact.key, named);
    addNotice(m_device, contact.account,
              "The account key of @" + contact.name + " changed. Messages wait until you accept the new key.",
              effects);
    effects.events.emplace_back(KeyChanged{*m_device.contacts.byKey(contact.key)});
}

Contact DeviceDirectory::contactOf(const AccountId& account, Effects& effects) {
    if (auto known = m_device.contacts.byAccount(account)) {
        return *known;
    }
    const VerifiedDeviceList* newest = list(account);
    const std::string name = newest != nullptr ? newest->list().name : account.hex().substr(0, 16);
    for (const Contact& namesake : m_device.contacts.byName(name)) {
        if (namesake.accepted && newest != nullptr) {
            nameResolved(namesake, *newest, effects);
        }
    }
    Contact contact = m_device.contacts.add(account, name, Trust::FirstUse, false);
    effects.events.emplace_back(ContactChanged{contact});
    return contact;
}

} // namespace sotto::core

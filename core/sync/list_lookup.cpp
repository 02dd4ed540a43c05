// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sync/list_lookup.h"

namespace sotto::core {

using namespace wire;

namespace {

SignedDeviceList readList(const pb::SignedList& list) {
    return {bytesOf(viewOf(list.bytes())), fixedOf<Signature>(list.signature())};
}

} // namespace

void ListLookup::offer(const AccountId& account, const pb::SignedList& list) {
    Effects effects;
    ListVerdict verdict = ListVerdict::Same;
    const auto offered =
        m_device.database.transaction([&] { verdict = m_directory.offer(account, readList(list), effects); });
    if (!offered) {
        m_link.storageFailed(offered.error());
        return;
    }
    m_link.perform(std::move(effects));
    if (verdict == ListVerdict::Applied) {
        m_changed(account);
    } else if (verdict == ListVerdict::Older && account == m_device.address.account) {
        publishOwn();
    }
}

void ListLookup::fetch(const std::set<AccountId>& accounts, Done done) {
    std::vector<AccountId> all(accounts.begin(), accounts.end());
    for (std::size_t begin = 0; begin < all.size(); begin += kMaxLookups) {
        const std::size_t end = std::min(begin + kMaxLookups, all.size());
        const std::vector<AccountId> part(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                          all.begin() + static_cast<std::ptrdiff_t>(end));
        pb::Frame frame;
        for (const AccountId& account : part) {
            frame.mutable_fetch_lists()->add_accounts(fieldOf(account));
        }
        const bool last = end == all.size();
        m_link.ask(std::move(frame), [this, part, last, done](const pb::Frame& answer) {
            // Lists say themselves whose they are: found ones come in the order asked, but nothing depends on
            // it.
            for (const pb::SignedList& list : answer.lists().lists()) {
                const auto verified = verifyDeviceList(readList(list));
                const bool asked =
                    verified && std::find(part.begin(), part.end(), verified->list().account()) != part.end();
                offer(asked ? verified->list().account() : part.front(), list);
            }
            if (last && done) {
                done(answer.has_lists() ? std::nullopt
                                        : std::optional(Milliseconds(answer.error().retry_after_ms())));
            }
        });
    }
    if (all.empty() && done) {
        done(std::nullopt);
    }
}

void ListLookup::checkNames(const std::vector<Contact>& contacts) {
    for (std::size_t begin = 0; begin < contacts.size(); begin += kMaxLookups) {
        pb::Frame frame;
        const std::size_t end = std::min(begin + kMaxLookups, contacts.size());
        for (std::size_t i = begin; i < end; ++i) {
            frame.mutable_fetch_lists()->add_names(contacts[i].name);
        }
        m_link.ask(std::move(frame), [this](const pb::Frame& answer) {
            Effects effects;
            const auto looked = m_device.database.transaction([&] {
                for (const pb::SignedList& list : answer.lists().lists()) {
                    const auto verified = verifyDeviceList(readList(list));
                    if (!verified) {
                        continue;
                    }
                    for (const Contact& contact : m_device.contacts.byName(verified->list().name)) {
                        if (contact.accepted) {
                            m_directory.nameResolved(contact, *verified, effects);
                        }
                    }
                }
            });
            looked ? m_link.perform(std::move(effects)) : m_link.storageFailed(looked.error());
        });
    }
}

void ListLookup::resolve(const std::string& name,
                         std::function<void(const std::optional<VerifiedDeviceList>&)> done) {
    pb::Frame frame;
    frame.mutable_fetch_lists()->add_names(name);
    m_link.ask(std::move(frame), [name, done](const pb::Frame& answer) {
        for (const pb::SignedList& list : answer.lists().lists()) {
            if (auto verified = verifyDeviceList(readList(list)); verified && verified->list().name == name) {
                done(std::move(*verified));
                return;
            }
        }
        done(std::nullopt);
    });
}

void ListLookup::compareOwn(const pb::ListRef& atRelay) {
    const VerifiedDeviceList* own = m_directory.list(m_device.address.account);
    if (own == nullptr || fixedOf<Digest>(atRelay.hash()) == own->hash()) {
        return;
    }
    const auto ours = std::pair(own->list().certificate.signerEpoch, own->list().version);
    if (std::pair<std::uint64_t, std::uint64_t>(atRelay.signer_epoch(), atRelay.version()) < ours) {
        publishOwn();
    } else {
        fetch({m_device.address.account});
    }
}

void ListLookup::publishOwn() {
    const VerifiedDeviceList* own = m_directory.list(m_device.address.account);
    if (own == nullptr) {
        return;
    }
    pb::Frame frame;
    auto* list = frame.mutable_publish_list()->mutable_list();
    list->set_bytes(stringOf(own->signedList().bytes));
    list->set_signature(fieldOf(own->signedList().signature));
    m_link.ask(std::move(frame), [this](const pb::Frame& answer) {
        if (answer.has_error() && answer.error().has_list()) {
            Effects effects;
            const auto offered = m_device.database.transaction([&] {
                m_directory.offer(m_device.address.account, readList(answer.error().list()), effects);
            });
            offered ? m_link.perform(std::move(effects)) : m_link.storageFailed(offered.error());
        }
    });
}

} // namespace sotto::core

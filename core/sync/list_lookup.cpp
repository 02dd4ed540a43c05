// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sync/list_lookup.h"

namespace sotto::core {

using namespace wire;

namespace {

SignedDeviceList readList(const pb::SignedList& list) {
    return {bytesOf(viewOf(list.bytes())), fixedOf<Signature>(list.signature())};
}

/// An answer has as many lists as fit into a packet. Whether the largest one more would not have fitted: then
/// what was asked for after the last one may still be there.
bool mayBeCut(const pb::Lists& answer) {
    constexpr std::size_t kAround = 128; // of each list, at most: as the relay counts
    std::size_t room = kMaxPacketBytes - 1024;
    for (const pb::SignedList& list : answer.lists()) {
        room -= std::min(room, list.bytes().size() + kAround);
    }
    return room < kMaxDeviceListBytes + kAround;
}

} // namespace

bool ListLookup::offer(const AccountId& account, const pb::SignedList& list) {
    Effects effects;
    ListVerdict verdict = ListVerdict::Same;
    const auto offered =
        m_device.database.transaction([&] { verdict = m_directory.offer(account, readList(list), effects); });
    if (!offered) {
        m_link.storageFailed(offered.error());
        return false;
    }
    m_link.perform(std::move(effects));
    if (verdict == ListVerdict::Applied) {
        m_changed(account);
    } else if (verdict == ListVerdict::Older && account == m_device.address.account) {
        publishOwn();
    }
    return true;
}

void ListLookup::fetch(const std::set<AccountId>& accounts, Done done) {
    const auto fetching = std::make_shared<Fetching>();
    fetching->done = std::move(done);
    std::vector<AccountId> all(accounts.begin(), accounts.end());
    for (std::size_t begin = 0; begin < all.size(); begin += kMaxLookups) {
        const std::size_t end = std::min(begin + kMaxLookups, all.size());
        ask({all.begin() + static_cast<std::ptrdiff_t>(begin),
             all.begin() + static_cast<std::ptrdiff_t>(end)},
            fetching);
    }
    if (all.empty() && fetching->done) {
        fetching->done(std::nullopt);
    }
}

void ListLookup::ask(const std::vector<AccountId>& accounts, const std::shared_ptr<Fetching>& fetching) {
    ++fetching->open;
    pb::Frame frame;
    for (const AccountId& account : accounts) {
        frame.mutable_fetch_lists()->add_accounts(fieldOf(account));
    }
    m_link.ask(std::move(frame), [this, accounts, fetching](const pb::Frame& answer) {
        auto rest = accounts.begin(); // behind the last one found
        // Lists say themselves whose they are: found ones come in the order asked, but nothing depends on it.
        for (const pb::SignedList& list : answer.lists().lists()) {
            const auto verified = verifyDeviceList(readList(list));
            const auto asked = verified
                                   ? std::find(accounts.begin(), accounts.end(), verified->list().account())
                                   : accounts.end();
            if (asked != accounts.end()) {
                rest = std::max(rest, asked + 1);
            }
            if (!offer(asked != accounts.end() ? *asked : accounts.front(), list)) {
                return; // the link ends: whoever waits must not go on as if there were no list
            }
        }
        if (answer.has_lists() && mayBeCut(answer.lists()) && rest != accounts.begin() &&
            rest != accounts.end()) {
            ask({rest, accounts.end()}, fetching);
        }
        if (!answer.has_lists()) {
            fetching->refusedFor = std::max(fetching->refusedFor.value_or(Milliseconds(0)),
                                            Milliseconds(answer.error().retry_after_ms()));
        }
        if (--fetching->open == 0 && fetching->done) {
            fetching->done(fetching->refusedFor);
        }
    });
}

void ListLookup::checkNames(const std::vector<Contact>& contacts) {
    std::vector<std::string> names;
    for (const Contact& contact : contacts) {
        names.push_back(contact.name);
    }
    for (std::size_t begin = 0; begin < names.size(); begin += kMaxLookups) {
        const std::size_t end = std::min(begin + kMaxLookups, names.size());
        checkThese({names.begin() + static_cast<std::ptrdiff_t>(begin),
                    names.begin() + static_cast<std::ptrdiff_t>(end)});
    }
}

void ListLookup::checkThese(const std::vector<std::string>& names) {
    pb::Frame frame;
    for (const std::string& name : names) {
        frame.mutable_fetch_lists()->add_names(name);
    }
    m_link.ask(std::move(frame), [this, names](const pb::Frame& answer) {
        auto rest = names.begin(); // behind the last one found
        Effects effects;
        const auto looked = m_device.database.transaction([&] {
            for (const pb::SignedList& list : answer.lists().lists()) {
                const auto verified = verifyDeviceList(readList(list));
                if (!verified) {
                    continue;
                }
                if (const auto asked = std::find(names.begin(), names.end(), verified->list().name);
                    asked != names.end()) {
                    rest = std::max(rest, asked + 1);
                }
                for (const Contact& contact : m_device.contacts.byName(verified->list().name)) {
                    if (contact.accepted) {
                        m_directory.nameResolved(contact, *verified, effects);
                    }
                }
            }
        });
        if (!looked) {
            m_link.storageFailed(looked.error());
            return;
        }
        if (mayBeCut(answer.lists()) && rest != names.begin() && rest != names.end()) {
            checkThese({rest, names.end()});
        }
        m_link.perform(std::move(effects));
    });
}

void ListLookup::resolve(const std::string& name, Resolved done) {
    pb::Frame frame;
    frame.mutable_fetch_lists()->add_names(name);
    m_link.ask(std::move(frame), [name, done](const pb::Frame& answer) {
        if (!answer.has_lists()) {
            const std::uint64_t seconds = (answer.error().retry_after_ms() + 999) / 1'000;
            done(failure(FailureCode::Unreachable,
                         "Looking up a name failed: the relay refused (" + answer.error().text() + ")." +
                             (seconds > 0 ? " Try again in " + std::to_string(seconds) + " s." : "")));
            return;
        }
        for (const pb::SignedList& list : answer.lists().lists()) {
            if (auto verified = verifyDeviceList(readList(list)); verified && verified->list().name == name) {
                done(std::optional(std::move(*verified)));
                return;
            }
        }
        done(std::optional<VerifiedDeviceList>());
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

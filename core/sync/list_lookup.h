// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Asks the relay for device lists, by account and by name, in batches; publishes one's own where the relay's
/// is older.

#include "core/messaging/device_directory.h"
#include "core/sync/link.h"

#include <functional>
#include <memory>

namespace sotto::core {

class ListLookup {
public:
    /// changed: called after the newest list of an account changed.
    ListLookup(LocalDevice& device, DeviceDirectory& directory, Link& link,
               std::function<void(const AccountId&)> changed)
        : m_device(device)
        , m_directory(directory)
        , m_link(link)
        , m_changed(std::move(changed)) {}

    /// done is called when the relay has answered for these accounts: with nothing when it did, whatever it
    /// had; with the time to wait when it refused to look. Never when its answer could not be stored: the
    /// link ends then.
    using Done = std::function<void(std::optional<Milliseconds> refusedFor)>;
    void fetch(const std::set<AccountId>& accounts, Done done = {});
    /// The names of contacts believed on first use: does the relay still name the same account keys?
    void checkNames(const std::vector<Contact>& contacts);
    /// The verified list the relay has under a name, with its account. Nothing: nobody is called so. Failure
    /// Unreachable: the relay would not say.
    using Resolved = std::function<void(const Result<std::optional<VerifiedDeviceList>>&)>;
    void resolve(const std::string& name, Resolved done);
    /// The relay's word on one's own newest list, at log-in.
    void compareOwn(const wire::pb::ListRef& atRelay);
    void publishOwn();

private:
    /// One fetch, in as many frames as it takes.
    struct Fetching {
        Done done;
        int open = 0;
        std::optional<Milliseconds> refusedFor;
    };
    void ask(const std::vector<AccountId>& accounts, const std::shared_ptr<Fetching>& fetching);
    void checkThese(const std::vector<std::string>& names);
    /// False: it could not be stored.
    bool offer(const AccountId& account, const wire::pb::SignedList& list);

    LocalDevice& m_device;
    DeviceDirectory& m_directory;
    Link& m_link;
    std::function<void(const AccountId&)> m_changed;
};

} // namespace sotto::core

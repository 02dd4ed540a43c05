// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Who is to be asked for what again, and who has asked us: so that limits hold across restarts.

#include "core/storage/account_store.h"
#include "core/storage/outbox_store.h"

namespace sotto::core {

/// What a contact's device asked for that is not sent without asking the user.
struct HeldResend {
    DeviceAddress device;
    SendKey send{};
};

class RequestStore {
public:
    explicit RequestStore(db::Database& database)
        : m_database(database)
        , m_accounts(database) {}

    // ---- Asking ----
    void wantHeads(const AccountId& account);
    std::vector<AccountId> headsWanted() const;
    void forgetHeads(const AccountId& account);

    // ---- Answering ----
    void noteResend(const DeviceAddress& device, SendKey send, WallTime at);
    std::int64_t resendsOf(SendKey send) const;
    std::int64_t resendsOf(MessageKey message) const;
    bool wasAnythingResentOf(MessageKey message) const; ///< the message, or an own amendment of it
    std::int64_t resendsTo(const DeviceAddress& device, WallTime since) const;
    bool wasResent(const DeviceAddress& device, SendKey send, WallTime since) const;

    /// True when it is new.
    bool hold(const DeviceAddress& device, SendKey send, WallTime at);
    std::vector<HeldResend> held(const AccountId& account) const;
    std::int64_t countHeld() const;
    std::int64_t countHeld(const AccountId& account) const;
    void forgetHeld(const AccountId& account);

private:
    db::Database& m_database;
    AccountStore m_accounts;
};

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
// From the relay's challenge to its welcome.
#include "core/sync/connection_online.h"

namespace sotto::core {

using namespace wire;

namespace {

Failure registrationFailure(const pb::Error& error) {
    switch (error.code()) {
    case pb::NAME_TAKEN:
        return {FailureCode::Refused,
                "Registering failed: the name is taken at this relay. Choose another one.",
                {}};
    case pb::INVITE_INVALID:
        return {FailureCode::Refused,
                "Registering failed: the invite is unknown, used up or expired. Ask for a new join link.",
                {}};
    default:
        return {FailureCode::Refused, "Registering failed: " + error.text(), {}};
    }
}

} // namespace

void Connection::challenged(const pb::Challenge& challenge) {
    if (m_online || m_challenge.nonce() == challenge.nonce()) {
        close("The relay asked to log in twice.");
        return;
    }
    if (fixedOf<RelayId>(challenge.relay_id()) != m_device.settings.fixed<RelayId>("relay_pin")) {
        close("The relay says it is another one than the link names.");
        return;
    }
    if (challenge.min_version() > kVersion || challenge.max_version() < kVersion) {
        halt("The relay speaks another version of the protocol: update Sotto or the relay.");
        return;
    }
    m_challenge = challenge;
    m_clockOffsetMs = challenge.time() - unixMilliseconds(m_device.clock.wall());
    m_device.relay.clockOffset = Milliseconds(m_clockOffsetMs);
    if (m_login.isRegistered()) {
        sayHello();
        return;
    }
    auto registration = m_login.registration(challenge, m_tlsKeyHash);
    if (!registration) {
        halt("This device cannot register its account: its signer key is missing.");
        return;
    }
    ask(std::move(*registration), [this](const pb::Frame& answer) {
        if (answer.has_registered()) {
            if (const auto noted = m_login.registered(); !noted) {
                storageFailed(noted.error());
                return;
            }
            m_newlyRegistered = true;
            sayHello();
        } else if (answer.error().code() == pb::RATE_LIMITED || answer.error().code() == pb::BUSY ||
                   answer.error().code() == pb::STORAGE) {
            close("The relay is busy: " + answer.error().text());
        } else {
            const Failure failure = registrationFailure(answer.error());
            m_emit(RegistrationRefused{failure});
            halt(failure.text);
        }
    });
}

/// An account that nobody can write to is not ready: the news waits for its prekeys.
void Connection::prekeysPublished() {
    if (std::exchange(m_newlyRegistered, false)) {
        m_emit(AccountRegistered{});
    }
}

/// Restored mode begins before anything is sent: this link was only needed to learn of it.
bool Connection::beginAnew(std::uint64_t above) {
    Effects effects;
    const auto begun = m_login.beginAnew(above, effects);
    if (!begun) {
        storageFailed(begun.error());
        return false;
    }
    perform(std::move(effects));
    return true;
}

void Connection::sayHello() {
    if (m_login.isRestored() && !beginAnew(0)) {
        return;
    }
    auto hello = m_login.hello(m_challenge, m_tlsKeyHash);
    if (!hello) {
        close(hello.error().text);
        return;
    }
    ask(std::move(*hello), [this](const pb::Frame& answer) {
        answer.has_welcome() ? welcomed(answer.welcome()) : refused(answer.error());
    });
}

void Connection::welcomed(const pb::Welcome& welcome) {
    const auto result = m_login.welcomed(welcome);
    if (!result) {
        storageFailed(result.error());
        return;
    }
    const auto bound = result->generationUnknown ? m_login.bindsFor() : std::nullopt;
    if (result->generationUnknown && !bound) {
        if (beginAnew(result->generation)) {
            m_backoff.reset();
            close("This profile was restored from an older copy: it starts anew.");
        }
        return;
    }
    m_connectDeadline.reset();
    // A disk that is still full would fail again at the first mail: then the next try waits longer.
    if (!m_storageFailed) {
        m_backoff.reset();
    }
    ++m_device.counters.logins;
    m_device.relay.retention = Milliseconds(welcome.limits().retention_ms());
    m_online = std::make_unique<Online>(*this, m_device);
    m_pressure = welcome.pressure();
    if (bound) {
        // Once more within a day, by the relay's word alone: nothing is sent until that is over.
        m_online->pump.hold();
        m_online->heldUntil = m_device.clock.steady() + *bound;
    }
    setState(LinkState::Online, note());
    m_online->mailbox.begin(welcome.newest());
    if (result->startOver) {
        m_online->lists.publishOwn();
    } else {
        m_online->lists.compareOwn(welcome.list());
    }
    const bool isAnew = m_device.settings.number("prekeys_anew").value_or(0) != 0;
    m_online->prekeys.tend(welcome.one_time_prekeys(), isAnew ? PrekeyUpkeep::Upload::Replace
                                                       : result->startOver
                                                           ? PrekeyUpkeep::Upload::Everything
                                                           : PrekeyUpkeep::Upload::WhatIsMissing);
    std::set<AccountId> accounts;
    std::vector<Contact> named;
    for (Contact& contact : m_device.contacts.all()) {
        accounts.insert(contact.account);
        if (contact.accepted && contact.trust != Trust::Link) {
            named.push_back(std::move(contact));
        }
    }
    // Names first: a changed account key must hold mail before the outbox goes out.
    m_online->lists.checkNames(named);
    m_online->lists.fetch(accounts, [this](std::optional<Milliseconds>) {
        if (m_online) {
            const auto senders = m_device.mailbox.sendersWaitedFor();
            listsChanged({senders.begin(), senders.end()});
            m_online->pump.retry();
        }
    });
    if (!m_device.outbox.accountsWithReceiptsDue().empty()) {
        Effects due;
        due.receiptsDue = true;
        perform(std::move(due));
    }
    m_delivery.loggedIn();
    if (m_online->mailbox.isDrained()) {
        setState(LinkState::Drained, note());
    }
}

void Connection::refused(const pb::Error& error) {
    switch (error.code()) {
    case pb::LOGIN_REFUSED:
        halt(
            "The relay does not know this device any more. If its data was reset, make a new account there.");
        break;
    case pb::REPLACED:
        halt("Another process logged in as this device: this one stopped.");
        break;
    case pb::REVOKED:
        halt("This device was removed from its account.");
        break;
    case pb::VERSION_UNSUPPORTED:
        halt("The relay speaks another version of the protocol: update Sotto or the relay.");
        break;
    default:
        close("The relay refused: " + error.text());
        break;
    }
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
// Device lists and prekeys: handing in and looking up.
#include "server-stub/relay/relay.h"

#include <set>

namespace sotto::relay {
namespace {

void setListRef(wire::pb::ListRef* ref, const VerifiedDeviceList& list) {
    ref->set_account(wire::fieldOf(list.list().account()));
    ref->set_signer_epoch(list.list().certificate.signerEpoch);
    ref->set_version(list.list().version);
    ref->set_hash(wire::fieldOf(list.hash()));
}

void setSignedList(wire::pb::SignedList* out, const SignedDeviceList& list) {
    out->set_bytes(stringOf(list.bytes));
    out->set_signature(wire::fieldOf(list.signature));
}

} // namespace

void Relay::onPublishList(ConnectionId id, std::uint64_t request, const wire::pb::PublishList& frame) {
    const AccountId& requester = find(id)->session->address.account;
    if (const auto wait = m_publishes.take(requester, 1, m_clock.steady())) {
        return limited(id, request, *wait, "Too many device lists and prekeys handed in by this account.");
    }
    if (!mayStore(id, request)) {
        return;
    }
    auto list = verifyDeviceList(
        {bytesOf(viewOf(frame.list().bytes())), wire::fixedOf<Signature>(frame.list().signature())});
    if (!list || list->list().devices.size() > m_options.limits.devicesPerAccount) {
        return fail(id, request, Code::LIST_INVALID,
                    "The device list does not hold, or has too many devices.");
    }
    PublishList command{std::move(*list), {}, {}, {}, {}};
    const std::size_t cost = command.list.signedList().bytes.size();
    submit(id, request, std::move(command), cost);
}

void Relay::done(Job& job, PublishList& command) {
    using Answer = PublishList::Answer;
    wire::pb::Frame frame;
    switch (command.answer) {
    case Answer::Published:
        setListRef(frame.mutable_list_published()->mutable_list(), command.list);
        reply(job.connection, job.request, std::move(frame));
        break;
    case Answer::Outdated: {
        wire::pb::Error& error = *frame.mutable_error();
        error.set_code(Code::LIST_OUTDATED);
        error.set_text("The list does not follow the newest one.");
        setSignedList(error.mutable_list(), *command.newest);
        return reply(job.connection, job.request, std::move(frame));
    }
    case Answer::Invalid:
        return fail(job.connection, job.request, Code::LIST_INVALID, "The list contradicts an earlier one.");
    case Answer::NotFound:
        return fail(job.connection, job.request, Code::NOT_FOUND, "This relay has no such account.");
    case Answer::NameTaken:
        return fail(job.connection, job.request, Code::NAME_TAKEN, "The name is taken.");
    }
    for (const MailboxId mailbox : command.removed) {
        if (const auto live = m_live.find(mailbox); live != m_live.end()) {
            fail(live->second, 0, Code::REVOKED, "This device was removed from its account.");
            close(live->second);
        }
    }
    for (const MailboxId mailbox : command.remaining) {
        const auto live = m_live.find(mailbox);
        if (live != m_live.end() && live->second != job.connection) {
            wire::pb::Frame notice;
            setListRef(notice.mutable_notice()->mutable_own_list(), command.list);
            reply(live->second, 0, std::move(notice));
        }
    }
}

void Relay::onFetchLists(ConnectionId id, std::uint64_t request, const wire::pb::FetchLists& frame) {
    Connection& connection = *find(id);
    const double cost = std::max(1, frame.accounts_size() + frame.names_size());
    const SteadyTime now = m_clock.steady();
    auto wait = m_lookups.take(connection.session->address.account, cost, now);
    if (!wait) {
        wait = m_lookupsByAddress.take(connection.peer.address, cost, now);
    }
    if (wait) {
        return limited(id, request, *wait, "Too many look-ups.");
    }
    FetchLists command;
    for (const std::string& account : frame.accounts()) {
        command.accounts.push_back(wire::fixedOf<AccountId>(account));
    }
    command.names.assign(frame.names().begin(), frame.names().end());
    submit(id, request, std::move(command), 0);
}

void Relay::done(Job& job, FetchLists& command) {
    wire::pb::Frame frame;
    wire::pb::Lists& lists = *frame.mutable_lists();
    // A packet holds at least fifteen of the largest lists: what does not fit is asked for again.
    std::size_t room = wire::kMaxPacketBytes - 1024;
    for (const SignedDeviceList& list : command.found) {
        const std::size_t size = list.bytes.size() + 128;
        if (size > room) {
            break;
        }
        room -= size;
        setSignedList(lists.add_lists(), list);
    }
    reply(job.connection, job.request, std::move(frame));
}

void Relay::onPublishPrekeys(ConnectionId id, std::uint64_t request, const wire::pb::PublishPrekeys& frame) {
    const Session& session = *find(id)->session;
    if (const auto wait = m_publishes.take(session.address.account, 1, m_clock.steady())) {
        return limited(id, request, *wait, "Too many device lists and prekeys handed in by this account.");
    }
    if (!mayStore(id, request)) {
        return;
    }
    PublishPrekeys command;
    command.mailbox = session.record.mailbox;
    command.replace = frame.replace();
    if (!frame.statement().empty()) {
        command.statement = SignedBundleStatement{bytesOf(viewOf(frame.statement())),
                                                  wire::fixedOf<Signature>(frame.signature())};
        DeviceEntry entry;
        entry.device = session.address.device;
        entry.authenticationKey = session.record.authenticationKey;
        entry.registrationId = session.record.registrationId;
        if (!verifyBundleStatement(*command.statement, entry, session.address.account)) {
            return fail(id, request, Code::FORBIDDEN, "The bundle statement is not this device's.");
        }
    }
    std::set<std::uint32_t> ids;
    for (const wire::pb::OneTimePrekey& prekey : frame.one_time()) {
        command.oneTime.push_back({prekey.id(), wire::fixedOf<Curve25519Key>(prekey.key())});
        if (!isAcceptable(command.oneTime.back().key) || !ids.insert(prekey.id()).second) {
            return fail(id, request, Code::FORBIDDEN,
                        "A one-time prekey is no valid key, or is there twice.");
        }
    }
    submit(id, request, std::move(command), static_cast<std::size_t>(frame.one_time_size()) * 64);
}

void Relay::done(Job& job, PublishPrekeys& command) {
    if (command.answer == PublishPrekeys::Answer::TooMany) {
        return fail(job.connection, job.request, Code::QUOTA, "More one-time prekeys than this relay keeps.");
    }
    wire::pb::Frame frame;
    frame.mutable_prekeys_published()->set_one_time_prekeys(command.left);
    reply(job.connection, job.request, std::move(frame));
}

void Relay::onFetchBundles(ConnectionId id, std::uint64_t request, const wire::pb::FetchBundles& frame) {
    const SteadyTime now = m_clock.steady();
    const AccountId& requester = find(id)->session->address.account;
    if (const auto wait = m_bundleFetches.take(requester, std::max(1, frame.devices_size()), now)) {
        return limited(id, request, *wait, "Too many prekey bundles fetched by this account.");
    }
    FetchBundles command;
    std::set<DeviceAddress> targets;
    for (const wire::pb::Device& device : frame.devices()) {
        const DeviceAddress target = wire::addressOf(device);
        if (!targets.insert(target).second) {
            continue;
        }
        if (const auto wait = m_bundlesOfTarget.take(target, 1, now)) {
            return limited(id, request, *wait, "Too many prekey bundles fetched of this device.");
        }
        // Past its share a target's one-time prekeys are spared: no drain, and first contact still works.
        FetchBundles::Item item;
        item.address = target;
        item.oneTime = !m_oneTimeOfTarget.take(target, 1, now);
        command.items.push_back(std::move(item));
    }
    submit(id, request, std::move(command), 0);
}

void Relay::done(Job& job, FetchBundles& command) {
    wire::pb::Frame frame;
    wire::pb::Bundles& bundles = *frame.mutable_bundles();
    std::size_t room = wire::kMaxPacketBytes - 1024;
    for (const FetchBundles::Item& item : command.items) {
        if (!item.statement || item.statement->bytes.size() + 256 > room) {
            continue;
        }
        room -= item.statement->bytes.size() + 256;
        wire::pb::Bundle& bundle = *bundles.add_bundles();
        wire::setAddress(bundle.mutable_device(), item.address);
        bundle.set_statement(stringOf(item.statement->bytes));
        bundle.set_signature(wire::fieldOf(item.statement->signature));
        if (item.prekey) {
            bundle.mutable_one_time()->set_id(item.prekey->id);
            bundle.mutable_one_time()->set_key(wire::fieldOf(item.prekey->key));
            notifyPrekeysLow(item.mailbox, item.left);
        }
    }
    reply(job.connection, job.request, std::move(frame));
}

void Relay::notifyPrekeysLow(MailboxId mailbox, std::uint32_t left) {
    const auto live = m_live.find(mailbox);
    if (left < m_options.limits.prekeysLow && live != m_live.end()) {
        wire::pb::Frame notice;
        notice.mutable_notice()->set_prekeys_left(left);
        reply(live->second, 0, std::move(notice));
    }
}

} // namespace sotto::relay

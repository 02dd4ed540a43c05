// SPDX-License-Identifier: GPL-3.0-or-later
// Sends, their delivery inside a window, and acknowledgements.
#include "server-stub/relay/relay.h"

#include <sodium.h>

namespace sotto::relay {
namespace {

constexpr Milliseconds kRetryMailbox{60'000};
/// Ephemeral mail is dropped for a connection that has this much to write already.
constexpr std::size_t kEphemeralBacklog = 64 * 1024;
/// Rows of one Deliver frame: whatever fits a packet with room to spare for the largest row.
constexpr std::size_t kDeliverBytes = 64 * 1024;
constexpr int kDeliverRows = 500;

MailboxNumber next(MailboxNumber position) {
    return MailboxNumber{number(position) + 1};
}

class RequestHash {
public:
    RequestHash() { crypto_generichash_init(&m_state, nullptr, 0, kSize); }
    RequestHash& number(std::uint64_t value) {
        std::array<std::uint8_t, 8> bytes;
        std::memcpy(bytes.data(), &value, bytes.size());
        crypto_generichash_update(&m_state, bytes.data(), bytes.size());
        return *this;
    }
    RequestHash& bytes(const std::string& value) {
        number(value.size());
        crypto_generichash_update(&m_state, viewOf(value).data(), value.size());
        return *this;
    }
    std::array<std::uint8_t, 16> take() {
        std::array<std::uint8_t, kSize> hash;
        crypto_generichash_final(&m_state, hash.data(), hash.size());
        return hash;
    }

private:
    static constexpr std::size_t kSize = 16;
    crypto_generichash_state m_state;
};

/// Tells a repeated send from another one under the same id: by what would be stored, whatever the order of
/// its headers. The lists it names are not part of that: a client that offers the same bytes again after an
/// answer was lost may know newer ones by then. Only the sender could gain from a collision, and would gain a
/// wrong answer.
std::array<std::uint8_t, 16> requestHash(const wire::pb::Send& send) {
    RequestHash hash;
    hash.number(static_cast<std::uint64_t>(send.class_())).bytes(send.payload());
    std::vector<const wire::pb::Header*> headers;
    for (const wire::pb::Header& header : send.headers()) {
        headers.push_back(&header);
    }
    std::sort(headers.begin(), headers.end(), [](const wire::pb::Header* a, const wire::pb::Header* b) {
        return std::pair(std::string_view(a->device().account()), a->device().device()) <
               std::pair(std::string_view(b->device().account()), b->device().device());
    });
    hash.number(headers.size());
    for (const wire::pb::Header* header : headers) {
        hash.bytes(header->device().account()).number(header->device().device()).bytes(header->bytes());
    }
    return hash.take();
}

bool hasDuplicates(const wire::pb::Send& send) {
    if (send.headers_size() < 2) {
        return false;
    }
    std::vector<std::pair<std::string_view, std::uint32_t>> devices;
    for (const wire::pb::Header& header : send.headers()) {
        devices.emplace_back(header.device().account(), header.device().device());
    }
    std::sort(devices.begin(), devices.end());
    return std::adjacent_find(devices.begin(), devices.end()) != devices.end();
}

std::size_t bytesOfSend(const wire::pb::Send& send) {
    std::size_t bytes = send.payload().size();
    for (const wire::pb::Header& header : send.headers()) {
        bytes += header.bytes().size();
    }
    return bytes;
}

} // namespace

void Relay::onSend(ConnectionId id, std::uint64_t request, std::unique_ptr<wire::pb::Send> send) {
    const Session& session = *find(id)->session;
    const std::size_t bytes = bytesOfSend(*send);
    const SteadyTime now = m_clock.steady();
    if (const auto wait = m_messages.take(session.address.account, 1, now)) {
        return limited(id, request, *wait, "Too many messages from this account.");
    }
    if (const auto wait = m_bytes.take(session.address.account, static_cast<double>(bytes), now)) {
        return limited(id, request, *wait, "Too many bytes from this account.");
    }
    if (hasDuplicates(*send)) {
        fail(id, request, Code::BAD_FRAME, "The send has two headers for one device.");
        return close(id);
    }
    if (send->class_() != wire::pb::EPHEMERAL && !mayStore(id, request)) {
        return;
    }
    StoreSend command;
    command.sender = session.address;
    command.senderMailbox = session.record.mailbox;
    command.requestHash = requestHash(*send);
    command.send = std::move(send);
    submit(id, request, std::move(command), bytes);
}

void Relay::done(Job& job, StoreSend& command) {
    using Answer = StoreSend::Answer;
    wire::pb::Frame frame;
    switch (command.answer) {
    case Answer::Stored:
        ++m_statistics.stored;
        [[fallthrough]];
    case Answer::Repeated:
    case Answer::Passed:
        frame.mutable_stored()->set_send_id(command.send->send_id());
        frame.mutable_stored()->set_stamp(command.answer == Answer::Passed ? 0 : number(command.stamp));
        reply(job.connection, job.request, std::move(frame));
        break;
    case Answer::ListsDiffer: {
        wire::pb::ListsDiffer& differ = *frame.mutable_lists_differ();
        differ.set_send_id(command.send->send_id());
        std::size_t room = wire::kMaxPacketBytes - 1024;
        for (const SignedDeviceList& list : command.newest) {
            if (list.bytes.size() + 128 > room) {
                break; // the rest differs again with the next try
            }
            room -= list.bytes.size() + 128;
            wire::pb::SignedList& out = *differ.add_lists();
            out.set_bytes(stringOf(list.bytes));
            out.set_signature(wire::fieldOf(list.signature));
        }
        return reply(job.connection, job.request, std::move(frame));
    }
    case Answer::SendIdReused:
        return fail(job.connection, job.request, Code::SEND_ID_REUSED,
                    "That send id stands for another send already.");
    case Answer::MailboxFull:
        ++m_statistics.refused;
        return fail(job.connection, job.request, Code::QUOTA,
                    "A recipient's mailbox has no more room for you; nothing was stored.", kRetryMailbox);
    case Answer::UnknownAccount:
        return fail(job.connection, job.request, Code::NOT_FOUND,
                    "This relay has no such account; nothing was stored.");
    case Answer::SenderRevoked:
        fail(job.connection, job.request, Code::REVOKED, "This device was removed from its account.");
        return close(job.connection);
    }
    for (std::size_t header = 0; header < command.placed.size(); ++header) {
        deliver(command, header);
    }
}

void Relay::deliver(const StoreSend& command, std::size_t header) {
    const StoreSend::Placed& placed = command.placed[header];
    const auto live = m_live.find(placed.mailbox);
    if (live == m_live.end()) {
        return;
    }
    Connection& connection = *find(live->second);
    if (connection.phase != Phase::LoggedIn) {
        return;
    }
    Session& session = *connection.session;
    const wire::pb::Send& send = *command.send;
    const std::string& bytes = send.headers(static_cast<int>(header)).bytes();
    const std::size_t size = bytes.size() + send.payload().size();
    const bool ephemeral = send.class_() == wire::pb::EPHEMERAL;
    if (ephemeral) {
        if (connection.out.bytes() + session.collectingBytes + size > kEphemeralBacklog) {
            return;
        }
    } else {
        session.newest = std::max(session.newest, placed.number);
        // Straight from memory if the device has everything before it and room for it, else from the store.
        if (session.reading || placed.number != next(session.delivered) ||
            session.unacknowledged.size() >= session.windowRows ||
            session.unacknowledgedBytes >= m_options.limits.windowBytes) {
            return readMore(live->second, session);
        }
    }
    wire::pb::Row row;
    row.set_number(number(placed.number));
    row.set_stamp(number(command.stamp));
    row.set_send_id(send.send_id());
    wire::setAddress(row.mutable_sender(), command.sender);
    row.set_class_(send.class_());
    row.set_header(bytes);
    row.set_payload(send.payload());
    collect(live->second, session, std::move(row), size);
}

void Relay::collect(ConnectionId id, Session& session, wire::pb::Row row, std::size_t bytes) {
    if (row.number() != 0) {
        session.delivered = MailboxNumber{row.number()};
        session.newest = std::max(session.newest, session.delivered);
        session.unacknowledged.push_back({session.delivered, bytes});
        session.unacknowledgedBytes += bytes;
    }
    if (session.collecting.rows_size() == 0) {
        m_collecting.push_back(id);
    }
    *session.collecting.add_rows() = std::move(row);
    session.collectingBytes += bytes;
    ++m_statistics.delivered;
    if (session.collectingBytes >= kDeliverBytes || session.collecting.rows_size() >= kDeliverRows) {
        flushCollected(id, session);
    }
}

void Relay::flushCollected(ConnectionId id, Session& session) {
    if (session.collecting.rows_size() != 0) {
        wire::pb::Frame frame;
        frame.mutable_deliver()->Swap(&session.collecting);
        session.collectingBytes = 0;
        reply(id, 0, std::move(frame));
    }
}

void Relay::readMore(ConnectionId id, Session& session) {
    const std::size_t waiting = session.unacknowledged.size();
    const Limits& limits = m_options.limits;
    if (session.reading || session.delivered >= session.newest || waiting >= session.windowRows ||
        session.unacknowledgedBytes >= limits.windowBytes) {
        return;
    }
    // Half a window at least, so that a mailbox is not read in crumbs.
    const auto room = static_cast<std::uint32_t>(session.windowRows - waiting);
    if (waiting != 0 && room < session.windowRows / 2 &&
        number(session.newest) - number(session.delivered) > room) {
        return;
    }
    ReadRows command;
    command.mailbox = session.record.mailbox;
    command.after = session.delivered;
    command.maxRows = room;
    command.maxBytes = limits.windowBytes - session.unacknowledgedBytes;
    session.reading = true;
    ++find(id)->jobs;
    m_effects.jobs.push_back(Job{id, 0, 0, std::move(command)});
}

void Relay::done(Job& job, ReadRows& command) {
    Connection* connection = find(job.connection);
    if (connection == nullptr || connection->phase != Phase::LoggedIn) {
        return;
    }
    Session& session = *connection->session;
    session.reading = false;
    if (command.rows.empty()) {
        session.newest = session.delivered;
        return;
    }
    for (wire::pb::Row& row : command.rows) {
        const std::size_t size = row.header().size() + row.payload().size();
        collect(job.connection, session, std::move(row), size);
    }
    readMore(job.connection, session);
}

void Relay::onAck(ConnectionId id, std::uint64_t request, const wire::pb::Ack& ack) {
    Session& session = *find(id)->session;
    const MailboxNumber position{ack.number()};
    if (position > session.delivered) {
        fail(id, request, Code::BAD_FRAME, "The acknowledgement is beyond what was delivered.");
        return close(id);
    }
    auto& waiting = session.unacknowledged;
    const auto end =
        std::find_if(waiting.begin(), waiting.end(), [&](const auto& row) { return row.number > position; });
    if (end == waiting.begin()) {
        return; // acknowledged before
    }
    for (auto row = waiting.begin(); row != end; ++row) {
        session.unacknowledgedBytes -= row->bytes;
    }
    m_statistics.acknowledged += static_cast<std::uint64_t>(end - waiting.begin());
    waiting.erase(waiting.begin(), end);
    ++find(id)->jobs;
    m_effects.jobs.push_back(Job{id, request, 0, Acknowledge{session.record.mailbox, position}});
    readMore(id, session);
}

void Relay::done(Job&, Acknowledge&) {}

void Relay::done(Job&, Expire&) {
    m_expiring = false;
}

} // namespace sotto::relay

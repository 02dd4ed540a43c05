// SPDX-License-Identifier: GPL-3.0-or-later
// Sends, their delivery inside a window, and acknowledgements.
#include "server-stub/relay/relay.h"

#include <sodium.h>

namespace sotto::relay {
namespace {

constexpr Milliseconds kRetryMailbox{60'000};
/// Ephemeral mail is dropped for a connection that has this much to write already.
constexpr std::size_t kEphemeralBacklog = 64 * 1024;

MailboxNumber next(MailboxNumber position) {
    return MailboxNumber{number(position) + 1};
}

/// SipHash of one field after the other, each keyed with the hash of those before.
class RequestHash {
public:
    RequestHash& number(std::uint64_t value) {
        std::array<std::uint8_t, 8> bytes;
        std::memcpy(bytes.data(), &value, bytes.size());
        return this->bytes(bytes);
    }
    RequestHash& bytes(BytesView value) {
        const auto key = m_hash;
        crypto_shorthash_siphashx24(m_hash.data(), value.data(), value.size(), key.data());
        return *this;
    }
    std::array<std::uint8_t, 16> hash() const { return m_hash; }

private:
    std::array<std::uint8_t, 16> m_hash{};
    static_assert(crypto_shorthash_siphashx24_BYTES == 16 && crypto_shorthash_siphashx24_KEYBYTES == 16);
};

/// Tells a repeated send from another one under the same id: by what would be stored, whatever the order of
/// its headers. The lists it names are not part of that: a client that offers the same bytes again after an
/// answer was lost may know newer ones by then. Only the sender could make a collision, and would gain a
/// wrong answer: so the hash is a fast one.
std::array<std::uint8_t, 16> requestHash(const StoreSend& send) {
    RequestHash hash;
    hash.number(static_cast<std::uint64_t>(send.kind)).bytes(viewOf(send.payload));
    std::vector<const StoreSend::Header*> headers;
    for (const StoreSend::Header& header : send.headers) {
        headers.push_back(&header);
    }
    std::sort(headers.begin(), headers.end(),
              [](const auto* a, const auto* b) { return a->device < b->device; });
    hash.number(headers.size());
    for (const StoreSend::Header* header : headers) {
        hash.bytes(header->device.account.view())
            .number(number(header->device.device))
            .bytes(viewOf(header->bytes));
    }
    return hash.hash();
}

bool hasDuplicates(const StoreSend& send) {
    if (send.headers.size() < 2) {
        return false;
    }
    std::vector<DeviceAddress> devices;
    for (const StoreSend::Header& header : send.headers) {
        devices.push_back(header.device);
    }
    std::sort(devices.begin(), devices.end());
    return std::adjacent_find(devices.begin(), devices.end()) != devices.end();
}

std::size_t bytesOfSend(const StoreSend& send) {
    std::size_t bytes = send.payload.size();
    for (const StoreSend::Header& header : send.headers) {
        bytes += header.bytes.size();
    }
    return bytes;
}

/// Takes the large fields out of the frame.
StoreSend commandOf(wire::pb::Send& send) {
    StoreSend command;
    command.id = wire::fixedOf<SendId>(send.send_id());
    command.kind = send.class_();
    command.payload = std::move(*send.mutable_payload());
    command.headers.reserve(static_cast<std::size_t>(send.headers_size()));
    for (wire::pb::Header& header : *send.mutable_headers()) {
        command.headers.push_back({wire::addressOf(header.device()), std::move(*header.mutable_bytes())});
    }
    command.lists.reserve(static_cast<std::size_t>(send.lists_size()));
    for (const wire::pb::ListRef& list : send.lists()) {
        command.lists.push_back({wire::fixedOf<AccountId>(list.account()), list.signer_epoch(),
                                 list.version(), wire::fixedOf<Digest>(list.hash())});
    }
    return command;
}

} // namespace

void Relay::onSend(ConnectionId id, std::uint64_t request, wire::pb::Send& send) {
    if (!takeSend(id, request, send)) {
        ++find(id)->session->refusedEarly;
    }
}

bool Relay::takeSend(ConnectionId id, std::uint64_t request, wire::pb::Send& send) {
    const Session& session = *find(id)->session;
    const bool large = !wire::withinLimits(send);
    StoreSend command = commandOf(send);
    const std::size_t bytes = bytesOfSend(command);
    const SteadyTime now = m_clock.steady();
    if (const auto wait = m_messages.take(session.address.account, 1, now)) {
        limited(id, request, *wait, "Too many messages from this account.");
        return false;
    }
    if (const auto wait = m_bytes.take(session.address.account, static_cast<double>(bytes), now)) {
        limited(id, request, *wait, "Too many bytes from this account.");
        return false;
    }
    if (large) {
        fail(id, request, Code::TOO_LARGE,
             "The message is larger than this relay takes; nothing was stored.");
        return false;
    }
    if (hasDuplicates(command)) {
        fail(id, request, Code::BAD_FRAME, "The send has two headers for one device.");
        close(id);
        return false;
    }
    if (command.kind == wire::pb::EPHEMERAL) {
        if (m_pressure.level() != PressureLevel::None) {
            ++m_statistics.ephemeralDropped;
            answerStored(id, request, command.id, Stamp{});
            return true;
        }
    } else if (!mayStore(id, request)) {
        return false;
    }
    if (send.has_refusals_seen()) {
        command.refusalsSeen = send.refusals_seen();
    }
    command.refusedBefore = session.refusedEarly;
    command.refusedByStore = session.refusedByStore;
    command.sender = session.address;
    command.senderMailbox = session.record.mailbox;
    command.requestHash = requestHash(command);
    return submit(id, request, std::move(command), bytes);
}

void Relay::answerStored(ConnectionId id, std::uint64_t request, const SendId& send, Stamp stamp) {
    wire::pb::Frame frame;
    frame.mutable_stored()->set_send_id(wire::fieldOf(send));
    frame.mutable_stored()->set_stamp(number(stamp));
    reply(id, request, std::move(frame));
}

void Relay::done(Job& job, StoreSend& command) {
    using Answer = StoreSend::Answer;
    wire::pb::Frame frame;
    switch (command.answer) {
    case Answer::Stored:
        ++m_statistics.stored;
        answerStored(job.connection, job.request, command.id, command.stamp);
        break;
    case Answer::Repeated:
        ++m_statistics.repeated;
        answerStored(job.connection, job.request, command.id, command.stamp);
        break;
    case Answer::Passed:
        answerStored(job.connection, job.request, command.id, Stamp{});
        break;
    case Answer::ListsDiffer: {
        wire::pb::ListsDiffer& differ = *frame.mutable_lists_differ();
        differ.set_send_id(wire::fieldOf(command.id));
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
    case Answer::Preceded:
        return fail(job.connection, job.request, Code::PRECEDED,
                    "A message before this one was refused; nothing was stored.");
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
    const std::string& bytes = command.headers[header].bytes;
    const std::size_t size = bytes.size() + command.payload.size();
    if (command.kind == wire::pb::EPHEMERAL) {
        if (connection.out.bytes() + session.collecting.encoded().size() + size > kEphemeralBacklog) {
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
    m_row.set_number(number(placed.number));
    m_row.set_stamp(number(command.stamp));
    m_row.set_send_id(wire::fieldOf(command.id));
    wire::setAddress(m_row.mutable_sender(), command.sender);
    m_row.set_class_(command.kind);
    if (session.collecting.rows().empty()) {
        m_collecting.push_back(live->second);
    }
    session.collecting.add(m_row, viewOf(bytes), viewOf(command.payload));
    handOver(session, session.collecting.rows().back());
    if (session.collecting.isFull()) {
        flushCollected(live->second, session);
    }
}

void Relay::handOver(Session& session, const Delivery::Row& row) {
    if (number(row.number) != 0) {
        session.delivered = row.number;
        session.newest = std::max(session.newest, row.number);
        if (session.unacknowledged.empty()) {
            session.waitingSince = m_clock.steady();
        }
        session.handed = true;
        session.unacknowledged.push_back(row);
        session.unacknowledgedBytes += row.bytes;
    }
    ++m_statistics.delivered;
}

void Relay::flushCollected(ConnectionId id, Session& session) {
    if (!session.collecting.rows().empty()) {
        send(id, std::exchange(session.collecting, {}));
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
    if (command.found.empty()) {
        session.newest = session.delivered;
        return;
    }
    flushCollected(job.connection, session);
    for (const Delivery& delivery : command.found) {
        for (const Delivery::Row& row : delivery.rows()) {
            handOver(session, row);
        }
        send(job.connection, delivery);
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
    const SteadyTime now = m_clock.steady();
    m_statistics.acknowledgeTime.add(std::chrono::duration_cast<Milliseconds>(now - session.waitingSince));
    session.waitingSince = now;
    session.handed = true;
    ++find(id)->jobs;
    m_effects.jobs.push_back(Job{id, request, 0, Acknowledge{session.record.mailbox, position}});
    readMore(id, session);
}

void Relay::done(Job&, Acknowledge&) {}

void Relay::done(Job&, Expire&) {
    m_expiring = false;
}

} // namespace sotto::relay

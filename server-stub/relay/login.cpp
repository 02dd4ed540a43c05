// SPDX-License-Identifier: GPL-3.0-or-later
// How a connection becomes a device's: registration, the check of the login, and what is compared then.
#include "core/base/statements.h"
#include "server-stub/relay/relay.h"

namespace sotto::relay {
namespace {

constexpr Milliseconds kRetryFull{3'600'000};

} // namespace

Digest Relay::tlsKeyHash(const Connection& connection) const {
    return connection.peer.secure ? Digest{m_options.relay.value} : Digest{};
}

void Relay::refuseLogin(ConnectionId id, std::uint64_t request, Code code, std::string text) {
    fail(id, request, code, std::move(text));
    close(id);
}

void Relay::onHello(ConnectionId id, std::uint64_t request, const wire::pb::Hello& hello) {
    Connection& connection = *find(id);
    if (connection.phase != Phase::Challenged) {
        return fail(id, request, Code::FORBIDDEN, "This connection has logged in already, or is about to.");
    }
    if (hello.version() != wire::kVersion) {
        return refuseLogin(id, request, Code::VERSION_UNSUPPORTED, "This relay speaks version 1.");
    }
    const DeviceAddress address{wire::fixedOf<AccountId>(hello.account()), DeviceNumber{hello.device()}};
    if (submit(id, request, FindDevice{address, {}}, 0)) {
        connection.phase = Phase::Checking;
        connection.hello = std::make_unique<wire::pb::Hello>(hello);
    }
}

void Relay::done(Job& job, FindDevice& command) {
    Connection* connection = find(job.connection);
    if (connection == nullptr || connection->phase != Phase::Checking) {
        return;
    }
    // An unknown device costs the same check as a known one, and gets the same answer as a wrong signature.
    const Ed25519Key& key = command.found ? command.found->authenticationKey : m_nobody;
    const Bytes statement =
        encodeLoginStatement({command.address, m_options.relay, connection->nonce, tlsKeyHash(*connection)});
    const bool proven =
        verifyEd25519(key, statement, wire::fixedOf<Signature>(connection->hello->signature())) &&
        command.found;
    if (!proven) {
        return refuseLogin(job.connection, job.request, Code::LOGIN_REFUSED,
                           "This relay knows no such device, or the proof does not hold.");
    }
    if (command.found->removed) {
        return refuseLogin(job.connection, job.request, Code::REVOKED,
                           "This device was removed from its account.");
    }
    LogIn logIn;
    logIn.address = command.address;
    logIn.record = *command.found;
    logIn.hello = std::move(*connection->hello);
    connection->hello.reset();
    submit(job.connection, job.request, std::move(logIn), 0);
}

void Relay::done(Job& job, LogIn& command) {
    Connection* connection = find(job.connection);
    if (connection == nullptr || connection->phase != Phase::Checking) {
        return;
    }
    if (!command.listed) {
        return refuseLogin(job.connection, job.request, Code::REVOKED,
                           "This device was removed from its account.");
    }
    if (m_draining) {
        return refuseLogin(job.connection, job.request, Code::BUSY, "The relay is shutting down.");
    }
    const auto [live, isNew] = m_live.try_emplace(command.record.mailbox, job.connection);
    if (!isNew) {
        fail(live->second, 0, Code::REPLACED, "The same device has logged in on another connection.");
        close(live->second);
        live->second = job.connection;
    }
    const Limits& limits = m_options.limits;
    auto session = std::make_unique<Session>();
    session->address = command.address;
    session->record = command.record;
    const auto ownWindow = static_cast<std::uint32_t>(limits.windowRows);
    const std::uint32_t asked = command.hello.window_rows();
    session->windowRows = asked == 0 ? ownWindow : std::min(asked, ownWindow);
    session->delivered = command.acked;
    session->newest = command.newest;

    wire::pb::Frame frame;
    wire::pb::Welcome& welcome = *frame.mutable_welcome();
    welcome.set_version(wire::kVersion);
    welcome.set_epoch(wire::fieldOf(command.epoch));
    welcome.mutable_acked()->set_number(number(command.acked));
    welcome.mutable_acked()->set_stamp(number(command.ackedStamp));
    welcome.set_newest(number(command.newest));
    welcome.set_window_rows(session->windowRows);
    for (const Agreement disagreement : command.disagreements) {
        welcome.add_disagreements(disagreement);
    }
    *welcome.mutable_list() = command.list;
    welcome.set_one_time_prekeys(command.oneTimePrekeys);
    welcome.set_generation(command.generation);
    welcome.set_pressure(static_cast<std::uint32_t>(m_pressure.level()));
    wire::pb::Limits& told = *welcome.mutable_limits();
    told.set_packet_bytes(wire::kMaxPacketBytes);
    told.set_payload_bytes(wire::kMaxPayloadBytes);
    told.set_headers_per_send(wire::kMaxHeadersPerSend);
    told.set_retention_ms(static_cast<std::uint64_t>(m_options.retention.count()));
    told.set_idle_ms(static_cast<std::uint32_t>(limits.idleSeconds * 1000));

    connection->phase = Phase::LoggedIn;
    connection->session = std::move(session);
    --m_unauthenticated;
    reply(job.connection, job.request, std::move(frame));
    readMore(job.connection, *connection->session);
}

void Relay::onRegister(ConnectionId id, std::uint64_t request, const wire::pb::Register& frame) {
    Connection& connection = *find(id);
    if (connection.phase != Phase::Challenged) {
        return fail(id, request, Code::FORBIDDEN, "This connection has logged in already, or is about to.");
    }
    if (frame.version() != wire::kVersion) {
        return refuseLogin(id, request, Code::VERSION_UNSUPPORTED, "This relay speaks version 1.");
    }
    if (const auto wait = m_registrations.take(connection.peer.address, 1, m_clock.steady())) {
        return limited(id, request, *wait, "Too many registrations from this address.");
    }
    if (!mayStore(id, request)) {
        return;
    }
    auto list = verifyDeviceList(
        {bytesOf(viewOf(frame.list().bytes())), wire::fixedOf<Signature>(frame.list().signature())});
    if (!list || list->list().version != 1 || list->list().devices.size() != 1 ||
        !list->list().previous.isZero()) {
        return fail(id, request, Code::LIST_INVALID,
                    "The device list is not the valid first list of an account.");
    }
    const RegistrationStatement statement{list->list().account(), m_options.relay,
                                          connection.nonce,       tlsKeyHash(connection),
                                          list->hash(),           bytesOf(viewOf(frame.invite()))};
    if (!verifyEd25519(list->list().certificate.signer, encodeRegistrationStatement(statement),
                       wire::fixedOf<Signature>(frame.signature()))) {
        return fail(id, request, Code::LIST_INVALID, "The proof that this account is yours does not hold.");
    }
    if (submit(id, request,
               RegisterAccount{std::move(*list), statement.invite, m_options.openRegistration, {}, {}}, 0)) {
        connection.phase = Phase::Checking;
    }
}

void Relay::done(Job& job, RegisterAccount& command) {
    Connection* connection = find(job.connection);
    if (connection == nullptr || connection->phase != Phase::Checking) {
        return;
    }
    connection->phase = Phase::Challenged;
    using Answer = RegisterAccount::Answer;
    switch (command.answer) {
    case Answer::Registered: {
        wire::pb::Frame frame;
        frame.mutable_registered()->set_epoch(wire::fieldOf(command.epoch));
        return reply(job.connection, job.request, std::move(frame));
    }
    case Answer::InviteInvalid:
        return fail(job.connection, job.request, Code::INVITE_INVALID,
                    "The invite is unknown, used or expired.");
    case Answer::NameTaken:
        return fail(job.connection, job.request, Code::NAME_TAKEN, "The name is taken.");
    case Answer::Known:
        return fail(job.connection, job.request, Code::FORBIDDEN, "This account is registered already.");
    case Answer::RelayFull:
        return fail(job.connection, job.request, Code::QUOTA, "The relay takes no more accounts.",
                    kRetryFull);
    }
}

} // namespace sotto::relay

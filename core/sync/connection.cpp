// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sync/connection_online.h"

namespace sotto::core {

using namespace wire;

namespace {

constexpr std::size_t kFlushBytes = 64 * 1024;
constexpr std::size_t kFrameFront = 8; ///< at most, of a frame's tag and length

std::optional<SteadyTime> earliest(std::initializer_list<std::optional<SteadyTime>> times) {
    std::optional<SteadyTime> first;
    for (const auto& time : times) {
        if (time && (!first || *time < *first)) {
            first = time;
        }
    }
    return first;
}

} // namespace

/// Brackets every call from outside: what it gathered goes out when the outermost one ends, and only then may
/// a link be closed and what belongs to it be destroyed.
class Connection::Entry {
public:
    explicit Entry(Connection& connection)
        : m_connection(connection) {
        ++connection.m_depth;
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() {
        if (--m_connection.m_depth == 0) {
            m_connection.leave();
        }
    }

private:
    Connection& m_connection;
};

Connection::Connection(Profile& profile, LocalDevice& device, Edge& edge, Emit emit)
    : m_profile(profile)
    , m_device(device)
    , m_edge(edge)
    , m_emit(std::move(emit))
    , m_directory(device)
    , m_sender(device, m_directory)
    , m_receiver(device, m_directory)
    , m_login(profile, device)
    , m_delivery(device, *this)
    , m_typing(device, m_sender, *this, [this](const Event& event) { m_emit(event); })
    , m_presence(device, m_sender, *this, [this](const Event& event) { m_emit(event); }) {}

Connection::~Connection() = default;

/// A database that fails in passing ends the link, never the program (R12).
template <class Call>
void Connection::enter(Call call) {
    const Entry entry(*this);
    if (const auto done = db::attempt(std::move(call)); !done) {
        storageFailed(done.error());
    }
}

void Connection::start() {
    enter([this] {
        m_wanted = true;
        if (!m_linked) {
            connectNow();
        }
    });
}

void Connection::stop() {
    const Entry entry(*this);
    m_wanted = false;
    m_connectAt.reset();
    if (m_linked) {
        flush();
        m_edge.disconnect();
        onDisconnected("stopped");
    }
    setState(LinkState::Offline);
}

void Connection::onNetworkChanged() {
    const Entry entry(*this);
    m_backoff.reset();
    if (m_wanted && !m_linked) {
        start();
    } else if (m_online && !m_pinged) {
        // The old link may be dead without knowing: ask now instead of after the usual silence.
        pb::Frame ping;
        ping.mutable_ping();
        tell(std::move(ping));
        m_pinged = true;
        m_lastHeard = m_device.clock.steady() - (kDeadAfter - Milliseconds(5'000));
    }
}

void Connection::connectNow() {
    const auto host = m_device.settings.text("relay_host");
    const auto pin = m_device.settings.fixed<RelayId>("relay_pin");
    if (!host || !pin) {
        return;
    }
    m_connectAt.reset();
    ++m_device.counters.connects;
    m_connectDeadline = m_device.clock.steady() + kConnectDeadline;
    m_linked = true;
    setState(LinkState::Connecting, m_reason); // of the try before: whoever gives up now wants to know it
    m_edge.connect({*host, static_cast<std::uint16_t>(m_device.settings.number("relay_port").value_or(0)),
                    *pin, m_device.settings.number("relay_plain").value_or(0) != 0});
}

void Connection::onConnected(const Digest& tlsKeyHash) {
    const Entry entry(*this);
    m_tlsKeyHash = tlsKeyHash;
    m_lastHeard = m_device.clock.steady();
    m_pinged = false;
}

void Connection::onDisconnected(const std::string& reason, LinkLoss loss) {
    const Entry entry(*this);
    if (!m_linked) {
        return;
    }
    m_linked = false;
    noteDrained();
    m_delivery.linkLost();
    m_typing.linkLost();
    m_presence.linkLost();
    m_online.reset();
    m_requests = {};
    m_out.clear();
    m_closing.clear();
    m_connectDeadline.reset();
    m_partWake.reset();
    m_outboxChanged = false; // the next connection looks at everything
    if (m_wanted && loss == LinkLoss::WrongKey && !m_login.isRegistered()) {
        m_emit(RegistrationRefused{
            {FailureCode::Unreachable,
             "Registering failed: the relay shows another key than the join link names, so it is another "
             "relay, or somebody is between. Ask for a new join link.",
             {}}});
        halt(reason);
    } else if (m_wanted) {
        m_connectAt = m_device.clock.steady() + m_backoff.next(m_device.random);
        setState(LinkState::Offline, reason);
    }
}

/// Remembers when this device was there and had everything: mail of that time cannot have expired unread.
void Connection::noteDrained() {
    if (const auto from = std::exchange(m_drainedFrom, std::nullopt)) {
        constexpr Milliseconds kWorthNoting = std::chrono::minutes(10);
        const WallTime to = m_device.clock.wall() + m_device.relay.clockOffset;
        if (to - *from >= kWorthNoting) {
            static_cast<void>(m_device.database.transaction([&] {
                m_device.settings.set("drained_from", unixMilliseconds(*from));
                m_device.settings.set("drained_to", unixMilliseconds(to));
            }));
        }
    }
}

void Connection::onPacket(BytesView bytes) {
    enter([&] {
        if (m_linked && m_closing.empty()) {
            handle(bytes);
        }
    });
}

void Connection::handle(BytesView bytes) {
    m_lastHeard = m_device.clock.steady();
    m_pinged = false;
    const auto packet = decodePacket(bytes, Direction::ToClient);
    if (!packet) {
        close("The relay sent something that is not of this protocol.");
        return;
    }
    for (const pb::Frame& frame : packet->frames()) {
        if (!m_closing.empty()) {
            return;
        }
        handle(frame);
    }
    if (m_online && m_closing.empty()) {
        m_online->pump.packetEnded();
    }
    if (m_online && m_state == LinkState::Online && m_online->mailbox.isDrained()) {
        setState(LinkState::Drained, note());
    }
}

void Connection::handle(const pb::Frame& frame) {
    if (frame.request() != 0) {
        m_requests.answered(frame); // an answer to nothing is ignored
        return;
    }
    switch (frame.kind_case()) {
    case pb::Frame::kChallenge:
        challenged(frame.challenge());
        break;
    case pb::Frame::kDeliver:
        if (m_online) {
            m_online->mailbox.delivered(frame.deliver());
        }
        break;
    case pb::Frame::kNotice:
        if (m_online && frame.notice().kind_case() == pb::Notice::kPrekeysLeft) {
            m_online->prekeys.tend(frame.notice().prekeys_left(), PrekeyUpkeep::Upload::WhatIsMissing);
        } else if (m_online && frame.notice().kind_case() == pb::Notice::kOwnList) {
            m_online->lists.compareOwn(frame.notice().own_list());
        } else if (m_online && frame.notice().kind_case() == pb::Notice::kPressure) {
            m_pressure = frame.notice().pressure();
        }
        break;
    case pb::Frame::kError:
        refused(frame.error());
        break;
    default:
        break; // pongs have done their work by arriving; unknown kinds are for later versions
    }
}

void Connection::outboxChanged() {
    enter([this] {
        if (m_online) {
            // Not at once: what many commands queue one after the other is fixed in one transaction, and none
            // of them waits for it.
            m_outboxChanged = true;
            wakeAt(m_device.clock.steady());
        }
    });
}

void Connection::contactChanged(const AccountId& account) {
    enter([&] {
        m_presence.contactChanged(account);
        if (m_online) {
            if (m_directory.listToSendBy(account) == nullptr) {
                m_online->lists.fetch({account});
            }
            m_online->pump.retry();
        }
    });
}

void Connection::listsChanged(const std::set<AccountId>& accounts) {
    const Entry entry(*this);
    Effects effects;
    const auto tried = m_receiver.retryKept(accounts, effects);
    tried ? perform(std::move(effects)) : storageFailed(tried.error());
}

/// How something ephemeral goes out; nothing where it would not.
Typing::Offer Connection::ephemeralOffer() {
    const bool isThere = m_online && !m_online->heldUntil && m_pressure == 0 &&
                         (m_state == LinkState::Online || m_state == LinkState::Drained);
    return isThere
               ? [this](const FixedSend& send,
                        ConversationKey conversation) { m_online->pump.offerEphemeral(send, conversation); }
               : Typing::Offer();
}

void Connection::typing(ConversationKey conversation, bool isTyping) {
    enter([&] {
        m_typing.key(conversation, isTyping, ephemeralOffer());
        if (isTyping) {
            m_presence.active();
        }
    });
}

void Connection::look(ConversationKey conversation) {
    enter([&] { m_presence.look(conversation); });
}

void Connection::away() {
    enter([this] { m_presence.away(); });
}

void Connection::sharingChanged() {
    enter([this] { m_presence.sharingChanged(); });
}

void Connection::erased() {
    const Entry entry(*this);
    Effects effects;
    effects.erased = true;
    perform(std::move(effects));
}

void Connection::receiptsDue() {
    const Entry entry(*this);
    Effects effects;
    effects.receiptsDue = true;
    perform(std::move(effects));
}

void Connection::hurry() {
    const Entry entry(*this);
    m_delivery.hurry();
    if (m_receiptsAt) {
        m_receiptsAt = m_device.clock.steady();
    }
    onTimer();
}

bool Connection::isSettled() const {
    const auto settled = db::attempt([this] {
        return !m_online || (!m_requests.deadline() && !m_outboxChanged && !m_receiptsAt &&
                             m_delivery.isSettled() && m_online->mailbox.isDrained());
    });
    return settled && *settled;
}

bool Connection::resolve(const std::string& name, ListLookup::Resolved done) {
    const Entry entry(*this);
    if (!m_online) {
        return false;
    }
    m_online->lists.resolve(name, std::move(done));
    return true;
}

void Connection::onTimer() {
    enter([this] { timePassed(); });
}

void Connection::timePassed() {
    const SteadyTime now = m_device.clock.steady();
    m_partWake.reset();
    if (m_wanted && !m_linked && m_connectAt && *m_connectAt <= now) {
        connectNow();
        return;
    }
    if (m_connectDeadline && *m_connectDeadline <= now) {
        close("The relay did not answer in time.");
        return;
    }
    if (m_requests.deadline() && *m_requests.deadline() <= now) {
        ++m_device.counters.unanswered;
        close("The relay left a request unanswered.");
        return;
    }
    m_delivery.onTimer(now);
    m_presence.onTimer(now, ephemeralOffer());
    m_typing.onTimer(now, ephemeralOffer());
    if (!m_online) {
        return;
    }
    if (m_online->heldUntil && *m_online->heldUntil <= now) {
        m_backoff.reset();
        close("The day is over in which this profile could not start anew: it may now.");
        return;
    }
    if (now - m_lastHeard >= kDeadAfter) {
        ++m_device.counters.silences;
        close("The relay fell silent.");
        return;
    }
    if (now - m_lastHeard >= kPingAfter && !m_pinged) {
        pb::Frame ping;
        ping.mutable_ping();
        tell(std::move(ping));
        m_pinged = true;
    }
    if (m_receiptsAt && *m_receiptsAt <= now) {
        m_receiptsAt.reset();
        Effects effects;
        const auto queued = m_sender.queueReceipts(effects);
        queued ? perform(std::move(effects)) : storageFailed(queued.error());
    }
    m_online->prekeys.onTimer(now);
    m_online->mailbox.onTimer(now);
    m_online->pump.onTimer(now);
    if (std::exchange(m_outboxChanged, false)) {
        m_online->pump.wake();
    }
}

void Connection::ask(pb::Frame& frame, Requests::Answer answer) {
    m_requests.ask(frame, m_device.clock.steady(), std::move(answer));
    tell(frame);
}

void Connection::tell(const pb::Frame& frame) {
    if (!m_out.empty() && m_out.size() + frame.ByteSizeLong() + kFrameFront > kFlushBytes) {
        flush();
    }
    appendFrame(m_out, frame);
}

void Connection::flush() {
    if (!m_out.empty() && m_linked) {
        m_edge.send(std::exchange(m_out, {}));
    }
    m_out.clear();
}

void Connection::storageFailed(db::Error error) {
    m_storageFailed = true;
    const std::string reason =
        std::string("The profile cannot be read or written: ") + db::describe(error) + ".";
    if (m_linked) {
        close(reason);
    } else if (m_wanted) {
        m_connectAt = m_device.clock.steady() + m_backoff.next(m_device.random);
        setState(LinkState::Offline, reason);
    }
}

void Connection::perform(Effects effects) {
    for (const Event& event : effects.events) {
        m_emit(event);
    }
    if (effects.receiptsDue && !m_receiptsAt) {
        const Milliseconds delay = m_pressure >= kLateReceipts ? kLateReceiptDelay : kReceiptDelay;
        const auto jitter = m_device.random.below(static_cast<std::uint64_t>(delay.count()) + 1);
        m_receiptsAt = m_device.clock.steady() + delay + Milliseconds(jitter);
    }
    m_isLogToEmpty |= effects.erased;
    if (m_isLogToEmpty) { // while somebody reads: the next time
        m_isLogToEmpty = !m_device.database.tryEmptyLog();
    }
    static_cast<void>(db::attempt([&] { // lost if the disk fails
        m_typing.received(effects);
        m_presence.received(effects);
    }));
    m_delivery.noticed(effects);
    if (!effects.listsChanged.empty()) {
        listsChanged(effects.listsChanged);
    }
    if (m_online && !effects.listsWanted.empty()) {
        m_online->lists.fetch(effects.listsWanted);
    }
    if (m_online && effects.outboxChanged) {
        m_online->pump.wake();
    }
}

void Connection::wakeAt(SteadyTime time) {
    m_partWake = earliest({m_partWake, time});
}

void Connection::close(const std::string& reason) {
    if (m_linked && m_closing.empty()) {
        m_closing = reason;
    }
}

void Connection::halt(const std::string& reason) {
    m_wanted = false;
    m_connectAt.reset();
    close(reason);
    setState(LinkState::Stopped, reason);
}

std::string Connection::note() const {
    if (m_online && m_online->heldUntil) {
        return "this profile was restored from an older copy more than once within a day: nothing is sent "
               "until "
               "the day is over";
    }
    return isTestingRelay() ? "a testing relay: it breaks things on purpose" : "";
}

void Connection::setState(LinkState state, const std::string& reason) {
    if (m_state == state && m_reason == reason) {
        return;
    }
    m_storageFailed &= state != LinkState::Drained;
    m_state = state;
    m_reason = reason;
    if (state == LinkState::Drained && !m_drainedFrom) {
        m_drainedFrom = m_device.clock.wall() + m_device.relay.clockOffset;
    }
    m_emit(LinkChanged{state, reason});
}

void Connection::leave() {
    flush();
    if (!m_closing.empty()) {
        const std::string reason = std::exchange(m_closing, {});
        m_edge.disconnect();
        ++m_depth; // the call below is not from outside
        onDisconnected(reason);
        --m_depth;
    }
    if (const auto wake = nextWake()) {
        m_edge.wakeAt(*wake);
    }
}

std::optional<SteadyTime> Connection::nextWake() const {
    std::optional<SteadyTime> silence;
    if (m_online) {
        silence = m_lastHeard + (m_pinged ? kDeadAfter : kPingAfter);
    }
    return earliest({m_wanted ? m_connectAt : std::nullopt, m_connectDeadline, m_requests.deadline(), silence,
                     m_online ? m_receiptsAt : std::nullopt, m_online ? m_online->heldUntil : std::nullopt,
                     m_delivery.wake(), m_typing.wake(), m_presence.wake(), m_partWake});
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/faults/faulty_link.h"

#include <algorithm>

namespace sotto::relay {

namespace {

/// A frame that waits to be overtaken and is not goes on after this: the last one of a burst would wait for
/// ever.
constexpr Milliseconds kMostHeldBack{500};
constexpr Milliseconds kRetryDisk{1'000};

Bytes packetOf(const wire::pb::Frame& frame) {
    wire::pb::Packet packet;
    *packet.add_frames() = frame;
    const std::string bytes = packet.SerializeAsString();
    return bytesOf(viewOf(bytes));
}

} // namespace

void FaultyLink::put(Way way, Bytes packet, const DeviceAddress* device, SteadyTime now) {
    if (m_cut || m_stalled) {
        return;
    }
    const auto direction = way == Way::ToRelay ? wire::Direction::ToRelay : wire::Direction::ToClient;
    auto parsed = device == nullptr ? Expected<wire::pb::Packet, wire::DecodeError>(wire::pb::Packet())
                                    : wire::decodePacket(packet, direction);
    if (device == nullptr || !parsed) {
        place(way, {now, 0, std::move(packet)});
        return;
    }
    for (wire::pb::Frame& one : *parsed->mutable_frames()) {
        if (m_cut || m_stalled) {
            return;
        }
        frame(way, one, *device, now);
    }
}

void FaultyLink::frame(Way way, wire::pb::Frame& frame, const DeviceAddress& device, SteadyTime now) {
    if (frame.has_welcome()) { // the end of the log-in: what comes after it has no meaning before it
        return place(way, {now, 0, packetOf(frame)});
    }
    const FrameFate fate = m_engine.next(device, way, frame.has_send());
    m_cut = fate.cut;
    m_stalled = fate.stall;
    if (fate.cut || fate.stall || fate.drop) {
        return;
    }
    if (fate.diskFull) {
        wire::pb::Frame answer;
        answer.set_request(frame.request());
        answer.mutable_error()->set_code(wire::pb::STORAGE);
        answer.mutable_error()->set_text("The relay's disk is full on purpose; nothing was stored.");
        answer.mutable_error()->set_retry_after_ms(static_cast<std::uint64_t>(kRetryDisk.count()));
        place(Way::ToDevice, {now + fate.delay, 0, packetOf(answer)});
        return;
    }
    const Bytes packet = packetOf(frame);
    for (int copy = 0; copy < (fate.duplicate ? 2 : 1); ++copy) {
        place(way, {now + fate.delay, fate.heldBack, packet});
    }
}

void FaultyLink::place(Way way, Held held) {
    std::deque<Held>& waiting = queue(way);
    // It passes those that let it pass; nobody passes more than one frame that stands firm, so order changes
    // by as much as the plan says and no more.
    auto before = waiting.end();
    while (before != waiting.begin() && std::prev(before)->behind > 0) {
        --before;
        --before->behind;
    }
    if (held.behind > 0) {
        held.due += kMostHeldBack; // of its own time, whatever those before it wait for
    }
    if (before != waiting.begin()) {
        held.due = std::max(held.due, std::prev(before)->due);
    }
    const SteadyTime due = held.due;
    before = waiting.insert(before, std::move(held));
    // Whoever was passed by all it waits for need not wait any longer, and never goes before its passer.
    for (++before; before != waiting.end(); ++before) {
        before->due = before->behind == 0 ? due : std::max(before->due, due);
    }
}

std::optional<Bytes> FaultyLink::take(Way way, SteadyTime now) {
    std::deque<Held>& waiting = queue(way);
    if (m_cut || m_stalled || waiting.empty() || waiting.front().due > now) {
        return std::nullopt;
    }
    Bytes packet = std::move(waiting.front().packet);
    waiting.pop_front();
    return packet;
}

std::optional<SteadyTime> FaultyLink::due(Way way) const {
    const std::deque<Held>& waiting = queue(way);
    if (m_cut || m_stalled || waiting.empty()) {
        return std::nullopt;
    }
    return waiting.front().due;
}

} // namespace sotto::relay

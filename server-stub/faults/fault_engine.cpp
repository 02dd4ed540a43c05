// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/faults/fault_engine.h"

#include "core/base/encoding.h"

#include <cstring>
#include <sodium.h>
#include <utility>

namespace sotto::relay {

namespace {

/// Numbers for one frame, one after the other: BLAKE2b of who, which way and which frame.
class Draw {
public:
    Draw(std::uint64_t seed, const DeviceAddress& device, Way way, std::uint64_t frame) {
        crypto_generichash_state state;
        crypto_generichash_init(&state, nullptr, 0, m_bytes.size());
        const auto add = [&state](std::uint64_t value) {
            std::array<std::uint8_t, 8> bytes;
            for (std::size_t i = 0; i < bytes.size(); ++i) {
                bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
            }
            crypto_generichash_update(&state, bytes.data(), bytes.size());
        };
        add(seed);
        crypto_generichash_update(&state, device.account.value.data(), device.account.value.size());
        add(number(device.device));
        add(way == Way::ToDevice ? 1 : 0);
        add(frame);
        crypto_generichash_final(&state, m_bytes.data(), m_bytes.size());
    }
    std::uint64_t next() {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i) {
            value = value << 8 | m_bytes[m_used++];
        }
        return value;
    }
    bool hits(Share share) { return next() % 1'000'000 < share.millionths; }

private:
    std::array<std::uint8_t, 64> m_bytes;
    std::size_t m_used = 0; ///< of 64: six numbers are drawn
};

} // namespace

FaultEngine::FaultEngine(FaultPlan plan, Log log)
    : m_plan(plan)
    , m_log(std::move(log)) {}

FrameFate FaultEngine::next(const DeviceAddress& device, Way way, bool isSend) {
    Counted& counted = m_devices[device];
    const std::uint64_t number = ++counted.frames[way == Way::ToDevice ? 1 : 0];
    ++m_frames;
    // Always in this order, whether a fault is wanted or not: leaving one out does not move the others.
    Draw draw(m_plan.seed, device, way, number);
    FrameFate fate;
    fate.drop = draw.hits(m_plan.drop);
    fate.duplicate = draw.hits(m_plan.duplicate);
    fate.cut = draw.hits(m_plan.cut);
    fate.stall = draw.hits(m_plan.stall);
    fate.heldBack = static_cast<std::uint32_t>(draw.next() % (std::uint64_t{m_plan.reorder} + 1));
    const auto range = static_cast<std::uint64_t>((m_plan.delayMost - m_plan.delayLeast).count());
    fate.delay = m_plan.delayLeast + Milliseconds(static_cast<std::int64_t>(draw.next() % (range + 1)));
    if (isSend && way == Way::ToRelay) {
        ++counted.sends;
        fate.diskFull = m_plan.diskFullFrom && counted.sends >= *m_plan.diskFullFrom &&
                        counted.sends - *m_plan.diskFullFrom < m_plan.diskFullFor;
    }
    note(device, way, number, fate);
    return fate;
}

void FaultEngine::note(const DeviceAddress& device, Way way, std::uint64_t number, const FrameFate& fate) {
    std::string what;
    const auto add = [&what](bool happens, const std::string& name) {
        if (happens) {
            what += " " + name;
        }
    };
    add(fate.drop, "drop");
    add(fate.duplicate, "dup");
    add(fate.cut, "cut");
    add(fate.stall, "stall");
    add(fate.diskFull, "diskfull");
    add(fate.heldBack != 0, "reorder=" + std::to_string(fate.heldBack));
    if (what.empty()) {
        return;
    }
    ++m_faults;
    const std::string line = device.account.hex() + "." + std::to_string(sotto::number(device.device)) +
                             (way == Way::ToRelay ? " > " : " < ") + std::to_string(number) + what;
    std::array<std::uint64_t, 2> hash{};
    crypto_generichash(reinterpret_cast<std::uint8_t*>(hash.data()), sizeof hash,
                       reinterpret_cast<const std::uint8_t*>(line.data()), line.size(), nullptr, 0);
    m_hash[0] += hash[0];
    m_hash[1] += hash[1];
    if (m_log) {
        m_log(line);
    }
}

std::string FaultEngine::logHash() const {
    std::array<std::uint8_t, sizeof m_hash> bytes;
    std::memcpy(bytes.data(), m_hash.data(), bytes.size());
    std::array<char, 2 * sizeof m_hash + 1> hex;
    sodium_bin2hex(hex.data(), hex.size(), bytes.data(), bytes.size());
    return hex.data();
}

} // namespace sotto::relay

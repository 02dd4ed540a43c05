// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/hostile_relay.h"

#include <algorithm>

namespace sotto::simulation {

bool HostileRelay::does(Fault fault, double rate) {
    if (!m_swarm.has(fault) || !m_chance.with(rate)) {
        return false;
    }
    ++m_counts[static_cast<std::size_t>(fault)];
    return true;
}

std::vector<wire::pb::Packet> HostileRelay::toClient(Person& person, const wire::pb::Packet& packet) {
    wire::pb::Packet altered;
    for (const wire::pb::Frame& frame : packet.frames()) {
        wire::pb::Frame& out = *altered.add_frames();
        out = frame;
        if (out.has_deliver()) {
            change(person, *out.mutable_deliver());
            if (out.deliver().rows_size() == 0) {
                altered.mutable_frames()->RemoveLast();
            }
        }
    }
    return altered.frames_size() == 0 ? std::vector<wire::pb::Packet>() : std::vector{altered};
}

void HostileRelay::change(Person& person, wire::pb::Deliver& deliver) {
    std::vector<wire::pb::Row> rows(deliver.rows().begin(), deliver.rows().end());
    auto& seen = m_seen[&person];
    seen.insert(seen.end(), rows.begin(), rows.end());
    if (!m_active) {
        return;
    }
    std::vector<wire::pb::Row> told;
    for (wire::pb::Row& row : rows) {
        if (does(Fault::Withhold, 0.2)) {
            continue;
        }
        if (does(Fault::Corrupt, 0.1)) {
            corrupt(person, row);
        }
        told.push_back(row);
        if (does(Fault::Duplicate, 0.3)) {
            told.push_back(row);
        }
        if (does(Fault::Replay, 0.2)) {
            told.push_back(seen[m_chance.below(seen.size())]);
        }
    }
    if (told.size() > 1 && does(Fault::Reorder, 0.7)) {
        for (std::size_t i = told.size() - 1; i > 0; --i) {
            std::swap(told[i], told[m_chance.below(i + 1)]);
        }
    }
    deliver.clear_rows();
    for (wire::pb::Row& row : told) {
        *deliver.add_rows() = std::move(row);
    }
}

void HostileRelay::corrupt(Person& person, wire::pb::Row& row) {
    std::string& bytes = m_chance.oneIn(2) ? *row.mutable_header() : *row.mutable_payload();
    if (!bytes.empty()) {
        bytes[m_chance.below(bytes.size())] ^= static_cast<char>(1U << m_chance.below(8));
        m_ledger.tampered(person, row.number());
    }
}

} // namespace sotto::simulation

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Frames that wait to be written to one connection, encoded already and packed into as few packets as fit.

#include "server-stub/relay/delivery.h"

namespace sotto::relay {

class PacketQueue {
public:
    /// A frame that alone exceeds a packet is a bug.
    void append(const wire::pb::Frame& frame);
    /// A Deliver frame.
    void append(const Delivery& delivery);
    bool empty() const { return m_packets.empty(); }
    std::size_t bytes() const { return m_bytes; }
    /// The next packet; the queue must not be empty.
    Bytes take();

private:
    /// Room for a frame of that size at the end of a packet, behind its tag and length.
    std::uint8_t* add(std::size_t frameBytes);

    struct Packet {
        Bytes bytes;
        std::size_t frames = 0;
    };
    std::vector<Packet> m_packets; ///< almost always none or one
    std::size_t m_bytes = 0;
};

} // namespace sotto::relay

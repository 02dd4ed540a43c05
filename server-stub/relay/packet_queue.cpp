// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/relay/packet_queue.h"

#include <cassert>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace sotto::relay {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// A packet is nothing but its frames one after the other (protobuf encoding, repeated embedded messages), so
// frames can be encoded into it as they come, without keeping them.
void PacketQueue::append(const wire::pb::Frame& frame) {
    const auto size = static_cast<std::uint32_t>(frame.ByteSizeLong());
    const std::uint32_t tag = WireFormatLite::MakeTag(wire::pb::Packet::kFramesFieldNumber,
                                                      WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
    const std::size_t whole =
        CodedOutputStream::VarintSize32(tag) + CodedOutputStream::VarintSize32(size) + size;
    assert(whole <= wire::kMaxPacketBytes);
    if (m_packets.empty() || m_packets.back().frames == wire::kMaxFramesPerPacket ||
        m_packets.back().bytes.size() + whole > wire::kMaxPacketBytes) {
        m_packets.emplace_back();
    }
    Packet& packet = m_packets.back();
    const std::size_t begin = packet.bytes.size();
    packet.bytes.resize(begin + whole);
    std::uint8_t* out = packet.bytes.data() + begin;
    out = CodedOutputStream::WriteVarint32ToArray(tag, out);
    out = CodedOutputStream::WriteVarint32ToArray(size, out);
    frame.SerializeWithCachedSizesToArray(out);
    ++packet.frames;
    m_bytes += whole;
}

Bytes PacketQueue::take() {
    Bytes bytes = std::move(m_packets.front().bytes);
    m_packets.erase(m_packets.begin());
    m_bytes -= bytes.size();
    return bytes;
}

} // namespace sotto::relay

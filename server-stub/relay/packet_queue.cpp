// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/relay/packet_queue.h"

#include <cassert>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace sotto::relay {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

namespace {

constexpr std::uint32_t tagOf(int field) {
    return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

} // namespace

// A packet is nothing but its frames one after the other (protobuf encoding, repeated embedded messages), so
// frames can be encoded into it as they come, without keeping them.
std::uint8_t* PacketQueue::add(std::size_t frameBytes) {
    const auto size = static_cast<std::uint32_t>(frameBytes);
    const std::uint32_t tag = tagOf(wire::pb::Packet::kFramesFieldNumber);
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
    ++packet.frames;
    m_bytes += whole;
    return out;
}

void PacketQueue::append(const wire::pb::Frame& frame) {
    frame.SerializeWithCachedSizesToArray(add(frame.ByteSizeLong()));
}

void PacketQueue::append(const Delivery& delivery) {
    const BytesView rows = delivery.encoded();
    const auto size = static_cast<std::uint32_t>(rows.size());
    const std::uint32_t tag = tagOf(wire::pb::Frame::kDeliverFieldNumber);
    std::uint8_t* out =
        add(CodedOutputStream::VarintSize32(tag) + CodedOutputStream::VarintSize32(size) + size);
    out = CodedOutputStream::WriteVarint32ToArray(tag, out);
    out = CodedOutputStream::WriteVarint32ToArray(size, out);
    std::copy(rows.begin(), rows.end(), out);
}

Bytes PacketQueue::take() {
    Bytes bytes = std::move(m_packets.front().bytes);
    m_packets.erase(m_packets.begin());
    m_bytes -= bytes.size();
    return bytes;
}

} // namespace sotto::relay

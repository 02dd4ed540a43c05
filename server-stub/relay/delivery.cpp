// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/relay/delivery.h"

#include <google/protobuf/wire_format_lite.h>

namespace sotto::relay {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr std::size_t kFullBytes = 64 * 1024;
constexpr std::size_t kFullRows = 500;

constexpr std::uint32_t tagOf(int field) {
    return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}
std::size_t sizeOf(BytesView bytes) {
    return 1 + CodedOutputStream::VarintSize32(static_cast<std::uint32_t>(bytes.size())) + bytes.size();
}
std::uint8_t* put(std::uint8_t* out, int field, BytesView bytes) {
    out = CodedOutputStream::WriteVarint32ToArray(tagOf(field), out);
    out = CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(bytes.size()), out);
    return std::copy(bytes.begin(), bytes.end(), out);
}

static_assert(wire::pb::Row::kPayloadFieldNumber < 16 && wire::pb::Deliver::kRowsFieldNumber < 16,
              "tags of one byte, as sizeOf() has it");

} // namespace

// A message is its fields one after the other, in any order: those of the head, then the large ones.
void Delivery::add(const wire::pb::Row& head, BytesView header, BytesView payload) {
    const auto size = static_cast<std::uint32_t>(head.ByteSizeLong() + (header.empty() ? 0 : sizeOf(header)) +
                                                 (payload.empty() ? 0 : sizeOf(payload)));
    const std::size_t begin = m_encoded.size();
    m_encoded.resize(begin + 1 + CodedOutputStream::VarintSize32(size) + size);
    std::uint8_t* out = m_encoded.data() + begin;
    out = CodedOutputStream::WriteVarint32ToArray(tagOf(wire::pb::Deliver::kRowsFieldNumber), out);
    out = CodedOutputStream::WriteVarint32ToArray(size, out);
    out = head.SerializeWithCachedSizesToArray(out);
    if (!header.empty()) {
        out = put(out, wire::pb::Row::kHeaderFieldNumber, header);
    }
    if (!payload.empty()) {
        put(out, wire::pb::Row::kPayloadFieldNumber, payload);
    }
    m_rows.push_back({MailboxNumber{head.number()}, header.size() + payload.size()});
}

bool Delivery::isFull() const {
    return m_encoded.size() >= kFullBytes || m_rows.size() >= kFullRows;
}

} // namespace sotto::relay

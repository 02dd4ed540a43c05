// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/packet.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/wire_format_lite.h>

namespace sotto::wire {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

/// Most entries any frame may repeat, whatever its kind: headers and lists of a send, rows of a delivery.
constexpr std::size_t kMaxFieldsPerKind = 1024;

enum class Scan { Whole, Broken, TooMany };

/// Calls visit(content) for every length-delimited field of a message. Broken when it does not parse as one
/// or visit says so, TooMany as soon as there are more than `maximum` fields. Allocates nothing.
template <class Visit>
Scan scan(BytesView message, std::size_t maximum, Visit visit) {
    CodedInputStream input(message.data(), static_cast<int>(message.size()));
    for (std::size_t fields = 0; input.BytesUntilTotalBytesLimit() != 0; ++fields) {
        const std::uint32_t tag = input.ReadTag();
        if (tag == 0) {
            return input.ConsumedEntireMessage() &&
                           static_cast<std::size_t>(input.CurrentPosition()) == message.size()
                       ? Scan::Whole
                       : Scan::Broken;
        }
        if (fields >= maximum) {
            return Scan::TooMany;
        }
        if (WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
            std::uint32_t size = 0;
            if (!input.ReadVarint32(&size)) {
                return Scan::Broken;
            }
            const auto begin = static_cast<std::size_t>(input.CurrentPosition());
            if (size > message.size() - begin || !visit(message.subspan(begin, size))) {
                return Scan::Broken;
            }
            input.Skip(static_cast<int>(size));
        } else if (!WireFormatLite::SkipField(&input, tag)) {
            return Scan::Broken;
        }
    }
    return Scan::Whole;
}

/// Bounds what parsing will allocate: frames, and entries inside each frame's kind. A kind of a later version
/// is bytes to us and need not parse.
bool isBounded(BytesView packet) {
    const auto kind = [](BytesView bytes) {
        return scan(bytes, kMaxFieldsPerKind, [](BytesView) { return true; }) != Scan::TooMany;
    };
    const auto frame = [&](BytesView bytes) { return scan(bytes, 16, kind) == Scan::Whole; };
    return scan(packet, kMaxFramesPerPacket, frame) == Scan::Whole;
}

/// Protobuf would write a line to stderr for every hostile string.
[[maybe_unused]] auto* const kSilence = google::protobuf::SetLogHandler(nullptr);

bool sized(const std::string& field, std::size_t size) {
    return field.size() == size;
}
bool emptyOr(const std::string& field, std::size_t size) {
    return field.empty() || field.size() == size;
}

template <class Entries, class Check>
bool all(const Entries& entries, std::size_t maximum, Check check) {
    return static_cast<std::size_t>(entries.size()) <= maximum &&
           std::all_of(entries.begin(), entries.end(), check);
}

bool valid(const pb::Device& device) {
    return sized(device.account(), 32) && device.device() != 0;
}
bool valid(const pb::ListRef& list) {
    return sized(list.account(), 32) && sized(list.hash(), 32);
}
bool valid(const pb::SignedList& list) {
    return sized(list.signature(), 64) && !list.bytes().empty();
}
bool valid(const pb::OneTimePrekey& prekey) {
    return sized(prekey.key(), 32);
}
bool valid(const pb::Generation& generation) {
    return sized(generation.nonce(), 16);
}
bool validMessage(const auto& message) {
    return valid(message);
}

bool valid(const pb::Challenge& frame) {
    return sized(frame.relay_id(), 32) && sized(frame.nonce(), 32);
}
bool valid(const pb::Hello& frame) {
    return sized(frame.account(), 32) && frame.device() != 0 && sized(frame.signature(), 64) &&
           emptyOr(frame.epoch(), 16) &&
           (!frame.has_last_stored() || sized(frame.last_stored().send_id(), 16)) &&
           (!frame.has_confirmed() || valid(frame.confirmed())) &&
           (!frame.has_pending() || valid(frame.pending()));
}
bool valid(const pb::Welcome& frame) {
    return sized(frame.epoch(), 16) && (!frame.has_list() || valid(frame.list()));
}
bool valid(const pb::Register& frame) {
    return frame.invite().size() <= kMaxInviteBytes && frame.has_list() && valid(frame.list()) &&
           sized(frame.signature(), 64);
}
bool valid(const pb::Registered& frame) {
    return sized(frame.epoch(), 16);
}
bool valid(const pb::PublishList& frame) {
    return frame.has_list() && valid(frame.list());
}
bool valid(const pb::ListPublished& frame) {
    return frame.has_list() && valid(frame.list());
}
bool valid(const pb::FetchLists& frame) {
    return all(frame.accounts(), kMaxLookups, [](const auto& account) { return sized(account, 32); }) &&
           all(frame.names(), kMaxLookups, [](const auto& name) { return name.size() <= 64; });
}
bool valid(const pb::Lists& frame) {
    return all(frame.lists(), 2 * kMaxLookups, validMessage<pb::SignedList>);
}
bool valid(const pb::PublishPrekeys& frame) {
    return frame.statement().size() <= kMaxHeaderBytes &&
           (frame.statement().empty() ? frame.signature().empty() : sized(frame.signature(), 64)) &&
           all(frame.one_time(), kMaxOneTimePrekeys, validMessage<pb::OneTimePrekey>);
}
bool valid(const pb::FetchBundles& frame) {
    return all(frame.devices(), kMaxLookups, validMessage<pb::Device>);
}
bool valid(const pb::Bundles& frame) {
    return all(frame.bundles(), kMaxLookups, [](const pb::Bundle& bundle) {
        return bundle.has_device() && valid(bundle.device()) && sized(bundle.signature(), 64) &&
               (!bundle.has_one_time() || valid(bundle.one_time()));
    });
}
bool valid(const pb::Send& frame) {
    return sized(frame.send_id(), 16) && pb::Class_IsValid(frame.class_()) && frame.headers_size() > 0 &&
           all(frame.headers(), kMaxFieldsPerKind,
               [](const pb::Header& header) {
                   return header.has_device() && valid(header.device()) && !header.bytes().empty();
               }) &&
           all(frame.lists(), kMaxFieldsPerKind, validMessage<pb::ListRef>);
}
bool valid(const pb::Stored& frame) {
    return sized(frame.send_id(), 16);
}
bool valid(const pb::ListsDiffer& frame) {
    return sized(frame.send_id(), 16) &&
           all(frame.lists(), kMaxHeadersPerSend + 1, validMessage<pb::SignedList>);
}
bool valid(const pb::Deliver& frame) {
    return all(frame.rows(), kMaxFieldsPerKind, [](const pb::Row& row) {
        return pb::Class_IsValid(row.class_()) && (!row.has_sender() || valid(row.sender())) &&
               (row.expired() != 0 || (sized(row.send_id(), 16) && !row.header().empty()));
    });
}
bool valid(const pb::Notice& frame) {
    return frame.kind_case() != pb::Notice::kOwnList || valid(frame.own_list());
}
bool valid(const pb::Error& frame) {
    return frame.text().size() <= kMaxErrorTextBytes && (!frame.has_list() || valid(frame.list()));
}

bool valid(const pb::Frame& frame, Direction direction) {
    const bool toRelay = direction == Direction::ToRelay;
    switch (frame.kind_case()) {
    case pb::Frame::kChallenge:
        return !toRelay && valid(frame.challenge());
    case pb::Frame::kWelcome:
        return !toRelay && valid(frame.welcome());
    case pb::Frame::kRegistered:
        return !toRelay && valid(frame.registered());
    case pb::Frame::kListPublished:
        return !toRelay && valid(frame.list_published());
    case pb::Frame::kLists:
        return !toRelay && valid(frame.lists());
    case pb::Frame::kPrekeysPublished:
        return !toRelay;
    case pb::Frame::kBundles:
        return !toRelay && valid(frame.bundles());
    case pb::Frame::kStored:
        return !toRelay && valid(frame.stored());
    case pb::Frame::kListsDiffer:
        return !toRelay && valid(frame.lists_differ());
    case pb::Frame::kDeliver:
        return !toRelay && valid(frame.deliver());
    case pb::Frame::kNotice:
        return !toRelay && valid(frame.notice());
    case pb::Frame::kError:
        return !toRelay && valid(frame.error());
    case pb::Frame::kPong:
        return !toRelay;
    case pb::Frame::kHello:
        return toRelay && valid(frame.hello());
    case pb::Frame::kRegister:
        return toRelay && valid(frame.register_());
    case pb::Frame::kPublishList:
        return toRelay && valid(frame.publish_list());
    case pb::Frame::kFetchLists:
        return toRelay && valid(frame.fetch_lists());
    case pb::Frame::kPublishPrekeys:
        return toRelay && valid(frame.publish_prekeys());
    case pb::Frame::kFetchBundles:
        return toRelay && valid(frame.fetch_bundles());
    case pb::Frame::kSend:
        return toRelay && valid(frame.send());
    case pb::Frame::kAck:
        return toRelay;
    case pb::Frame::kPing:
        return toRelay;
    case pb::Frame::KIND_NOT_SET:
        return true;
    }
    return true;
}

} // namespace

Expected<pb::Packet, DecodeError> decodePacket(BytesView bytes, Direction direction) {
    pb::Packet packet;
    if (const auto decoded = decodePacket(bytes, direction, packet); !decoded) {
        return unexpected(decoded.error());
    }
    return packet;
}

Expected<void, DecodeError> decodePacket(BytesView bytes, Direction direction, pb::Packet& packet) {
    if (bytes.size() > kMaxPacketBytes) {
        return unexpected(DecodeError::TooLarge);
    }
    if (!isBounded(bytes) || !packet.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return unexpected(DecodeError::Malformed);
    }
    for (const pb::Frame& frame : packet.frames()) {
        if (!valid(frame, direction)) {
            return unexpected(DecodeError::Malformed);
        }
    }
    return {};
}

bool withinLimits(const pb::Send& send) {
    return send.payload().size() <= kMaxPayloadBytes &&
           all(send.headers(), kMaxHeadersPerSend,
               [](const pb::Header& header) { return header.bytes().size() <= kMaxHeaderBytes; }) &&
           static_cast<std::size_t>(send.lists_size()) <= kMaxHeadersPerSend + 1;
}

Bytes encodePacket(const pb::Packet& packet) {
    Bytes bytes(packet.ByteSizeLong());
    packet.SerializeWithCachedSizesToArray(bytes.data());
    return bytes;
}

Bytes encodeFrame(const pb::Frame& frame) {
    Bytes packet;
    appendFrame(packet, frame);
    return packet;
}

void appendFrame(Bytes& packet, const pb::Frame& frame) {
    using google::protobuf::io::CodedOutputStream;
    constexpr std::uint32_t kTag = pb::Packet::kFramesFieldNumber << 3U | 2U; // a field with a length
    const auto size = static_cast<std::uint32_t>(frame.ByteSizeLong());
    const std::size_t before = packet.size();
    packet.resize(before + CodedOutputStream::VarintSize32(kTag) + CodedOutputStream::VarintSize32(size) +
                  size);
    std::uint8_t* out = packet.data() + before;
    out = CodedOutputStream::WriteVarint32ToArray(kTag, out);
    out = CodedOutputStream::WriteVarint32ToArray(size, out);
    frame.SerializeWithCachedSizesToArray(out);
}

void setField(std::string* field, BytesView bytes) {
    field->assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

DeviceAddress addressOf(const pb::Device& device) {
    return {fixedOf<AccountId>(device.account()), DeviceNumber{device.device()}};
}

void setAddress(pb::Device* device, const DeviceAddress& address) {
    setField(device->mutable_account(), address.account.view());
    device->set_device(number(address.device));
}

} // namespace sotto::wire

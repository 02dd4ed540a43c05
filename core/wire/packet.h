// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Frames to bytes and back, with every limit checked before anything is allocated for the frame. The
/// generated classes (pb::) are the frames' types: what they say about lengths and ranges is checked here
/// once, so that whoever reads a decoded frame may rely on it.

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/wire/sotto.pb.h"

namespace sotto::wire {

inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kMaxPacketBytes = 256 * 1024; ///< one WebSocket message
inline constexpr std::size_t kMaxPayloadBytes = 160 * 1024;
inline constexpr std::size_t kMaxHeaderBytes = 4 * 1024;
inline constexpr std::size_t kMaxHeadersPerSend = 256; ///< and one list more
inline constexpr std::size_t kMaxFramesPerPacket = 512;
inline constexpr std::size_t kMaxLookups = 64;         ///< accounts, names or devices asked for in one frame
inline constexpr std::size_t kMaxOneTimePrekeys = 200; ///< handed in at once
inline constexpr std::size_t kMaxInviteBytes = 64;
inline constexpr std::size_t kMaxErrorTextBytes = 512;

enum class DecodeError {
    TooLarge,  ///< a packet over its limit
    Malformed, ///< does not parse, or a field has a length or value that cannot be
};

/// Which side a packet comes from: frames of the other direction are malformed.
enum class Direction { ToRelay, ToClient };

/// A frame whose kind this version does not know keeps its request number and has kind KIND_NOT_SET: the
/// relay answers it with UNKNOWN_FRAME, the client ignores it. How large a send may be is not checked here:
/// see withinLimits().
Expected<pb::Packet, DecodeError> decodePacket(BytesView bytes, Direction direction);
/// The same into a packet that is used again and again, which spares most allocations. After an error what is
/// in it means nothing.
Expected<void, DecodeError> decodePacket(BytesView bytes, Direction direction, pb::Packet& packet);
/// Whether payload, headers and lists of a send are within the limits above. Apart from decodePacket(), so
/// that the relay can answer this one request and go on with the others.
bool withinLimits(const pb::Send& send);
Bytes encodePacket(const pb::Packet& packet);
/// Adds a frame to a packet that is encoded already, or is empty.
void appendFrame(Bytes& packet, const pb::Frame& frame);
/// A packet with one frame.
Bytes encodeFrame(const pb::Frame& frame);

/// Fixed-size fields: decodePacket() has checked their lengths, so a wrong one here is a bug and gives zero.
template <class Fixed>
Fixed fixedOf(const std::string& field) {
    return Fixed::from(viewOf(field)).value_or(Fixed{});
}
template <class Fixed>
std::string fieldOf(const Fixed& fixed) {
    return stringOf(fixed.view());
}
/// Keeps the field's memory if it has some: for frames that are used again and again.
void setField(std::string* field, BytesView bytes);
DeviceAddress addressOf(const pb::Device& device);
void setAddress(pb::Device* device, const DeviceAddress& address);

} // namespace sotto::wire

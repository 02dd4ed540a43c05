// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/header_form.h"

#include "core/base/hash.h"

#include <cassert>

namespace sotto::crypto {
namespace {

constexpr std::string_view kAccountLabel = "sotto account hash 1";

class Writer {
public:
    explicit Writer(std::uint8_t* out)
        : m_out(out) {}
    template <class Number>
    Writer& number(Number value) {
        for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8) {
            *m_out++ = static_cast<std::uint8_t>(value >> shift);
        }
        return *this;
    }
    Writer& bytes(BytesView value) {
        m_out = std::copy(value.begin(), value.end(), m_out);
        return *this;
    }
    Writer& list(const ListReference& list) {
        return number(list.signerEpoch).number(list.version).bytes(list.hash.view());
    }

private:
    std::uint8_t* m_out;
};

/// Reads from a view that the caller has found long enough.
class Reader {
public:
    explicit Reader(BytesView bytes)
        : m_rest(bytes) {}
    BytesView bytes(std::size_t size) {
        const auto front = m_rest.first(size);
        m_rest = m_rest.subspan(size);
        return front;
    }
    template <class Number>
    Number number() {
        Number value = 0;
        for (const std::uint8_t byte : bytes(sizeof value)) {
            value = static_cast<Number>(value << 8 | byte);
        }
        return value;
    }
    template <class Fixed>
    Fixed fixed() {
        return *Fixed::from(bytes(Fixed::kSize));
    }
    ListReference list() {
        ListReference list;
        list.signerEpoch = number<std::uint64_t>();
        list.version = number<std::uint64_t>();
        list.hash = fixed<Digest>();
        return list;
    }
    std::uint8_t byte() { return bytes(1)[0]; }

private:
    BytesView m_rest;
};

constexpr std::size_t kMessageOffset = 4;
constexpr std::size_t kPrekeyPartSize = PrekeyPart::kSize;

std::size_t sizeOf(HeaderKind kind) {
    return kind == HeaderKind::Message ? kMessageHeaderSize : kPrekeyMessageHeaderSize;
}

} // namespace

Digest accountHash(const AccountId& account) {
    return labelledHash(kAccountLabel, account.view());
}

bool HeaderPlaintext::isBetween(const DeviceAddress& sender, const DeviceAddress& recipient) const {
    return senderAccount == accountHash(sender.account) && senderDevice == sender.device &&
           recipientAccount == accountHash(recipient.account) && recipientDevice == recipient.device;
}

ShortSecret<HeaderPlaintext::kSize> encodeHeaderPlaintext(const HeaderPlaintext& header) {
    ShortSecret<HeaderPlaintext::kSize> encoded;
    Writer(encoded.exposeWritable().data())
        .number(static_cast<std::uint8_t>(Suite::Classic))
        .number(header.contentVersion)
        .bytes(header.sendId.view())
        .bytes(header.messageId.view())
        .bytes(header.payloadKey.expose())
        .bytes(header.payloadDigest.view())
        .bytes(header.senderAccount.view())
        .number(number(header.senderDevice))
        .bytes(header.recipientAccount.view())
        .number(number(header.recipientDevice))
        .list(header.senderList)
        .list(header.recipientList)
        .number(header.seqBase);
    return encoded;
}

std::optional<HeaderPlaintext> decodeHeaderPlaintext(BytesView encoded) {
    if (encoded.size() != HeaderPlaintext::kSize || encoded[0] != static_cast<std::uint8_t>(Suite::Classic)) {
        return std::nullopt;
    }
    Reader reader(encoded.subspan(1));
    HeaderPlaintext header;
    header.contentVersion = reader.number<std::uint16_t>();
    header.sendId = reader.fixed<SendId>();
    header.messageId = reader.fixed<MessageId>();
    const BytesView key = reader.bytes(32);
    std::copy(key.begin(), key.end(), header.payloadKey.exposeWritable().begin());
    header.payloadDigest = reader.fixed<Digest>();
    header.senderAccount = reader.fixed<Digest>();
    header.senderDevice = DeviceNumber{reader.number<std::uint32_t>()};
    header.recipientAccount = reader.fixed<Digest>();
    header.recipientDevice = DeviceNumber{reader.number<std::uint32_t>()};
    header.senderList = reader.list();
    header.recipientList = reader.list();
    header.seqBase = reader.number<std::uint64_t>();
    return header;
}

std::array<std::uint8_t, PrekeyPart::kSize> PrekeyPart::encode() const {
    std::array<std::uint8_t, kSize> encoded;
    Writer(encoded.data())
        .number(number(signedPrekey))
        .number(number(oneTimePrekey))
        .bytes(baseKey.view())
        .bytes(identityKey.view());
    return encoded;
}

Bytes wrapHeader(const std::optional<PrekeyPart>& prekeyPart, BytesView message) {
    const HeaderKind kind = prekeyPart ? HeaderKind::PrekeyMessage : HeaderKind::Message;
    assert(message.size() <= kMessageHeaderSize - kMessageOffset);
    Bytes header(sizeOf(kind));
    Writer writer(header.data());
    writer.number(static_cast<std::uint8_t>(Suite::Classic))
        .number(static_cast<std::uint8_t>(kind))
        .number(static_cast<std::uint16_t>(message.size()));
    if (prekeyPart) {
        writer.bytes(prekeyPart->encode());
    }
    writer.bytes(message);
    return header;
}

Expected<HeaderForm, HeaderRefusal> readHeader(BytesView header) {
    if (header.empty()) {
        return unexpected(HeaderRefusal::Malformed);
    }
    if (header[0] != static_cast<std::uint8_t>(Suite::Classic)) {
        return unexpected(header[0] == 0 ? HeaderRefusal::Malformed : HeaderRefusal::UnknownSuite);
    }
    HeaderForm form;
    if (header.size() == kMessageHeaderSize && header[1] == static_cast<std::uint8_t>(HeaderKind::Message)) {
        form.kind = HeaderKind::Message;
    } else if (header.size() == kPrekeyMessageHeaderSize &&
               header[1] == static_cast<std::uint8_t>(HeaderKind::PrekeyMessage)) {
        form.kind = HeaderKind::PrekeyMessage;
    } else {
        return unexpected(HeaderRefusal::Malformed);
    }
    const std::size_t size = static_cast<std::size_t>(header[2] << 8 | header[3]);
    BytesView rest = header.subspan(kMessageOffset);
    if (form.kind == HeaderKind::PrekeyMessage) {
        form.prekeyBytes = rest.first(kPrekeyPartSize);
        Reader reader(form.prekeyBytes);
        PrekeyPart part;
        part.signedPrekey = PrekeyId{reader.number<std::uint32_t>()};
        part.oneTimePrekey = PrekeyId{reader.number<std::uint32_t>()};
        part.baseKey = reader.fixed<Curve25519Key>();
        part.identityKey = reader.fixed<Curve25519Key>();
        form.prekeyPart = part;
        rest = rest.subspan(kPrekeyPartSize);
    }
    if (size > rest.size()) {
        return unexpected(HeaderRefusal::Malformed);
    }
    form.message = rest.first(size);
    const BytesView padding = rest.subspan(size);
    if (std::any_of(padding.begin(), padding.end(), [](std::uint8_t byte) { return byte != 0; })) {
        return unexpected(HeaderRefusal::Malformed); // else one message would have many header hashes
    }
    return form;
}

Expected<HeaderKind, HeaderRefusal> inspectHeader(BytesView header) {
    return readHeader(header).map([](const HeaderForm& form) { return form.kind; });
}

std::optional<Curve25519Key> claimedIdentity(BytesView header) {
    const auto form = readHeader(header);
    return form && form->prekeyPart ? std::optional(form->prekeyPart->identityKey) : std::nullopt;
}

} // namespace sotto::crypto

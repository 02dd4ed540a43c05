// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/signed_bytes.h"

#include <cassert>

namespace sotto {
namespace {

constexpr std::uint8_t kNumber = 'u';
constexpr std::uint8_t kBytes = 'b';

void appendBigEndian(Bytes& out, std::uint64_t value, std::size_t size) {
    for (std::size_t i = size; i-- > 0;) {
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
}

std::uint64_t readBigEndian(BytesView bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) {
        value = value << 8U | byte;
    }
    return value;
}

} // namespace

SignedBytesWriter::SignedBytesWriter(std::string_view label) {
    assert(!label.empty() && label.size() <= 255);
    m_bytes.resize(1 + label.size());
    m_bytes[0] = static_cast<std::uint8_t>(label.size());
    std::copy(label.begin(), label.end(), m_bytes.begin() + 1);
}

SignedBytesWriter& SignedBytesWriter::number(std::uint64_t value) {
    m_bytes.push_back(kNumber);
    appendBigEndian(m_bytes, value, 8);
    return *this;
}

SignedBytesWriter& SignedBytesWriter::bytes(BytesView value) {
    m_bytes.push_back(kBytes);
    appendBigEndian(m_bytes, value.size(), 4);
    m_bytes.insert(m_bytes.end(), value.begin(), value.end());
    return *this;
}

SignedBytesReader::SignedBytesReader(std::string_view label, BytesView record)
    : m_rest(record) {
    if (record.size() <= label.size() || record[0] != label.size() ||
        textOf(record.subspan(1, label.size())) != label) {
        return;
    }
    m_rest = record.subspan(1 + label.size());
    m_good = true;
}

bool SignedBytesReader::take(std::uint8_t kind, std::size_t size, BytesView& out) {
    if (!m_good || m_rest.size() < 1 + size || m_rest[0] != kind) {
        m_good = false;
        return false;
    }
    out = m_rest.subspan(1, size);
    m_rest = m_rest.subspan(1 + size);
    return true;
}

std::uint64_t SignedBytesReader::number() {
    BytesView digits;
    return take(kNumber, 8, digits) ? readBigEndian(digits) : 0;
}

BytesView SignedBytesReader::bytes(std::size_t maximum) {
    BytesView prefix;
    if (!take(kBytes, 4, prefix)) {
        return {};
    }
    const std::uint64_t size = readBigEndian(prefix);
    if (size > maximum || size > m_rest.size()) {
        m_good = false;
        return {};
    }
    const BytesView value = m_rest.first(size);
    m_rest = m_rest.subspan(size);
    return value;
}

} // namespace sotto

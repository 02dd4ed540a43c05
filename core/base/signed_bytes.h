// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The encoding of everything that is signed or hashed: a label, then typed, length-prefixed fields in a
/// fixed order. One value has exactly one encoding, and no value of one label can be read as a value of
/// another. What was signed is stored, hashed and forwarded as the exact bytes received, never encoded again.
///
///     record := u8 length ‖ label ‖ field*
///     field  := 'u' ‖ u64 big-endian          a number
///             | 'b' ‖ u32 big-endian ‖ bytes  bytes, text or a nested record

#include "core/base/ids.h"

namespace sotto {

class SignedBytesWriter {
public:
    /// label: 1–255 bytes, unique per kind of record in the whole project.
    explicit SignedBytesWriter(std::string_view label);
    SignedBytesWriter& number(std::uint64_t value);
    SignedBytesWriter& bytes(BytesView value);
    SignedBytesWriter& text(std::string_view value) { return bytes(viewOf(value)); }
    Bytes take() { return std::move(m_bytes); }
    BytesView view() const { return m_bytes; }

private:
    Bytes m_bytes;
};

/// Reads a record back. Any departure from the expected shape makes the reader bad for good: read all fields,
/// then ask finished() once. Values read from a bad reader are zero or empty.
class SignedBytesReader {
public:
    SignedBytesReader(std::string_view label, BytesView record);
    std::uint64_t number();
    /// Fails above maximum, before anything is copied.
    BytesView bytes(std::size_t maximum);
    template <class Fixed>
    Fixed fixed() {
        const auto value = Fixed::from(bytes(Fixed::kSize));
        if (!value) {
            m_good = false;
        }
        return value.value_or(Fixed{});
    }
    bool good() const { return m_good; }
    /// Good, and nothing is left over.
    bool finished() const { return m_good && m_rest.empty(); }

private:
    bool take(std::uint8_t kind, std::size_t size, BytesView& out);
    BytesView m_rest;
    bool m_good = false;
};

} // namespace sotto

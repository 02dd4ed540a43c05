// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How texts look: of each version of a message its ranges, where there are any. A message's row says in its
/// extras (kHasStyles) whether there is anything to look for.

#include "core/db/database.h"
#include "core/types/message.h"

namespace sotto::core {

class StyleStore {
public:
    explicit StyleStore(db::Database& database)
        : m_database(database) {}

    /// In place of those that the version had. The message's row must be there.
    void set(MessageKey message, std::uint64_t revision, const Styles& styles);
    Styles of(MessageKey message, std::uint64_t revision, std::string_view text) const;
    /// Nothing of any version is left.
    void erase(MessageKey message);

    /// As a row keeps them: of each range style, begin, length and the length of its address as numbers of
    /// seven bits a byte, the lowest first, then the address.
    static Bytes pack(const Styles& styles);
    /// None where they do not fit the text: a damaged or repaired row never reaches beyond it.
    static Styles unpack(BytesView packed, std::string_view text);

private:
    db::Database& m_database;
};

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Accepted contacts by what their names look like (core/text/name_shape.h): who a stranger may pass for.

#include "core/types/contact.h"

#include <map>

namespace sotto::core {

class LookAlikes {
public:
    explicit LookAlikes(const std::vector<Contact>& contacts);

    /// An accepted contact of another account whose name is the same, or easily taken for this one.
    std::optional<Contact> of(const std::string& name, const AccountId& account) const;

private:
    std::multimap<std::string, Contact> m_known;
};

} // namespace sotto::core

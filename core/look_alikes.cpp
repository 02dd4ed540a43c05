// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/look_alikes.h"

#include "core/text/name_shape.h"

namespace sotto::core {

LookAlikes::LookAlikes(const std::vector<Contact>& contacts) {
    for (const Contact& contact : contacts) {
        if (contact.accepted) {
            m_known.emplace(nameShape(contact.name), contact);
        }
    }
}

std::optional<Contact> LookAlikes::of(const std::string& name, const AccountId& account) const {
    const auto [first, last] = m_known.equal_range(nameShape(name));
    for (auto known = first; known != last; ++known) {
        if (known->second.account != account) {
            return known->second;
        }
    }
    return std::nullopt;
}

} // namespace sotto::core

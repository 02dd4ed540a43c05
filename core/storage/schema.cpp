// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/schema.h"

#include "core/storage/protocol_tables.h"

#include <array>

namespace sotto::core {

std::span<const db::Migration> clientMigrations() {
    static constexpr std::array kMigrations = {db::Migration{1, kProtocolTables}};
    return kMigrations;
}

} // namespace sotto::core

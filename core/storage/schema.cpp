// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/schema.h"

#include "core/storage/amendment_tables.h"
#include "core/storage/appended_tables.h"
#include "core/storage/block_tables.h"
#include "core/storage/client_tables.h"
#include "core/storage/conversation_tables.h"
#include "core/storage/delivery_tables.h"
#include "core/storage/expiry_indexes.h"
#include "core/storage/expiry_tables.h"
#include "core/storage/list_tables.h"
#include "core/storage/packed_tables.h"
#include "core/storage/protocol_tables.h"
#include "core/storage/search_tables.h"
#include "core/storage/search_word_tables.h"
#include "core/storage/standing_tables.h"
#include "core/storage/style_tables.h"

#include <algorithm>
#include <array>
#include <functional>

namespace sotto::core {

std::span<const db::Migration> clientMigrations() {
    static const std::string kFirst = std::string(kClientTables) + std::string(kProtocolTables);
    static const std::string kThirteenth = std::string(kExpiryIndexes) + std::string(kStyleTables);
    static const std::array kMigrations = {db::Migration{1, kFirst},
                                           db::Migration{2, kAppendedTables},
                                           db::Migration{3, kDeliveryTables},
                                           db::Migration{4, kListTables},
                                           db::Migration{5, kPackedTables},
                                           db::Migration{6, kSearchTables},
                                           db::Migration{7, kSearchWordTables},
                                           db::Migration{8, kAmendmentTables},
                                           db::Migration{9, kConversationTables},
                                           db::Migration{10, kBlockTables},
                                           db::Migration{11, kStandingTables},
                                           db::Migration{12, kExpiryTables},
                                           db::Migration{13, kThirteenth}};
    return kMigrations;
}

} // namespace sotto::core

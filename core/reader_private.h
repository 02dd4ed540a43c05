// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What stands behind reader.h; for its own source files only.

#include "core/reader.h"
#include "core/storage_failure.h"

#include <algorithm>

namespace sotto::core {

struct Reader::Connection {
    explicit Connection(db::Database own)
        : database(std::move(own)) {}
    db::Database database;
    SearchIndex index{database};
};

/// On a connection of its own everything that f reads is of one moment; the client's is changed by nobody
/// else.
template <class F>
auto Reader::read(const char* doing, F f) const -> Result<std::invoke_result_t<F>> {
    return resultOf(db::attempt([&] {
                        if (!m_connection) {
                            return f();
                        }
                        db::Savepoint moment(m_database);
                        auto found = f();
                        moment.release();
                        return found;
                    }),
                    doing);
}

} // namespace sotto::core

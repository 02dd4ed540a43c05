// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Long work of an owner, done in slices that its caller asks for one by one: others are served in between,
/// progress is what each slice returns, and who stops asking, or goes away, has stopped it.

#include "core/archive/backup.h"

#include <QJsonObject>

namespace sotto::rpc {

class Job {
public:
    /// How long a slice keeps everybody else waiting.
    static constexpr Milliseconds kSlice{10};
    virtual ~Job() = default;
    virtual core::Result<core::ArchiveProgress> step() = 0;
};

} // namespace sotto::rpc

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/job.h"

#include "cli/progress.h"

namespace sotto::cli {

rpc::Result<QJsonObject> runJob(Context& context, const char* doing, const std::string& method,
                                const QJsonObject& params) {
    auto job = context.call(method, params);
    Progress progress(doing);
    while (job && !(*job)["finished"].toBool()) {
        job = context.call("job.step", {{"job", (*job)["id"]}});
        if (job) {
            progress.show(static_cast<std::uint64_t>((*job)["done"].toInteger()),
                          static_cast<std::uint64_t>((*job)["total"].toInteger()));
        }
    }
    return job;
}

} // namespace sotto::cli

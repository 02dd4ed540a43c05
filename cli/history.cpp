// SPDX-License-Identifier: GPL-3.0-or-later
// export, import
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/job.h"
#include "cli/progress.h"
#include "cli/secrets.h"
#include "core/profile/profile_lock.h"
#include "core/rpc/history_import.h"
#include "core/rpc/objects.h"

namespace sotto::cli {

namespace {

rpc::Exit runExport(Context& context, const std::string& file) {
    Output& out = context.out();
    const QString path = QString::fromStdString(Context::absolutePath(file));
    const auto account = context.call("whoami", {});
    if (!account) {
        return out.error(account.error());
    }
    const auto job = runJob(context, "Export", "export", {{"path", path}});
    if (!job) {
        return out.error(job.error());
    }
    if (out.isJson()) {
        QJsonObject object =
            rpc::objectOf("exported", (*account)["id"].toString().toStdString(), (*job)["ts"].toInteger());
        object["path"] = path;
        object["messages"] = (*job)["done"];
        object["bytes"] = (*job)["bytes"];
        out.object(object);
    } else {
        out.line(std::to_string((*job)["done"].toInteger()) + " messages in " + escaped(path.toStdString()) +
                 ".");
        out.note("This file is not encrypted: whoever has it can read it.");
    }
    return rpc::Exit::Done;
}

rpc::Result<core::Profile> openAlone(Context& context) {
    const auto place = context.place();
    if (!place) {
        return tl::unexpected(place.error());
    }
    if (rpc::ProfileChannel::isHeld(place->directory)) {
        return rpc::fail(rpc::Exit::Locked, "in_use",
                         "cannot import: another process has the profile open; `sotto lock` makes it let go");
    }
    const auto secrets = secretsOf(context, place->directory);
    if (!secrets) {
        return tl::unexpected(secrets.error());
    }
    return core::Profile::open(place->directory, *secrets).map_error([](const core::Failure& failure) {
        return rpc::errorOf(failure);
    });
}

rpc::Exit runImport(Context& context, const std::string& file) {
    Output& out = context.out();
    auto profile = openAlone(context);
    if (!profile) {
        return out.error(profile.error());
    }
    const std::string path = Context::absolutePath(file);
    rpc::Result<rpc::ImportResult> result;
    {
        Progress progress("Import");
        result = rpc::importHistory(*profile, path, [&](const core::ArchiveProgress& now) {
            progress.show(now.done, now.total);
            return context.interrupts().caught() == 0;
        });
    }
    if (!result) {
        return out.error(result.error());
    }
    if (out.isJson()) {
        QJsonObject object = rpc::objectOf("import", "acct_" + profile->identity()->account.hex(),
                                           unixMilliseconds(context.clock().wall()));
        object["path"] = QString::fromStdString(path);
        object["conversations"] = static_cast<qint64>(result->conversations);
        object["messages"] = static_cast<qint64>(result->messages);
        object["added"] = static_cast<qint64>(result->added);
        object["history"] = QString::fromStdString(result->history.hex());
        out.object(object);
    } else {
        out.line(std::to_string(result->added) + " of " + std::to_string(result->messages) +
                 " messages were not here yet.");
    }
    return rpc::Exit::Done;
}

} // namespace

Command exportCommand() {
    return {{"export"},
            "Write the history as JSON Lines, signed",
            "sotto export history.jsonl            # readable by anybody who has the file\n"
            "sotto schema export_message           # what its lines are",
            [](Synopsis& synopsis) -> Run {
                auto file = std::make_shared<std::string>();
                synopsis.option("FILE", *file, "The file to make").required();
                return [file](Context& context) { return runExport(context, *file); };
            }};
}

Command importCommand() {
    return {{"import"},
            "Take over a history that this account exported",
            "sotto import history.jsonl            # what is here already stays as it is",
            [](Synopsis& synopsis) -> Run {
                auto file = std::make_shared<std::string>();
                synopsis.option("FILE", *file, "What `sotto export` wrote").required();
                return [file](Context& context) { return runImport(context, *file); };
            }};
}

} // namespace sotto::cli

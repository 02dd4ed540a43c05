// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/backup.h"
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/job.h"
#include "cli/progress.h"
#include "cli/recovery_code_input.h"
#include "cli/secrets.h"
#include "core/base/encoding.h"
#include "core/rpc/objects.h"
#include "crypto/account_keys.h"

namespace sotto::cli {

namespace {

struct Arguments {
    std::string file;
    PassphraseSource code;
    NewProtection protection;
};

void addCode(Synopsis& synopsis, Arguments& arguments) {
    synopsis.option("--code-fd", arguments.code.descriptor, "Read the recovery code from this descriptor")
        .valueName("N");
    synopsis.option("--code-file", arguments.code.file, "Read the recovery code from this file (mode 0600)")
        .valueName("FILE");
}

std::string size(std::uint64_t bytes) {
    char text[32];
    const double mebibytes = static_cast<double>(bytes) / (1024.0 * 1024.0);
    std::snprintf(text, sizeof text, mebibytes < 10 ? "%.1f MiB" : "%.0f MiB", mebibytes);
    return text;
}

/// The profile learns once whom its backups are for.
std::optional<rpc::Error> teachBackupKey(Context& context, const Arguments& arguments) {
    const auto account = context.call("whoami", {});
    if (!account) {
        return account.error();
    }
    context.out().note("This profile was made before there were backups: it needs its recovery code once.");
    const auto code = readRecoveryCode(arguments.code);
    if (!code) {
        return code.error();
    }
    if (crypto::AccountRoot(*code).account().hex() != (*account)["account"].toString().toStdString()) {
        return rpc::Error{rpc::Exit::Locked,
                          "wrong_code",
                          "this is the recovery code of another account: nothing was made",
                          {}};
    }
    const auto kept = context.call(
        "backup.key",
        {{"key", QString::fromStdString(encodeHex(crypto::BackupKey(*code).publicKey().view()))}});
    return kept ? std::nullopt : std::optional(kept.error());
}

rpc::Exit create(Context& context, const Arguments& arguments) {
    Output& out = context.out();
    const QString path = QString::fromStdString(Context::absolutePath(arguments.file));
    const auto attempt = [&] { return runJob(context, "Backup", "backup.create", {{"path", path}}); };
    auto job = attempt();
    if (!job && job.error().code == "no_backup_key") {
        if (const auto error = teachBackupKey(context, arguments)) {
            return out.error(*error);
        }
        job = attempt();
    }
    if (!job) {
        return out.error(job.error());
    }
    const auto account = context.call("whoami", {});
    if (!account) {
        return out.error(account.error());
    }
    if (out.isJson()) {
        QJsonObject object =
            rpc::objectOf("backup", (*account)["id"].toString().toStdString(), (*job)["ts"].toInteger());
        object["action"] = "created";
        object["path"] = path;
        object["rows"] = (*job)["done"];
        object["bytes"] = (*job)["bytes"];
        out.object(object);
    } else {
        out.line("Backup of @" + escaped((*account)["name"].toString().toStdString()) + ": " +
                 escaped(path.toStdString()) + " (" +
                 size(static_cast<std::uint64_t>((*job)["bytes"].toInteger())) +
                 "). The recovery code opens it.");
    }
    return rpc::Exit::Done;
}

rpc::Exit tell(Context& context, const char* action, const std::string& path, const core::BackupInfo& info) {
    Output& out = context.out();
    std::error_code ignored;
    const auto bytes = std::filesystem::file_size(path, ignored);
    if (out.isJson()) {
        QJsonObject object = rpc::objectOf("backup", "acct_" + info.account.hex(), info.madeAt);
        object["action"] = action;
        object["path"] = QString::fromStdString(path);
        object["device"] = static_cast<qint64>(number(info.device));
        object["messages"] = static_cast<qint64>(info.messages);
        object["rows"] = static_cast<qint64>(info.rows);
        object["bytes"] = static_cast<qint64>(bytes);
        out.object(object);
        return rpc::Exit::Done;
    }
    out.line("Account " + info.account.hex() + ", device " + std::to_string(number(info.device)) + ", of " +
             localTime(info.madeAt) + ": " + std::to_string(info.messages) + " messages in " + size(bytes) +
             ".");
    return rpc::Exit::Done;
}

core::OnArchiveProgress shownBy(Progress& progress, const Context& context) {
    return [&](const core::ArchiveProgress& now) {
        progress.show(now.done, now.total);
        return context.interrupts().caught() == 0;
    };
}

rpc::Exit failed(Context& context, const core::Failure& failure) {
    const bool isStopped = context.interrupts().caught() != 0;
    rpc::Error error = rpc::errorOf(failure);
    return context.out().error(isStopped ? rpc::Error{rpc::Exit::Interrupted, "interrupted", error.text, {}}
                                         : error);
}

rpc::Exit verify(Context& context, const Arguments& arguments) {
    const auto code = readRecoveryCode(arguments.code);
    if (!code) {
        return context.out().error(code.error());
    }
    const std::string path = Context::absolutePath(arguments.file);
    core::Result<core::BackupInfo> info;
    {
        Progress progress("Verifying");
        info = core::verifyBackup(path, *code, shownBy(progress, context));
    }
    if (!info) {
        return failed(context, info.error());
    }
    if (!context.out().isJson()) {
        context.out().line("The backup is whole.");
    }
    return tell(context, "verified", path, *info);
}

rpc::Exit restore(Context& context, const Arguments& arguments) {
    Output& out = context.out();
    if (const auto refused = refusalOf(arguments.protection)) {
        return out.error(*refused);
    }
    const auto place = context.place();
    if (!place) {
        return out.error(place.error());
    }
    if (core::Profile::protectionOf(place->directory)) {
        return out.error({rpc::Exit::Usage,
                          "exists",
                          "there is a profile in " + place->directory.string() +
                              " already; restore into another one with --profile NAME",
                          {}});
    }
    const auto code = readRecoveryCode(arguments.code);
    if (!code) {
        return out.error(code.error());
    }
    const auto secrets = newSecrets(context, arguments.protection, context.options().passphrase);
    if (!secrets) {
        return out.error(secrets.error());
    }
    const auto cost = secrets->passphrase.isEmpty() ? core::Profile::SealCost()
                                                    : core::Profile::SealCost::measured(context.clock());
    const std::string path = Context::absolutePath(arguments.file);
    core::Result<core::BackupInfo> info;
    {
        Progress progress("Restoring");
        info = core::restoreBackup(path, *code, place->directory, *secrets, cost, context.random(),
                                   shownBy(progress, context));
    }
    if (!info) {
        return failed(context, info.error());
    }
    if (!out.isJson()) {
        out.line("Restored into " + place->directory.string() +
                 ". If this account is still in use elsewhere, end that first: one device, one place.");
    }
    return tell(context, "restored", path, *info);
}

Run withFile(Synopsis& synopsis, rpc::Exit (*run)(Context&, const Arguments&), bool makesProfile) {
    auto arguments = std::make_shared<Arguments>();
    synopsis.option("FILE", arguments->file, "The backup").required();
    addCode(synopsis, *arguments);
    if (makesProfile) {
        synopsis.flag("--key-file", arguments->protection.keyFile,
                      "No passphrase: whoever copies the profile can read it");
        synopsis.flag("--keychain", arguments->protection.keychain,
                      "No passphrase: the desktop's keychain keeps the key (Secret Service, KWallet)");
    }
    return [arguments, run](Context& context) { return run(context, *arguments); };
}

} // namespace

Command backupCreateCommand() {
    return {{"backup", "create"},
            "Write a backup that the recovery code opens",
            "sotto backup create alice.sotto    # the file must not be there yet",
            [](Synopsis& synopsis) { return withFile(synopsis, &create, false); }};
}

Command backupVerifyCommand() {
    return {{"backup", "verify"},
            "Read a whole backup, without restoring anything",
            "sotto backup verify alice.sotto                    # asks for the recovery code\n"
            "sotto backup verify alice.sotto --code-file FILE   # or reads it from a 0600 file",
            [](Synopsis& synopsis) { return withFile(synopsis, &verify, false); }};
}

Command backupRestoreCommand() {
    return {
        {"backup", "restore"},
        "Make a profile from a backup",
        "sotto backup restore alice.sotto                   # asks for the recovery code and a passphrase\n"
        "sotto --profile again backup restore alice.sotto   # beside the profile that is there",
        [](Synopsis& synopsis) { return withFile(synopsis, &restore, true); }};
}

} // namespace sotto::cli

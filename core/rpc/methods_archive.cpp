// SPDX-License-Identifier: GPL-3.0-or-later
// backup.*, export, job.*
#include "core/base/encoding.h"
#include "core/rpc/history_export.h"
#include "core/rpc/method_table.h"
#include "core/rpc/objects.h"
#include "core/rpc/params.h"

namespace sotto::rpc {

namespace {

class BackupJob final : public Job {
public:
    explicit BackupJob(core::BackupWriter writer)
        : m_writer(std::move(writer)) {}
    core::Result<core::ArchiveProgress> step() override { return m_writer.step(kSlice); }

private:
    core::BackupWriter m_writer;
};

QJsonObject jobObject(const QString& id, const core::ArchiveProgress& progress, std::int64_t now) {
    QJsonObject object = objectOf("job", id.toStdString(), now);
    object["done"] = static_cast<qint64>(progress.done);
    object["total"] = static_cast<qint64>(progress.total);
    object["bytes"] = static_cast<qint64>(progress.bytes);
    object["finished"] = progress.isFinished;
    return object;
}

void backupCreate(Session& session, const QJsonObject& params, Reply reply) {
    Owner& owner = session.owner();
    auto writer =
        core::BackupWriter::begin(owner.profile(), textParam(params, "path"), owner.random(), owner.clock());
    if (!writer) {
        Error error = errorOf(writer.error());
        if (const auto known = core::hasBackupKey(owner.profile().database()); known && !*known) {
            error.code = "no_backup_key";
        }
        reply(tl::unexpected(error));
        return;
    }
    const QString id = session.addJob(std::make_unique<BackupJob>(std::move(*writer)));
    reply(jobObject(id, {}, owner.now()));
}

void exportCreate(Session& session, const QJsonObject& params, Reply reply) {
    Owner& owner = session.owner();
    auto job = HistoryExport::begin(owner.profile(), owner.client(), textParam(params, "path"),
                                    owner.random(), owner.clock());
    if (!job) {
        reply(tl::unexpected(errorOf(job.error())));
        return;
    }
    const QString id = session.addJob(std::move(*job));
    reply(jobObject(id, {}, owner.now()));
}

/// The code itself never travels through the socket.
void backupKey(Session& session, const QJsonObject& params, Reply reply) {
    const auto bytes = decodeHex(textParam(params, "key"));
    const auto key = bytes ? Curve25519Key::from(*bytes) : std::nullopt;
    if (!key) {
        reply(fail(Exit::Usage, "bad_params", "backup.key: 'key' is no key"));
        return;
    }
    const auto kept = core::setBackupKey(session.owner().profile().database(), *key);
    if (!kept) {
        reply(fail(Exit::Internal, "storage",
                   std::string("keeping the backup key failed: ") + db::describe(kept.error())));
        return;
    }
    reply(QJsonObject{});
}

void jobStep(Session& session, const QJsonObject& params, Reply reply) {
    const QString id = params["job"].toString();
    Job* job = session.job(id);
    if (job == nullptr) {
        reply(fail(Exit::NotFound, "no_job", "there is no such job"));
        return;
    }
    const auto progress = job->step();
    if (!progress || progress->isFinished) {
        session.removeJob();
    }
    reply(progress ? Result<QJsonObject>(jobObject(id, *progress, session.owner().now()))
                   : tl::unexpected(errorOf(progress.error())));
}

} // namespace

std::vector<Method> archiveMethods() {
    return {
        {"backup.create",
         "Begins a backup; job.step goes on with it.",
         {{"path", Kind::Text, true, "absolute, of a file that is not there yet"}},
         "job",
         backupCreate},
        {"backup.key",
         "Tells a profile that was made before there were backups whom they are for.",
         {{"key", Kind::Text, true, "public half of the recovery code's backup key, in hex"}},
         "none",
         backupKey},
        {"export",
         "Begins to export the history as JSON Lines; job.step goes on with it.",
         {{"path", Kind::Text, true, "absolute, of a file that is not there yet"}},
         "job",
         exportCreate},
        {"job.step",
         "Some of the work. Without it a job stands still, and it ends with its connection.",
         {{"job", Kind::Text, true, "its id"}},
         "job",
         jobStep},
    };
}

} // namespace sotto::rpc

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/archive_job.h"

#include "app/when_done.h"

#include <QJsonObject>

namespace sotto::app {

ArchiveJob::ArchiveJob(CoreThread& core, const std::string& method, const QString& path, QObject* parent)
    : QObject(parent)
    , m_core(core) {
    ask(method, {{"path", path}});
}

ArchiveJob::~ArchiveJob() {
    m_core.endWork();
}

void ArchiveJob::ask(const std::string& method, const QJsonObject& params) {
    whenDone(m_core.work(method, params), this, [this](const rpc::Result<QJsonObject>& step) {
        if (!step) {
            emit failed(step.error());
        } else if ((*step)["finished"].toBool()) {
            emit finished((*step)["bytes"].toInteger());
        } else if (m_isStopping) {
            m_core.endWork();
            emit stopped();
        } else {
            emit progressed((*step)["done"].toInteger(), (*step)["total"].toInteger());
            ask("job.step", {{"job", (*step)["id"]}});
        }
    });
}

} // namespace sotto::app

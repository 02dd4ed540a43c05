// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One backup or export on its way into a file, slice by slice in the core thread, so that messages go on
/// coming and going. It ends with this object; a file that is not whole does not stay.

#include "app/core_thread.h"

namespace sotto::app {

class ArchiveJob final : public QObject {
    Q_OBJECT

public:
    /// method: "backup.create" or "export". path: absolute, of a file that is not there yet.
    ArchiveJob(CoreThread& core, const std::string& method, const QString& path, QObject* parent = nullptr);
    ~ArchiveJob() override;
    /// stopped() follows, or finished() if it just was.
    void stop() { m_isStopping = true; }

signals:
    /// total 0: not known.
    void progressed(qint64 done, qint64 total);
    void finished(qint64 bytes);
    void stopped();
    void failed(const rpc::Error& error);

private:
    void ask(const std::string& method, const QJsonObject& params);
    CoreThread& m_core;
    bool m_isStopping = false;
};

} // namespace sotto::app

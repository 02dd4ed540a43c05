// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Backup and export into a file, with progress, and a button that stops it.

#include "app/archive_job.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

namespace sotto::app {

class DataPage final : public QWidget {
    Q_OBJECT

public:
    DataPage(CoreThread& core, QWidget* parent);
    /// As ArchiveJob. Another one ends the one before.
    void begin(const std::string& method, const QString& path);

private:
    void askWhere(const std::string& method, const QString& title, const QString& name);
    void show(const QString& sentence); ///< nothing is under way any more
    CoreThread& m_core;
    std::unique_ptr<ArchiveJob> m_job;
    QPushButton* m_backup;
    QPushButton* m_export;
    QProgressBar* m_bar;
    QPushButton* m_stop;
    QLabel* m_words;
};

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/data_page.h"

#include "app/dialogs/settings_rows.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"

#include <QDate>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>

namespace sotto::app {

DataPage::DataPage(CoreThread& core, QWidget* parent)
    : QWidget(parent)
    , m_core(core) {
    SettingsRows rows(this);
    rows.title(tr("Backup"));
    rows.words(tr("Everything in this profile, for your recovery code to open. Nobody else can."));
    m_backup = rows.button(tr("Make a backup…"));
    rows.title(tr("Export"));
    rows.words(tr("All messages as text that other programs read (JSON Lines). The file is not encrypted."));
    m_export = rows.button(tr("Export the history…"));
    m_words = rows.title({});
    m_bar = new QProgressBar(this);
    m_bar->setAccessibleName(tr("Progress"));
    m_bar->setMinimumWidth(320);
    rows.widget(m_bar);
    m_stop = rows.button(tr("Stop"));
    rows.end();
    show({});
    connect(m_backup, &QPushButton::clicked, this,
            [this] { askWhere("backup.create", tr("Make a backup"), QStringLiteral("sotto-%1.backup")); });
    connect(m_export, &QPushButton::clicked, this,
            [this] { askWhere("export", tr("Export the history"), QStringLiteral("sotto-%1.jsonl")); });
    connect(m_stop, &QPushButton::clicked, this, [this] {
        m_stop->setEnabled(false);
        m_job->stop();
    });
}

void DataPage::askWhere(const std::string& method, const QString& title, const QString& name) {
    auto* const dialog = new QFileDialog(
        window(), title, QDir::home().filePath(name.arg(QDate::currentDate().toString(Qt::ISODate))));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setOption(QFileDialog::DontConfirmOverwrite); // a file that is there is refused, and stays
    connect(dialog, &QFileDialog::fileSelected, this,
            [this, method](const QString& path) { begin(method, path); });
    dialog->open();
}

void DataPage::begin(const std::string& method, const QString& path) {
    show({});
    m_job = std::make_unique<ArchiveJob>(m_core, method, path);
    m_words->setText(method == "export" ? tr("Exporting…") : tr("Making the backup…"));
    m_bar->setRange(0, 0);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_words, m_bar, m_stop}) {
        widget->show();
    }
    m_stop->setEnabled(true);
    m_backup->setEnabled(false);
    m_export->setEnabled(false);
    connect(m_job.get(), &ArchiveJob::progressed, this, [this](qint64 done, qint64 total) {
        constexpr int kSteps = 1000;
        if (total > 0) {
            m_bar->setRange(0, kSteps);
            m_bar->setValue(static_cast<int>(std::min(done, total) * kSteps / total));
        }
    });
    connect(m_job.get(), &ArchiveJob::finished, this, [this, path](qint64 bytes) {
        show(tr("Done: %1, %2.")
                 .arg(isolated(shownSentence(path.toStdString())), QLocale().formattedDataSize(bytes)));
    });
    connect(m_job.get(), &ArchiveJob::stopped, this, [this] { show(tr("Stopped. Nothing was kept.")); });
    connect(m_job.get(), &ArchiveJob::failed, this,
            [this](const rpc::Error& error) { show(errorWords(error)); });
}

void DataPage::show(const QString& sentence) {
    if (m_job) {
        m_job.release()->deleteLater(); // it may be the one who calls
    }
    m_words->setText(sentence);
    m_words->setVisible(!sentence.isEmpty());
    m_bar->hide();
    m_stop->hide();
    m_backup->setEnabled(true);
    m_export->setEnabled(true);
}

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/autostart.h"

#include <QCoreApplication>
#include <QDir>
#include <QSaveFile>
#include <QStandardPaths>

namespace sotto::app {
namespace {

/// A word of an Exec line (Desktop Entry Specification): quoted, its own signs escaped twice, as a string of
/// the file and as a word of the line; a per cent sign is doubled.
QString execWord(const QString& word) {
    QString quoted;
    for (const QChar c : word) {
        if (c == QLatin1Char('"') || c == QLatin1Char('`') || c == QLatin1Char('$')) {
            quoted += QLatin1String("\\\\");
        } else if (c == QLatin1Char('\\')) {
            quoted += QLatin1String("\\\\\\");
        } else if (c == QLatin1Char('%')) {
            quoted += c;
        }
        quoted += c;
    }
    return QLatin1Char('"') + quoted + QLatin1Char('"');
}

} // namespace

QString autostartFile() {
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
           QStringLiteral("/autostart/org.sotto.Sotto.desktop");
}

bool isAutostarted() {
    QFile file(autostartFile());
    return file.open(QIODevice::ReadOnly) && !file.read(64 * 1024).contains("\nHidden=true");
}

bool setAutostarted(bool on) {
    if (!on) {
        return !QFile::exists(autostartFile()) || QFile::remove(autostartFile());
    }
    QDir().mkpath(QFileInfo(autostartFile()).absolutePath());
    QSaveFile file(autostartFile());
    return file.open(QIODevice::WriteOnly) &&
           file.write(QStringLiteral("[Desktop Entry]\nType=Application\nName=Sotto\nIcon=org.sotto.Sotto\n"
                                     "Exec=%1\nX-GNOME-Autostart-enabled=true\n")
                          .arg(execWord(QCoreApplication::applicationFilePath()))
                          .toUtf8()) > 0 &&
           file.commit();
}

} // namespace sotto::app

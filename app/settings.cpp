// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settings.h"

#include <QSettings>

namespace sotto::app {

QVariant Settings::value(const char* key) const {
    return m_file.isEmpty() ? QVariant() : QSettings(m_file, QSettings::IniFormat).value(QLatin1String(key));
}

void Settings::set(const char* key, const QVariant& value) {
    if (!m_file.isEmpty()) {
        QSettings(m_file, QSettings::IniFormat).setValue(QLatin1String(key), value);
    }
}

ThemeChoice Settings::theme() const {
    const QString text = value("theme").toString();
    return text == QLatin1String("light")  ? ThemeChoice::Light
           : text == QLatin1String("dark") ? ThemeChoice::Dark
                                           : ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice choice) {
    set("theme", choice == ThemeChoice::Light  ? QStringLiteral("light")
                 : choice == ThemeChoice::Dark ? QStringLiteral("dark")
                                               : QStringLiteral("system"));
}

QByteArray Settings::geometry() const {
    return value("geometry").toByteArray();
}

void Settings::setGeometry(const QByteArray& geometry) {
    set("geometry", geometry);
}

QByteArray Settings::split() const {
    return value("split").toByteArray();
}

void Settings::setSplit(const QByteArray& split) {
    set("split", split);
}

} // namespace sotto::app

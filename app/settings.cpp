// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settings.h"

#include <QCoreApplication>
#include <QFile>
#include <QSettings>

namespace sotto::app {

Settings::Settings(QString file)
    : m_file(std::move(file)) {
    if (m_file.isEmpty() || !QFile::exists(m_file)) {
        return;
    }
    QSettings stored(m_file, QSettings::IniFormat);
    stored.allKeys(); // reads all of it: what is wrong shows only then
    const QSettings::Status status = stored.status();
    const auto tr = [](const char* text) {
        return QCoreApplication::translate("sotto::app::Settings", text);
    };
    if (status == QSettings::FormatError) {
        const QString aside = m_file + QStringLiteral(".damaged");
        QFile::remove(aside);
        m_problem = QFile::rename(m_file, aside)
                        ? tr("The settings of the window were damaged and lie in desktop.ini.damaged now.")
                        : tr("The settings of the window are damaged.");
    } else if (status == QSettings::AccessError) {
        m_problem = tr("The settings of the window cannot be read.");
    }
}

QVariant Settings::value(const char* key) const {
    if (const auto chosen = m_chosen.constFind(QLatin1String(key)); chosen != m_chosen.constEnd()) {
        return *chosen;
    }
    return m_file.isEmpty() ? QVariant() : QSettings(m_file, QSettings::IniFormat).value(QLatin1String(key));
}

int Settings::number(const char* key, int fallback, int least, int most) const {
    bool isNumber = false;
    const int found = value(key).toString().toInt(&isNumber);
    return isNumber && found >= least && found <= most ? found : fallback;
}

bool Settings::flag(const char* key) const {
    return value(key).toString() == QLatin1String("true");
}

void Settings::set(const char* key, const QVariant& value) {
    m_chosen.insert(QLatin1String(key), value);
    if (m_file.isEmpty()) {
        return;
    }
    QSettings stored(m_file, QSettings::IniFormat);
    stored.setValue(QLatin1String(key), value);
    stored.sync();
    m_isKept = stored.status() == QSettings::NoError;
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

int Settings::textSize() const {
    return number("text_size", 100, kLeastTextSize, kMostTextSize);
}

void Settings::setTextSize(int percent) {
    set("text_size", percent);
}

Density Settings::density() const {
    return value("density").toString() == QLatin1String("compact") ? Density::Compact : Density::Roomy;
}

void Settings::setDensity(Density density) {
    set("density", density == Density::Compact ? QStringLiteral("compact") : QStringLiteral("roomy"));
}

NotificationLevel Settings::notifications() const {
    const QString text = value("notifications").toString();
    return text == QLatin1String("full")   ? NotificationLevel::Full
           : text == QLatin1String("none") ? NotificationLevel::None
                                           : NotificationLevel::Name;
}

void Settings::setNotifications(NotificationLevel level) {
    set("notifications", level == NotificationLevel::Full   ? QStringLiteral("full")
                         : level == NotificationLevel::None ? QStringLiteral("none")
                                                            : QStringLiteral("name"));
}

bool Settings::closesToTray() const {
    return flag("close_to_tray");
}

void Settings::setClosesToTray(bool closes) {
    set("close_to_tray", closes);
}

bool Settings::startsHidden() const {
    return flag("start_hidden");
}

void Settings::setStartsHidden(bool hidden) {
    set("start_hidden", hidden);
}

int Settings::lockAfterMinutes() const {
    return number("lock_after_minutes", 0, 0, kMostIdleMinutes);
}

void Settings::setLockAfterMinutes(int minutes) {
    set("lock_after_minutes", minutes);
}

bool Settings::showsDetails() const {
    return flag("show_details");
}

void Settings::setShowsDetails(bool shows) {
    set("show_details", shows);
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

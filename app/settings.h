// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// How the window was left and what the person chose for it. Nothing of anybody's messages. What cannot be
/// read is as if it had not been set.

#include "app/views/theme.h"

#include <QByteArray>
#include <QString>
#include <QVariant>

namespace sotto::app {

/// What a notification tells whoever looks at the screen.
enum class NotificationLevel { Full, Name, None };

class Settings {
public:
    static constexpr int kLeastTextSize = 75; ///< percent
    static constexpr int kMostTextSize = 250;
    static constexpr int kMostIdleMinutes = 24 * 60;

    /// file: an INI file; empty: nothing is kept. One that is damaged is put aside, and defaults hold.
    explicit Settings(QString file);
    /// What was wrong with the file, in a sentence; empty: nothing.
    const QString& problem() const { return m_problem; }
    /// Whether the last change could be written.
    bool isKept() const { return m_isKept; }

    ThemeChoice theme() const;
    void setTheme(ThemeChoice choice);
    int textSize() const; ///< percent of the desktop's
    void setTextSize(int percent);
    Density density() const;
    void setDensity(Density density);

    NotificationLevel notifications() const; ///< without set: the name only
    void setNotifications(NotificationLevel level);

    bool closesToTray() const;
    void setClosesToTray(bool closes);
    bool startsHidden() const; ///< in the tray; only where there is one
    void setStartsHidden(bool hidden);
    int lockAfterMinutes() const; ///< without a key or a mouse in the window; 0: never
    void setLockAfterMinutes(int minutes);

    bool showsDetails() const; ///< beside a conversation
    void setShowsDetails(bool shows);

    QByteArray geometry() const;
    void setGeometry(const QByteArray& geometry);
    QByteArray split() const;
    void setSplit(const QByteArray& split);

private:
    QVariant value(const char* key) const;
    int number(const char* key, int fallback, int least, int most) const;
    bool flag(const char* key) const;
    void set(const char* key, const QVariant& value);
    QString m_file;
    QString m_problem;
    QVariantHash m_chosen; ///< since the program began: holds even if it cannot be kept
    bool m_isKept = true;
};

} // namespace sotto::app

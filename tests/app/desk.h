// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Somebody with the window of their profile open in this process, and the commands beside it.

#include "app/main_window.h"
#include "app/views/theme.h"
#include "core/paths.h"
#include "tests/support/history_rows.h"
#include "tests/support/programs.h"

#include <QDir>
#include <QTest>

namespace sotto::test {

/// The profile of a person who types commands, as the desktop finds it.
inline app::CoreThread::Place placeOf(const Person& person) {
    const auto paths = core::Paths::fromEnvironment([&](const std::string& name) {
        const QString key = QString::fromStdString(name);
        return person.environment().contains(key)
                   ? std::optional(person.environment().value(key).toStdString())
                   : std::nullopt;
    });
    const auto directory = paths.profileDirectory("default").value();
    return {directory, paths.socketOf(directory).value()};
}

/// A line of a made-up history.
struct Said {
    std::size_t conversation = 1;
    std::string text;
};

/// Fills the profile of somebody who knows nobody yet; everything is read, ten minutes apart.
inline void fill(const Person& person, std::size_t conversations, const std::vector<Said>& lines) {
    constexpr std::int64_t kBegin = 1'700'000'000'000;
    constexpr std::int64_t kApart = 600'000;
    auto profile = core::Profile::open(placeOf(person).directory, {}).value();
    HistoryRows history(profile.database(), conversations, profile.identity()->account);
    const auto done = profile.database().transaction([&] {
        std::int64_t at = kBegin;
        for (const Said& line : lines) {
            history.add(line.conversation, line.text, at);
            at += kApart;
        }
        profile.database().execute("UPDATE conversation SET read_stamp = (SELECT max(stamp) FROM message), "
                                   "read_seq = 9223372036854775807");
    });
    history.finish();
    if (!done) {
        throw std::runtime_error("no history");
    }
}

/// A window of a profile.
struct Desk {
    explicit Desk(const Person& person)
        : core(placeOf(person)) {
        window.resize(1000, 700);
        window.show();
        window.activateWindow();
        window.begin();
    }
    app::CoreThread core;
    app::Settings settings{QString()};
    QList<QUrl> opened; ///< in the browser
    app::LinkGate gate{[this](const QUrl& url) { opened.append(url); }};
    app::MainWindow window{core, settings, gate};
};

/// Waits for what threads and other processes bring about.
inline bool waits(const std::function<bool()>& condition) {
    return QTest::qWaitFor(condition, kPatienceMs);
}

/// With SOTTO_SCREENSHOTS=FOLDER: how a widget looks, in both themes.
inline void shot(QWidget& widget, const QString& name) {
    const QString folder = qEnvironmentVariable("SOTTO_SCREENSHOTS");
    if (folder.isEmpty()) {
        return;
    }
    QDir().mkpath(folder);
    for (const auto& [theme, suffix] :
         {std::pair(app::ThemeChoice::Dark, "dark"), std::pair(app::ThemeChoice::Light, "light")}) {
        app::applyTheme(theme);
        QCoreApplication::processEvents();
        widget.grab().save(QStringLiteral("%1/%2-%3.png").arg(folder, name, QLatin1String(suffix)));
    }
}

/// The first widget of a kind whose accessible name or text is this.
template <class Kind>
Kind* named(const QWidget& in, const QString& name) {
    for (Kind* widget : in.findChildren<Kind*>()) {
        if (widget->accessibleName() == name) {
            return widget;
        }
    }
    return nullptr;
}

} // namespace sotto::test

// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-desktop [--profile NAME] [LINK]: the window of one profile; if it is there already, it comes up. Exit
// 0; 1 when the program cannot start.

#include "app/instance.h"
#include "app/shell.h"
#include "app/stall_watch.h"
#include "core/config.h"
#include "core/start_up.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QTranslator>
#include <cstdio>

namespace {

int refuse(const std::string& text) {
    std::fprintf(stderr, "sotto-desktop: %s\n", text.c_str());
    return 1;
}

} // namespace

int main(int argc, char** argv) {
    using namespace sotto;
    try {
        core::startUp();
    } catch (const std::exception& error) {
        return refuse(error.what());
    }
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("sotto"));
    QApplication::setApplicationDisplayName(QStringLiteral("Sotto"));
    QApplication::setDesktopFileName(QStringLiteral("org.sotto.Sotto"));
    QApplication::setApplicationVersion(QStringLiteral(SOTTO_VERSION));
    // Where there is one for the person's language: what is not translated stays English.
    QTranslator translator;
    if (translator.load(QLocale(), QStringLiteral("sotto"), QStringLiteral("_"),
                        QApplication::applicationDirPath() +
                            QStringLiteral("/../share/sotto/translations"))) {
        QApplication::installTranslator(&translator);
    }

    QCommandLineParser parser;
    parser.setApplicationDescription(QApplication::translate("main", "End-to-end encrypted chat"));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption profile(
        QStringLiteral("profile"),
        QApplication::translate("main", "The profile to open: a name, or a path with a slash."),
        QStringLiteral("NAME"));
    parser.addOption(profile);
    parser.addPositionalArgument(QStringLiteral("link"),
                                 QApplication::translate("main", "An invite link (sotto://…) to begin with."),
                                 QStringLiteral("[LINK]"));
    parser.process(application);

    const core::Environment environment = core::processEnvironment();
    const core::Paths paths = core::Paths::fromEnvironment(environment);
    auto config = core::Config::load(paths, environment);
    if (!config) {
        return refuse(config.error().text);
    }
    if (parser.isSet(profile)) {
        if (const auto set = config->setFlag("profile", parser.value(profile).toStdString(), "--profile");
            !set) {
            return refuse(set.error().text);
        }
    }
    const auto directory = paths.profileDirectory(config->text("profile"));
    const auto socket = directory ? paths.socketOf(*directory) : tl::unexpected(directory.error());
    if (!socket) {
        return refuse(socket.error().text);
    }

    const QString link = parser.positionalArguments().value(0);
    app::Instance instance(*socket);
    if (!instance.isFirst()) {
        return instance.tellFirst(link)
                   ? 0
                   : refuse("this profile's window is there already, but does not answer");
    }

    app::CoreThread core({*directory, *socket});
    app::Settings settings(QString::fromStdString((paths.config / "desktop.ini").string()));
    app::applyTheme(settings.theme());
    app::applyTextSize(settings.textSize());
    app::applyDensity(settings.density());
    const app::LinkGate gate;
    QApplication::setWindowIcon(app::iconPixmap(QStringLiteral("sotto"), 128, Qt::black, 1));
    app::MainWindow window(core, settings, gate);
    app::Shell shell(core, settings, window, app::Shell::sessionBus());
    QObject::connect(&instance, &app::Instance::startedAgain, &shell, &app::Shell::show);
    shell.begin();
    window.begin();
    if (!link.isEmpty()) {
        window.openLink(link);
    }
#ifndef NDEBUG
    constexpr std::chrono::milliseconds kFrame(16);
    const app::StallWatch watch(kFrame, app::StallWatch::print);
#endif
    return QApplication::exec();
}

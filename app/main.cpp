// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-desktop [--profile NAME] [LINK]: the window of one profile; if it is there already, it comes up. Exit
// 0; 1 when the program cannot start.

#include "app/display.h"
#include "app/instance.h"
#include "app/shell.h"
#include "app/stall_watch.h"
#include "core/config.h"
#include "core/start_up.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QFontDatabase>
#include <QTranslator>
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string_view>

namespace {

int refuse(const std::string& text) {
    std::fprintf(stderr, "sotto-desktop: %s\n", text.c_str());
    return 1;
}

const QString kProfile = QStringLiteral("profile");

void describe(QCommandLineParser& parser) {
    parser.setApplicationDescription(QApplication::translate("main", "End-to-end encrypted chat"));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOption({kProfile,
                      QApplication::translate("main", "The profile to open: a name, or a path with a slash."),
                      QStringLiteral("NAME")});
    parser.addPositionalArgument(QStringLiteral("link"),
                                 QApplication::translate("main", "An invite link (sotto://…) to begin with."),
                                 QStringLiteral("[LINK]"));
}

/// Help and version need no display: answered here, and the program ends.
void answerWithoutDisplay(int argc, char** argv) {
    const bool asks = std::any_of(argv + 1, argv + argc, [](const std::string_view argument) {
        return argument == "--help" || argument == "-h" || argument == "--help-all" ||
               argument == "--version" || argument == "-v";
    });
    if (asks) {
        QCoreApplication application(argc, argv);
        QCoreApplication::setApplicationVersion(QStringLiteral(SOTTO_VERSION));
        QCommandLineParser parser;
        describe(parser);
        parser.process(application);
    }
}

} // namespace

int main(int argc, char** argv) {
    using namespace sotto;
    try {
        core::startUp();
    } catch (const std::exception& error) {
        return refuse(error.what());
    }
    answerWithoutDisplay(argc, argv);
    std::optional<app::DisplayGuard> guard(std::in_place);
    QApplication application(argc, argv);
    guard.reset();
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
    describe(parser);
    parser.process(application);

    const core::Environment environment = core::processEnvironment();
    const core::Paths paths = core::Paths::fromEnvironment(environment);
    auto config = core::Config::load(paths, environment);
    if (!config) {
        return refuse(config.error().text);
    }
    if (parser.isSet(kProfile)) {
        if (const auto set = config->setFlag("profile", parser.value(kProfile).toStdString(), "--profile");
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
    if (!app::hasEmoji(QFontDatabase::families())) {
        window.note(QApplication::translate("main", "No font with emoji is installed: they are shown as "
                                                    "boxes. On Debian, install fonts-noto-color-emoji."));
    }
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

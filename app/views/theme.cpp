// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/theme.h"

#include <QApplication>
#include <QFile>
#include <QFont>
#include <QListView>
#include <QPainter>
#include <QPalette>
#include <QPixmapCache>
#include <QStyle>
#include <QStyleFactory>
#include <QSvgRenderer>

/// The resources of a static library are there when somebody asks for them; outside of every namespace.
static void loadIcons() {
    Q_INIT_RESOURCE(icons);
}

namespace sotto::app {
namespace {

const Theme kLight{
    false,     "#ffffff", "#e8edf1", "#16191d", "#7c8792", "#e2e6ea", "#f2f5f7",
    "#3f8ae0", "#ffffff", "#f1f4f6", "#2f7fd8", "#ffffff", "#ffffff", "#d8ecfd",
    "#5f8fb8", "#2f86d6", "#9aa7b3", "#ffffff", "#ffe58f", "#d04437",
};
const Theme kDark{
    true,      "#18222c", "#0f1720", "#eef2f5", "#7f91a3", "#0b1118", "#1f2b37",
    "#2c5580", "#ffffff", "#22303d", "#5aaaf0", "#0d1720", "#1d2a36", "#2a5179",
    "#9dbddb", "#7fc4ff", "#253341", "#c9d6e2", "#7a6215", "#ff7b6e",
};

const Theme* g_current = &kLight;
Density g_density = Density::Roomy;

/// Asked before the palette is ours.
bool isDesktopDark() {
    static const bool kDarkAtStart = [] {
        const QPalette palette = QApplication::palette();
        return palette.color(QPalette::WindowText).lightness() > palette.color(QPalette::Window).lightness();
    }();
    return kDarkAtStart;
}

QPalette paletteOf(const Theme& theme) {
    QPalette palette;
    const auto set = [&](QPalette::ColorRole role, const QColor& colour) { palette.setColor(role, colour); };
    set(QPalette::Window, theme.window);
    set(QPalette::WindowText, theme.text);
    set(QPalette::Base, theme.field);
    set(QPalette::AlternateBase, theme.hover);
    set(QPalette::Text, theme.text);
    set(QPalette::PlaceholderText, theme.faint);
    set(QPalette::Button, theme.dark ? theme.field : theme.hover);
    set(QPalette::ButtonText, theme.text);
    set(QPalette::BrightText, theme.danger);
    set(QPalette::Highlight, theme.accent);
    set(QPalette::HighlightedText, theme.onAccent);
    set(QPalette::Link, theme.accent);
    set(QPalette::LinkVisited, theme.accent);
    set(QPalette::ToolTipBase, theme.dark ? theme.field : theme.window);
    set(QPalette::ToolTipText, theme.text);
    set(QPalette::Light, theme.hover);
    set(QPalette::Midlight, theme.line);
    set(QPalette::Mid, theme.faint);
    set(QPalette::Dark, theme.line);
    set(QPalette::Shadow, theme.line);
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, theme.faint);
    }
    return palette;
}

} // namespace

const Theme& Theme::current() {
    return *g_current;
}

void applyTheme(ThemeChoice choice) {
    const bool desktopDark = isDesktopDark();
    const bool dark = choice == ThemeChoice::Dark || (choice == ThemeChoice::System && desktopDark);
    g_current = dark ? &kDark : &kLight;
    if (qApp->style()->name() != QLatin1String("fusion")) {
        QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
        // Emoji in colour, wherever there is a font of them.
        QFont font = QApplication::font();
        font.setFamilies({font.family(), QStringLiteral("Noto Color Emoji")});
        QApplication::setFont(font);
    }
    QApplication::setPalette(paletteOf(*g_current));
}

QString scrollBarStyle() {
    QColor handle = g_current->faint;
    handle.setAlpha(120);
    return QStringLiteral(
               "QScrollBar:vertical { background: transparent; width: 9px; margin: 0; }"
               "QScrollBar::handle:vertical { background: %1; border-radius: 3px; min-height: 36px; "
               "margin: 2px 3px 2px 0px; }"
               "QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical { height: 0; }"
               "QScrollBar::add-page:vertical, QScrollBar::sub-page:vertical { background: transparent; }")
        .arg(handle.name(QColor::HexArgb));
}

void applyDensity(Density density) {
    if (std::exchange(g_density, density) == density) {
        return;
    }
    for (QWidget* widget : QApplication::allWidgets()) {
        if (auto* const list = qobject_cast<QListView*>(widget)) {
            list->doItemsLayout(); // rows have another height
        }
    }
}

Density density() {
    return g_density;
}

namespace {

constexpr const char* kTextScale = "sottoTextScale";

void scaleText(QWidget& widget, double scale) {
    const QFont whole = QApplication::font();
    QFont font = widget.font();
    if (whole.pointSizeF() > 0) {
        font.setPointSizeF(whole.pointSizeF() * scale);
    } else {
        font.setPixelSize(static_cast<int>(whole.pixelSize() * scale));
    }
    widget.setFont(font);
}

} // namespace

void setTextScale(QWidget& widget, double scale, QFont::Weight weight) {
    QFont font = widget.font();
    font.setWeight(weight);
    widget.setFont(font);
    widget.setProperty(kTextScale, scale);
    scaleText(widget, scale);
}

void applyTextSize(int percent) {
    static const QFont kDesktops = QApplication::font();
    QFont font = kDesktops;
    if (font.pointSizeF() > 0) {
        font.setPointSizeF(kDesktops.pointSizeF() * percent / 100);
    } else {
        font.setPixelSize(kDesktops.pixelSize() * percent / 100);
    }
    if (font != QApplication::font()) {
        QApplication::setFont(font);
        // A size of its own does not follow by itself.
        for (QWidget* widget : QApplication::allWidgets()) {
            if (const QVariant scale = widget->property(kTextScale); scale.isValid()) {
                scaleText(*widget, scale.toDouble());
            }
        }
    }
}

QPixmap iconPixmap(const QString& name, int size, const QColor& colour, qreal pixelRatio) {
    const QString key =
        QStringLiteral("icon %1 %2 %3 %4").arg(name).arg(size).arg(colour.rgba()).arg(pixelRatio);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap)) {
        return pixmap;
    }
    loadIcons();
    QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly)) {
        return {};
    }
    QSvgRenderer renderer(file.readAll().replace("currentColor", colour.name().toLatin1()));
    pixmap = QPixmap(QSize(size, size) * pixelRatio);
    pixmap.setDevicePixelRatio(pixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    renderer.render(&painter, QRectF(0, 0, size, size));
    painter.end();
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

QIcon themedIcon(const QString& name, const QColor& colour) {
    QIcon icon;
    for (const int size : {20, 24}) {
        for (const qreal ratio : {1.0, 2.0}) {
            icon.addPixmap(iconPixmap(name, size, colour, ratio));
        }
    }
    return icon;
}

QColor avatarColour(std::string_view identity) {
    static const QColor kColours[] = {"#e17076", "#eda86c", "#a695e7", "#7bc862",
                                      "#6ec9cb", "#65aadd", "#ee7aae", "#8e9bb0"};
    std::size_t hash = 0;
    for (const char c : identity) {
        hash = hash * 31 + static_cast<unsigned char>(c);
    }
    return kColours[hash % std::size(kColours)];
}

QString initialsOf(const QString& shownName) {
    QString letters;
    bool atStart = true;
    for (const QChar c : shownName) {
        if (c.isLetterOrNumber() && atStart && letters.size() < 2) {
            letters += c.toUpper();
        }
        atStart = !c.isLetterOrNumber();
    }
    return letters;
}

} // namespace sotto::app

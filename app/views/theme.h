// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The colours of everything that is painted. One theme holds at a time, set by applyTheme(); widgets hear of
/// another one by the change of the application's palette.

#include <QColor>
#include <QFont>
#include <QIcon>
#include <QPixmap>
#include <QString>

class QWidget;

namespace sotto::app {

enum class ThemeChoice { System, Light, Dark };
enum class Density { Roomy, Compact };

struct Theme {
    bool dark;
    QColor window; ///< lists, headers, dialogs
    QColor chat;   ///< behind the bubbles
    QColor text;
    QColor faint; ///< times, previews, hints
    QColor line;  ///< between areas
    QColor hover;
    QColor selected; ///< the row of the open conversation
    QColor selectedText;
    QColor field;  ///< behind what is typed
    QColor accent; ///< links, buttons, what is unread
    QColor onAccent;
    QColor incoming; ///< bubbles
    QColor outgoing;
    QColor outgoingFaint;
    QColor ticks; ///< of messages that were read
    QColor pill;  ///< behind day lines
    QColor onPill;
    QColor marked; ///< what a search found
    QColor danger;

    static const Theme& current();
};

/// Fusion with a palette of ours. System: dark if the desktop's own palette was dark when the program began.
void applyTheme(ThemeChoice choice);
/// How much room a row of a list takes.
void applyDensity(Density density);
Density density();
/// The desktop's own font, in another size.
void applyTextSize(int percent);

/// A widget whose text is so many times as large as the rest, whatever size that has.
void setTextScale(QWidget& widget, double scale, QFont::Weight weight = QFont::Normal);

/// Scroll bars as narrow as can be, for lists and histories.
QString scrollBarStyle();

/// One of resources/icons in a colour. Crisp on every screen.
QPixmap iconPixmap(const QString& name, int size, const QColor& colour, qreal pixelRatio);
QIcon themedIcon(const QString& name, const QColor& colour);

/// The colour that stands for an account or conversation, the same everywhere.
QColor avatarColour(std::string_view identity);
/// One or two letters for it.
QString initialsOf(const QString& shownName);

} // namespace sotto::app

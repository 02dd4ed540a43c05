// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The text of a bubble with its looks and links, laid out for a width. Positions are in UTF-16 units of what
/// is shown, points relative to its top left corner.

#include "app/format/shown_styles.h"

#include <QTextLayout>
#include <optional>

namespace sotto::app {

/// Part of a bubble's text, in UTF-16 units.
struct TextSpan {
    int begin = 0;
    int end = 0;
};

class BubbleText {
public:
    struct Hit {
        int at = 0;
        bool isOnText = false;
        QString link;  ///< where it leads; empty: not on one
        QString words; ///< of the link: what it looks like
    };

    enum class Links { Found, None }; ///< addresses that stand in the text
    /// link: the colour of links.
    BubbleText(ShownStyles text, const QFont& font, const QColor& link, Links links);

    void layOut(qreal width);
    const QString& text() const { return m_text; }
    qreal naturalWidth() const; ///< of the longest line
    qreal lastWidth() const;    ///< of the last line
    qreal height() const;
    /// For tests.
    QList<QTextLayout::FormatRange> formats() const { return m_layout.formats(); }

    Hit hit(QPointF point) const;
    /// The word around a position.
    TextSpan wordAt(int at) const;
    /// The painter's pen is the colour of the text. width: of all lines.
    void draw(QPainter& painter, QPointF topLeft, qreal width, const std::optional<TextSpan>& selected) const;

private:
    void gatherLinks();

    QString m_text;
    std::vector<ShownStyle> m_styles; ///< with the links that stand in the text itself
    QTextLayout m_layout;
};

} // namespace sotto::app

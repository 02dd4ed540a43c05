// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// In a bubble: who is answered, what they said, and whether that is so.

#include "core/types/message.h"

#include <QFont>
#include <QRect>
#include <QString>

class QPainter;

namespace sotto::app {

class QuoteBlock {
public:
    /// author: fit to be shown. room: the width that there is at most.
    QuoteBlock(const core::Quote& quote, const QString& author, const QFont& font, int room);
    int naturalWidth() const { return m_width; }
    int height() const { return m_height; }
    /// Where it stands in its row, from then on.
    void place(QPoint topLeft, int width);
    const QRect& area() const { return m_area; }
    void paint(QPainter& painter, bool outgoing) const;

private:
    QFont m_font;
    QFont m_bold;
    QString m_author;
    QString m_note;
    QString m_text;
    bool m_isGone;
    int m_width = 0;
    int m_height = 0;
    QRect m_area;
};

} // namespace sotto::app

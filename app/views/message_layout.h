// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One line of a conversation, laid out once for a width and painted as often as needed: a bubble, a notice,
/// or a line that stands for something missing, with the day and the unread line above it. Positions are
/// relative to the row's top left corner.

#include "app/models/conversation_model.h"
#include "app/views/bubble_text.h"

class QPainter;

namespace sotto::app {

class QuoteBlock;

class MessageLayout {
public:
    /// What of a row decides how it looks, besides its message.
    struct Frame {
        int width = 0;
        bool startsDay = false;
        bool startsUnread = false;
        bool continuesGroup = false;
        bool mirrored = false; ///< read from right to left: one's own stand on the left
        friend bool operator==(const Frame&, const Frame&) = default;
    };
    enum class Part { Nothing, Bubble, Text, Link, Sign, Button, State, Quote };
    struct Hit {
        Part part = Part::Nothing;
        int at = 0;       ///< for Text and Link: the position in the text
        QString link;     ///< for Link: where it leads
        QString words;    ///< for Link: what it looks like
        std::string sign; ///< for Sign: the reaction
    };

    /// quotedAuthor: who wrote what it answers, if it answers something.
    MessageLayout(const core::Message& message, const Frame& frame, const QFont& font, QDate day, QDate today,
                  const QString& quotedAuthor = {});
    ~MessageLayout();

    int height() const { return m_height; }
    const Frame& frame() const { return m_frame; }
    const QString& text() const { return m_text->text(); }
    const BubbleText& body() const { return *m_text; } ///< for tests
    QRect bubble() const { return m_bubble; }
    /// What the button says: empty without one.
    const QString& button() const { return m_button; }

    Hit hit(QPoint point) const;
    /// The word around a position.
    TextSpan wordAt(int at) const { return m_text->wordAt(at); }
    void paint(QPainter& painter, QPoint topLeft, const std::optional<TextSpan>& selected, bool lit) const;

private:
    void addLine(const QString& words, bool unread);
    void layOutBubble(const core::Message& message, const QString& quotedAuthor);
    void gatherSigns(const core::Message& message);
    void layOutCard(const core::Message& message);
    /// Where a bubble of this width begins; false: at the side where others stand.
    int leftOf(int width, bool own) const;
    void paintLines(QPainter& painter) const;
    void paintBubble(QPainter& painter, const std::optional<TextSpan>& selected, bool lit) const;
    void paintCard(QPainter& painter, bool lit) const;
    void paintSigns(QPainter& painter) const;
    void paintTicks(QPainter& painter, const QColor& colour) const;

    struct Line {
        QString words;
        int top = 0;
        bool unread = false;
    };
    /// Reactions that are the same.
    struct Sign {
        std::string emoji;
        QString words;
        bool isMine = false;
        QRect area;
    };
    Frame m_frame;
    QFont m_font;
    QFont m_small;
    core::MessageKind m_kind;
    core::MessageState m_state;
    bool m_outgoing;
    bool m_disappears;
    std::vector<Line> m_lines;
    std::unique_ptr<BubbleText> m_text;
    QString m_time;
    QString m_button;
    QString m_icon;
    std::unique_ptr<QuoteBlock> m_quote;
    std::vector<Sign> m_signs;
    QRect m_bubble;
    QPoint m_textAt;
    QRect m_timeAt;
    QRect m_buttonAt;
    int m_height = 0;
};

} // namespace sotto::app

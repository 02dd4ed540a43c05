// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/composer.h"

#include "app/views/theme.h"
#include "core/types/message.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMimeData>
#include <QPainter>
#include <QScrollBar>
#include <cmath>

namespace sotto::app {
namespace {

constexpr int kMostLines = 8;
constexpr qsizetype kMostPasted = 256 * 1024; ///< units: four times what a message may have

} // namespace

ComposerEdit::ComposerEdit(QWidget* parent)
    : QPlainTextEdit(parent) {
    setPlaceholderText(tr("Write a message"));
    setAccessibleName(tr("Message"));
    setFrameShape(QFrame::NoFrame);
    setTabChangesFocus(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    viewport()->setAutoFillBackground(false);
    document()->setDocumentMargin(4);
    connect(this, &QPlainTextEdit::textChanged, this, &ComposerEdit::grow);
}

QSize ComposerEdit::sizeHint() const {
    // The layout of plain text counts lines, not pixels.
    const int lines = std::clamp(static_cast<int>(std::ceil(document()->size().height())), 1, kMostLines);
    return {200,
            lines * fontMetrics().lineSpacing() + static_cast<int>(2 * document()->documentMargin()) + 2};
}

void ComposerEdit::grow() {
    updateGeometry();
}

void ComposerEdit::resizeEvent(QResizeEvent* event) {
    QPlainTextEdit::resizeEvent(event);
    grow(); // another width, another number of lines
}

void ComposerEdit::keyPressEvent(QKeyEvent* event) {
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && !event->modifiers().testFlag(Qt::ShiftModifier)) {
        emit sendWanted();
        return;
    }
    if (event->key() == Qt::Key_Up && document()->isEmpty() && event->modifiers() == Qt::NoModifier) {
        emit upInEmpty();
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

void ComposerEdit::insertFromMimeData(const QMimeData* source) {
    if (source->hasText()) {
        insertPlainText(source->text().left(kMostPasted));
    }
}

Composer::Composer(QWidget* parent)
    : QWidget(parent)
    , m_edit(new ComposerEdit(this))
    , m_send(new QToolButton(this)) {
    auto* const layout = new QHBoxLayout(this);
    layout->setContentsMargins(14, 7, 8, 7);
    layout->setSpacing(6);
    layout->addWidget(m_edit);
    layout->addWidget(m_send, 0, Qt::AlignBottom);
    m_send->setAutoRaise(true);
    m_send->setIconSize({24, 24});
    m_send->setToolTip(tr("Send (Enter)"));
    m_send->setAccessibleName(tr("Send"));
    m_send->setEnabled(false);
    paintIcon();
    connect(m_edit, &ComposerEdit::sendWanted, this, &Composer::trySend);
    connect(m_send, &QToolButton::clicked, this, &Composer::trySend);
    connect(m_edit, &QPlainTextEdit::textChanged, this,
            [this] { m_send->setEnabled(!m_edit->document()->isEmpty()); });
}

void Composer::setText(const QString& text) {
    m_edit->setPlainText(text);
    m_edit->moveCursor(QTextCursor::End);
}

void Composer::trySend() {
    const QString typed = text();
    if (typed.trimmed().isEmpty()) {
        return;
    }
    const qsizetype bytes = typed.toUtf8().size();
    if (bytes > static_cast<qsizetype>(core::kMaxTextBytes)) {
        emit tooLong(tr("This message is too long: it has %1 KB of at most %2. Send it in parts.")
                         .arg((bytes + 1023) / 1024)
                         .arg(core::kMaxTextBytes / 1024));
        return;
    }
    emit send(typed);
}

void Composer::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        paintIcon();
    }
}

void Composer::paintIcon() {
    m_send->setIcon(themedIcon(QStringLiteral("send"), Theme::current().accent));
}

void Composer::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), Theme::current().window);
    painter.fillRect(0, 0, width(), 1, Theme::current().line);
}

} // namespace sotto::app

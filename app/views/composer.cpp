// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/composer.h"

#include "app/views/emoji_picker.h"
#include "app/views/styled_edit.h"
#include "app/views/theme.h"
#include "core/types/message.h"

#include <QContextMenuEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <array>
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

namespace {

struct StyleKey {
    core::TextStyle style;
    const char* name;
    QKeyCombination keys;
};
constexpr std::array kStyleKeys{
    StyleKey{core::TextStyle::Bold, QT_TRANSLATE_NOOP("sotto::app::ComposerEdit", "Bold"),
             Qt::CTRL | Qt::Key_B},
    StyleKey{core::TextStyle::Italic, QT_TRANSLATE_NOOP("sotto::app::ComposerEdit", "Italic"),
             Qt::CTRL | Qt::Key_I},
    StyleKey{core::TextStyle::Strikethrough, QT_TRANSLATE_NOOP("sotto::app::ComposerEdit", "Strikethrough"),
             Qt::CTRL | Qt::SHIFT | Qt::Key_X},
    StyleKey{core::TextStyle::Code, QT_TRANSLATE_NOOP("sotto::app::ComposerEdit", "Code"),
             Qt::CTRL | Qt::SHIFT | Qt::Key_M},
};

const StyleKey* styleKeyOf(const QKeyEvent& event) {
    const auto found = std::ranges::find_if(
        kStyleKeys, [&](const StyleKey& style) { return style.keys == event.keyCombination(); });
    return found == kStyleKeys.end() ? nullptr : &*found;
}

} // namespace

bool ComposerEdit::event(QEvent* event) {
    // While something is chosen here these keys are the editor's; else they are the window's.
    if (event->type() == QEvent::ShortcutOverride && textCursor().hasSelection() &&
        styleKeyOf(*static_cast<QKeyEvent*>(event)) != nullptr) {
        event->accept();
        return true;
    }
    return QPlainTextEdit::event(event);
}

void ComposerEdit::contextMenuEvent(QContextMenuEvent* event) {
    QMenu* const menu = createStandardContextMenu();
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addSeparator();
    QMenu* const looks = menu->addMenu(tr("Format"));
    looks->setEnabled(textCursor().hasSelection());
    for (const StyleKey& key : kStyleKeys) {
        QAction* const action =
            looks->addAction(tr(key.name), this, [this, style = key.style] { toggleStyle(*this, style); });
        action->setShortcut(key.keys);
    }
    looks->addAction(tr("Block of code"), this, [this] { toggleStyle(*this, core::TextStyle::CodeBlock); });
    looks->addSeparator();
    looks->addAction(tr("Plain"), this, [this] { clearStyles(*this); });
    menu->popup(event->globalPos());
}

void ComposerEdit::keyPressEvent(QKeyEvent* event) {
    if (const StyleKey* key = styleKeyOf(*event); key != nullptr && textCursor().hasSelection()) {
        toggleStyle(*this, key->style);
        return;
    }
    if (event->keyCombination() == (Qt::CTRL | Qt::Key_Period)) {
        emit emojiWanted();
        return;
    }
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
    , m_emoji(new QToolButton(this))
    , m_send(new QToolButton(this)) {
    auto* const layout = new QHBoxLayout(this);
    layout->setContentsMargins(14, 7, 8, 7);
    layout->setSpacing(6);
    layout->addWidget(m_edit);
    for (QToolButton* button : {m_emoji, m_send}) {
        layout->addWidget(button, 0, Qt::AlignBottom);
        button->setAutoRaise(true);
        button->setIconSize({24, 24});
    }
    m_emoji->setToolTip(tr("Emoji (Ctrl+.)"));
    m_emoji->setAccessibleName(tr("Emoji"));
    m_send->setToolTip(tr("Send (Enter)"));
    m_send->setAccessibleName(tr("Send"));
    m_send->setEnabled(false);
    paintIcons();
    connect(m_edit, &ComposerEdit::emojiWanted, this, &Composer::chooseEmoji);
    connect(m_emoji, &QToolButton::clicked, this, &Composer::chooseEmoji);
    connect(m_edit, &ComposerEdit::sendWanted, this, &Composer::trySend);
    connect(m_send, &QToolButton::clicked, this, &Composer::trySend);
    connect(m_edit, &QPlainTextEdit::textChanged, this,
            [this] { m_send->setEnabled(!m_edit->document()->isEmpty()); });
}

core::StyledText Composer::styledText() const {
    return styledTextOf(*m_edit);
}

void Composer::setStyledText(const core::StyledText& text) {
    app::setStyledText(*m_edit, text);
}

void Composer::trySend() {
    if (text().trimmed().isEmpty()) {
        return;
    }
    const core::StyledText typed = styledText();
    const std::size_t bytes = typed.text.size();
    if (bytes > core::kMaxTextBytes) {
        emit tooLong(tr("This message is too long: it has %1 KB of at most %2. Send it in parts.")
                         .arg((bytes + 1023) / 1024)
                         .arg(core::kMaxTextBytes / 1024));
        return;
    }
    emit send(typed);
}

void Composer::chooseEmoji() {
    auto* const picker = new EmojiPicker(this);
    connect(picker, &EmojiPicker::chosen, this, [this](const QString& sign) {
        m_edit->insertPlainText(sign);
        m_edit->setFocus();
    });
    picker->popup(mapToGlobal(isRightToLeft() ? QPoint(0, 0) : QPoint(width(), 0)));
}

void Composer::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        paintIcons();
    }
}

void Composer::paintIcons() {
    m_emoji->setIcon(themedIcon(QStringLiteral("smile"), Theme::current().faint));
    m_send->setIcon(themedIcon(QStringLiteral("send"), Theme::current().accent));
}

void Composer::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), Theme::current().window);
    painter.fillRect(0, 0, width(), 1, Theme::current().line);
}

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Where a message is written: grows with its lines, sends on Enter, begins a line on Shift+Enter. Plain text
/// whatever is pasted; what is chosen is given looks by keys and by the menu of the mouse.

#include "core/types/rich_text.h"

#include <QPlainTextEdit>
#include <QToolButton>

namespace sotto::app {

class ComposerEdit final : public QPlainTextEdit {
    Q_OBJECT

public:
    explicit ComposerEdit(QWidget* parent = nullptr);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

signals:
    void sendWanted();
    void upInEmpty(); ///< the key, with nothing typed
    void emojiWanted();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void insertFromMimeData(const QMimeData* source) override;
    void resizeEvent(QResizeEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool event(QEvent* event) override;

private:
    void grow();
};

class Composer final : public QWidget {
    Q_OBJECT

public:
    explicit Composer(QWidget* parent = nullptr);
    QString text() const { return m_edit->toPlainText(); }
    void setText(const QString& text) { setStyledText({text.toStdString(), {}}); }
    core::StyledText styledText() const;
    void setStyledText(const core::StyledText& text);
    ComposerEdit& edit() { return *m_edit; }

signals:
    /// Not empty, and not too long.
    void send(const core::StyledText& text);
    void tooLong(const QString& sentence);

protected:
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void trySend();
    void chooseEmoji();
    void paintIcons();
    ComposerEdit* m_edit;
    QToolButton* m_emoji;
    QToolButton* m_send;
};

} // namespace sotto::app

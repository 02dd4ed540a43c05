// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A title, a sentence and one thing to do or not: every small dialog of the window. All of it is shown as
/// plain text. Deletes itself when it is closed.

#include <QDialog>

class QLabel;
class QVBoxLayout;

namespace sotto::app {

/// A label for text of anybody: plain, wrapped, selectable by mouse.
QLabel* plainLabel(const QString& text, QWidget* parent);
/// Makes a window as high as its wrapped sentences need after they changed; never smaller.
void growToFit(QWidget& window);

class Question final : public QDialog {
    Q_OBJECT

public:
    /// act: what the button that accepts says; empty: there is nothing to do but to close it.
    Question(const QString& title, const QString& sentence, const QString& act, QWidget* parent);
    /// Something to read below the sentence, such as an address.
    void setDetail(const QString& text);

private:
    QVBoxLayout* m_layout;
};

/// A long text to read and copy from.
void showText(const QString& title, const QString& text, QWidget* parent);

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Some emoji to choose from, found by what they are called. Closes when one was chosen, on Escape, and when
/// something else is clicked.

#include <QFrame>

class QLineEdit;
class QListWidget;
class QListWidgetItem;

namespace sotto::app {

class EmojiPicker final : public QFrame {
    Q_OBJECT

public:
    explicit EmojiPicker(QWidget* parent);

    /// Its lower right corner (left, from right to left) there, as far as the screen has room.
    void popup(QPoint globalCorner);

signals:
    void chosen(const QString& sign);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void filter(const QString& typed);
    void choose(const QListWidgetItem* item);

    QLineEdit* m_find;
    QListWidget* m_signs;
};

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A column of settings: titles, fields with their names above them, sentences. Every field has its name for
/// a screen reader too.

#include <QStringList>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QVBoxLayout;
class QWidget;

namespace sotto::app {

class SettingsRows {
public:
    /// Fills a page that has no layout yet.
    explicit SettingsRows(QWidget* page);

    QLabel* title(const QString& words);
    QLabel* words(const QString& sentence); ///< faint
    void field(const QString& name, QWidget* widget);
    QComboBox* choice(const QString& name, const QStringList& choices, int current);
    QCheckBox* check(const QString& name, bool on);
    QLineEdit* secret(const QString& name);
    QPushButton* button(const QString& words);
    void widget(QWidget* widget); ///< as it is
    void end();                   ///< the rest stays empty

private:
    QWidget* m_page;
    QVBoxLayout* m_column;
};

} // namespace sotto::app

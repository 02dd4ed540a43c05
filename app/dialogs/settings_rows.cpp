// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/settings_rows.h"

#include "app/dialogs/question.h"
#include "app/views/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace sotto::app {

SettingsRows::SettingsRows(QWidget* page)
    : m_page(page)
    , m_column(new QVBoxLayout(page)) {
    m_column->setContentsMargins(20, 14, 20, 14);
    m_column->setSpacing(8);
}

QLabel* SettingsRows::title(const QString& words) {
    QLabel* const made = plainLabel(words, m_page);
    setTextScale(*made, 1, QFont::DemiBold);
    if (m_column->count() > 0) {
        m_column->addSpacing(14);
    }
    m_column->addWidget(made);
    return made;
}

QLabel* SettingsRows::words(const QString& sentence) {
    QLabel* const made = plainLabel(sentence, m_page);
    made->setForegroundRole(QPalette::PlaceholderText);
    m_column->addWidget(made);
    return made;
}

void SettingsRows::field(const QString& name, QWidget* widget) {
    auto* const label = plainLabel(name, m_page);
    label->setTextInteractionFlags(Qt::NoTextInteraction);
    label->setBuddy(widget);
    widget->setAccessibleName(name);
    m_column->addWidget(label);
    m_column->addWidget(widget, 0, qobject_cast<QLineEdit*>(widget) ? Qt::Alignment() : Qt::AlignLeading);
    m_column->addSpacing(6);
}

QComboBox* SettingsRows::choice(const QString& name, const QStringList& choices, int current) {
    auto* const made = new QComboBox(m_page);
    made->addItems(choices);
    made->setCurrentIndex(current);
    field(name, made);
    return made;
}

QCheckBox* SettingsRows::check(const QString& name, bool on) {
    auto* const made = new QCheckBox(name, m_page);
    made->setChecked(on);
    m_column->addWidget(made);
    return made;
}

QLineEdit* SettingsRows::secret(const QString& name) {
    constexpr int kLongestPassphrase = 1024;
    auto* const made = new QLineEdit(m_page);
    made->setEchoMode(QLineEdit::Password);
    made->setMaxLength(kLongestPassphrase);
    made->setPlaceholderText(name);
    made->setAccessibleName(name);
    m_column->addWidget(made);
    return made;
}

QPushButton* SettingsRows::button(const QString& words) {
    auto* const made = new QPushButton(words, m_page);
    made->setAutoDefault(false);
    m_column->addWidget(made, 0, Qt::AlignLeading);
    return made;
}

void SettingsRows::widget(QWidget* widget) {
    m_column->addWidget(widget, 0, Qt::AlignLeading);
}

void SettingsRows::end() {
    m_column->addStretch();
}

} // namespace sotto::app

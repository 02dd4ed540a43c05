// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/question.h"

#include "app/views/theme.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace sotto::app {

QLabel* plainLabel(const QString& text, QWidget* parent) {
    auto* const label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setWordWrap(true);
    label->setText(text);
    return label;
}

void growToFit(QWidget& window) {
    QLayout* const layout = window.layout();
    layout->activate();
    const int height = layout->hasHeightForWidth() ? layout->totalHeightForWidth(window.width())
                                                   : layout->totalSizeHint().height();
    if (window.height() < height) {
        window.resize(window.width(), height);
    }
}

Question::Question(const QString& title, const QString& sentence, const QString& act, QWidget* parent)
    : QDialog(parent)
    , m_layout(new QVBoxLayout(this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(title);
    setMinimumWidth(380);
    m_layout->setContentsMargins(22, 20, 22, 16);
    m_layout->setSpacing(10);
    auto* const heading = plainLabel(title, this);
    setTextScale(*heading, 1.15, QFont::DemiBold);
    m_layout->addWidget(heading);
    m_layout->addWidget(plainLabel(sentence, this));
    auto* const buttons = new QDialogButtonBox(this);
    if (act.isEmpty()) {
        buttons->addButton(QDialogButtonBox::Close);
    } else {
        buttons->addButton(QDialogButtonBox::Cancel);
        buttons->addButton(act, QDialogButtonBox::AcceptRole)->setDefault(true);
    }
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    m_layout->addStretch();
    m_layout->addWidget(buttons);
}

void Question::setDetail(const QString& text) {
    auto* const detail = new QPlainTextEdit(this);
    detail->setReadOnly(true);
    detail->setPlainText(text);
    detail->setAccessibleName(tr("Details"));
    detail->setFixedHeight(4 * fontMetrics().lineSpacing());
    m_layout->insertWidget(2, detail);
}

void showText(const QString& title, const QString& text, QWidget* parent) {
    auto* const dialog = new QDialog(parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    dialog->resize(620, 520);
    auto* const layout = new QVBoxLayout(dialog);
    auto* const edit = new QPlainTextEdit(dialog);
    edit->setReadOnly(true);
    edit->setAccessibleName(title);
    edit->setPlainText(text);
    layout->addWidget(edit);
    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    layout->addWidget(buttons);
    dialog->open();
}

} // namespace sotto::app

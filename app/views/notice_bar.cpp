// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/notice_bar.h"

#include "app/dialogs/question.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace sotto::app {

NoticeBar::NoticeBar(QWidget* parent)
    : Bar(Qt::BottomEdge, parent)
    , m_words(plainLabel({}, this)) {
    auto* const read = new QPushButton(tr("OK"), this);
    read->setAccessibleName(tr("I have read this notice"));
    auto* const row = new QHBoxLayout(this);
    row->setContentsMargins(12, 6, 12, 6);
    row->addWidget(m_words, 1);
    row->addWidget(read);
    connect(read, &QPushButton::clicked, this, &NoticeBar::showNext);
    hide();
}

void NoticeBar::add(const QString& sentence) {
    if (sentence.isEmpty() || m_said.contains(sentence)) {
        return;
    }
    m_said.append(sentence);
    m_waiting.append(sentence);
    if (isHidden()) {
        showNext();
    }
}

void NoticeBar::showNext() {
    m_words->setText(m_waiting.isEmpty() ? QString() : m_waiting.takeFirst());
    setVisible(!m_words->text().isEmpty());
}

} // namespace sotto::app

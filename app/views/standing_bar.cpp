// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/standing_bar.h"

#include "app/dialogs/question.h"
#include "app/format/shown_text.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace sotto::app {

StandingBar::StandingBar(QWidget* parent)
    : Bar(Qt::TopEdge, parent)
    , m_words(plainLabel({}, this))
    , m_accept(new QPushButton(this))
    , m_block(new QPushButton(tr("Block…"), this)) {
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(18, 12, 18, 12);
    column->setSpacing(10);
    column->addWidget(m_words);
    auto* const row = new QHBoxLayout;
    row->addStretch();
    row->addWidget(m_block);
    row->addWidget(m_accept);
    column->addLayout(row);
    connect(m_accept, &QPushButton::clicked, this, &StandingBar::acceptWanted);
    connect(m_block, &QPushButton::clicked, this, &StandingBar::blockWanted);
}

void StandingBar::show(core::Standing standing, const QString& shownName) {
    const bool isBlocked = standing == core::Standing::Blocked;
    m_words->setText(
        (isBlocked ? tr("You have blocked %1. Nothing of what they send is taken, and nothing tells them so.")
                   : tr("%1 wrote to you for the first time. Until you accept they hear nothing of you: not "
                        "that it arrived, nor that you read it."))
            .arg(isolated(shownName)));
    m_accept->setText(isBlocked ? tr("Unblock") : tr("Accept"));
    m_block->setVisible(!isBlocked);
    setVisible(standing != core::Standing::Accepted);
}

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/conversation_header.h"

#include "app/dialogs/question.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/avatar.h"
#include "app/views/bar.h"
#include "app/views/line_label.h"

#include <QCalendarWidget>
#include <QEvent>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace sotto::app {
namespace {

QString trustWords(const core::Contact& contact) {
    if (contact.blocked) {
        return ConversationHeader::tr("Blocked");
    }
    switch (contact.trust) {
    case core::Trust::FirstUse:
        return ConversationHeader::tr("Encrypted · not verified");
    case core::Trust::Link:
        return ConversationHeader::tr("Encrypted · added by link");
    case core::Trust::Verified:
        return ConversationHeader::tr("Encrypted · verified");
    }
    return {};
}

QString presenceWords(const core::PresenceView& presence) {
    using Kind = core::PresenceView::Kind;
    switch (presence.kind) {
    case Kind::Unknown:
        return {};
    case Kind::Recently:
        return ConversationHeader::tr("seen recently");
    case Kind::Online:
        return ConversationHeader::tr("online");
    case Kind::LastSeen:
        return ConversationHeader::tr("last seen %1").arg(sinceWords(presence.at, QDate::currentDate()));
    }
    return {};
}

} // namespace

ConversationHeader::ConversationHeader(QWidget* parent)
    : QWidget(parent) {
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* const bar = new Bar(Qt::BottomEdge, this);
    column->addWidget(bar);
    auto* const row = new QHBoxLayout(bar);
    row->setContentsMargins(14, 8, 8, 9);
    row->setSpacing(10);
    m_avatar = new Avatar(38, bar);
    m_title = new LineLabel(bar);
    m_title->setObjectName(QStringLiteral("title"));
    setTextScale(*m_title, 1, QFont::DemiBold);
    m_subtitle = new LineLabel(bar);
    setTextScale(*m_subtitle, 0.88);
    auto* const names = new QVBoxLayout;
    names->setSpacing(1);
    names->addWidget(m_title);
    names->addWidget(m_subtitle);
    row->addWidget(m_avatar);
    row->addLayout(names, 1);
    const auto button = [&](const QString& words) {
        auto* const made = new QToolButton(bar);
        made->setAutoRaise(true);
        made->setIconSize({22, 22});
        made->setToolTip(words);
        made->setAccessibleName(words);
        row->addWidget(made);
        return made;
    };
    m_dayButton = button(tr("Go to a day"));
    m_searchButton = button(tr("Search in this conversation (Ctrl+F)"));
    m_detailsButton = button(tr("Details of this conversation (Ctrl+I)"));

    m_keyBar = new Bar(Qt::BottomEdge, this);
    auto* const banner = new QHBoxLayout(m_keyBar);
    banner->setContentsMargins(16, 8, 8, 9);
    m_keyWords = plainLabel({}, m_keyBar);
    auto* const accept = new QPushButton(tr("Compare and accept"), m_keyBar);
    banner->addWidget(m_keyWords, 1);
    banner->addWidget(accept);
    m_keyBar->hide();
    column->addWidget(m_keyBar);

    connect(m_searchButton, &QToolButton::clicked, this, &ConversationHeader::searchWanted);
    connect(m_dayButton, &QToolButton::clicked, this, &ConversationHeader::askForDay);
    connect(m_detailsButton, &QToolButton::clicked, this, &ConversationHeader::detailsWanted);
    connect(accept, &QPushButton::clicked, this, &ConversationHeader::compareWanted);
    paintIcons();
}

void ConversationHeader::show(const core::ConversationEntry& entry) {
    m_title->setText(shownName(entry.title));
    m_trust.clear();
    m_isTyping = false;
    m_presence = {};
    setTimer(entry.expireSeconds);
    m_keyBar->hide();
    m_avatar->show(entry);
}

void ConversationHeader::setContact(const core::Contact& contact) {
    m_trust = trustWords(contact);
    showSubtitle();
    m_keyBar->setVisible(contact.changedTo.has_value());
    m_keyWords->setText(tr("The relay names another key for %1. Messages wait until you accept it.")
                            .arg(isolated(shownName(contact.name))));
}

void ConversationHeader::setTyping(bool isTyping) {
    m_isTyping = isTyping;
    showSubtitle();
}

void ConversationHeader::setPresence(const core::PresenceView& presence) {
    m_presence = presence;
    showSubtitle();
}

void ConversationHeader::setTimer(std::uint32_t seconds) {
    m_timer = seconds;
    showSubtitle();
}

void ConversationHeader::showSubtitle() {
    QString known = m_timer == 0 || m_trust.isEmpty()
                        ? m_trust
                        : tr("%1 · messages disappear after %2").arg(m_trust, lifetimeWords(m_timer));
    if (const QString seen = presenceWords(m_presence); !seen.isEmpty()) {
        known = known.isEmpty() ? seen : tr("%1 · %2").arg(seen, known);
    }
    m_subtitle->setText(m_isTyping ? tr("is typing…") : known);
    m_subtitle->setForegroundRole(m_isTyping ? QPalette::Link : QPalette::PlaceholderText);
}

void ConversationHeader::paintIcons() {
    const QColor faint = Theme::current().faint;
    m_searchButton->setIcon(themedIcon(QStringLiteral("search"), faint));
    m_detailsButton->setIcon(themedIcon(QStringLiteral("details"), faint));
    m_dayButton->setIcon(themedIcon(QStringLiteral("calendar"), faint));
}

void ConversationHeader::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        paintIcons();
    }
}

void ConversationHeader::askForDay() {
    auto* const popup = new QWidget(this, Qt::Popup);
    popup->setAttribute(Qt::WA_DeleteOnClose);
    auto* const layout = new QVBoxLayout(popup);
    layout->setContentsMargins(4, 4, 4, 4);
    auto* const calendar = new QCalendarWidget(popup);
    calendar->setMaximumDate(QDate::currentDate());
    calendar->setVerticalHeaderFormat(QCalendarWidget::NoVerticalHeader);
    calendar->setAccessibleName(tr("Day to go to"));
    layout->addWidget(calendar);
    connect(calendar, &QCalendarWidget::activated, popup, [this, popup](QDate day) {
        popup->close();
        emit dayChosen(day);
    });
    connect(calendar, &QCalendarWidget::clicked, calendar, &QCalendarWidget::activated);
    popup->adjustSize();
    popup->move(
        m_dayButton->mapToGlobal(QPoint(m_dayButton->width() - popup->width(), m_dayButton->height())));
    popup->show();
    calendar->setFocus();
}

} // namespace sotto::app

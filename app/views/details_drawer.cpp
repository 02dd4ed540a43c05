// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/details_drawer.h"

#include "app/dialogs/question.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/avatar.h"
#include "app/views/line_label.h"
#include "app/views/mute_menu.h"
#include "app/views/theme.h"
#include "app/views/timer_menu.h"
#include "app/when_done.h"
#include "core/look_alikes.h"

#include <QDateTime>
#include <QEvent>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

namespace sotto::app {
namespace {

constexpr const char* kIcon = "sottoIcon";

/// 8 groups of 4, the beginning of which people compare at a glance.
QString inGroups(const QString& hex) {
    QString groups;
    for (qsizetype i = 0; i < 32; i += 4) {
        groups += (i == 0 ? QString() : i == 16 ? QStringLiteral("\n") : QStringLiteral(" ")) + hex.mid(i, 4);
    }
    return groups + QChar(0x2026);
}

QString mutedWords(std::int64_t until) {
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    if (until <= now) {
        return {};
    }
    if (until == core::kMutedForEver) {
        return DetailsDrawer::tr("Muted");
    }
    constexpr qint64 kDayMs = 24LL * 3600 * 1000;
    return DetailsDrawer::tr("Muted until %1")
        .arg(until - now < kDayMs ? clockTime(until)
                                  : QLocale().toString(dayOf(until), QLocale::ShortFormat));
}

} // namespace

/// What stands in the history and among the contacts.
struct DetailsDrawer::Known {
    std::vector<core::ContactDevice> devices;
    std::optional<std::int64_t> firstAt;
    std::optional<core::Contact> lookAlike;
};

DetailsDrawer::DetailsDrawer(CoreThread& core, QWidget* parent)
    : QWidget(parent)
    , m_core(core)
    , m_scroll(new QScrollArea(this))
    , m_close(new QToolButton(this)) {
    setAccessibleName(tr("Details of this conversation"));
    auto* const whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    auto* const top = new QHBoxLayout;
    top->setContentsMargins(10, 12, 10, 6);
    QLabel* const title = new LineLabel(this);
    title->setText(tr("Details"));
    title->setContentsMargins(8, 0, 8, 0);
    setTextScale(*title, 1.1, QFont::DemiBold);
    top->addWidget(title, 1);
    m_close->setAutoRaise(true);
    m_close->setIconSize({22, 22});
    m_close->setToolTip(tr("Close the details (Ctrl+I)"));
    m_close->setAccessibleName(tr("Close the details"));
    top->addWidget(m_close);
    whole->addLayout(top);

    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus); // what is in it is reached by itself
    auto* const page = new QWidget(m_scroll);
    m_column = new QVBoxLayout(page);
    m_column->setContentsMargins(10, 4, 10, 14);
    m_column->setSpacing(2);
    m_scroll->setWidget(page);
    m_scroll->viewport()->setAutoFillBackground(false);
    page->setAutoFillBackground(false);
    whole->addWidget(m_scroll, 1);

    m_avatar = new Avatar(84, page);
    m_column->addWidget(m_avatar, 0, Qt::AlignHCenter);
    m_column->addSpacing(6);
    m_name = plainLabel({}, page);
    m_name->setAlignment(Qt::AlignHCenter);
    setTextScale(*m_name, 1.2, QFont::DemiBold);
    m_column->addWidget(m_name);
    m_lookAlike = plainLabel({}, page);
    m_lookAlike->setAlignment(Qt::AlignHCenter);
    m_lookAlike->hide();
    m_column->addWidget(m_lookAlike);
    m_trust = plainLabel({}, page);
    m_trust->setAlignment(Qt::AlignHCenter);
    m_trust->setForegroundRole(QPalette::PlaceholderText);
    m_column->addWidget(m_trust);
    m_column->addSpacing(6);
    m_compare = action(QStringLiteral("verified"));
    m_search = action(QStringLiteral("search"));
    m_search->setText(tr("Search in this conversation"));
    m_first = action(QStringLiteral("calendar"));

    m_keeping = new QWidget(page);
    m_column->addWidget(m_keeping);
    QVBoxLayout* const outer = std::exchange(m_column, new QVBoxLayout(m_keeping));
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(2);
    heading(tr("This conversation"));
    m_timer = action(QStringLiteral("timer"));
    m_mute = action(QStringLiteral("muted"));
    m_pin = action(QStringLiteral("pin"));
    m_archive = action(QStringLiteral("archive"));
    m_column = outer;

    heading(tr("Account"));
    m_account = plainLabel({}, page);
    m_account->setContentsMargins(9, 0, 9, 4);
    m_account->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_column->addWidget(m_account);
    m_devices = plainLabel({}, page);
    m_devices->setContentsMargins(9, 0, 9, 4);
    m_devices->setForegroundRole(QPalette::PlaceholderText);
    m_column->addWidget(m_devices);
    m_column->addSpacing(8);
    m_block = action(QStringLiteral("block"));
    m_column->addStretch();

    connect(m_close, &QToolButton::clicked, this, &DetailsDrawer::closeWanted);
    connect(m_compare, &QPushButton::clicked, this, &DetailsDrawer::compareWanted);
    connect(m_search, &QPushButton::clicked, this, &DetailsDrawer::searchWanted);
    connect(m_first, &QPushButton::clicked, this, [this] { emit dayWanted(m_began); });
    connect(m_timer, &QPushButton::clicked, this, &DetailsDrawer::showTimerMenu);
    connect(m_mute, &QPushButton::clicked, this, &DetailsDrawer::showMuteMenu);
    connect(m_pin, &QPushButton::clicked, this, [this] { emit pinWanted(!m_entry.isPinned); });
    connect(m_archive, &QPushButton::clicked, this, [this] { emit archiveWanted(!m_entry.isArchived); });
    connect(m_block, &QPushButton::clicked, this, [this] {
        if (m_entry.standing == core::Standing::Blocked) {
            emit acceptWanted();
        } else {
            emit blockWanted();
        }
    });
    paintButtons();
    paintIcons();
}

QPushButton* DetailsDrawer::action(const QString& icon) {
    auto* const made = new QPushButton(m_column->parentWidget());
    made->setProperty(kIcon, icon);
    made->setIconSize({20, 20});
    made->setAutoDefault(false);
    made->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_column->addWidget(made);
    return made;
}

QLabel* DetailsDrawer::heading(const QString& words) {
    QLabel* const made = new LineLabel(m_column->parentWidget());
    made->setText(words);
    made->setContentsMargins(9, 12, 9, 3);
    made->setForegroundRole(QPalette::Link);
    setTextScale(*made, 0.9, QFont::DemiBold);
    m_column->addWidget(made);
    return made;
}

void DetailsDrawer::open(const core::ConversationEntry& entry) {
    ++m_life;
    m_isRead = false;
    m_contact.reset();
    m_avatar->show(entry);
    m_name->setText(QLatin1Char('@') + shownName(entry.title));
    m_lookAlike->hide();
    m_trust->clear();
    m_account->clear();
    m_devices->clear();
    m_first->hide();
    m_compare->setEnabled(false);
    m_compare->setText(tr("Safety number…"));
    m_scroll->verticalScrollBar()->setValue(0);
    keep(entry);
}

void DetailsDrawer::keep(const core::ConversationEntry& entry) {
    m_entry = entry;
    m_timer->setText(entry.expireSeconds == 0
                         ? tr("Disappearing messages: off")
                         : tr("Messages disappear after %1").arg(lifetimeWords(entry.expireSeconds)));
    const QString muted = mutedWords(entry.mutedUntil);
    m_mute->setText(muted.isEmpty() ? tr("Mute") : muted);
    m_mute->setAccessibleDescription(muted.isEmpty() ? QString() : tr("Press to hear of it again"));
    m_pin->setText(entry.isPinned ? tr("Unpin") : tr("Pin above the others"));
    m_archive->setText(entry.isArchived ? tr("Back to the list") : tr("Archive"));
    m_keeping->setVisible(entry.standing == core::Standing::Accepted);
    m_block->setText(entry.standing == core::Standing::Blocked ? tr("Unblock") : tr("Block…"));
    paintIcons();
}

void DetailsDrawer::setContact(const core::Contact& contact) {
    m_contact = contact;
    core::ConversationEntry entry = m_entry;
    entry.standing = contact.blocked    ? core::Standing::Blocked
                     : contact.accepted ? core::Standing::Accepted
                                        : core::Standing::Request;
    keep(entry);
    m_name->setText(QLatin1Char('@') + shownName(contact.name));
    m_trust->setText(trustSentence(contact));
    m_compare->setText(contact.changedTo                        ? tr("Compare the new safety number…")
                       : contact.trust == core::Trust::Verified ? tr("Show the safety number…")
                                                                : tr("Compare the safety number…"));
    m_compare->setEnabled(true);
    const QString account = QString::fromStdString(contact.account.hex());
    m_account->setText(inGroups(account));
    m_account->setAccessibleName(tr("Account %1").arg(account.left(32)));
    m_isRead = false;
    read();
}

void DetailsDrawer::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    read();
}

/// Nobody pays for what nobody sees.
void DetailsDrawer::read() {
    if (m_isRead || !m_contact || !isVisible()) {
        return;
    }
    m_isRead = true;
    whenDone(m_core.read([key = m_entry.key, contact = *m_contact](core::Reader& reader) {
        Known known;
        if (auto devices = reader.devices(key, contact.account)) {
            known.devices = std::move(*devices);
        }
        const auto first = reader.history(key, {}, core::PageDirection::Newer, 1);
        if (first && !first->messages.empty()) {
            known.firstAt = timeOf(first->messages.front());
        }
        known.lookAlike = core::LookAlikes(reader.contacts()).of(contact.name, contact.account);
        return known;
    }),
             this, [this, life = m_life](const Known& known) {
                 if (life == m_life) {
                     show(known);
                 }
             });
}

void DetailsDrawer::show(const Known& known) {
    const QDate today = QDate::currentDate();
    m_first->setVisible(known.firstAt.has_value());
    if (known.firstAt) {
        m_began = dayOf(*known.firstAt);
        m_first->setText(tr("First message: %1").arg(dayWords(m_began, today)));
        m_first->setAccessibleDescription(tr("Goes to the beginning"));
    }
    QStringList lines;
    for (const core::ContactDevice& device : known.devices) {
        const auto number = static_cast<int>(device.number);
        lines.append(device.wroteAt == 0
                         ? tr("Device %1: has not written here").arg(number)
                         : tr("Device %1: wrote last %2").arg(number).arg(listTime(device.wroteAt, today)));
    }
    m_devices->setText(lines.isEmpty() ? tr("Their devices are not known yet.")
                                       : lines.join(QLatin1Char('\n')));
    m_lookAlike->setVisible(known.lookAlike.has_value());
    if (known.lookAlike) {
        m_lookAlike->setText(
            tr("Looks like %1, whom you know: this is another account. Compare the safety number.")
                .arg(isolated(QLatin1Char('@') + shownName(known.lookAlike->name))));
    }
}

void DetailsDrawer::showMuteMenu() {
    if (m_entry.mutedUntil > QDateTime::currentMSecsSinceEpoch()) {
        emit muteWanted(0);
        return;
    }
    auto* const menu = new MuteMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    connect(menu, &MuteMenu::wanted, this, &DetailsDrawer::muteWanted);
    menu->popup(m_mute->mapToGlobal(QPoint(0, m_mute->height())));
}

void DetailsDrawer::showTimerMenu() {
    auto* const menu = new TimerMenu(m_entry.expireSeconds, this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    connect(menu, &TimerMenu::wanted, this, &DetailsDrawer::timerWanted);
    menu->popup(m_timer->mapToGlobal(QPoint(0, m_timer->height())));
}

int DetailsDrawer::naturalWidth() const {
    return std::max(270, fontMetrics().averageCharWidth() * 38);
}

void DetailsDrawer::takeFocus() {
    (m_compare->isEnabled() ? m_compare : m_search)->setFocus(Qt::ShortcutFocusReason);
}

void DetailsDrawer::paintIcons() {
    const Theme& theme = Theme::current();
    m_close->setIcon(themedIcon(QStringLiteral("close"), theme.faint));
    const bool isOn[] = {m_entry.expireSeconds != 0, m_entry.mutedUntil > QDateTime::currentMSecsSinceEpoch(),
                         m_entry.isPinned, m_entry.isArchived};
    QPushButton* const kept[] = {m_timer, m_mute, m_pin, m_archive};
    for (QPushButton* button : findChildren<QPushButton*>()) {
        const auto* const found = std::ranges::find(kept, button);
        const bool isLit = found != std::end(kept) && isOn[found - std::begin(kept)];
        const bool isDanger = button == m_block && m_entry.standing != core::Standing::Blocked;
        button->setIcon(themedIcon(button->property(kIcon).toString(), isDanger ? theme.danger
                                                                       : isLit  ? theme.accent
                                                                                : theme.faint));
    }
}

void DetailsDrawer::paintButtons() {
    const Theme& theme = Theme::current();
    m_scroll->verticalScrollBar()->setStyleSheet(scrollBarStyle());
    m_lookAlike->setStyleSheet(QStringLiteral("QLabel { color: %1; }").arg(theme.danger.name()));
    for (QLabel* label : {m_account, m_devices}) {
        label->setAlignment((isRightToLeft() ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignAbsolute);
    }
    m_scroll->widget()->setStyleSheet(
        QStringLiteral("QPushButton { border: 1px solid transparent; border-radius: 8px; padding: 7px 8px; "
                       "outline: none; "
                       "text-align: left; color: %1; background: transparent; } QPushButton:hover { "
                       "background: %2; } QPushButton:focus { border-color: %3; }")
            .arg(theme.text.name(), theme.hover.name(), theme.accent.name()));
}

void DetailsDrawer::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_block != nullptr) {
        paintButtons();
        paintIcons();
    }
}

void DetailsDrawer::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), Theme::current().window);
    const int edge = layoutDirection() == Qt::RightToLeft ? width() - 1 : 0;
    painter.fillRect(edge, 0, 1, height(), Theme::current().line);
}

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/settings_dialog.h"

#include "app/autostart.h"
#include "app/dialogs/account_page.h"
#include "app/dialogs/data_page.h"
#include "app/dialogs/lock_page.h"
#include "app/dialogs/privacy_page.h"
#include "app/dialogs/question.h"
#include "app/dialogs/settings_rows.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QLabel>
#include <QListWidget>
#include <QScrollArea>
#include <QSpinBox>
#include <QStackedWidget>
#include <QSystemTrayIcon>
#include <QVBoxLayout>

namespace sotto::app {

SettingsDialog::SettingsDialog(CoreThread& core, Settings& settings, QWidget* parent)
    : QDialog(parent)
    , m_settings(settings)
    , m_list(new QListWidget(this))
    , m_pages(new QStackedWidget(this))
    , m_words(plainLabel({}, this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Settings"));
    resize(700, 540);
    m_list->setAccessibleName(tr("Pages of the settings"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    add(tr("Account"), new AccountPage(core, this));
    add(tr("Privacy"), new PrivacyPage(core, this));
    add(tr("Appearance"), appearancePage());
    add(tr("Notifications"), notificationsPage());
    add(tr("Window and start"), windowPage());
    auto* const lock = new LockPage(core, settings, this);
    connect(lock, &LockPage::changed, this, &SettingsDialog::noted);
    connect(lock, &LockPage::lockWanted, this, [this] {
        close();
        emit lockWanted();
    });
    add(tr("Lock"), lock);
    add(tr("Data"), new DataPage(core, this));
    m_list->setFixedWidth(m_list->sizeHintForColumn(0) + 12);
    connect(m_list, &QListWidget::currentRowChanged, m_pages, &QStackedWidget::setCurrentIndex);
    m_list->setCurrentRow(0);

    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    m_words->setText(settings.problem());
    m_words->setVisible(!settings.problem().isEmpty());
    auto* const row = new QHBoxLayout;
    row->addWidget(m_list);
    row->addWidget(m_pages, 1);
    auto* const layout = new QVBoxLayout(this);
    layout->addLayout(row, 1);
    layout->addWidget(m_words);
    layout->addWidget(buttons);
}

void SettingsDialog::show(Page page) {
    m_list->setCurrentRow(static_cast<int>(page));
    open();
    m_list->setFocus();
}

void SettingsDialog::add(const QString& name, QWidget* page) {
    auto* const item = new QListWidgetItem(name, m_list);
    item->setSizeHint({fontMetrics().horizontalAdvance(name) + 24, fontMetrics().height() + 16});
    auto* const scroll = new QScrollArea(m_pages);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setWidget(page);
    m_pages->addWidget(scroll);
}

void SettingsDialog::noted() {
    m_words->setText(
        m_settings.isKept() ? QString() : tr("This holds until Sotto ends: the settings cannot be written."));
    m_words->setVisible(!m_words->text().isEmpty());
    emit changed();
}

QWidget* SettingsDialog::appearancePage() {
    auto* const page = new QWidget(this);
    SettingsRows rows(page);
    QComboBox* const theme = rows.choice(tr("Colours"), {tr("As the system"), tr("Light"), tr("Dark")},
                                         static_cast<int>(m_settings.theme()));
    connect(theme, &QComboBox::activated, this, [this](int index) {
        m_settings.setTheme(static_cast<ThemeChoice>(index));
        applyTheme(m_settings.theme());
        noted();
    });
    auto* const size = new QSpinBox(page);
    size->setRange(Settings::kLeastTextSize, Settings::kMostTextSize);
    size->setSingleStep(25);
    size->setSuffix(tr(" %"));
    size->setKeyboardTracking(false);
    size->setValue(m_settings.textSize());
    rows.field(tr("Text size"), size);
    connect(size, &QSpinBox::valueChanged, this, [this](int percent) {
        m_settings.setTextSize(percent);
        applyTextSize(percent);
        noted();
    });
    QComboBox* const density =
        rows.choice(tr("Lists"), {tr("Roomy"), tr("Compact")}, static_cast<int>(m_settings.density()));
    connect(density, &QComboBox::activated, this, [this](int index) {
        m_settings.setDensity(static_cast<Density>(index));
        applyDensity(m_settings.density());
        noted();
    });
    rows.end();
    return page;
}

QWidget* SettingsDialog::notificationsPage() {
    auto* const page = new QWidget(this);
    SettingsRows rows(page);
    QComboBox* const level =
        rows.choice(tr("A notification shows"),
                    {tr("Name and message"), tr("The name only"), tr("Nothing: no notifications")},
                    static_cast<int>(m_settings.notifications()));
    connect(level, &QComboBox::activated, this, [this](int index) {
        m_settings.setNotifications(static_cast<NotificationLevel>(index));
        noted();
    });
    rows.words(
        tr("Notifications are shown, and maybe kept, by the desktop. They are withdrawn when a message "
           "is read or deleted, and when Sotto is locked."));
    rows.end();
    return page;
}

QWidget* SettingsDialog::windowPage() {
    auto* const page = new QWidget(this);
    SettingsRows rows(page);
    const bool hasTray = QSystemTrayIcon::isSystemTrayAvailable();
    QCheckBox* const close =
        rows.check(tr("Closing the window leaves Sotto in the tray"), m_settings.closesToTray());
    QCheckBox* const hidden =
        rows.check(tr("Start in the tray, without a window"), m_settings.startsHidden());
    close->setEnabled(hasTray);
    hidden->setEnabled(hasTray);
    if (!hasTray) {
        rows.words(tr("This desktop has no tray: closing the window ends Sotto."));
    }
    connect(close, &QCheckBox::toggled, this, [this](bool on) {
        m_settings.setClosesToTray(on);
        noted();
    });
    connect(hidden, &QCheckBox::toggled, this, [this](bool on) {
        m_settings.setStartsHidden(on);
        noted();
    });
    QCheckBox* const start = rows.check(tr("Start when you log in"), isAutostarted());
    QLabel* const words = rows.words({});
    words->hide();
    connect(start, &QCheckBox::toggled, this, [start, words](bool on) {
        if (isAutostarted() != on && !setAutostarted(on)) {
            words->setText(tr("That file cannot be written: %1").arg(autostartFile()));
            words->show();
            start->setChecked(isAutostarted());
        }
    });
    rows.end();
    return page;
}

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/lock_page.h"

#include "app/dialogs/settings_rows.h"
#include "app/format/words.h"
#include "app/typed_secret.h"
#include "app/when_done.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

namespace sotto::app {
namespace {

enum Way { Passphrase, InKeychain, BesideTheData };

} // namespace

LockPage::LockPage(CoreThread& core, Settings& settings, QWidget* parent)
    : QWidget(parent)
    , m_core(core) {
    SettingsRows rows(this);
    rows.title(tr("Lock"));
    QPushButton* const now = rows.button(tr("Lock now (Ctrl+L)"));
    auto* const minutes = new QSpinBox(this);
    minutes->setRange(0, Settings::kMostIdleMinutes);
    minutes->setSpecialValueText(tr("Never"));
    minutes->setSuffix(tr(" minutes"));
    minutes->setValue(settings.lockAfterMinutes());
    rows.field(tr("Lock when nothing was typed or clicked in Sotto for"), minutes);

    rows.title(tr("Key of this profile"));
    m_nowWords = rows.words({});
    m_way = rows.choice(tr("Keep it"),
                        {tr("Under a passphrase"), tr("In the desktop's keychain"),
                         tr("In a file beside the data, open to whoever copies it")},
                        0);
    m_before = rows.secret(tr("The passphrase until now"));
    m_new = rows.secret(tr("The new passphrase"));
    m_again = rows.secret(tr("The new passphrase again"));
    m_change = rows.button(tr("Change"));
    m_words = rows.words(tr("Sotto closes the profile for that moment."));
    rows.end();

    connect(now, &QPushButton::clicked, this, &LockPage::lockWanted);
    connect(minutes, &QSpinBox::valueChanged, this, [this, &settings](int value) {
        settings.setLockAfterMinutes(value);
        emit changed();
    });
    connect(m_way, &QComboBox::currentIndexChanged, this, &LockPage::showFields);
    connect(m_change, &QPushButton::clicked, this, &LockPage::protect);
    readProtection();
}

void LockPage::readProtection() {
    whenDone(m_core.protection(), this, [this](const rpc::Result<std::optional<core::KeyProtection>>& found) {
        m_now = found ? *found : std::nullopt;
        if (m_now) {
            switch (*m_now) {
            case core::KeyProtection::Passphrase:
                m_nowWords->setText(tr("A passphrase keeps it now."));
                m_way->setCurrentIndex(Passphrase);
                break;
            case core::KeyProtection::Keychain:
                m_nowWords->setText(tr("The desktop's keychain keeps it now."));
                m_way->setCurrentIndex(InKeychain);
                break;
            case core::KeyProtection::KeyFile:
                m_nowWords->setText(
                    tr("It lies in a file beside the data: whoever copies the profile can read it."));
                break;
            }
        }
        showFields();
    });
}

void LockPage::showFields() {
    m_before->setVisible(m_now == core::KeyProtection::Passphrase);
    m_new->setVisible(m_way->currentIndex() == Passphrase);
    m_again->setVisible(m_way->currentIndex() == Passphrase);
}

void LockPage::setBusy(bool busy) {
    for (QWidget* widget : std::initializer_list<QWidget*>{m_way, m_before, m_new, m_again, m_change}) {
        widget->setEnabled(!busy);
    }
}

void LockPage::protect() {
    const bool toPassphrase = m_way->currentIndex() == Passphrase;
    if (m_before->isVisibleTo(this) && m_before->text().isEmpty()) {
        m_words->setText(tr("Type the passphrase until now first."));
        m_before->setFocus();
        return;
    }
    if (toPassphrase && m_new->text().isEmpty()) {
        m_words->setText(tr("Type the new passphrase first."));
        m_new->setFocus();
        return;
    }
    if (toPassphrase && m_new->text() != m_again->text()) {
        m_words->setText(tr("The two passphrases differ."));
        m_again->setFocus();
        return;
    }
    Protection after;
    if (toPassphrase) {
        after.passphrase = takeSecret(*m_new);
    }
    after.inKeychain = m_way->currentIndex() == InKeychain;
    SecretBytes before = takeSecret(*m_before);
    m_again->clear();
    setBusy(true);
    m_words->setText(tr("Changing…"));
    whenDone(m_core.protect(std::move(before), std::move(after)), this,
             [this](const rpc::Result<void>& done) {
                 setBusy(false);
                 m_words->setText(done ? tr("Changed.") : errorWords(done.error()));
                 readProtection();
             });
}

} // namespace sotto::app

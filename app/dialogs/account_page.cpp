// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/account_page.h"

#include "app/dialogs/settings_rows.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/qr_code.h"
#include "app/when_done.h"

#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

namespace sotto::app {

AccountPage::AccountPage(CoreThread& core, QWidget* parent)
    : QWidget(parent) {
    SettingsRows rows(this);
    QLabel* const name = rows.title({});
    QLabel* const relay = rows.words({});
    rows.title(tr("Your contact link"));
    rows.words(tr("Give it to people who want to write to you. Whoever adds you by it, or by the code below, "
                  "knows for certain that it is you."));
    auto* const link = new QLineEdit(this);
    link->setReadOnly(true);
    rows.field(tr("Contact link"), link);
    QPushButton* const copy = rows.button(tr("Copy"));
    copy->setEnabled(false);
    auto* const code = new QrCode(this);
    code->setAccessibleName(tr("Your contact link as a QR code"));
    rows.widget(code);
    rows.end();
    connect(copy, &QPushButton::clicked, this, [link] { QApplication::clipboard()->setText(link->text()); });

    struct Own {
        core::AccountView account;
        std::string link;
    };
    whenDone(core.call([](core::Client& client) -> core::Result<Own> {
        const auto account = client.account();
        if (!account) {
            return tl::unexpected(account.error());
        }
        const auto own = client.contactLink();
        return Own{*account, own ? wire::format(*own) : std::string()};
    }),
             this, [=](const core::Result<Own>& own) {
                 if (!own) {
                     name->setText(failureWords(own.error()));
                     return;
                 }
                 name->setText(QLatin1Char('@') + shownName(own->account.name));
                 relay->setText(tr("At the relay %1").arg(isolated(shownLine(own->account.relay.host))));
                 link->setText(QString::fromStdString(own->link));
                 link->setCursorPosition(0);
                 code->setText(link->text());
                 copy->setEnabled(!own->link.empty());
             });
}

} // namespace sotto::app

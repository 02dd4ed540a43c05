// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/privacy_page.h"

#include "app/dialogs/settings_rows.h"
#include "app/format/words.h"
#include "app/when_done.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>

namespace sotto::app {
namespace {

QString wordsFor(core::PrivacySetting setting) {
    switch (setting) {
    case core::PrivacySetting::ReadReceipts:
        return PrivacyPage::tr("That you have read their messages");
    case core::PrivacySetting::Typing:
        return PrivacyPage::tr("That you are typing");
    }
    return {};
}

} // namespace

PrivacyPage::PrivacyPage(CoreThread& core, QWidget* parent)
    : QWidget(parent) {
    SettingsRows rows(this);
    rows.title(tr("What others are told"));
    QLabel* const words = rows.words({});
    words->hide();
    for (const core::PrivacySetting setting :
         {core::PrivacySetting::ReadReceipts, core::PrivacySetting::Typing}) {
        QCheckBox* const box = rows.check(wordsFor(setting), false);
        box->setObjectName(wordsFor(setting));
        box->setEnabled(false); // until it is known
        whenDone(core.call([setting](core::Client& client) { return client.isAllowed(setting); }), box,
                 [box](bool isAllowed) {
                     box->setChecked(isAllowed);
                     box->setEnabled(true);
                 });
        connect(box, &QCheckBox::clicked, this, [&core, box, setting, words](bool on) {
            whenDone(
                core.call([setting, on](core::Client& client) { return client.setAllowed(setting, on); }),
                box, [box, words, on](const core::Result<void>& set) {
                    words->setVisible(!set);
                    if (!set) {
                        words->setText(failureWords(set.error()));
                        box->setChecked(!on);
                    }
                });
        });
    }
    QComboBox* const there = rows.choice(tr("Whether you are there"),
                                         {tr("Tell nobody"), tr("Tell contacts that you were there recently"),
                                          tr("Tell contacts who tell you the same exactly when")},
                                         0);
    there->setEnabled(false); // until it is known
    whenDone(core.call([](core::Client& client) { return client.presenceSharing(); }), there,
             [there](core::PresenceSharing sharing) {
                 there->setCurrentIndex(static_cast<int>(sharing));
                 there->setEnabled(true);
             });
    connect(there, &QComboBox::activated, this, [&core, there, words](int chosen) {
        whenDone(core.call([sharing = core::PresenceSharing{chosen}](core::Client& client) {
            return client.setPresenceSharing(sharing);
        }),
                 there, [words](const core::Result<void>& set) {
                     words->setVisible(!set);
                     if (!set) {
                         words->setText(failureWords(set.error()));
                     }
                 });
    });
    rows.words(tr("What you do not tell, you are not shown of others either. Strangers who write to you hear "
                  "nothing of all this until you accept them."));
    rows.end();
}

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/message_info_dialog.h"

#include "app/dialogs/question.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/when_done.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace sotto::app {

struct MessageInfoDialog::Told {
    core::MessageInfo info;
    std::vector<core::Contact> contacts; ///< names of who has confirmed it
};

MessageInfoDialog::MessageInfoDialog(CoreThread& core, const MessageId& message, QWidget* parent)
    : QDialog(parent)
    , m_core(core)
    , m_message(message)
    , m_rows(new QFormLayout) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Message info"));
    setMinimumWidth(440);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(22, 20, 22, 16);
    m_rows->setHorizontalSpacing(16);
    m_rows->setVerticalSpacing(8);
    layout->addLayout(m_rows);
    layout->addStretch();
    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    layout->addWidget(buttons);
    // Receipts come while one looks.
    connect(&core, &CoreThread::happened, this, [this](const std::vector<core::Event>& events) {
        for (const core::Event& event : events) {
            const auto* changed = std::get_if<core::MessageChanged>(&event);
            if (changed != nullptr && changed->message.id == m_message) {
                read();
                return;
            }
        }
    });
    read();
}

void MessageInfoDialog::read() {
    whenDone(m_core.call([id = m_message](core::Client& client) -> core::Result<Told> {
        auto info = client.messageInfo(id);
        if (!info) {
            return tl::unexpected(info.error());
        }
        Told told{std::move(*info), {}};
        if (!told.info.confirmations.empty()) {
            told.contacts = client.contacts();
        }
        return told;
    }),
             this, [this](const core::Result<Told>& told) {
                 while (m_rows->rowCount() > 0) {
                     m_rows->removeRow(0);
                 }
                 if (told) {
                     show(*told);
                 } else {
                     m_rows->addRow(plainLabel(failureWords(told.error()), this));
                 }
                 growToFit(*this);
             });
}

void MessageInfoDialog::show(const Told& told) {
    const core::Message& message = told.info.message;
    const auto row = [this](const QString& name, const QString& shown) {
        QLabel* const value = plainLabel(shown, this);
        value->setAccessibleName(name + QStringLiteral(": ") + shown);
        value->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        QLabel* const label = plainLabel(name, this);
        label->setForegroundRole(QPalette::PlaceholderText);
        m_rows->addRow(label, value);
    };
    if (message.outgoing) {
        row(tr("State"), stateWords(message.state));
    } else {
        row(tr("From"), QLatin1Char('@') + shownName(message.senderName));
    }
    if (!message.detail.empty()) {
        row(tr("Why"), shownSentence(message.detail));
    }
    row(message.outgoing ? tr("Written") : tr("Written, by their clock"), exactTime(message.sentAt));
    if (message.stamp != Stamp{}) {
        row(tr("Taken by the relay"), exactTime(milliseconds(message.stamp)));
    }
    if (!message.outgoing) {
        row(tr("Received here"), exactTime(message.receivedAt));
    }
    if (message.expiresAt > 0) {
        row(tr("Disappears"), exactTime(message.expiresAt));
    } else if (message.expireSeconds > 0) {
        row(tr("Disappears"), tr("%1 after it is read").arg(lifetimeWords(message.expireSeconds)));
    }
    for (const core::Confirmation& confirmation : told.info.confirmations) {
        QString who = QString::fromStdString(confirmation.by.hex().substr(0, 16)) + QChar(0x2026);
        for (const core::Contact& contact : told.contacts) {
            if (contact.account == confirmation.by) {
                who = QLatin1Char('@') + shownName(contact.name);
            }
        }
        row(who, tr("%1, %2").arg(stateWords(confirmation.state), exactTime(confirmation.at)));
    }
    for (const core::DeviceDelivery& device : told.info.devices) {
        row(tr("Device %1").arg(static_cast<int>(device.device.device)),
            device.hasIt ? tr("says that it has it") : tr("has not said yet that it has it"));
    }
    if (told.info.resends > 0) {
        row(tr("Sent again"), told.info.resends == 1 ? tr("Once, since a device asked for it")
                                                     : tr("%n times, since a device asked for it", nullptr,
                                                          static_cast<int>(told.info.resends)));
    }
    if (told.info.seq > 0) {
        row(tr("Number"), tr("%1 of its device").arg(told.info.seq));
    }
    row(tr("Id"), QString::fromStdString("msg_" + message.id.hex()));
}

} // namespace sotto::app

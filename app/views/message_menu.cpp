// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/message_menu.h"

namespace sotto::app {

MessageMenu::MessageMenu(const core::Message& message, QWidget* parent)
    : QMenu(parent) {
    setAttribute(Qt::WA_DeleteOnClose);
    const bool isText = message.kind == core::MessageKind::Text;
    if (isText) {
        addAction(tr("Reply"), this, &MessageMenu::replyWanted);
        QMenu* const signs = addMenu(tr("React"));
        for (const char* emoji :
             {"\U0001F44D", "\u2764\uFE0F", "\U0001F602", "\U0001F62E", "\U0001F622", "\U0001F64F"}) {
            signs->addAction(QString::fromUtf8(emoji), this, [this, emoji] { emit reactWanted(emoji); });
        }
        signs->addAction(tr("More…"), this, &MessageMenu::otherSignWanted);
        if (message.outgoing) {
            addAction(tr("Edit"), this, &MessageMenu::editWanted);
        }
        addAction(tr("Copy"), this, &MessageMenu::copyWanted);
        addAction(tr("Show whole text"), this, &MessageMenu::wholeTextWanted);
    }
    if (isText || message.kind == core::MessageKind::Notice) {
        addAction(tr("Delete on this device…"), this, &MessageMenu::deleteHereWanted);
    }
    if (isText) {
        if (message.outgoing) {
            addAction(tr("Delete for everyone…"), this, &MessageMenu::deleteEverywhereWanted);
        }
        addAction(tr("Info"), this, &MessageMenu::infoWanted);
    }
    if (isEmpty()) {
        addAction(tr("Details"), this, &MessageMenu::detailsWanted);
    }
}

} // namespace sotto::app

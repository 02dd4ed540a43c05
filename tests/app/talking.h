// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a person sees and types in an open conversation.

#include "app/views/composer.h"
#include "app/views/conversation_pane.h"
#include "app/views/message_view.h"
#include "tests/app/desk.h"

#include <QLabel>

namespace sotto::test {

inline bool says(const QWidget& in, const QString& words) {
    for (const QLabel* label : in.findChildren<QLabel*>()) {
        if (label->isVisible() && label->text().contains(words)) {
            return true;
        }
    }
    return false;
}

inline QStringList shown(Desk& desk) {
    QStringList texts;
    const app::ConversationModel& model = desk.window.pane().model();
    for (int row = 0; row < model.rowCount(); ++row) {
        const core::Message& message = model.row(row).message;
        texts.append((message.outgoing ? ">" : "<") + QString::fromStdString(message.text));
    }
    return texts;
}

inline void say(Desk& desk, const QString& text) {
    QWidget& edit = desk.window.pane().composer().edit();
    QTest::keyClicks(&edit, text);
    QTest::keyClick(&edit, Qt::Key_Return);
}

inline core::MessageState stateOfLast(Desk& desk) {
    const app::ConversationModel& model = desk.window.pane().model();
    return model.rowCount() == 0 ? core::MessageState::Failed : model.row(model.rowCount() - 1).message.state;
}

inline bool isInView(app::MessageView& view, int row) {
    const QRect rect = view.visualRect(view.model()->index(row, 0));
    return rect.top() >= 0 && rect.bottom() <= view.viewport()->height();
}

} // namespace sotto::test

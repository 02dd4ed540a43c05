// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/avatar.h"

#include "app/format/shown_text.h"
#include "app/views/conversation_delegate.h"
#include "core/types/contact.h"

#include <QPainter>

namespace sotto::app {

Avatar::Avatar(int size, QWidget* parent)
    : QWidget(parent) {
    setFixedSize(size, size);
}

void Avatar::show(const core::ConversationEntry& entry) {
    m_name = shownName(entry.title);
    m_identity =
        entry.members.empty() ? QByteArray() : QByteArray::fromStdString(entry.members.front().hex());
    update();
}

void Avatar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    paintAvatar(painter, rect(), m_name, m_identity);
}

} // namespace sotto::app

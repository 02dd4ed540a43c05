// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace sotto::core {
struct ConversationEntry;
}

namespace sotto::app {

/// The picture that stands for the other side of a conversation: letters of the name on the account's colour.
class Avatar final : public QWidget {
public:
    Avatar(int size, QWidget* parent);
    void show(const core::ConversationEntry& entry);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_name;
    QByteArray m_identity;
};

} // namespace sotto::app

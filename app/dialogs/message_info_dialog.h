// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// All that is known of one message: when, how far it has come, and who has confirmed it. Deletes itself when
/// it is closed.

#include "app/core_thread.h"

#include <QDialog>

class QFormLayout;

namespace sotto::app {

class MessageInfoDialog final : public QDialog {
    Q_OBJECT

public:
    MessageInfoDialog(CoreThread& core, const MessageId& message, QWidget* parent);

private:
    struct Told;
    void read();
    void show(const Told& told);
    CoreThread& m_core;
    MessageId m_message;
    QFormLayout* m_rows;
};

} // namespace sotto::app

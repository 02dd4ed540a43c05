// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Begins a conversation: by a name at the relay or by somebody's contact link. Shows one's own link to give
/// away. Deletes itself.

#include "app/core_thread.h"

#include <QDialog>

class QLabel;
class QLineEdit;
class QPushButton;

namespace sotto::app {

class NewChatDialog final : public QDialog {
    Q_OBJECT

public:
    NewChatDialog(CoreThread& core, QWidget* parent);
    /// Fills the form in; the person still has to begin.
    void setWho(const QString& who);

signals:
    void begun(const core::ConversationEntry& entry);

private:
    void begin();
    void found(const core::Contact& contact);
    void tell(const QString& sentence);

    CoreThread& m_core;
    QLineEdit* m_who;
    QLabel* m_words;
    QPushButton* m_begin;
    QLineEdit* m_own;
};

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The safety number with somebody, to compare as digits and as a QR code. When the relay names another key:
/// both numbers, and the button that accepts the new one. Deletes itself when it is closed.

#include "app/core_thread.h"

#include <QDialog>

class QLabel;
class QLineEdit;
class QPushButton;

namespace sotto::app {

class QrCode;

class SafetyNumberDialog final : public QDialog {
    Q_OBJECT

public:
    SafetyNumberDialog(CoreThread& core, core::Contact contact, QWidget* parent);
    /// Shows what is true now; others may have changed it.
    void show(const core::Contact& contact);

private:
    void readNumbers();
    void compare();
    void tell(const QString& sentence);
    void accept() override;

    CoreThread& m_core;
    core::Contact m_contact;
    QLabel* m_name;
    QLabel* m_trust;
    QLabel* m_changed;
    QLabel* m_oldTitle;
    QLabel* m_old;
    QLabel* m_title;
    QLabel* m_digits;
    QrCode* m_code;
    QLineEdit* m_typed;
    QPushButton* m_compare;
    QPushButton* m_acceptKey;
    QLabel* m_words;
};

} // namespace sotto::app

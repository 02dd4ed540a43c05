// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// When the profile locks, and how its key is kept.

#include "app/core_thread.h"
#include "app/settings.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace sotto::app {

class LockPage final : public QWidget {
    Q_OBJECT

public:
    LockPage(CoreThread& core, Settings& settings, QWidget* parent);

signals:
    void changed();
    void lockWanted();

private:
    void readProtection();
    void showFields();
    void protect();
    void setBusy(bool busy);

    CoreThread& m_core;
    std::optional<core::KeyProtection> m_now;
    QLabel* m_nowWords;
    QComboBox* m_way;
    QLineEdit* m_before;
    QLineEdit* m_new;
    QLineEdit* m_again;
    QPushButton* m_change;
    QLabel* m_words;
};

} // namespace sotto::app

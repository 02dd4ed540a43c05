// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The page of the settings that says what others are told beside messages.

#include "app/core_thread.h"

#include <QWidget>

namespace sotto::app {

class PrivacyPage final : public QWidget {
    Q_OBJECT

public:
    PrivacyPage(CoreThread& core, QWidget* parent);
};

} // namespace sotto::app

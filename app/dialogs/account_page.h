// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Who this profile is, and the link by which others add it.

#include "app/core_thread.h"

#include <QWidget>

namespace sotto::app {

class AccountPage final : public QWidget {
    Q_OBJECT

public:
    AccountPage(CoreThread& core, QWidget* parent);
};

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
// What most files here begin with: parsing it is most of what compiling them takes.
#include "app/core_thread.h"

#include <QAbstractListModel>
#include <QWidget>

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What can be done with one message, as a menu. Deletes itself when it is closed.

#include "core/types/message.h"

#include <QMenu>

namespace sotto::app {

class MessageMenu final : public QMenu {
    Q_OBJECT

public:
    MessageMenu(const core::Message& message, QWidget* parent);

signals:
    void replyWanted();
    void editWanted();
    void reactWanted(const std::string& emoji);
    void otherSignWanted();
    void copyWanted();
    void wholeTextWanted();
    void deleteHereWanted();
    void deleteEverywhereWanted();
    void infoWanted();
    void detailsWanted(); ///< of a line that stands for something unread
};

} // namespace sotto::app

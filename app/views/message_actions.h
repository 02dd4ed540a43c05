// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a person does with one message of the open conversation: its menu, its button, its reactions, what it
/// answers. Asks the client, and tells what failed.

#include "app/models/conversation_model.h"

namespace sotto::app {

class MessageView;
class WritingPane;

class MessageActions final : public QObject {
    Q_OBJECT

public:
    /// All must outlive it. Menus and dialogs belong to `parent`.
    MessageActions(CoreThread& core, ConversationModel& model, MessageView& view, WritingPane& writing,
                   QWidget* parent);

    void showMenu(int row, const QPoint& at);
    /// The button of a row.
    void press(int row);
    /// The same sign once more takes it back.
    void react(const core::Message& message, const std::string& emoji);
    void followQuote(int row);
    void editLast();
    /// Reads how far an own message has come on each device, and says so: to screen readers, and in the
    /// tooltip that stands at a place, if it still does.
    void tellState(int row, const std::optional<QPoint>& tip);

signals:
    void refused(const QString& sentence);
    void jumpWanted(const core::Message& original);

private:
    template <class F>
    void change(F f);
    void explain(const core::Message& message);
    void showWhole(const core::Message& message);

    CoreThread& m_core;
    ConversationModel& m_model;
    MessageView& m_view;
    WritingPane& m_writing;
    QWidget* m_parent;
};

} // namespace sotto::app

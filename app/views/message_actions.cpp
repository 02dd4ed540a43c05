// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/message_actions.h"

#include "app/dialogs/message_info_dialog.h"
#include "app/dialogs/question.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/composer.h"
#include "app/views/emoji_picker.h"
#include "app/views/message_menu.h"
#include "app/views/message_view.h"
#include "app/views/writing_pane.h"
#include "app/when_done.h"
#include "core/types/cause.h"

#include <QToolTip>

namespace sotto::app {

MessageActions::MessageActions(CoreThread& core, ConversationModel& model, MessageView& view,
                               WritingPane& writing, QWidget* parent)
    : QObject(parent)
    , m_core(core)
    , m_model(model)
    , m_view(view)
    , m_writing(writing)
    , m_parent(parent) {
    connect(&view, &MessageView::stateAsked, this, [this](int row, const QPoint& at) { tellState(row, at); });
    connect(view.selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex& current) {
                if (current.isValid()) {
                    tellState(current.row(), {});
                }
            });
}

void MessageActions::tellState(int row, const std::optional<QPoint>& tip) {
    const core::Message message = m_model.row(row).message;
    if (!message.outgoing || message.kind != core::MessageKind::Text) {
        return;
    }
    whenDone(m_core.call([id = message.id](core::Client& client) {
        const auto info = client.messageInfo(id);
        return info ? deliveryLines(*info, client.contacts()) : QStringList();
    }),
             this, [this, message, tip](const QStringList& lines) {
                 m_model.describe(message.key, lines.join(QLatin1Char('\n')));
                 if (tip && QToolTip::isVisible() && !lines.isEmpty()) {
                     const QString first =
                         tr("%1 · %2").arg(stateWords(message.state), exactTime(timeOf(message)));
                     QToolTip::showText(
                         *tip, toolTipOf(first + QLatin1Char('\n') + lines.join(QLatin1Char('\n'))), &m_view);
                 }
             });
}

template <class F>
void MessageActions::change(F f) {
    whenDone(m_core.call(std::move(f)), this, [this](const core::Result<core::Message>& changed) {
        if (!changed) {
            emit refused(failureWords(changed.error()));
        }
        m_model.refresh();
    });
}

void MessageActions::editLast() {
    for (int row = m_model.rowCount() - 1; row >= 0 && !m_model.hasNewer(); --row) {
        const core::Message& message = m_model.row(row).message;
        if (message.outgoing && message.kind == core::MessageKind::Text) {
            m_writing.edit(message);
            return;
        }
    }
}

void MessageActions::react(const core::Message& message, const std::string& emoji) {
    const bool has = std::ranges::any_of(message.reactions, [&](const core::Reaction& reaction) {
        return reaction.emoji == emoji && (reaction.by == message.sender) == message.outgoing;
    });
    change([id = message.id, sign = has ? std::string() : emoji](core::Client& client) {
        return client.react(id, sign);
    });
}

void MessageActions::followQuote(int row) {
    const core::Message& message = m_model.row(row).message;
    if (!message.quote) {
        return;
    }
    whenDone(
        m_core.read([name = message.quote->target](core::Reader& reader) { return reader.message(name); }),
        this, [this](const core::Result<core::Message>& original) {
            if (original && original->conversation == m_model.conversation()) {
                emit jumpWanted(*original);
            } else {
                emit refused(tr("The message that was answered is not on this device."));
            }
        });
}

void MessageActions::showMenu(int row, const QPoint& at) {
    const core::Message message = m_model.row(row).message;
    auto* const menu = new MessageMenu(message, m_parent);
    connect(menu, &MessageMenu::replyWanted, this, [this, message] { m_writing.reply(message); });
    connect(menu, &MessageMenu::editWanted, this, [this, message] { m_writing.edit(message); });
    connect(menu, &MessageMenu::reactWanted, this,
            [this, message](const std::string& emoji) { react(message, emoji); });
    connect(menu, &MessageMenu::otherSignWanted, this, [this, message, at] {
        auto* const picker = new EmojiPicker(m_parent);
        connect(picker, &EmojiPicker::chosen, this,
                [this, message](const QString& sign) { react(message, sign.toStdString()); });
        picker->popup(at);
    });
    connect(menu, &MessageMenu::copyWanted, &m_view, &MessageView::copy);
    connect(menu, &MessageMenu::wholeTextWanted, this, [this, message] { showWhole(message); });
    connect(menu, &MessageMenu::infoWanted, this,
            [this, id = message.id] { (new MessageInfoDialog(m_core, id, m_parent->window()))->open(); });
    connect(menu, &MessageMenu::detailsWanted, this, [this, message] { explain(message); });
    const auto remove = [this](const QString& sentence, auto how) {
        auto* const question =
            new Question(tr("Delete this message?"), sentence, tr("Delete"), m_parent->window());
        connect(question, &QDialog::accepted, this, [this, how] { change(how); });
        question->open();
    };
    connect(menu, &MessageMenu::deleteHereWanted, this, [remove, id = message.id] {
        remove(tr("It goes from this device for good. The other side keeps what it has."),
               [id](core::Client& client) { return client.deleteMessage(id); });
    });
    connect(menu, &MessageMenu::deleteEverywhereWanted, this, [remove, id = message.id] {
        remove(tr("It goes from every device that has it. Whoever has read it may remember."),
               [id](core::Client& client) { return client.deleteForEveryone(id); });
    });
    menu->popup(at);
}

void MessageActions::showWhole(const core::Message& message) {
    showText(tr("Message"), shownText(message.text, kWhole).text, m_parent->window());
}

void MessageActions::press(int row) {
    const core::Message message = m_model.row(row).message;
    if (message.kind != core::MessageKind::Text) {
        explain(message);
    } else if (message.state == core::MessageState::Failed) {
        m_writing.sendAgain(message);
    } else if (!m_view.layoutOf(row).button().isEmpty()) {
        showWhole(message);
    }
}

void MessageActions::explain(const core::Message& message) {
    if (message.kind != core::MessageKind::Placeholder && message.kind != core::MessageKind::Gap) {
        return;
    }
    const core::CauseText cause = core::textOf(message.cause);
    const bool ask = !core::isAskedFor(message.cause) &&
                     message.cause != core::PlaceholderCause::NewerFormat &&
                     message.cause != core::PlaceholderCause::UntrustedDevice;
    auto* const question =
        new Question(tr("What is the matter"),
                     shownSentence(cause.sentence) + QLatin1Char(' ') + shownSentence(cause.action),
                     ask ? tr("Ask its author") : QString(), m_parent->window());
    connect(question, &QDialog::accepted, this, [this, at = timeOf(message)] {
        if (m_writing.composer().text().isEmpty()) {
            m_writing.composer().setText(
                tr("A message of yours from about %1 did not reach me. Could you send it again?")
                    .arg(exactTime(at)));
        }
        m_writing.composer().edit().setFocus();
    });
    question->open();
}

} // namespace sotto::app

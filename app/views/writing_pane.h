// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Where one writes in a conversation: the text, and above it the message that it answers or changes. Keeps
/// what was begun and not sent, conversation by conversation, and tells the other side that one is typing.
/// Sends by itself; nothing that was typed is lost when that fails.

#include "app/core_thread.h"

#include <QTimer>
#include <QWidget>
#include <map>

class QLabel;

namespace sotto::app {

class Composer;

class WritingPane final : public QWidget {
    Q_OBJECT

public:
    explicit WritingPane(CoreThread& core, QWidget* parent = nullptr);
    ~WritingPane() override;

    /// What was begun there comes back; what stands here is kept for its own conversation.
    void open(core::ConversationKey conversation);
    /// Keeps it, and forgets here whatever it is.
    void close();

    void reply(const core::Message& message);
    void edit(const core::Message& message);
    /// Neither answers nor changes a message any more; false: it did not.
    bool leave();
    /// Apart from what is being written: once more what could not be sent, in the place of it.
    void sendAgain(const core::Message& message);
    Composer& composer() { return *m_composer; }

signals:
    void sending();                        ///< something of one's own comes below the messages
    void changed();                        ///< there is something new to show
    void refused(const QString& sentence); ///< what failed
    void done();                           ///< nothing that was refused stands in the way any more

private:
    /// What is being written, for one conversation.
    struct Begun {
        core::StyledText text;
        std::optional<core::Message> reply;
    };
    void submit(const core::StyledText& text);
    void submitEdit(const core::StyledText& text);
    void leaveConversation();
    void bringBack(core::ConversationKey conversation, const core::StyledText& text);
    void readDraft();
    void keepDraft();
    void write(core::ConversationKey conversation, const Begun& begun);
    void typed();
    void tellTyping(bool isTyping);
    void showBar();
    void setText(const core::StyledText& text);

    CoreThread& m_core;
    std::optional<core::ConversationKey> m_conversation;
    std::optional<core::Message> m_reply;
    std::optional<core::Message> m_editing;
    core::StyledText m_unsaid; ///< what stood here before a message was edited
    bool m_filling = false;    ///< the text changes, and nobody typed
    bool m_isTyping = false;
    unsigned m_life = 0; ///< answers for an earlier conversation are dropped
    QTimer m_keeping;
    /// Handed to the client and maybe not on the disk yet: newer than what a reader finds there.
    std::map<core::ConversationKey, std::pair<unsigned, Begun>> m_onItsWay;
    unsigned m_writes = 0;
    bool m_isKept = true; ///< what is on the disk is what stands here

    QWidget* m_bar;
    QLabel* m_barTitle;
    QLabel* m_barLine;
    Composer* m_composer;
};

} // namespace sotto::app

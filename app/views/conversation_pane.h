// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One conversation as a person sees it: whose it is, what was said, and where to say more. Emits what the
/// person wants; asks the core thread itself for what concerns this conversation only.

#include "app/link_gate.h"
#include "app/models/conversation_model.h"

#include <QTimer>
#include <QWidget>

class QHBoxLayout;
class QLabel;
class QStackedLayout;
class QToolButton;

namespace sotto::app {

class Composer;
class ConversationHeader;
class DetailsDrawer;
class MessageActions;
class MessageView;
class StandingBar;
class WritingPane;

class ConversationPane final : public QWidget {
    Q_OBJECT

public:
    ConversationPane(CoreThread& core, const LinkGate& gate, QWidget* parent = nullptr);

    void open(const core::ConversationEntry& entry, const core::HistoryPlace& place);
    void close();
    /// Shows a message of the open conversation in its place.
    void jump(core::MessageKey message);
    std::optional<core::ConversationKey> conversation() const { return m_model.conversation(); }
    const core::ConversationEntry& entry() const { return m_entry; } ///< of the one that is open
    /// Something in the open conversation is new.
    void touch();
    /// From now on they may hear of one; and nothing of them is taken any more. Of whichever conversation.
    void accept(const AccountId& account);
    void block(const AccountId& account, const QString& shownName);
    /// How the list keeps the open conversation, or how long its messages stay.
    void keptOtherwise();
    /// Somebody's keys or lists changed.
    void contactChanged(const core::Contact& contact);
    void typingChanged(const core::TypingChanged& change);
    void presenceChanged(const core::PresenceChanged& change);
    void focusComposer();
    /// Leaves the message that was being answered or edited as it is. False: none was.
    bool leaveMessage();
    /// Begins an answer: to the message that is chosen, else to the newest of the other side.
    void reply();
    /// Who the other side is and how the conversation is kept: shows it, or hides it again.
    void toggleDetails();
    /// Whether that stands beside every conversation for which there is room.
    void setShowsDetails(bool shows);
    /// It goes where it lies above the messages; false: it does not.
    bool leaveDetails();

    ConversationModel& model() { return m_model; }
    MessageView& view() { return *m_view; }
    Composer& composer();
    DetailsDrawer& details() { return *m_details; }

signals:
    void searchWanted();
    /// The person wants it to stand there from now on, or not any more.
    void detailsToggled(bool isShown);
    /// Messages became read: the list shows another number.
    void wasRead(const core::ConversationEntry& entry);
    void closeWanted();

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void tell(const QString& sentence); ///< below the messages, until something else is done
    void markSeen();
    void lookOrTurnAway();
    void placeDownButton();
    void goTo(QDate day);
    void readContact();
    void connectDetails();
    bool detailsFit() const;
    void placeDetails();
    template <class F>
    void keep(F f);
    void showStanding(core::Standing standing);
    template <class F>
    void changeContact(const AccountId& account, F f);
    void paintIcons();

    CoreThread& m_core;
    const LinkGate& m_gate;
    ConversationModel m_model;
    core::ConversationEntry m_entry;
    std::optional<core::Contact> m_contact;
    QTimer m_looking; ///< while the person has the conversation before them
    std::optional<core::MessageKey> m_markedTo;
    bool m_marking = false;
    bool m_isJumping = false;    ///< what is opened next is to be lit
    bool m_showsDetails = false; ///< where there is room
    bool m_detailsAbove = false; ///< where there is not

    QStackedLayout* m_stack;
    QHBoxLayout* m_beside;
    ConversationHeader* m_header;
    MessageView* m_view;
    QToolButton* m_down;
    QWidget* m_notice;
    QLabel* m_noticeWords;
    WritingPane* m_writing;
    StandingBar* m_standing;
    DetailsDrawer* m_details = nullptr;
    MessageActions* m_actions;
};

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The window of one profile: wires what people want to the core thread, and what happens there to what is
/// shown.

#include "app/core_thread.h"
#include "app/link_gate.h"
#include "app/settings.h"

#include <QMainWindow>

class QSplitter;
class QStackedWidget;

namespace sotto::app {

class ConversationPane;
class FirstRunPage;
class NoticeBar;
class ProblemPage;
class RecoveryPage;
class SidePane;
class UnlockPage;

class MainWindow final : public QMainWindow {
    Q_OBJECT

public:
    /// All must outlive the window.
    MainWindow(CoreThread& core, Settings& settings, const LinkGate& gate);

    /// Looks what there is and shows it: the first run, the question for a passphrase, the conversations.
    void begin();
    /// A sotto: link from outside. Only fills in a form: that of the first run, or of a new conversation.
    void openLink(const QString& link);
    void showConversation(core::ConversationKey conversation);
    /// Somebody has read it elsewhere.
    void refresh(core::ConversationKey conversation);
    /// Whether the person has this conversation before them.
    bool isLookingAt(core::ConversationKey conversation) const;
    /// Lets the profile go, and shows nothing of it any more.
    void lock();
    bool isReady() const { return m_ready; } ///< the conversations are there
    /// Above everything, until it was read; once. sentence: safe to show.
    void note(const QString& sentence);

    SidePane& side() { return *m_side; }
    ConversationPane& pane() { return *m_pane; }

signals:
    void settingsChanged();
    void locking();
    void ready(); ///< the list stands, the first time after opening

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    void makeShortcuts();
    void makeMenu(const QPoint& at);
    void openProfile(SecretBytes passphrase);
    void opened(const rpc::Result<void>& result);
    void showFirstRun();
    void createAccount(const QString& link, const QString& name, const QString& passphrase, bool inKeychain);
    void waitForRegistration();
    void showChats();
    void problem(const QString& title, const QString& sentence, const QString& act,
                 std::function<void()> pressed);
    void happened(const std::vector<core::Event>& events);
    void linkChanged();
    void openConversation(const core::ConversationEntry& entry);
    void openHit(const core::Message& message);
    void openNeighbour(int step);
    void beginSearch(bool here);
    void switchTo();
    void compose(const QString& who = {});
    void showShortcuts();
    void showSettings();

    CoreThread& m_core;
    Settings& m_settings;
    NoticeBar* m_notices;
    QStackedWidget* m_stack;
    FirstRunPage* m_firstRun;
    RecoveryPage* m_recovery;
    UnlockPage* m_unlock;
    ProblemPage* m_problem;
    QSplitter* m_chats;
    SidePane* m_side;
    ConversationPane* m_pane;
    std::function<void()> m_act; ///< of the problem's button
    QString m_joinLink;
    bool m_ready = false;
    bool m_heardOfLink = false; ///< since the conversations were shown
    bool m_asksPassphrase = false;
};

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/main_window.h"

#include "app/dialogs/new_chat_dialog.h"
#include "app/dialogs/question.h"
#include "app/dialogs/settings_dialog.h"
#include "app/dialogs/switcher.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/pages/start_pages.h"
#include "app/typed_secret.h"
#include "app/views/conversation_pane.h"
#include "app/views/message_view.h"
#include "app/views/notice_bar.h"
#include "app/views/side_pane.h"
#include "app/when_done.h"

#include <QApplication>
#include <QCloseEvent>
#include <QLineEdit>
#include <QListView>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace sotto::app {
MainWindow::MainWindow(CoreThread& core, Settings& settings, const LinkGate& gate)
    : m_core(core)
    , m_settings(settings)
    , m_notices(new NoticeBar(this))
    , m_stack(new QStackedWidget(this))
    , m_firstRun(new FirstRunPage(this))
    , m_recovery(new RecoveryPage(this))
    , m_unlock(new UnlockPage(this))
    , m_problem(new ProblemPage(this))
    , m_chats(new QSplitter(this))
    , m_side(new SidePane(core, m_chats))
    , m_pane(new ConversationPane(core, gate, m_chats)) {
    setWindowTitle(tr("Sotto"));
    setMinimumSize(420, 360);
    auto* const nothing = new QWidget(this); // until it is known what there is
    for (QWidget* page :
         std::initializer_list<QWidget*>{nothing, m_firstRun, m_recovery, m_unlock, m_problem, m_chats}) {
        m_stack->addWidget(page);
    }
    auto* const all = new QWidget(this);
    auto* const column = new QVBoxLayout(all);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_notices);
    column->addWidget(m_stack, 1);
    setCentralWidget(all);
    note(settings.problem());
    m_chats->setHandleWidth(1);
    m_chats->setChildrenCollapsible(false);
    m_side->setMinimumWidth(190);
    m_pane->setMinimumWidth(220);
    m_chats->setStretchFactor(0, 0);
    m_chats->setStretchFactor(1, 1);
    m_chats->setSizes({320, 680});
    resize(1000, 700);
    restoreGeometry(settings.geometry());
    m_chats->restoreState(settings.split());

    connect(&core, &CoreThread::happened, this, &MainWindow::happened);
    connect(&core, &CoreThread::locked, this, &MainWindow::lock);
    connect(m_firstRun, &FirstRunPage::wanted, this, &MainWindow::createAccount);
    connect(m_recovery, &RecoveryPage::written, this, &MainWindow::waitForRegistration);
    connect(m_unlock, &UnlockPage::wanted, this, [this](const QString& passphrase) {
        m_unlock->setBusy(true);
        m_unlock->tell({});
        openProfile(secretFrom(passphrase));
    });
    connect(m_problem, &ProblemPage::pressed, this, [this] {
        if (m_act) {
            m_act();
        }
    });
    connect(&m_side->conversations(), &ConversationListModel::loaded, this, [this] {
        if (!std::exchange(m_ready, true)) {
            emit ready();
            if (!m_joinLink.isEmpty()) {
                openLink(m_joinLink); // it came before there was a list
            }
        }
    });
    connect(m_side, &SidePane::chosen, this, &MainWindow::openConversation);
    connect(m_side, &SidePane::hitChosen, this, &MainWindow::openHit);
    connect(m_side, &SidePane::composeWanted, this, [this] { compose(); });
    connect(m_side, &SidePane::menuWanted, this, &MainWindow::makeMenu);
    connect(m_side, &SidePane::retryWanted, this, [this] {
        whenDone(m_core.call([](core::Client& client) { client.onNetworkChanged(); }), this, [] {});
    });
    connect(m_side, &SidePane::acceptWanted, this, [this](const core::ConversationEntry& entry) {
        if (!entry.members.empty()) {
            m_pane->accept(entry.members.front());
        }
    });
    connect(m_side, &SidePane::blockWanted, this, [this](const core::ConversationEntry& entry) {
        if (!entry.members.empty()) {
            m_pane->block(entry.members.front(), shownName(entry.title));
        }
    });
    connect(m_side, &SidePane::refused, this, [this](const QString& sentence) {
        (new Question(tr("That did not work"), sentence, {}, this))->open();
    });
    connect(m_pane, &ConversationPane::searchWanted, this, [this] { beginSearch(true); });
    connect(m_pane, &ConversationPane::wasRead, this,
            [this](const core::ConversationEntry& entry) { m_side->touch(entry.key); });
    m_pane->setShowsDetails(settings.showsDetails());
    connect(m_pane, &ConversationPane::detailsToggled, this,
            [this](bool isShown) { m_settings.setShowsDetails(isShown); });
    makeShortcuts();
}

void MainWindow::note(const QString& sentence) {
    m_notices->add(sentence);
}

// ---- The profile ----

void MainWindow::begin() {
    whenDone(m_core.protection(), this,
             [this](const rpc::Result<std::optional<core::KeyProtection>>& protection) {
                 if (!protection) {
                     problem(tr("This profile does not open"), errorWords(protection.error()),
                             tr("Try again"), [this] { begin(); });
                 } else if (!*protection) {
                     showFirstRun();
                 } else if (**protection == core::KeyProtection::Passphrase) {
                     m_asksPassphrase = true;
                     m_stack->setCurrentWidget(m_unlock);
                 } else {
                     openProfile({});
                 }
             });
}

void MainWindow::openLink(const QString& link) {
    m_joinLink = link;
    if (m_ready) {
        compose(std::exchange(m_joinLink, {}));
    } else {
        m_firstRun->setLink(link);
    }
}

void MainWindow::openProfile(SecretBytes passphrase) {
    whenDone(m_core.open(std::move(passphrase)), this,
             [this](const rpc::Result<void>& result) { opened(result); });
}

void MainWindow::opened(const rpc::Result<void>& result) {
    m_unlock->setBusy(false);
    if (result) {
        whenDone(m_core.call([](core::Client& client) { return client.account().has_value(); }), this,
                 [this](bool hasAccount) {
                     if (hasAccount) {
                         showChats();
                     } else {
                         m_firstRun->setHasProfile(true); // it was left at its beginning
                         m_stack->setCurrentWidget(m_firstRun);
                     }
                 });
        return;
    }
    if (result.error().code == "owned") {
        problem(tr("Sotto is open elsewhere"),
                tr("Another program of yours, such as `sotto daemon`, has this profile open."),
                tr("End it and open here"), [this] {
                    whenDone(m_core.takeAway(), this, [this](const rpc::Result<void>& taken) {
                        if (taken) {
                            begin();
                        } else {
                            m_problem->tell(errorWords(taken.error()));
                        }
                    });
                });
    } else if (m_asksPassphrase && result.error().exit == rpc::Exit::Locked) {
        m_unlock->tell(errorWords(result.error()));
    } else {
        problem(tr("This profile does not open"), errorWords(result.error()), tr("Try again"),
                [this] { begin(); });
    }
}

void MainWindow::showFirstRun() {
    m_firstRun->setHasProfile(false);
    m_stack->setCurrentWidget(m_firstRun);
    whenDone(m_core.hasKeychain(), m_firstRun, [this](bool answers) { m_firstRun->offerKeychain(answers); });
}

void MainWindow::createAccount(const QString& link, const QString& name, const QString& passphrase,
                               bool inKeychain) {
    m_joinLink.clear();
    m_firstRun->setBusy(true);
    m_firstRun->tell(tr("Making keys…"));
    whenDone(m_core.create({link.toStdString(), name.toStdString(), {secretFrom(passphrase), inKeychain}}),
             this, [this](const rpc::Result<QString>& code) {
                 m_firstRun->setBusy(false);
                 if (!code) {
                     m_firstRun->tell(errorWords(code.error()));
                     m_stack->setCurrentWidget(m_firstRun);
                     whenDone(m_core.protection(), m_firstRun, [this](const auto& protection) {
                         m_firstRun->setHasProfile(protection && *protection);
                     });
                 } else if (code->isEmpty()) {
                     waitForRegistration();
                 } else {
                     m_recovery->setCode(*code);
                     m_stack->setCurrentWidget(m_recovery);
                 }
             });
}

void MainWindow::waitForRegistration() {
    problem(tr("Registering…"), tr("The relay is asked to take the account."), {}, nullptr);
    whenDone(m_core.registration(), this, [this](const rpc::Result<void>& taken) {
        if (taken) {
            showChats();
        } else if (taken.error().exit == rpc::Exit::Unreachable) {
            problem(tr("The relay does not answer"), errorWords(taken.error()), tr("Try again"),
                    [this] { waitForRegistration(); });
        } else {
            // Another name or link; keys and recovery code stay.
            m_firstRun->setHasProfile(true);
            m_firstRun->tell(errorWords(taken.error()));
            m_stack->setCurrentWidget(m_firstRun);
        }
    });
}

void MainWindow::problem(const QString& title, const QString& sentence, const QString& act,
                         std::function<void()> pressed) {
    m_act = std::move(pressed);
    m_problem->tell({});
    m_problem->setProblem(title, sentence, act);
    m_stack->setCurrentWidget(m_problem);
}

void MainWindow::showChats() {
    m_stack->setCurrentWidget(m_chats);
    m_side->showPart(core::ListPart::Main);
    m_core.goOnline();
    linkChanged();
    m_side->list().setFocus();
}

void MainWindow::linkChanged() {
    m_heardOfLink = false;
    whenDone(m_core.call([](core::Client& client) { return client.link(); }), this,
             [this](const core::LinkView& link) {
                 if (!m_heardOfLink) { // events come in heaps, and may be newer than this
                     m_side->setLink(link);
                 }
                 note(clockWords(link.clockOffsetMs));
             });
}

void MainWindow::showConversation(core::ConversationKey conversation) {
    whenDone(m_core.read([conversation](core::Reader& reader) { return reader.conversation(conversation); }),
             this, [this](const core::Result<core::ConversationEntry>& entry) {
                 if (entry && m_stack->currentWidget() == m_chats) {
                     openConversation(*entry);
                 }
             });
}

void MainWindow::refresh(core::ConversationKey conversation) {
    m_side->touch(conversation);
    if (m_pane->conversation() == conversation) {
        m_pane->touch();
    }
}

bool MainWindow::isLookingAt(core::ConversationKey conversation) const {
    return isActiveWindow() && isVisible() && m_stack->currentWidget() == m_chats &&
           m_pane->conversation() == conversation;
}

void MainWindow::lock() {
    emit locking();
    m_pane->close();
    m_side->endSearch();
    m_side->conversations().clear();
    m_ready = false;
    for (QWidget* dialog : findChildren<QDialog*>()) {
        dialog->close();
    }
    whenDone(m_core.close(), this, [this] {
        whenDone(m_core.protection(), this,
                 [this](const rpc::Result<std::optional<core::KeyProtection>>& protection) {
                     m_asksPassphrase =
                         protection && *protection && **protection == core::KeyProtection::Passphrase;
                     if (m_asksPassphrase) {
                         m_stack->setCurrentWidget(m_unlock);
                     } else {
                         problem(tr("Sotto is locked"), tr("The profile is closed; its key lies with it."),
                                 tr("Open"), [this] { begin(); });
                     }
                 });
    });
    m_stack->setCurrentWidget(m_unlock);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    m_settings.setGeometry(saveGeometry());
    m_settings.setSplit(m_chats->saveState());
    QMainWindow::closeEvent(event);
}

// ---- What happens ----

void MainWindow::happened(const std::vector<core::Event>& events) {
    std::set<core::ConversationKey> touched;
    for (const core::Event& event : events) {
        if (const auto* added = std::get_if<core::MessageAdded>(&event)) {
            touched.insert(added->message.conversation);
        } else if (const auto* changed = std::get_if<core::MessageChanged>(&event)) {
            touched.insert(changed->message.conversation);
        } else if (const auto* removed = std::get_if<core::MessageRemoved>(&event)) {
            touched.insert(removed->conversation);
        } else if (const auto* listed = std::get_if<core::ConversationChanged>(&event)) {
            touched.insert(listed->conversation);
            if (m_pane->conversation() == listed->conversation) {
                m_pane->keptOtherwise();
            }
        } else if (const auto* typing = std::get_if<core::TypingChanged>(&event)) {
            m_pane->typingChanged(*typing);
            m_side->conversations().setTyping(typing->conversation, typing->isTyping);
        } else if (const auto* presence = std::get_if<core::PresenceChanged>(&event)) {
            m_pane->presenceChanged(*presence);
        } else if (const auto* link = std::get_if<core::LinkChanged>(&event)) {
            m_heardOfLink = true;
            m_side->setLink({link->state, link->reason});
            if (link->state == core::LinkState::Drained) {
                linkChanged();
            }
        } else if (const auto* contact = std::get_if<core::ContactChanged>(&event)) {
            m_pane->contactChanged(contact->contact);
        } else if (const auto* key = std::get_if<core::KeyChanged>(&event)) {
            m_pane->contactChanged(key->contact);
        }
    }
    for (const core::ConversationKey key : touched) {
        m_side->touch(key);
        if (m_pane->conversation() == key) {
            m_pane->touch();
        }
    }
}

// ---- What people want ----

void MainWindow::openConversation(const core::ConversationEntry& entry) {
    if (m_pane->conversation() != entry.key) {
        using Kind = core::HistoryPlace::Kind;
        m_pane->open(entry, {entry.unread > 0 ? Kind::FirstUnread : Kind::Newest, {}, 0});
    }
    m_side->select(entry.key);
    m_pane->focusComposer();
}

void MainWindow::openHit(const core::Message& message) {
    if (m_pane->conversation() == message.conversation) {
        m_pane->jump(message.key);
        return;
    }
    whenDone(
        m_core.read([key = message.conversation](core::Reader& reader) { return reader.conversation(key); }),
        this, [this, message](const core::Result<core::ConversationEntry>& entry) {
            if (entry) {
                m_pane->open(*entry, {});
                m_pane->jump(message.key);
                m_side->select(entry->key);
            }
        });
}

void MainWindow::openNeighbour(int step) {
    ConversationListModel& model = m_side->conversations();
    const int here = m_pane->conversation() ? model.rowOf(*m_pane->conversation()) : -1;
    const int row = here < 0 ? 0 : here + step;
    if (row >= 0 && row < model.rowCount()) {
        const core::ConversationEntry entry = model.entry(row);
        openConversation(entry);
    }
}

void MainWindow::beginSearch(bool here) {
    m_side->beginSearch(here && m_pane->conversation() ? std::optional(m_pane->entry()) : std::nullopt);
}

void MainWindow::switchTo() {
    auto* const switcher = new Switcher(m_core, this);
    connect(switcher, &Switcher::chosen, this, &MainWindow::openConversation);
    switcher->open();
}

void MainWindow::compose(const QString& who) {
    auto* const dialog = new NewChatDialog(m_core, this);
    dialog->setWho(who);
    connect(dialog, &NewChatDialog::begun, this, [this](const core::ConversationEntry& entry) {
        m_side->touch(entry.key);
        openConversation(entry);
    });
    dialog->open();
}

void MainWindow::showSettings() {
    auto* const dialog = new SettingsDialog(m_core, m_settings, this);
    connect(dialog, &SettingsDialog::changed, this, &MainWindow::settingsChanged);
    connect(dialog, &SettingsDialog::lockWanted, this, &MainWindow::lock);
    dialog->show(SettingsDialog::Page::Account);
}

} // namespace sotto::app

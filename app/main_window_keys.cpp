// SPDX-License-Identifier: GPL-3.0-or-later
// What keys and the menu do in the window.
#include "app/main_window.h"

#include "app/dialogs/about.h"
#include "app/dialogs/question.h"
#include "app/views/conversation_pane.h"
#include "app/views/side_pane.h"

#include <QApplication>
#include <QListView>
#include <QMenu>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>

namespace sotto::app {

void MainWindow::makeShortcuts() {
    const auto on = [this](const QKeySequence& keys, auto act) {
        auto* const shortcut = new QShortcut(keys, this);
        connect(shortcut, &QShortcut::activated, this, [this, act] {
            if (m_stack->currentWidget() == m_chats) {
                act();
            }
        });
    };
    on(Qt::CTRL | Qt::Key_K, [this] { switchTo(); });
    on(Qt::CTRL | Qt::Key_N, [this] { compose(); });
    on(Qt::CTRL | Qt::Key_F, [this] { beginSearch(true); });
    on(Qt::CTRL | Qt::SHIFT | Qt::Key_F, [this] { beginSearch(false); });
    on(Qt::ALT | Qt::Key_Up, [this] { openNeighbour(-1); });
    on(Qt::ALT | Qt::Key_Down, [this] { openNeighbour(1); });
    on(Qt::CTRL | Qt::Key_L, [this] { lock(); });
    on(Qt::CTRL | Qt::Key_Comma, [this] { showSettings(); });
    on(Qt::CTRL | Qt::Key_I, [this] { m_pane->toggleDetails(); });
    // Of the conversation that is open, as it stands in the list.
    const auto opened = [this]() -> std::optional<core::ConversationEntry> {
        const auto key = m_pane->conversation();
        const int row = key ? m_side->conversations().rowOf(*key) : -1;
        return row < 0 ? std::nullopt : std::optional(m_side->conversations().entry(row));
    };
    on(Qt::CTRL | Qt::SHIFT | Qt::Key_P, [this, opened] {
        if (const auto entry = opened()) {
            m_side->pin(*entry);
        }
    });
    on(Qt::CTRL | Qt::SHIFT | Qt::Key_M, [this, opened] {
        if (const auto entry = opened()) {
            m_side->mute(*entry);
        }
    });
    on(Qt::CTRL | Qt::SHIFT | Qt::Key_E, [this, opened] {
        if (const auto entry = opened()) {
            m_side->archive(*entry);
        }
    });
    on(Qt::CTRL | Qt::Key_R, [this] { m_pane->reply(); });
    on(Qt::Key_F1, [this] { showShortcuts(); });
    on(Qt::Key_Escape, [this] {
        if (m_pane->leaveDetails() || m_pane->leaveMessage()) {
            return;
        }
        if (m_side->isSearching()) {
            m_side->endSearch();
        } else if (m_side->conversations().part() != core::ListPart::Main && m_side->list().hasFocus()) {
            m_side->showPart(core::ListPart::Main);
        } else if (m_pane->conversation() && !m_pane->isAncestorOf(QApplication::focusWidget())) {
            m_pane->focusComposer();
        } else {
            m_side->list().setFocus();
        }
    });
}

void MainWindow::makeMenu(const QPoint& at) {
    auto* const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("New conversation…"), this, [this] { compose(); });
    menu->addAction(tr("Go to a conversation…"), this, &MainWindow::switchTo);
    menu->addSeparator();
    menu->addAction(tr("Requests"), this, [this] { m_side->showPart(core::ListPart::Requests); });
    menu->addAction(tr("Archived conversations"), this,
                    [this] { m_side->showPart(core::ListPart::Archive); });
    menu->addAction(tr("Blocked contacts"), this, [this] { m_side->showPart(core::ListPart::Blocked); });
    menu->addSeparator();
    menu->addAction(tr("Settings…"), this, &MainWindow::showSettings);
    menu->addAction(tr("Keyboard shortcuts"), this, &MainWindow::showShortcuts);
    menu->addAction(tr("About Sotto"), this, [this] { showAbout(this); });
    menu->addSeparator();
    menu->addAction(tr("Lock"), this, &MainWindow::lock);
    menu->addAction(tr("Quit"), qApp, &QApplication::quit);
    menu->popup(at);
}

void MainWindow::showShortcuts() {
    showText(tr("Keyboard shortcuts"),
             tr("Ctrl+K\tGo to a conversation\n"
                "Ctrl+N\tNew conversation\n"
                "Ctrl+F\tSearch in this conversation\n"
                "Ctrl+Shift+F\tSearch everywhere\n"
                "Alt+Up, Alt+Down\tPrevious, next conversation\n"
                "Enter\tSend\n"
                "Shift+Enter\tNew line\n"
                "Ctrl+.\tChoose an emoji\n"
                "Ctrl+B, Ctrl+I\tWhat is chosen in the message: bold, italic\n"
                "Ctrl+Shift+X, Ctrl+Shift+M\tThe same: strikethrough, code\n"
                "Up\tEdit your last message, where nothing is written\n"
                "Ctrl+R\tReply to the message chosen, or the newest one\n"
                "Tab\tTo the messages and back; arrows move, Enter opens what a message offers\n"
                "Ctrl+C\tCopy what is marked or chosen\n"
                "End\tTo the newest message\n"
                "Esc\tBack\n"
                "Ctrl+Shift+P\tPin this conversation above the others, or not any more\n"
                "Ctrl+Shift+M\tMute this conversation, or not any more\n"
                "Ctrl+Shift+E\tArchive this conversation, or take it back\n"
                "Ctrl+I\tDetails of this conversation: contact, safety number, timer\n"
                "Ctrl+,\tSettings\n"
                "Ctrl+L\tLock\n"
                "F1\tThis list"),
             this);
}

} // namespace sotto::app

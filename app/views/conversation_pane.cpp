// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/conversation_pane.h"

#include "app/dialogs/contact_dialog.h"
#include "app/dialogs/message_info_dialog.h"
#include "app/dialogs/question.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/bar.h"
#include "app/views/composer.h"
#include "app/views/conversation_header.h"
#include "app/views/message_menu.h"
#include "app/views/message_view.h"
#include "app/views/standing_bar.h"
#include "app/views/writing_pane.h"
#include "app/when_done.h"
#include "core/types/cause.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QScrollBar>
#include <QStackedLayout>
#include <QToolButton>
#include <QVBoxLayout>

namespace sotto::app {
namespace {

class Empty final : public QWidget {
public:
    Empty(const QString& words, QWidget* parent)
        : QWidget(parent)
        , m_words(words) {}

protected:
    void paintEvent(QPaintEvent*) override {
        const Theme& theme = Theme::current();
        QPainter painter(this);
        painter.fillRect(rect(), theme.chat);
        const int width = fontMetrics().horizontalAdvance(m_words) + 28;
        const int height = fontMetrics().height() + 10;
        const QRect pill((this->width() - width) / 2, (this->height() - height) / 2, width, height);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.pill);
        painter.drawRoundedRect(pill, height / 2.0, height / 2.0);
        painter.setPen(theme.onPill);
        painter.drawText(pill, Qt::AlignCenter, m_words);
    }

private:
    QString m_words;
};

} // namespace

ConversationPane::ConversationPane(CoreThread& core, const LinkGate& gate, QWidget* parent)
    : QWidget(parent)
    , m_core(core)
    , m_gate(gate)
    , m_model(core)
    , m_stack(new QStackedLayout(this))
    , m_view(nullptr) {
    m_stack->addWidget(new Empty(tr("Choose a conversation, or begin a new one with Ctrl+N"), this));
    auto* const page = new QWidget(this);
    auto* const layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_stack->addWidget(page);
    m_header = new ConversationHeader(page);
    layout->addWidget(m_header);

    m_view = new MessageView(m_model, page);
    layout->addWidget(m_view, 1);
    m_down = new QToolButton(m_view);
    m_down->setAutoRaise(false);
    m_down->setIconSize({20, 20});
    m_down->setFixedSize(38, 38);
    m_down->setToolTip(tr("To the newest message (End)"));
    m_down->setAccessibleName(tr("To the newest message"));
    m_down->setFocusPolicy(Qt::NoFocus);
    m_down->hide();
    m_view->installEventFilter(this);

    m_notice = new Bar(Qt::TopEdge, page);
    auto* const noticeLayout = new QHBoxLayout(m_notice);
    noticeLayout->setContentsMargins(16, 8, 8, 8);
    m_noticeWords = plainLabel({}, m_notice);
    auto* const dismiss = new QPushButton(tr("OK"), m_notice);
    noticeLayout->addWidget(m_noticeWords, 1);
    noticeLayout->addWidget(dismiss);
    m_notice->hide();
    layout->addWidget(m_notice);
    m_writing = new WritingPane(core, page);
    layout->addWidget(m_writing);
    m_standing = new StandingBar(page);
    m_standing->hide();
    layout->addWidget(m_standing);
    connect(m_standing, &StandingBar::acceptWanted, this, [this] {
        if (!m_entry.members.empty()) { // the contact itself may still be on its way
            accept(m_entry.members.front());
        }
    });
    connect(m_standing, &StandingBar::blockWanted, this, [this] {
        if (!m_entry.members.empty()) {
            block(m_entry.members.front(), shownName(m_entry.title));
        }
    });

    connect(dismiss, &QPushButton::clicked, m_notice, &QWidget::hide);
    connect(m_header, &ConversationHeader::searchWanted, this, &ConversationPane::searchWanted);
    connect(m_header, &ConversationHeader::timerWanted, this, [this](quint32 seconds) {
        whenDone(m_core.call([key = m_entry.key, seconds](core::Client& client) {
            return client.setTimer(key, seconds);
        }),
                 this, [this](const core::Result<core::ConversationEntry>& set) {
                     if (!set) {
                         tell(failureWords(set.error()));
                     }
                 });
    });
    connect(m_header, &ConversationHeader::contactWanted, this, &ConversationPane::showContact);
    connect(m_header, &ConversationHeader::dayChosen, this, [this](QDate day) {
        m_model.jump({core::HistoryPlace::Kind::Time, {}, day.startOfDay().toMSecsSinceEpoch()});
    });
    connect(&m_writing->composer().edit(), &ComposerEdit::upInEmpty, this, &ConversationPane::editLast);
    connect(m_writing, &WritingPane::refused, this, &ConversationPane::tell);
    connect(m_writing, &WritingPane::done, m_notice, &QWidget::hide);
    connect(m_writing, &WritingPane::changed, &m_model, &ConversationModel::refresh);
    connect(m_writing, &WritingPane::sending, m_view, &MessageView::showNewest);
    connect(m_down, &QToolButton::clicked, m_view, &MessageView::showNewest);
    connect(m_view, &MessageView::moved, this, [this] {
        placeDownButton();
        markSeen();
    });
    connect(m_view, &MessageView::linkClicked, this,
            [this](const QString& address) { m_gate.ask(address, window()); });
    connect(m_view, &MessageView::buttonClicked, this, &ConversationPane::pressed);
    connect(m_view, &MessageView::signClicked, this,
            [this](int row, const std::string& emoji) { react(m_model.row(row).message, emoji); });
    connect(m_view, &MessageView::menuWanted, this, &ConversationPane::showMenu);
    connect(m_view, &MessageView::replyWanted, this,
            [this](int row) { m_writing->reply(m_model.row(row).message); });
    connect(m_view, &MessageView::quoteClicked, this, &ConversationPane::showQuoted);
    connect(&m_model, &ConversationModel::opened, this, [this](int row) {
        // Lit when it is there; the view has it in its place before.
        if (std::exchange(m_isJumping, false) && row >= 0) {
            m_view->show(row);
        }
    });
    connect(&m_model, &ConversationModel::failed, this, [this](const core::Failure& failure) {
        m_isJumping = false;
        tell(failureWords(failure));
    });
    paintIcons();
}

void ConversationPane::showContact() {
    if (m_contact) {
        (new ContactDialog(m_core, *m_contact, window()))->open();
    }
}

void ConversationPane::paintIcons() {
    const Theme& theme = Theme::current();
    m_view->verticalScrollBar()->setStyleSheet(scrollBarStyle());
    composer().edit().verticalScrollBar()->setStyleSheet(scrollBarStyle());
    m_down->setIcon(themedIcon(QStringLiteral("down"), theme.accent));
    m_down->setStyleSheet(
        QStringLiteral("QToolButton { border: 1px solid %1; border-radius: 19px; background: %2; }")
            .arg(theme.line.name(), theme.window.name()));
}

void ConversationPane::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_view != nullptr) {
        paintIcons();
    }
    if (event->type() == QEvent::ActivationChange) {
        markSeen();
    }
}

bool ConversationPane::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize) {
        placeDownButton();
    }
    // Whoever types while reading means the message.
    if (event->type() == QEvent::KeyPress) {
        auto* const key = static_cast<QKeyEvent*>(event);
        const bool types = !key->text().isEmpty() && key->text().front().isPrint() &&
                           key->text() != QLatin1String(" ") &&
                           !(key->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
        if (types && !m_writing->isHidden()) {
            focusComposer();
            QApplication::sendEvent(&composer().edit(), event);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void ConversationPane::open(const core::ConversationEntry& entry, const core::HistoryPlace& place) {
    m_entry = entry;
    m_markedTo.reset();
    m_isJumping = false;
    m_notice->hide();
    m_contact.reset();
    m_header->show(entry);
    m_writing->open(entry.key);
    showStanding(entry.standing);
    m_stack->setCurrentIndex(1);
    m_model.setOther(entry.members.empty() ? AccountId() : entry.members.front(), shownName(entry.title));
    m_model.open(entry.key, place);
    readContact();
}

void ConversationPane::keptOtherwise() {
    whenDone(m_core.read([key = m_entry.key](core::Reader& reader) { return reader.conversation(key); }),
             this, [this](const core::Result<core::ConversationEntry>& entry) {
                 if (entry && entry->key == m_entry.key) {
                     m_entry = *entry;
                     m_header->setTimer(entry->expireSeconds);
                 }
             });
}

void ConversationPane::readContact() {
    if (m_entry.members.empty()) {
        return;
    }
    whenDone(m_core.read([account = m_entry.members.front()](core::Reader& reader) {
        return reader.contact(account);
    }),
             this, [this](const core::Result<core::Contact>& contact) {
                 if (contact) {
                     contactChanged(*contact);
                 }
             });
}

void ConversationPane::contactChanged(const core::Contact& contact) {
    if (m_entry.members.empty() ||
        (contact.account != m_entry.members.front() && (!m_contact || m_contact->key != contact.key))) {
        return;
    }
    m_contact = contact;
    m_header->setContact(contact);
    showStanding(contact.blocked    ? core::Standing::Blocked
                 : contact.accepted ? core::Standing::Accepted
                                    : core::Standing::Request);
}

void ConversationPane::showStanding(core::Standing standing) {
    m_standing->show(standing, shownName(m_entry.title));
    m_writing->setVisible(standing == core::Standing::Accepted);
}

template <class F>
void ConversationPane::changeContact(const AccountId& account, F f) {
    whenDone(m_core.call([account, f](core::Client& client) -> core::Result<core::Contact> {
        const auto contact = client.contact(account);
        return contact ? f(client, contact->key) : contact;
    }),
             this, [this](const core::Result<core::Contact>& contact) {
                 if (contact) {
                     contactChanged(*contact);
                 } else {
                     tell(failureWords(contact.error()));
                 }
             });
}

void ConversationPane::accept(const AccountId& account) {
    changeContact(account, [](core::Client& client, core::ContactKey key) { return client.accept(key); });
}

void ConversationPane::block(const AccountId& account, const QString& shownName) {
    auto* const question = new Question(
        tr("Block %1?").arg(isolated(shownName)),
        tr("Nothing of what they send is taken any more, and nothing tells them so. What is here stays. You "
           "can end it at any time; what they sent meanwhile does not come later."),
        tr("Block"), window());
    connect(question, &QDialog::accepted, this, [this, account] {
        changeContact(account, [](core::Client& client, core::ContactKey key) { return client.block(key); });
    });
    question->open();
}

void ConversationPane::close() {
    m_writing->close();
    m_isJumping = false;
    m_model.close();
    m_stack->setCurrentIndex(0);
}

void ConversationPane::jump(core::MessageKey message) {
    if (const int row = m_model.rowOf(message); row >= 0) {
        m_view->show(row);
        return;
    }
    m_isJumping = true;
    m_model.jump({core::HistoryPlace::Kind::Message, message, 0});
}

void ConversationPane::typingChanged(const core::TypingChanged& change) {
    if (change.conversation == conversation()) {
        m_header->setTyping(change.isTyping);
    }
}

void ConversationPane::touch() {
    m_model.refresh();
}

Composer& ConversationPane::composer() {
    return m_writing->composer();
}

void ConversationPane::focusComposer() {
    if (m_writing->isHidden()) {
        m_view->setFocus();
        return;
    }
    composer().edit().setFocus();
}

void ConversationPane::tell(const QString& sentence) {
    m_noticeWords->setText(sentence);
    m_notice->show();
}

template <class F>
void ConversationPane::change(F f) {
    whenDone(m_core.call(std::move(f)), this, [this](const core::Result<core::Message>& changed) {
        if (!changed) {
            tell(failureWords(changed.error()));
        }
        m_model.refresh();
    });
}

void ConversationPane::editLast() {
    for (int row = m_model.rowCount() - 1; row >= 0 && !m_model.hasNewer(); --row) {
        const core::Message& message = m_model.row(row).message;
        if (message.outgoing && message.kind == core::MessageKind::Text) {
            m_writing->edit(message);
            return;
        }
    }
}

bool ConversationPane::leaveMessage() {
    return m_writing->leave();
}

void ConversationPane::reply() {
    const QModelIndex current = m_view->currentIndex();
    int row = m_view->hasFocus() && current.isValid() ? current.row() : m_model.rowCount() - 1;
    // Without one that was chosen the newest of theirs is meant.
    while (row >= 0 && !m_view->hasFocus() &&
           (m_model.row(row).message.outgoing || m_model.row(row).message.kind != core::MessageKind::Text)) {
        --row;
    }
    if (row >= 0 && !m_writing->isHidden()) {
        m_writing->reply(m_model.row(row).message);
    }
}

void ConversationPane::showQuoted(int row) {
    const core::Message& message = m_model.row(row).message;
    if (!message.quote) {
        return;
    }
    whenDone(
        m_core.read([name = message.quote->target](core::Reader& reader) { return reader.message(name); }),
        this, [this](const core::Result<core::Message>& original) {
            if (original && original->conversation == conversation()) {
                jump(original->key);
            } else {
                tell(tr("The message that was answered is not on this device."));
            }
        });
}

/// The same sign once more takes it back.
void ConversationPane::react(const core::Message& message, const std::string& emoji) {
    const bool has = std::ranges::any_of(message.reactions, [&](const core::Reaction& reaction) {
        return reaction.emoji == emoji && (reaction.by == message.sender) == message.outgoing;
    });
    change([id = message.id, sign = has ? std::string() : emoji](core::Client& client) {
        return client.react(id, sign);
    });
}

void ConversationPane::markSeen() {
    const auto key = conversation();
    if (!key || m_marking || m_model.isOpening() || !isVisible() || !window()->isActiveWindow()) {
        return;
    }
    const auto seen = m_view->lastSeen();
    const int row = seen ? m_model.rowOf(*seen) : -1;
    if (row < 0 || seen == m_markedTo) {
        return;
    }
    // Only what has something new at or above it is worth a word.
    bool news = false;
    for (int above = row; above >= 0 && !news; --above) {
        const core::Message& message = m_model.row(above).message;
        news = message.unread;
        if (!message.outgoing && !message.unread) {
            break;
        }
    }
    if (!news) {
        return;
    }
    m_marking = true;
    m_markedTo = seen;
    whenDone(m_core.call([key, seen](core::Client& client) { return client.markRead(*key, *seen); }), this,
             [this, entry = m_entry](const core::Result<void>& marked) {
                 m_marking = false;
                 if (!marked) {
                     tell(failureWords(marked.error()));
                     return;
                 }
                 emit wasRead(entry);
                 m_model.refresh();
                 markSeen();
             });
}

void ConversationPane::placeDownButton() {
    m_down->setVisible(m_model.rowCount() > 0 && !m_view->isAtEnd());
    m_down->move(m_view->viewport()->width() - m_down->width() - 14,
                 m_view->height() - m_down->height() - 14);
    m_down->raise();
}

void ConversationPane::showMenu(int row, const QPoint& at) {
    const core::Message message = m_model.row(row).message;
    auto* const menu = new MessageMenu(message, this);
    connect(menu, &MessageMenu::replyWanted, this, [this, message] { m_writing->reply(message); });
    connect(menu, &MessageMenu::editWanted, this, [this, message] { m_writing->edit(message); });
    connect(menu, &MessageMenu::reactWanted, this,
            [this, message](const std::string& emoji) { react(message, emoji); });
    connect(menu, &MessageMenu::copyWanted, m_view, &MessageView::copy);
    connect(menu, &MessageMenu::wholeTextWanted, this, [this, message] { showWhole(message); });
    connect(menu, &MessageMenu::infoWanted, this,
            [this, id = message.id] { (new MessageInfoDialog(m_core, id, window()))->open(); });
    connect(menu, &MessageMenu::detailsWanted, this, [this, message] { explain(message); });
    const auto remove = [this](const QString& sentence, auto how) {
        auto* const question = new Question(tr("Delete this message?"), sentence, tr("Delete"), window());
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

void ConversationPane::showWhole(const core::Message& message) {
    showText(tr("Message"), shownText(message.text, kWhole).text, window());
}

void ConversationPane::pressed(int row) {
    const core::Message message = m_model.row(row).message;
    if (message.kind != core::MessageKind::Text) {
        explain(message);
    } else if (message.state == core::MessageState::Failed) {
        m_writing->sendAgain(message);
    } else if (!m_view->layoutOf(row).button().isEmpty()) {
        showWhole(message);
    }
}

void ConversationPane::explain(const core::Message& message) {
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
                     ask ? tr("Ask its author") : QString(), window());
    connect(question, &QDialog::accepted, this, [this, at = timeOf(message)] {
        if (composer().text().isEmpty()) {
            composer().setText(
                tr("A message of yours from about %1 did not reach me. Could you send it again?")
                    .arg(exactTime(at)));
        }
        focusComposer();
    });
    question->open();
}

} // namespace sotto::app

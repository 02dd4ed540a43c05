// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/conversation_pane.h"

#include "app/dialogs/question.h"
#include "app/dialogs/safety_number_dialog.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/bar.h"
#include "app/views/composer.h"
#include "app/views/conversation_header.h"
#include "app/views/details_drawer.h"
#include "app/views/message_actions.h"
#include "app/views/message_view.h"
#include "app/views/standing_bar.h"
#include "app/views/writing_pane.h"
#include "app/when_done.h"

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
    auto* const whole = new QWidget(this);
    m_beside = new QHBoxLayout(whole);
    m_beside->setContentsMargins(0, 0, 0, 0);
    m_beside->setSpacing(0);
    m_stack->addWidget(whole);
    auto* const page = new QWidget(whole);
    m_beside->addWidget(page, 1);
    auto* const layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
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
    m_details = new DetailsDrawer(core, whole);
    m_details->hide();
    m_actions = new MessageActions(core, m_model, *m_view, *m_writing, this);
    connectDetails();
    constexpr int kLookMs = 3 * 60 * 1000;
    m_looking.setInterval(kLookMs);
    connect(&m_looking, &QTimer::timeout, this, &ConversationPane::lookOrTurnAway);

    connect(dismiss, &QPushButton::clicked, m_notice, &QWidget::hide);
    connect(m_header, &ConversationHeader::searchWanted, this, &ConversationPane::searchWanted);
    connect(m_header, &ConversationHeader::dayChosen, this, &ConversationPane::goTo);
    connect(&m_writing->composer().edit(), &ComposerEdit::upInEmpty, m_actions, &MessageActions::editLast);
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
            [this](const QString& address, const QString& words) { m_gate.ask(address, window(), words); });
    connect(m_view, &MessageView::buttonClicked, m_actions, &MessageActions::press);
    connect(m_view, &MessageView::signClicked, this,
            [this](int row, const std::string& emoji) { m_actions->react(m_model.row(row).message, emoji); });
    connect(m_view, &MessageView::menuWanted, m_actions, &MessageActions::showMenu);
    connect(m_view, &MessageView::replyWanted, this,
            [this](int row) { m_writing->reply(m_model.row(row).message); });
    connect(m_view, &MessageView::quoteClicked, m_actions, &MessageActions::followQuote);
    connect(m_actions, &MessageActions::refused, this, &ConversationPane::tell);
    connect(m_actions, &MessageActions::jumpWanted, this,
            [this](const core::Message& original) { jump(original.key); });
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

// ---- Who the other side is, and how the conversation is kept ----

void ConversationPane::connectDetails() {
    const auto acceptOther = [this] {
        if (!m_entry.members.empty()) { // the contact itself may still be on its way
            accept(m_entry.members.front());
        }
    };
    const auto blockOther = [this] {
        if (!m_entry.members.empty()) {
            block(m_entry.members.front(), shownName(m_entry.title));
        }
    };
    connect(m_standing, &StandingBar::acceptWanted, this, acceptOther);
    connect(m_standing, &StandingBar::blockWanted, this, blockOther);
    connect(m_details, &DetailsDrawer::acceptWanted, this, acceptOther);
    connect(m_details, &DetailsDrawer::blockWanted, this, blockOther);
    const auto compare = [this] {
        if (m_contact) {
            (new SafetyNumberDialog(m_core, *m_contact, window()))->open();
        }
    };
    connect(m_header, &ConversationHeader::compareWanted, this, compare);
    connect(m_details, &DetailsDrawer::compareWanted, this, compare);
    connect(m_header, &ConversationHeader::detailsWanted, this, &ConversationPane::toggleDetails);
    connect(m_details, &DetailsDrawer::closeWanted, this, &ConversationPane::toggleDetails);
    connect(m_details, &DetailsDrawer::searchWanted, this, &ConversationPane::searchWanted);
    connect(m_details, &DetailsDrawer::dayWanted, this, &ConversationPane::goTo);
    connect(m_details, &DetailsDrawer::timerWanted, this, [this](quint32 seconds) {
        keep([key = m_entry.key, seconds](core::Client& client) { return client.setTimer(key, seconds); });
    });
    connect(m_details, &DetailsDrawer::muteWanted, this, [this](qint64 until) {
        keep([key = m_entry.key, until](core::Client& client) { return client.setMutedUntil(key, until); });
    });
    connect(m_details, &DetailsDrawer::pinWanted, this, [this](bool on) {
        keep([key = m_entry.key, on](core::Client& client) { return client.setPinned(key, on); });
    });
    connect(m_details, &DetailsDrawer::archiveWanted, this, [this](bool on) {
        keep([key = m_entry.key, on](core::Client& client) { return client.setArchived(key, on); });
    });
}

/// Asks the client; how it is kept then comes by an event.
template <class F>
void ConversationPane::keep(F f) {
    whenDone(m_core.call(std::move(f)), this, [this](const core::Result<core::ConversationEntry>& kept) {
        if (!kept) {
            tell(failureWords(kept.error()));
        }
    });
}

void ConversationPane::goTo(QDate day) {
    m_model.jump({core::HistoryPlace::Kind::Time, {}, day.startOfDay().toMSecsSinceEpoch()});
}

bool ConversationPane::detailsFit() const {
    constexpr int kLeastOfMessages = 300;
    return width() >= m_details->naturalWidth() + kLeastOfMessages;
}

void ConversationPane::setShowsDetails(bool shows) {
    m_showsDetails = shows;
    placeDetails();
}

void ConversationPane::toggleDetails() {
    if (!conversation()) {
        return;
    }
    if (detailsFit()) {
        m_showsDetails = !m_showsDetails;
        emit detailsToggled(m_showsDetails);
    } else {
        m_detailsAbove = !m_detailsAbove;
    }
    const bool hadFocus = m_details->isAncestorOf(QApplication::focusWidget());
    placeDetails();
    if (m_details->isVisible()) {
        m_details->takeFocus();
    } else if (hadFocus) {
        focusComposer();
    }
}

bool ConversationPane::leaveDetails() {
    if (!m_detailsAbove) {
        return false;
    }
    toggleDetails();
    return true;
}

/// Beside the messages where there is room for both; where there is not, above them for as long as it is
/// wanted.
void ConversationPane::placeDetails() {
    const bool fits = detailsFit();
    m_detailsAbove &= !fits;
    if (fits) {
        m_details->setFixedWidth(m_details->naturalWidth());
        if (m_beside->indexOf(m_details) < 0) {
            m_beside->addWidget(m_details);
        }
    } else {
        m_beside->removeWidget(m_details);
        const QRect area = m_details->parentWidget()->rect();
        const int wide = std::min(m_details->naturalWidth(), area.width());
        m_details->setFixedWidth(wide);
        m_details->setGeometry(isRightToLeft() ? 0 : area.width() - wide, 0, wide, area.height());
        m_details->raise();
    }
    m_details->setVisible(fits ? m_showsDetails : m_detailsAbove);
}

void ConversationPane::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    m_stack->activate(); // what stands above the rest is placed by that
    placeDetails();
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
        lookOrTurnAway();
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
    m_details->open(entry);
    m_detailsAbove = false;
    placeDetails();
    m_writing->open(entry.key);
    showStanding(entry.standing);
    m_stack->setCurrentIndex(1);
    m_model.setOther(entry.members.empty() ? AccountId() : entry.members.front(), shownName(entry.title));
    m_model.open(entry.key, place);
    readContact();
    lookOrTurnAway();
    if (!entry.members.empty()) {
        whenDone(m_core.call([account = entry.members.front()](core::Client& client) {
            return client.presence(account);
        }),
                 this, [this, key = entry.key](const core::PresenceView& presence) {
                     if (key == conversation()) {
                         m_header->setPresence(presence);
                     }
                 });
    }
}

void ConversationPane::keptOtherwise() {
    whenDone(m_core.read([key = m_entry.key](core::Reader& reader) { return reader.conversation(key); }),
             this, [this](const core::Result<core::ConversationEntry>& entry) {
                 if (entry && entry->key == m_entry.key) {
                     m_entry = *entry;
                     m_header->setTimer(entry->expireSeconds);
                     m_details->keep(*entry);
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
    m_details->setContact(contact);
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
    lookOrTurnAway();
    m_details->open({});
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

void ConversationPane::presenceChanged(const core::PresenceChanged& change) {
    if (change.conversation == conversation()) {
        m_header->setPresence(change.now);
    }
}

/// Who has a conversation before them in the window that they work in is there.
void ConversationPane::lookOrTurnAway() {
    if (conversation() && isVisible() && window()->isActiveWindow()) {
        m_looking.start();
        whenDone(m_core.call([key = *conversation()](core::Client& client) { client.look(key); }), this,
                 [] {});
    } else if (m_looking.isActive()) {
        m_looking.stop();
        whenDone(m_core.call([](core::Client& client) { client.away(); }), this, [] {});
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

} // namespace sotto::app

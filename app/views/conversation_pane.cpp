// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/conversation_pane.h"

#include "app/dialogs/contact_dialog.h"
#include "app/dialogs/message_info_dialog.h"
#include "app/dialogs/question.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/composer.h"
#include "app/views/conversation_delegate.h"
#include "app/views/message_view.h"
#include "app/views/theme.h"
#include "app/when_done.h"
#include "core/types/cause.h"

#include <QApplication>
#include <QCalendarWidget>
#include <QClipboard>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QScrollBar>
#include <QStackedLayout>
#include <QVBoxLayout>

namespace sotto::app {
namespace {

/// A bar in the colour of the window with a line at one edge.
class Bar final : public QWidget {
public:
    Bar(Qt::Edge line, QWidget* parent)
        : QWidget(parent)
        , m_line(line) {}

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.fillRect(rect(), Theme::current().window);
        painter.fillRect(0, m_line == Qt::TopEdge ? 0 : height() - 1, width(), 1, Theme::current().line);
    }

private:
    Qt::Edge m_line;
};

class Avatar final : public QWidget {
public:
    explicit Avatar(QWidget* parent)
        : QWidget(parent) {
        setFixedSize(38, 38);
    }
    void show(const QString& name, const QByteArray& identity) {
        m_name = name;
        m_identity = identity;
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        paintAvatar(painter, rect(), m_name, m_identity);
    }

private:
    QString m_name;
    QByteArray m_identity;
};

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

QString trustWords(const core::Contact& contact) {
    switch (contact.trust) {
    case core::Trust::FirstUse:
        return ConversationPane::tr("Encrypted · not verified");
    case core::Trust::Link:
        return ConversationPane::tr("Encrypted · added by link");
    case core::Trust::Verified:
        return ConversationPane::tr("Encrypted · verified");
    }
    return {};
}

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
    makeHeader();

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
    m_editBar = new Bar(Qt::TopEdge, page);
    auto* const editLayout = new QHBoxLayout(m_editBar);
    editLayout->setContentsMargins(16, 6, 8, 6);
    m_editWords = plainLabel({}, m_editBar);
    m_editWords->setWordWrap(false);
    m_editWords->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_editWords->setForegroundRole(QPalette::Link);
    auto* const leave = new QToolButton(m_editBar);
    leave->setAutoRaise(true);
    leave->setText(tr("Cancel"));
    editLayout->addWidget(m_editWords, 1);
    editLayout->addWidget(leave);
    m_editBar->hide();
    layout->addWidget(m_editBar);
    m_composer = new Composer(page);
    layout->addWidget(m_composer);
    connect(leave, &QToolButton::clicked, this, &ConversationPane::endEditing);
    connect(&m_composer->edit(), &ComposerEdit::upInEmpty, this, &ConversationPane::editLast);

    connect(dismiss, &QPushButton::clicked, m_notice, &QWidget::hide);
    connect(m_composer, &Composer::send, this, &ConversationPane::send);
    connect(m_composer, &Composer::tooLong, this, &ConversationPane::tell);
    connect(m_down, &QToolButton::clicked, this, [this] {
        if (m_model.hasNewer()) {
            m_model.jump({});
        } else {
            m_view->scrollToEnd();
        }
    });
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
    connect(&m_model, &ConversationModel::failed, this,
            [this](const core::Failure& failure) { tell(failureWords(failure)); });
    paintIcons();
}

void ConversationPane::makeHeader() {
    QWidget* const page = m_stack->widget(1);
    auto* const header = new Bar(Qt::BottomEdge, page);
    auto* const row = new QHBoxLayout(header);
    row->setContentsMargins(14, 8, 8, 9);
    row->setSpacing(10);
    m_avatar = new Avatar(header);
    m_title = plainLabel({}, header);
    m_title->setWordWrap(false);
    QFont bold = m_title->font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    m_subtitle = plainLabel({}, header);
    m_subtitle->setWordWrap(false);
    QFont small = m_subtitle->font();
    small.setPointSizeF(small.pointSizeF() * 0.88);
    m_subtitle->setFont(small);
    m_subtitle->setForegroundRole(QPalette::PlaceholderText);
    for (QLabel* label : {m_title, m_subtitle}) {
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    }
    auto* const names = new QVBoxLayout;
    names->setSpacing(1);
    names->addWidget(m_title);
    names->addWidget(m_subtitle);
    row->addWidget(m_avatar);
    row->addLayout(names, 1);
    const auto button = [&](const QString& words) {
        auto* const made = new QToolButton(header);
        made->setAutoRaise(true);
        made->setIconSize({22, 22});
        made->setToolTip(words);
        made->setAccessibleName(words);
        row->addWidget(made);
        return made;
    };
    m_contactButton = button(tr("Contact and safety number (Ctrl+I)"));
    m_dayButton = button(tr("Go to a day"));
    m_searchButton = button(tr("Search in this conversation (Ctrl+F)"));
    page->layout()->addWidget(header);

    m_keyBanner = new Bar(Qt::BottomEdge, page);
    auto* const banner = new QHBoxLayout(m_keyBanner);
    banner->setContentsMargins(16, 8, 8, 9);
    m_keyWords = plainLabel({}, m_keyBanner);
    auto* const accept = new QPushButton(tr("Compare and accept"), m_keyBanner);
    banner->addWidget(m_keyWords, 1);
    banner->addWidget(accept);
    m_keyBanner->hide();
    page->layout()->addWidget(m_keyBanner);

    connect(m_searchButton, &QToolButton::clicked, this, &ConversationPane::searchWanted);
    connect(m_dayButton, &QToolButton::clicked, this, &ConversationPane::askForDay);
    connect(m_contactButton, &QToolButton::clicked, this, &ConversationPane::showContact);
    connect(accept, &QPushButton::clicked, this, &ConversationPane::showContact);
}

void ConversationPane::showContact() {
    if (m_contact) {
        (new ContactDialog(m_core, *m_contact, window()))->open();
    }
}

void ConversationPane::paintIcons() {
    const Theme& theme = Theme::current();
    m_view->verticalScrollBar()->setStyleSheet(scrollBarStyle());
    m_composer->edit().verticalScrollBar()->setStyleSheet(scrollBarStyle());
    m_searchButton->setIcon(themedIcon(QStringLiteral("search"), theme.faint));
    m_contactButton->setIcon(themedIcon(QStringLiteral("verified"), theme.faint));
    m_dayButton->setIcon(themedIcon(QStringLiteral("calendar"), theme.faint));
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
        if (types) {
            focusComposer();
            QApplication::sendEvent(&m_composer->edit(), event);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void ConversationPane::open(const core::ConversationEntry& entry, const core::HistoryPlace& place) {
    endEditing();
    if (const auto before = conversation()) {
        m_drafts[*before] = m_composer->text();
    }
    const bool another = conversation() != entry.key;
    m_entry = entry;
    m_markedTo.reset();
    m_notice->hide();
    m_title->setText(shownName(entry.title));
    m_contact.reset();
    m_subtitle->setText({});
    m_keyBanner->hide();
    static_cast<Avatar*>(m_avatar)->show(
        shownName(entry.title),
        entry.members.empty() ? QByteArray() : QByteArray::fromStdString(entry.members.front().hex()));
    if (another) {
        m_composer->setText(m_drafts[entry.key]);
    }
    m_stack->setCurrentIndex(1);
    m_model.open(entry.key, place);
    readContact();
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
    m_subtitle->setText(trustWords(contact));
    m_keyBanner->setVisible(contact.changedTo.has_value());
    m_keyWords->setText(tr("The relay names another key for %1. Messages wait until you accept it.")
                            .arg(isolated(shownName(contact.name))));
}

void ConversationPane::close() {
    endEditing();
    m_model.close();
    m_drafts.clear();
    m_composer->setText({});
    m_stack->setCurrentIndex(0);
}

void ConversationPane::jump(core::MessageKey message) {
    if (const int row = m_model.rowOf(message); row >= 0) {
        m_view->show(row);
        return;
    }
    // Lit when it is there.
    auto* const once = new QObject(this);
    connect(&m_model, &ConversationModel::opened, once, [this, once](int row) {
        once->deleteLater();
        if (row >= 0) {
            m_view->show(row);
        }
    });
    m_model.jump({core::HistoryPlace::Kind::Message, message, 0});
}

void ConversationPane::touch() {
    m_model.refresh();
}

void ConversationPane::focusComposer() {
    m_composer->edit().setFocus();
}

void ConversationPane::tell(const QString& sentence) {
    m_noticeWords->setText(sentence);
    m_notice->show();
}

void ConversationPane::send(const QString& text) {
    const auto key = conversation();
    if (!key) {
        return;
    }
    m_notice->hide();
    if (m_editing) {
        const MessageId id = *m_editing;
        endEditing();
        change(
            [id, bytes = text.toStdString()](core::Client& client) { return client.editMessage(id, bytes); });
        return;
    }
    m_composer->setText({});
    if (m_model.hasNewer()) {
        m_model.jump({});
    } else {
        m_view->scrollToEnd();
    }
    whenDone(m_core.call([key, bytes = text.toStdString()](core::Client& client) {
        return client.sendText(*key, bytes);
    }),
             this, [this, key, text](const core::Result<core::Message>& sent) {
                 if (sent) {
                     return;
                 }
                 tell(failureWords(sent.error()));
                 // Nothing that was typed is lost.
                 if (conversation() == key && m_composer->text().isEmpty()) {
                     m_composer->setText(text);
                 } else if (conversation() != key) {
                     m_drafts[*key] = text;
                 }
             });
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

void ConversationPane::edit(const core::Message& message) {
    if (!m_editing) {
        m_unsaid = m_composer->text();
    }
    m_editing = message.id;
    m_editWords->setText(tr("Editing: %1").arg(isolated(shownLine(message.text))));
    m_editBar->show();
    m_composer->setText(QString::fromStdString(message.text));
    focusComposer();
}

void ConversationPane::editLast() {
    for (int row = m_model.rowCount() - 1; row >= 0 && !m_model.hasNewer(); --row) {
        const core::Message& message = m_model.row(row).message;
        if (message.outgoing && message.kind == core::MessageKind::Text) {
            edit(message);
            return;
        }
    }
}

bool ConversationPane::endEditing() {
    if (!m_editing) {
        return false;
    }
    m_editing.reset();
    m_editBar->hide();
    m_composer->setText(std::exchange(m_unsaid, {}));
    return true;
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
    auto* const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (message.kind == core::MessageKind::Text) {
        QMenu* const signs = menu->addMenu(tr("React"));
        for (const char* emoji :
             {"\U0001F44D", "\u2764\uFE0F", "\U0001F602", "\U0001F62E", "\U0001F622", "\U0001F64F"}) {
            signs->addAction(QString::fromUtf8(emoji), this,
                             [this, message, emoji] { react(message, emoji); });
        }
        if (message.outgoing) {
            menu->addAction(tr("Edit"), this, [this, message] { edit(message); });
        }
        menu->addAction(tr("Copy"), m_view, &MessageView::copy);
        menu->addAction(tr("Show whole text"), this, [this, message] {
            showText(tr("Message"), shownText(message.text, kWhole).text, window());
        });
    }
    if (message.kind == core::MessageKind::Text || message.kind == core::MessageKind::Notice) {
        const auto remove = [this, message](const QString& sentence, auto how) {
            auto* const question = new Question(tr("Delete this message?"), sentence, tr("Delete"), window());
            connect(question, &QDialog::accepted, this, [this, how] { change(how); });
            question->open();
        };
        menu->addAction(tr("Delete on this device…"), this, [remove, id = message.id] {
            remove(tr("It goes from this device for good. The other side keeps what it has."),
                   [id](core::Client& client) { return client.deleteMessage(id); });
        });
        if (message.outgoing && message.kind == core::MessageKind::Text) {
            menu->addAction(tr("Delete for everyone…"), this, [remove, id = message.id] {
                remove(tr("It goes from every device that has it. Whoever has read it may remember."),
                       [id](core::Client& client) { return client.deleteForEveryone(id); });
            });
        }
    }
    if (message.kind == core::MessageKind::Text) {
        menu->addAction(tr("Info"), this,
                        [this, id = message.id] { (new MessageInfoDialog(m_core, id, window()))->open(); });
    }
    if (menu->isEmpty()) {
        menu->addAction(tr("Details"), this, [this, row] { pressed(row); });
    }
    menu->popup(at);
}

void ConversationPane::pressed(int row) {
    const core::Message& message = m_model.row(row).message;
    const QString button = m_view->layoutOf(row).button();
    switch (message.kind) {
    case core::MessageKind::Text:
        if (message.state == core::MessageState::Failed) {
            send(QString::fromStdString(message.text));
        } else if (!button.isEmpty()) {
            showText(tr("Message"), shownText(message.text, kWhole).text, window());
        }
        return;
    case core::MessageKind::Placeholder:
    case core::MessageKind::Gap: {
        const core::CauseText cause = core::textOf(message.cause);
        const bool ask = !core::isAskedFor(message.cause) &&
                         message.cause != core::PlaceholderCause::NewerFormat &&
                         message.cause != core::PlaceholderCause::UntrustedDevice;
        auto* const question =
            new Question(tr("What is the matter"),
                         shownSentence(cause.sentence) + QLatin1Char(' ') + shownSentence(cause.action),
                         ask ? tr("Ask its author") : QString(), window());
        connect(question, &QDialog::accepted, this, [this, at = timeOf(message)] {
            if (m_composer->text().isEmpty()) {
                m_composer->setText(
                    tr("A message of yours from about %1 did not reach me. Could you send it again?")
                        .arg(exactTime(at)));
            }
            focusComposer();
        });
        question->open();
        return;
    }
    case core::MessageKind::Notice:
    case core::MessageKind::Deleted:
        return;
    }
}

void ConversationPane::askForDay() {
    auto* const popup = new QWidget(this, Qt::Popup);
    popup->setAttribute(Qt::WA_DeleteOnClose);
    auto* const layout = new QVBoxLayout(popup);
    layout->setContentsMargins(4, 4, 4, 4);
    auto* const calendar = new QCalendarWidget(popup);
    calendar->setMaximumDate(QDate::currentDate());
    calendar->setVerticalHeaderFormat(QCalendarWidget::NoVerticalHeader);
    calendar->setAccessibleName(tr("Day to go to"));
    layout->addWidget(calendar);
    connect(calendar, &QCalendarWidget::activated, popup, [this, popup](QDate day) {
        popup->close();
        m_model.jump({core::HistoryPlace::Kind::Time, {}, day.startOfDay().toMSecsSinceEpoch()});
    });
    connect(calendar, &QCalendarWidget::clicked, calendar, &QCalendarWidget::activated);
    popup->adjustSize();
    popup->move(
        m_dayButton->mapToGlobal(QPoint(m_dayButton->width() - popup->width(), m_dayButton->height())));
    popup->show();
    calendar->setFocus();
}

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/side_pane.h"

#include "app/dialogs/question.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/conversation_delegate.h"
#include "app/views/conversation_menu.h"
#include "app/views/theme.h"
#include "app/when_done.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QScrollBar>
#include <QStackedWidget>
#include <QToolButton>

namespace sotto::app {
namespace {

QListView* makeList(QAbstractItemModel& model, const QString& name, QWidget* parent) {
    auto* const list = new QListView(parent);
    list->setModel(&model);
    list->setItemDelegate(new ConversationDelegate(list));
    list->setFrameShape(QFrame::NoFrame);
    list->setUniformItemSizes(true);
    list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list->setMouseTracking(true);
    list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    list->setAccessibleName(name);
    list->setAutoFillBackground(false);
    list->viewport()->setAutoFillBackground(false);
    list->verticalScrollBar()->setSingleStep(32);
    return list;
}

} // namespace

SidePane::SidePane(CoreThread& core, QWidget* parent)
    : QWidget(parent)
    , m_core(core)
    , m_conversations(core)
    , m_hits(core)
    , m_search(new QLineEdit(this))
    , m_menu(new QToolButton(this))
    , m_compose(new QToolButton(this))
    , m_scope(new QToolButton(this))
    , m_back(new QToolButton(this))
    , m_requests(new QToolButton(this))
    , m_archive(new QToolButton(this))
    , m_stack(new QStackedWidget(this)) {
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 1, 0);
    layout->setSpacing(0);
    auto* const top = new QHBoxLayout;
    top->setContentsMargins(8, 9, 8, 9);
    top->setSpacing(6);
    const auto button = [&](QToolButton* made, const QString& words) {
        made->setAutoRaise(true);
        made->setIconSize({22, 22});
        made->setToolTip(words);
        made->setAccessibleName(words);
    };
    button(m_menu, tr("Menu"));
    button(m_compose, tr("New conversation (Ctrl+N)"));
    m_search->setPlaceholderText(tr("Search"));
    m_search->setAccessibleName(tr("Search messages"));
    m_search->setClearButtonEnabled(true);
    m_search->setMaxLength(500);
    top->addWidget(m_menu);
    top->addWidget(m_search, 1);
    top->addWidget(m_compose);
    layout->addLayout(top);
    m_scope->setAutoRaise(true);
    m_scope->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_scope->setLayoutDirection(Qt::RightToLeft);
    m_scope->setAccessibleName(tr("Search everywhere instead"));
    m_scope->hide();
    layout->addWidget(m_scope);

    for (QToolButton* part : {m_back, m_requests, m_archive}) {
        part->setAutoRaise(true);
        part->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        part->setIconSize({20, 20});
        part->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        part->hide();
        layout->addWidget(part);
    }
    connect(m_back, &QToolButton::clicked, this, [this] { showPart(core::ListPart::Main); });
    connect(m_requests, &QToolButton::clicked, this, [this] { showPart(core::ListPart::Requests); });
    connect(m_archive, &QToolButton::clicked, this, [this] { showPart(core::ListPart::Archive); });
    constexpr int kCountMs = 200;
    m_counting.setSingleShot(true);
    m_counting.setInterval(kCountMs);
    connect(&m_counting, &QTimer::timeout, this, &SidePane::countParts);

    m_list = makeList(m_conversations, tr("Conversations"), m_stack);
    auto* const found = new QWidget(m_stack);
    auto* const foundLayout = new QVBoxLayout(found);
    foundLayout->setContentsMargins(0, 0, 0, 0);
    m_words = plainLabel({}, found);
    m_words->setContentsMargins(16, 6, 16, 6);
    m_words->setForegroundRole(QPalette::PlaceholderText);
    m_words->hide();
    m_hitList = makeList(m_hits, tr("Found messages"), found);
    foundLayout->addWidget(m_words);
    foundLayout->addWidget(m_hitList, 1);
    m_stack->addWidget(m_list);
    m_stack->addWidget(found);
    m_nobody = plainLabel(tr("Nobody here yet.\nBegin a conversation with Ctrl+N."), this);
    m_nobody->setAlignment(Qt::AlignCenter);
    m_nobody->setForegroundRole(QPalette::PlaceholderText);
    m_stack->addWidget(m_nobody);
    layout->addWidget(m_stack, 1);

    m_linkBar = new QWidget(this);
    auto* const linkLayout = new QHBoxLayout(m_linkBar);
    linkLayout->setContentsMargins(14, 6, 8, 6);
    m_linkWords = plainLabel({}, m_linkBar);
    m_retry = new QToolButton(m_linkBar);
    m_retry->setText(tr("Try now"));
    linkLayout->addWidget(m_linkWords, 1);
    linkLayout->addWidget(m_retry);
    m_linkBar->hide();
    layout->addWidget(m_linkBar);

    const auto choose = [this](const QModelIndex& index) {
        if (index.isValid()) {
            emit chosen(m_conversations.entry(index.row()));
        }
    };
    connect(m_list, &QListView::clicked, this, choose);
    connect(m_list, &QListView::activated, this, choose);
    m_list->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_list, &QListView::customContextMenuRequested, this, &SidePane::showMenu);
    const auto chooseHit = [this](const QModelIndex& index) {
        if (index.isValid()) {
            const core::Message message = m_hits.hit(index.row()).message;
            emit hitChosen(message);
        }
    };
    connect(m_hitList, &QListView::clicked, this, chooseHit);
    connect(m_hitList, &QListView::activated, this, chooseHit);
    connect(m_search, &QLineEdit::textChanged, this, &SidePane::search);
    connect(m_search, &QLineEdit::returnPressed, this, [this, chooseHit] {
        if (isSearching() && m_hits.rowCount() > 0) {
            m_hitList->setCurrentIndex(m_hits.index(0));
            chooseHit(m_hits.index(0));
        }
    });
    connect(m_scope, &QToolButton::clicked, this, [this] {
        m_in.reset();
        showScope();
        search();
        m_search->setFocus();
    });
    connect(&m_hits, &SearchModel::answered, this, &SidePane::setWords);
    connect(&m_conversations, &ConversationListModel::failed, this,
            [this](const core::Failure& failure) { setWords(failureWords(failure)); });
    connect(&m_conversations, &ConversationListModel::loaded, this, &SidePane::choosePage);
    connect(&m_conversations, &ConversationListModel::loaded, &m_counting, qOverload<>(&QTimer::start));
    connect(&m_conversations, &QAbstractItemModel::rowsInserted, this, &SidePane::choosePage);
    connect(&m_conversations, &QAbstractItemModel::rowsRemoved, this, &SidePane::choosePage);
    connect(m_compose, &QToolButton::clicked, this, &SidePane::composeWanted);
    connect(m_menu, &QToolButton::clicked, this,
            [this] { emit menuWanted(m_menu->mapToGlobal(QPoint(0, m_menu->height()))); });
    connect(m_retry, &QToolButton::clicked, this, &SidePane::retryWanted);
    m_search->installEventFilter(this);
    paintIcons();
}

bool SidePane::isSearching() const {
    return !m_search->text().trimmed().isEmpty();
}

void SidePane::beginSearch(const std::optional<core::ConversationEntry>& in) {
    m_in = in;
    showScope();
    search();
    m_search->setFocus();
    m_search->selectAll();
}

void SidePane::endSearch() {
    m_in.reset();
    showScope();
    m_search->clear();
}

void SidePane::showScope() {
    m_scope->setVisible(m_in.has_value());
    if (m_in) {
        m_scope->setText(tr("In %1").arg(isolated(shownName(m_in->title))));
    }
}

void SidePane::search() {
    setWords({});
    m_hits.search(m_search->text(), m_in ? std::optional(m_in->key) : std::nullopt);
    choosePage();
}

void SidePane::choosePage() {
    const bool empty = m_conversations.isLoaded() && m_conversations.rowCount() == 0;
    m_nobody->setText(m_conversations.part() == core::ListPart::Main
                          ? tr("Nobody here yet.\nBegin a conversation with Ctrl+N.")
                          : tr("Nobody here."));
    m_stack->setCurrentIndex(isSearching() ? 1 : empty ? 2 : 0);
}

// ---- Parts of the list ----

void SidePane::showPart(core::ListPart part) {
    m_conversations.reload(part);
    m_back->setVisible(part != core::ListPart::Main);
    switch (part) {
    case core::ListPart::Main:
        break;
    case core::ListPart::Archive:
        m_back->setText(tr("Archived"));
        break;
    case core::ListPart::Requests:
        m_back->setText(tr("Requests"));
        break;
    case core::ListPart::Blocked:
        m_back->setText(tr("Blocked"));
        break;
    }
    m_back->setAccessibleName(tr("%1: back to the list").arg(m_back->text()));
    choosePage();
    countParts();
}

void SidePane::touch(core::ConversationKey conversation) {
    m_conversations.touch(conversation);
    if (!m_counting.isActive()) {
        m_counting.start();
    }
}

void SidePane::countParts() {
    constexpr std::size_t kMost = 99;
    struct Parts {
        std::size_t requests = 0;
        std::size_t archived = 0;
    };
    whenDone(m_core.read([](core::Reader& reader) {
        const auto count = [&](core::ListPart part) {
            const auto page = reader.conversationPage({}, kMost + 1, part);
            return page ? page->entries.size() : 0;
        };
        return Parts{count(core::ListPart::Requests), count(core::ListPart::Archive)};
    }),
             this, [this](const Parts& parts) {
                 const auto show = [this](QToolButton& button, std::size_t count, const QString& words) {
                     button.setText(tr("%1 (%2)").arg(words, count > kMost ? tr("more than %1").arg(kMost)
                                                                           : QString::number(count)));
                     button.setVisible(count > 0 && m_conversations.part() == core::ListPart::Main);
                 };
                 show(*m_requests, parts.requests, tr("Requests"));
                 show(*m_archive, parts.archived, tr("Archived"));
             });
}

template <class F>
void SidePane::change(F f) {
    whenDone(m_core.call(std::move(f)), this, [this](const auto& changed) {
        if (!changed) {
            emit refused(failureWords(changed.error()));
        }
    });
}

void SidePane::pin(const core::ConversationEntry& entry) {
    change(
        [key = entry.key, on = !entry.isPinned](core::Client& client) { return client.setPinned(key, on); });
}

void SidePane::mute(const core::ConversationEntry& entry) {
    const bool isMuted = entry.mutedUntil > QDateTime::currentMSecsSinceEpoch();
    change([key = entry.key, until = isMuted ? 0 : core::kMutedForEver](core::Client& client) {
        return client.setMutedUntil(key, until);
    });
}

void SidePane::archive(const core::ConversationEntry& entry) {
    change([key = entry.key, on = !entry.isArchived](core::Client& client) {
        return client.setArchived(key, on);
    });
}

void SidePane::showMenu(const QPoint& at) {
    const QModelIndex under = m_list->indexAt(at);
    const QModelIndex index = under.isValid() ? under : m_list->currentIndex();
    if (!index.isValid()) {
        return;
    }
    const core::ConversationEntry entry = m_conversations.entry(index.row());
    auto* const menu = new ConversationMenu(entry, this);
    connect(menu, &ConversationMenu::pinWanted, this, [this, entry] { pin(entry); });
    connect(menu, &ConversationMenu::muteWanted, this, [this, key = entry.key](qint64 until) {
        change([key, until](core::Client& client) { return client.setMutedUntil(key, until); });
    });
    connect(menu, &ConversationMenu::archiveWanted, this, [this, entry] { archive(entry); });
    connect(menu, &ConversationMenu::timerWanted, this, [this, key = entry.key](quint32 seconds) {
        change([key, seconds](core::Client& client) { return client.setTimer(key, seconds); });
    });
    connect(menu, &ConversationMenu::readWanted, this, [this, key = entry.key] {
        change([key](core::Client& client) -> core::Result<void> {
            const auto page = client.history(key, {}, core::PageDirection::Older, 1);
            return page && !page->messages.empty() ? client.markRead(key, page->messages.back().key)
                                                   : core::Result<void>();
        });
        touch(key);
    });
    connect(menu, &ConversationMenu::acceptWanted, this, [this, entry] { emit acceptWanted(entry); });
    connect(menu, &ConversationMenu::blockWanted, this, [this, entry] { emit blockWanted(entry); });
    menu->popup(m_list->viewport()->mapToGlobal(under.isValid() ? at : m_list->visualRect(index).center()));
}

void SidePane::setWords(const QString& sentence) {
    m_words->setText(sentence);
    m_words->setVisible(!sentence.isEmpty());
}

void SidePane::select(std::optional<core::ConversationKey> conversation) {
    const int row = conversation ? m_conversations.rowOf(*conversation) : -1;
    if (row >= 0) {
        m_list->setCurrentIndex(m_conversations.index(row));
    } else {
        m_list->clearSelection();
        m_list->setCurrentIndex({});
    }
}

void SidePane::setLink(const core::LinkView& link) {
    const bool wasAway =
        m_link.state == core::LinkState::Offline || m_link.state == core::LinkState::Connecting;
    if (link.state == core::LinkState::Offline && (!wasAway || m_since == 0)) {
        m_since = QDateTime::currentMSecsSinceEpoch();
    } else if (link.state == core::LinkState::Drained) {
        m_since = 0;
    }
    m_link = link;
    const QString words = linkWords();
    m_linkWords->setText(words);
    m_linkBar->setToolTip(toolTipOf(shownSentence(link.reason)));
    m_linkBar->setVisible(!words.isEmpty());
    m_retry->setVisible(link.state == core::LinkState::Offline);
}

const QString SidePane::linkWords() const {
    switch (m_link.state) {
    case core::LinkState::Offline:
        return m_since == 0 ? tr("Offline")
                            : tr("Offline since %1").arg(sinceWords(m_since, QDate::currentDate()));
    case core::LinkState::Connecting:
        return tr("Connecting…");
    case core::LinkState::Online:
        return tr("Fetching messages…");
    case core::LinkState::Drained:
        return {};
    case core::LinkState::Stopped:
        return m_link.reason.empty() ? tr("Not connected")
                                     : tr("Not connected: %1").arg(shownSentence(m_link.reason));
    }
    return {};
}

bool SidePane::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_search && event->type() == QEvent::KeyPress) {
        auto* const key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Down) {
            QListView* const shown = isSearching() ? m_hitList : m_list;
            shown->setFocus();
            if (!shown->currentIndex().isValid() && shown->model()->rowCount() > 0) {
                shown->setCurrentIndex(shown->model()->index(0, 0));
            }
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void SidePane::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        paintIcons();
    }
}

void SidePane::paintIcons() {
    const Theme& theme = Theme::current();
    for (QListView* list : {m_list, m_hitList}) {
        list->verticalScrollBar()->setStyleSheet(scrollBarStyle());
    }
    m_menu->setIcon(themedIcon(QStringLiteral("menu"), theme.faint));
    m_compose->setIcon(themedIcon(QStringLiteral("compose"), theme.faint));
    m_scope->setIcon(themedIcon(QStringLiteral("close"), theme.faint));
    m_back->setIcon(themedIcon(QStringLiteral("back"), theme.accent));
    m_requests->setIcon(themedIcon(QStringLiteral("person"), theme.accent));
    m_archive->setIcon(themedIcon(QStringLiteral("archive"), theme.faint));
    for (QToolButton* part : {m_back, m_requests, m_archive}) {
        part->setStyleSheet(
            QStringLiteral("QToolButton { border: none; padding: 9px 16px; text-align: left; "
                           "color: %1; } QToolButton:hover, QToolButton:focus { background: "
                           "%2; }")
                .arg((part == m_archive ? theme.faint : theme.accent).name(), theme.hover.name()));
    }
    m_search->setStyleSheet(
        QStringLiteral("QLineEdit { border: 1px solid transparent; border-radius: 15px; padding: 5px 11px; "
                       "background: %1; color: %2; } QLineEdit:focus { border-color: %3; }")
            .arg(theme.field.name(), theme.text.name(), theme.accent.name()));
    m_linkBar->setStyleSheet(QStringLiteral("QWidget { background: %1; }").arg(theme.hover.name()));
}

void SidePane::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), Theme::current().window);
    const int edge = layoutDirection() == Qt::RightToLeft ? 0 : width() - 1;
    painter.fillRect(edge, 0, 1, height(), Theme::current().line);
}

} // namespace sotto::app

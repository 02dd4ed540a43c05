// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/switcher.h"

#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/models/list_role.h"
#include "app/views/conversation_delegate.h"
#include "app/views/theme.h"
#include "app/when_done.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QScrollBar>
#include <QVBoxLayout>

namespace sotto::app {
namespace {

constexpr std::size_t kAtOnce = 500;
constexpr std::size_t kMostShown = 50;

std::vector<core::ConversationEntry> everything(core::Reader& reader) {
    std::vector<core::ConversationEntry> entries;
    std::string cursor;
    do {
        auto page = reader.conversationPage(cursor, kAtOnce);
        if (!page) {
            break;
        }
        std::ranges::move(page->entries, std::back_inserter(entries));
        cursor = page->next;
    } while (!cursor.empty());
    return entries;
}

} // namespace

Switcher::Switcher(CoreThread& core, QWidget* parent)
    : QDialog(parent)
    , m_field(new QLineEdit(this))
    , m_list(new QListView(this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Go to a conversation"));
    resize(400, 460);
    auto* const layout = new QVBoxLayout(this);
    m_field->setPlaceholderText(tr("Name"));
    m_field->setAccessibleName(tr("Name of a conversation"));
    m_list->setModel(&m_model);
    m_list->setItemDelegate(new ConversationDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setAccessibleName(tr("Conversations"));
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->viewport()->setAutoFillBackground(false);
    m_list->verticalScrollBar()->setStyleSheet(scrollBarStyle());
    m_field->setMinimumHeight(32);
    layout->addWidget(m_field);
    layout->addWidget(m_list, 1);
    m_field->installEventFilter(this);
    connect(m_field, &QLineEdit::textChanged, this, &Switcher::filter);
    connect(m_field, &QLineEdit::returnPressed, this, [this] { choose(m_list->currentIndex()); });
    connect(m_list, &QListView::clicked, this, &Switcher::choose);
    whenDone(core.read([](core::Reader& reader) { return everything(reader); }), this,
             [this](std::vector<core::ConversationEntry> entries) {
                 m_all = std::move(entries);
                 filter();
             });
}

void Switcher::filter() {
    const QString typed = m_field->text().trimmed();
    m_model.clear();
    m_shown.clear();
    for (std::size_t i = 0; i < m_all.size() && m_shown.size() < kMostShown; ++i) {
        const core::ConversationEntry& entry = m_all[i];
        const QString title = shownName(entry.title);
        if (!title.contains(typed, Qt::CaseInsensitive)) {
            continue;
        }
        m_shown.push_back(i);
        auto* const item = new QStandardItem(title);
        item->setData(title, TitleRole);
        item->setData(shownLine(entry.preview), PreviewRole);
        item->setData(listTime(entry.newestAt, QDate::currentDate()), TimeRole);
        item->setData(static_cast<qlonglong>(entry.unread), UnreadRole);
        item->setData(entry.members.empty() ? QByteArray()
                                            : QByteArray::fromStdString(entry.members.front().hex()),
                      IdentityRole);
        m_model.appendRow(item);
    }
    m_list->setCurrentIndex(m_model.index(0, 0));
}

void Switcher::choose(const QModelIndex& index) {
    if (index.isValid()) {
        emit chosen(m_all[m_shown[static_cast<std::size_t>(index.row())]]);
        accept();
    }
}

bool Switcher::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Up || key == Qt::Key_Down) {
            const int row = m_list->currentIndex().row() + (key == Qt::Key_Up ? -1 : 1);
            m_list->setCurrentIndex(
                m_model.index(std::clamp(row, 0, std::max(m_model.rowCount() - 1, 0)), 0));
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

} // namespace sotto::app

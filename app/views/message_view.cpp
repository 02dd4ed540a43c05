// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/message_view.h"

#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/theme.h"

#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <unordered_set>

namespace sotto::app {
namespace {

constexpr int kPadding = 8; ///< above the first row and below the last
constexpr std::size_t kMostLayouts = 1500;
constexpr int kLitMs = 1500;

std::int64_t number(core::MessageKey key) {
    return static_cast<std::int64_t>(key);
}

} // namespace

MessageView::MessageView(ConversationModel& model, QWidget* parent)
    : QListView(parent)
    , m_model(model)
    , m_today(QDate::currentDate()) {
    setModel(&model);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(ScrollPerPixel);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(NoEditTriggers);
    setMouseTracking(true);
    setAccessibleName(tr("Messages"));
    m_layoutTimer.setSingleShot(true);
    m_layoutTimer.setInterval(0);
    connect(&m_layoutTimer, &QTimer::timeout, this, &MessageView::lay);
    m_litTimer.setSingleShot(true);
    m_litTimer.setInterval(kLitMs);
    connect(&m_litTimer, &QTimer::timeout, this, [this] {
        m_lit.reset();
        viewport()->update();
    });
    connect(&model, &QAbstractItemModel::modelReset, this, [this] {
        m_anchors.clear();
        m_marked.reset();
        m_atEnd = true;
        scheduleLayout();
    });
    connect(&model, &QAbstractItemModel::rowsRemoved, this, [this] { scheduleLayout(); });
    connect(&model, &ConversationModel::opened, this, [this](int row) {
        lay();
        if (row >= 0) {
            m_atEnd = false;
            const int height = m_tops[static_cast<std::size_t>(row)] - viewport()->height() / 4;
            verticalScrollBar()->setValue(height);
            m_atEnd = verticalScrollBar()->value() >= verticalScrollBar()->maximum();
            m_model.setFollowing(m_atEnd);
            noteAnchors();
        } else {
            scrollToEnd();
        }
    });
    connect(&model, &ConversationModel::endChanged, this, &MessageView::moved);
}

MessageView::~MessageView() = default;

const MessageLayout& MessageView::layoutOf(int row) const {
    const ConversationModel::Row& shown = m_model.row(row);
    const MessageLayout::Frame frame{viewport()->width(), m_model.startsDay(row), m_model.startsUnread(row),
                                     m_model.continuesGroup(row), isRightToLeft()};
    Cached& cached = m_layouts[number(shown.message.key)];
    if (!cached.layout || cached.version != shown.version || cached.layout->frame() != frame) {
        cached.version = shown.version;
        cached.layout = std::make_unique<MessageLayout>(shown.message, frame, font(), shown.day, m_today,
                                                        m_model.quotedAuthor(shown.message));
    }
    return *cached.layout;
}

// ---- Geometry ----

void MessageView::scheduleLayout() {
    m_dirty = true;
    if (!m_layoutTimer.isActive()) {
        m_layoutTimer.start();
    }
}

void MessageView::doItemsLayout() {
    m_dirty = true;
    lay();
}

void MessageView::lay() {
    if (!m_dirty || m_laying) {
        return;
    }
    m_layoutTimer.stop();
    m_laying = true;
    m_dirty = false;
    if (const QDate today = QDate::currentDate(); today != m_today) {
        m_today = today;
        m_layouts.clear();
    }
    const int rows = m_model.rowCount();
    if (m_layouts.size() > kMostLayouts) {
        std::unordered_set<std::int64_t> loaded;
        for (int row = 0; row < rows; ++row) {
            loaded.insert(number(m_model.row(row).message.key));
        }
        std::erase_if(m_layouts, [&](const auto& entry) { return !loaded.contains(entry.first); });
    }
    m_tops.assign(1, kPadding);
    m_tops.reserve(static_cast<std::size_t>(rows) + 1);
    for (int row = 0; row < rows; ++row) {
        m_tops.push_back(m_tops.back() + layoutOf(row).height());
    }
    const int height = m_tops.back() + kPadding;
    QScrollBar* const bar = verticalScrollBar();
    const int most = std::max(0, height - viewport()->height());
    int value = most;
    if (!m_atEnd) {
        value = std::min(bar->value(), most);
        for (const Anchor& anchor : m_anchors) {
            if (const int row = m_model.rowOf(anchor.key); row >= 0) {
                value = m_tops[static_cast<std::size_t>(row) + 1] - anchor.offset;
                break;
            }
        }
    }
    bar->setPageStep(viewport()->height());
    bar->setSingleStep(3 * fontMetrics().height() / 2);
    bar->setRange(0, most);
    bar->setValue(value);
    m_laying = false;
    noteAnchors();
    viewport()->update();
    emit moved();
    loadWhatIsNear();
}

void MessageView::updateGeometries() {
    if (m_dirty) {
        lay();
    }
}

int MessageView::contentTop() const {
    const int height = m_tops.back() + kPadding;
    const int room = viewport()->height();
    // A short conversation stands at the bottom, as a long one does.
    return height < room ? room - height : -verticalScrollBar()->value();
}

int MessageView::verticalOffset() const {
    return verticalScrollBar()->value();
}

QPoint MessageView::topLeftOf(int row) const {
    return {0, contentTop() + m_tops[static_cast<std::size_t>(row)]};
}

int MessageView::rowAt(int viewportY) const {
    const int y = viewportY - contentTop();
    const auto after = std::upper_bound(m_tops.begin(), m_tops.end(), y);
    const auto row = static_cast<int>(after - m_tops.begin()) - 1;
    return row >= 0 && row < m_model.rowCount() && row + 1 < static_cast<int>(m_tops.size()) ? row : -1;
}

void MessageView::layIfDirty() const {
    if (m_dirty && !m_laying) {
        const_cast<MessageView*>(this)->lay(); // geometry is a cache: whoever asks gets what holds
    }
}

QRect MessageView::visualRect(const QModelIndex& index) const {
    layIfDirty();
    const auto row = static_cast<std::size_t>(index.row());
    if (!index.isValid() || row + 1 >= m_tops.size()) {
        return {};
    }
    return {topLeftOf(index.row()), QSize(viewport()->width(), m_tops[row + 1] - m_tops[row])};
}

QModelIndex MessageView::indexAt(const QPoint& point) const {
    layIfDirty();
    const int row = rowAt(point.y());
    return row < 0 ? QModelIndex() : m_model.index(row);
}

void MessageView::scrollTo(const QModelIndex& index, ScrollHint hint) {
    lay();
    const QRect rect = visualRect(index);
    if (rect.isNull()) {
        return;
    }
    QScrollBar* const bar = verticalScrollBar();
    if (hint == PositionAtCenter) {
        bar->setValue(bar->value() + rect.center().y() - viewport()->height() / 2);
    } else if (rect.top() < 0 || hint == PositionAtTop) {
        bar->setValue(bar->value() + rect.top());
    } else if (rect.bottom() > viewport()->height() || hint == PositionAtBottom) {
        bar->setValue(bar->value() + std::min(rect.top(), rect.bottom() - viewport()->height() + kPadding));
    }
}

bool MessageView::isAtEnd() const {
    return m_atEnd && !m_model.hasNewer();
}

void MessageView::showNewest() {
    if (m_model.hasNewer()) {
        m_model.jump({});
    } else {
        scrollToEnd();
    }
}

void MessageView::scrollToEnd() {
    m_atEnd = true;
    lay();
    verticalScrollBar()->setValue(verticalScrollBar()->maximum());
    m_atEnd = true;
    m_model.setFollowing(true);
    noteAnchors();
    emit moved();
}

void MessageView::show(int row) {
    m_atEnd = false;
    scrollTo(m_model.index(row), PositionAtCenter);
    m_lit = m_model.row(row).message.key;
    m_litTimer.start();
    setCurrentIndex(m_model.index(row));
    viewport()->update();
}

std::optional<core::MessageKey> MessageView::lastSeen() const {
    for (int row = rowAt(viewport()->height() - 1) < 0 ? m_model.rowCount() - 1
                                                       : rowAt(viewport()->height() - 1);
         row >= 0; --row) {
        const QRect rect = visualRect(m_model.index(row));
        if (rect.bottom() <= viewport()->height() || rect.top() <= 0) {
            return rect.isNull() ? std::nullopt : std::optional(m_model.row(row).message.key);
        }
    }
    return std::nullopt;
}

void MessageView::noteAnchors() {
    m_anchors.clear();
    const int first = rowAt(0);
    for (int row = std::max(first, 0); row < m_model.rowCount() && m_anchors.size() < 60; ++row) {
        if (static_cast<std::size_t>(row) + 1 >= m_tops.size()) {
            break;
        }
        const int top = topLeftOf(row).y();
        if (top > viewport()->height()) {
            break;
        }
        // As the scroll bar counts, whether or not the rows fill the view.
        m_anchors.push_back({m_model.row(row).message.key,
                             m_tops[static_cast<std::size_t>(row) + 1] - verticalScrollBar()->value()});
    }
}

void MessageView::loadWhatIsNear() {
    const QScrollBar* const bar = verticalScrollBar();
    const int near = 2 * viewport()->height();
    if (m_model.rowCount() == 0 || !isVisible()) {
        return;
    }
    if (bar->value() < near) {
        m_model.loadOlder();
    }
    if (bar->maximum() - bar->value() < near) {
        m_model.loadNewer();
    }
}

void MessageView::scrollContentsBy(int, int) {
    if (!m_laying) {
        m_atEnd = verticalScrollBar()->value() >= verticalScrollBar()->maximum();
        m_model.setFollowing(m_atEnd);
        noteAnchors();
        loadWhatIsNear();
        emit moved();
    }
    viewport()->update();
}

void MessageView::resizeEvent(QResizeEvent*) {
    m_dirty = true;
    lay();
}

void MessageView::dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight, const QList<int>&) {
    tellReaders(QAccessibleTableModelChangeEvent::DataChanged, topLeft.row(), bottomRight.row());
    scheduleLayout();
}

void MessageView::rowsInserted(const QModelIndex&, int start, int end) {
    tellReaders(QAccessibleTableModelChangeEvent::RowsInserted, start, end);
    scheduleLayout();
}

/// Screen readers, whose table of the rows is Qt's own.
void MessageView::tellReaders(QAccessibleTableModelChangeEvent::ModelChangeType change, int first, int last) {
    if (QAccessible::isActive()) {
        QAccessibleTableModelChangeEvent event(this, change);
        event.setFirstRow(first);
        event.setLastRow(last);
        QAccessible::updateAccessibility(&event);
    }
}

void MessageView::rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end) {
    QListView::rowsAboutToBeRemoved(parent, start, end);
}

void MessageView::changeEvent(QEvent* event) {
    QListView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange ||
        event->type() == QEvent::StyleChange || event->type() == QEvent::LocaleChange) {
        m_layouts.clear();
        scheduleLayout();
    }
}

// ---- Painting ----

std::optional<TextSpan> MessageView::markedIn(int row) const {
    if (!m_marked || m_marked->key != m_model.row(row).message.key) {
        return std::nullopt;
    }
    return TextSpan{std::min(m_marked->from, m_marked->to), std::max(m_marked->from, m_marked->to)};
}

void MessageView::paintEvent(QPaintEvent* event) {
    if (m_dirty) {
        lay();
    }
    const Theme& theme = Theme::current();
    QPainter painter(viewport());
    painter.fillRect(event->rect(), theme.chat);
    if (m_model.rowCount() == 0) {
        return;
    }
    int row = std::max(rowAt(event->rect().top()), 0);
    for (; row < m_model.rowCount(); ++row) {
        const QPoint topLeft = topLeftOf(row);
        if (topLeft.y() > event->rect().bottom()) {
            break;
        }
        const QModelIndex index = m_model.index(row);
        const bool chosen =
            selectionModel()->isSelected(index) && selectionModel()->selectedIndexes().size() > 1;
        if (chosen || (hasFocus() && index == currentIndex())) {
            QColor band = theme.accent;
            band.setAlpha(chosen ? 50 : 22);
            painter.fillRect(visualRect(index), band);
        }
        layoutOf(row).paint(painter, topLeft, markedIn(row), m_lit == m_model.row(row).message.key);
    }
}

} // namespace sotto::app

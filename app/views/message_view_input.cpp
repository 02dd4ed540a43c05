// SPDX-License-Identifier: GPL-3.0-or-later
// What people do with the lines: mouse, keys, marking and copying.
#include "app/format/links.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/message_view.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>

namespace sotto::app {

MessageLayout::Hit MessageView::hitAt(const QPoint& point, int& row) const {
    row = rowAt(point.y());
    return row < 0 ? MessageLayout::Hit() : layoutOf(row).hit(point - topLeftOf(row));
}

void MessageView::mousePressEvent(QMouseEvent* event) {
    int row = -1;
    const MessageLayout::Hit hit = hitAt(event->pos(), row);
    if (event->button() != Qt::LeftButton) {
        return;
    }
    m_marked.reset();
    m_pressedLink = hit.part == MessageLayout::Part::Link ? hit.link : QString();
    m_pressedButton = hit.part == MessageLayout::Part::Button ? row : -1;
    m_marking = row >= 0 && (hit.part == MessageLayout::Part::Text || hit.part == MessageLayout::Part::Link ||
                             hit.part == MessageLayout::Part::Bubble);
    if (m_marking) {
        m_marked = Marked{m_model.row(row).message.key, hit.at, hit.at};
    }
    if (row >= 0) {
        const auto how = event->modifiers().testFlag(Qt::ControlModifier)
                             ? QItemSelectionModel::Toggle
                             : QItemSelectionModel::ClearAndSelect;
        selectionModel()->setCurrentIndex(m_model.index(row), how);
    }
    viewport()->update();
}

void MessageView::mouseMoveEvent(QMouseEvent* event) {
    int row = -1;
    const MessageLayout::Hit hit = hitAt(event->pos(), row);
    const bool points = hit.part == MessageLayout::Part::Link || hit.part == MessageLayout::Part::Button ||
                        hit.part == MessageLayout::Part::Sign || hit.part == MessageLayout::Part::Quote;
    viewport()->setCursor(points                                  ? Qt::PointingHandCursor
                          : hit.part == MessageLayout::Part::Text ? Qt::IBeamCursor
                                                                  : Qt::ArrowCursor);
    if (!event->buttons().testFlag(Qt::LeftButton) || !m_marking || !m_marked) {
        return;
    }
    const int markedRow = m_model.rowOf(m_marked->key);
    if (markedRow < 0) {
        return;
    }
    const MessageLayout& layout = layoutOf(markedRow);
    if (row == markedRow) {
        m_marked->to = hit.part == MessageLayout::Part::Nothing ? m_marked->to : hit.at;
    } else {
        m_marked->to =
            event->pos().y() < topLeftOf(markedRow).y() ? 0 : static_cast<int>(layout.text().size());
    }
    viewport()->update();
}

void MessageView::mouseReleaseEvent(QMouseEvent* event) {
    int row = -1;
    const MessageLayout::Hit hit = hitAt(event->pos(), row);
    const bool moved = m_marked && m_marked->from != m_marked->to;
    m_marking = false;
    if (!moved && !m_pressedLink.isEmpty() && hit.part == MessageLayout::Part::Link &&
        hit.link == m_pressedLink) {
        emit linkClicked(m_pressedLink, hit.words);
    } else if (m_pressedButton >= 0 && hit.part == MessageLayout::Part::Button && row == m_pressedButton) {
        emit buttonClicked(row);
    }
    if (event->button() == Qt::LeftButton && hit.part == MessageLayout::Part::Sign) {
        emit signClicked(row, hit.sign);
    } else if (event->button() == Qt::LeftButton && hit.part == MessageLayout::Part::Quote && !moved) {
        emit quoteClicked(row);
    }
    m_pressedLink.clear();
    m_pressedButton = -1;
}

void MessageView::mouseDoubleClickEvent(QMouseEvent* event) {
    int row = -1;
    const MessageLayout::Hit hit = hitAt(event->pos(), row);
    if (row >= 0 && hit.part == MessageLayout::Part::Text) {
        const TextSpan word = layoutOf(row).wordAt(hit.at);
        m_marked = Marked{m_model.row(row).message.key, word.begin, word.end};
        viewport()->update();
    } else if (row >= 0 && event->button() == Qt::LeftButton &&
               (hit.part == MessageLayout::Part::Bubble || hit.part == MessageLayout::Part::Nothing)) {
        emit replyWanted(row);
    }
}

void MessageView::contextMenuEvent(QContextMenuEvent* event) {
    QModelIndex index = event->reason() == QContextMenuEvent::Mouse ? indexAt(event->pos()) : currentIndex();
    if (index.isValid()) {
        const QPoint at = event->reason() == QContextMenuEvent::Mouse
                              ? event->globalPos()
                              : viewport()->mapToGlobal(visualRect(index).center());
        emit menuWanted(index.row(), at);
    }
}

void MessageView::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) {
        copy();
        return;
    }
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space) {
        const QModelIndex index = currentIndex();
        if (index.isValid() && !layoutOf(index.row()).button().isEmpty()) {
            emit buttonClicked(index.row());
            return;
        }
        if (index.isValid()) {
            emit menuWanted(index.row(), viewport()->mapToGlobal(visualRect(index).center()));
            return;
        }
    }
    if (event->key() == Qt::Key_End) {
        showNewest();
        return;
    }
    QListView::keyPressEvent(event);
}

QModelIndex MessageView::moveCursor(CursorAction action, Qt::KeyboardModifiers) {
    const int rows = m_model.rowCount();
    const int here = currentIndex().isValid() ? currentIndex().row() : rows;
    const auto at = [&](int row) { return m_model.index(std::clamp(row, 0, std::max(rows - 1, 0))); };
    switch (action) {
    case MoveUp:
    case MovePrevious:
    case MoveLeft:
        return at(here - 1);
    case MoveDown:
    case MoveNext:
    case MoveRight:
        return at(here + 1);
    case MoveHome:
        return at(0);
    case MoveEnd:
        return at(rows - 1);
    case MovePageUp: {
        const int row = rowAt(visualRect(at(here)).top() - viewport()->height());
        return at(row < 0 ? 0 : row);
    }
    case MovePageDown: {
        const int row = rowAt(visualRect(at(here)).top() + viewport()->height());
        return at(row < 0 ? rows - 1 : row);
    }
    }
    return {};
}

void MessageView::setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags flags) {
    const int first = rowAt(rect.top());
    const int last = rowAt(rect.bottom());
    if (first >= 0 && last >= 0) {
        selectionModel()->select(
            QItemSelection(m_model.index(std::min(first, last)), m_model.index(std::max(first, last))),
            flags);
    }
}

QRegion MessageView::visualRegionForSelection(const QItemSelection&) const {
    return viewport()->rect();
}

QString MessageView::selectedText() const {
    if (m_marked && m_marked->from != m_marked->to) {
        const int row = m_model.rowOf(m_marked->key);
        const auto span = row < 0 ? std::nullopt : markedIn(row);
        return span ? layoutOf(row).text().mid(span->begin, span->end - span->begin) : QString();
    }
    QModelIndexList chosen = selectionModel()->selectedIndexes();
    std::ranges::sort(chosen, {}, &QModelIndex::row);
    QStringList texts;
    for (const QModelIndex& index : chosen) {
        const core::Message& message = m_model.row(index.row()).message;
        const QString text = shownText(message.text, kWhole).text;
        texts.append(chosen.size() == 1
                         ? text
                         : tr("[%1] %2: %3")
                               .arg(exactTime(timeOf(message)),
                                    message.outgoing ? tr("You") : shownName(message.senderName), text));
    }
    return texts.join(QLatin1Char('\n'));
}

void MessageView::copy() {
    const QString text = selectedText();
    if (!text.isEmpty()) {
        QApplication::clipboard()->setText(text);
    }
}

bool MessageView::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* const help = static_cast<QHelpEvent*>(event);
        int row = -1;
        const MessageLayout::Hit hit = hitAt(help->pos(), row);
        if (hit.part == MessageLayout::Part::State) {
            const core::Message& message = m_model.row(row).message;
            const QString words = tr("%1 · %2").arg(stateWords(message.state), exactTime(timeOf(message)));
            QToolTip::showText(help->globalPos(), toolTipOf(words), this);
            emit stateAsked(row, help->globalPos());
        } else if (hit.part == MessageLayout::Part::Link) {
            const QUrl address = webAddress(hit.link);
            QToolTip::showText(help->globalPos(),
                               toolTipOf(shownLine(address.toString(QUrl::FullyEncoded).toStdString())),
                               this);
        } else {
            QToolTip::hideText();
        }
        return true;
    }
    return QListView::viewportEvent(event);
}

} // namespace sotto::app

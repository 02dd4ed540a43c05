// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The lines of one conversation. Geometry is its own: heights of rows are laid out once and summed, and what
/// the person looks at stays where it is while pages arrive above it or something comes below. At the end it
/// follows the end.

#include "app/models/conversation_model.h"
#include "app/views/message_layout.h"

#include <QAccessible>
#include <QListView>
#include <QTimer>
#include <unordered_map>

namespace sotto::app {

class MessageView final : public QListView {
    Q_OBJECT

public:
    explicit MessageView(ConversationModel& model, QWidget* parent = nullptr);
    ~MessageView() override;

    bool isAtEnd() const;
    void scrollToEnd();
    /// The end of the conversation, which may not be read yet.
    void showNewest();
    /// Into view, and lit for a moment.
    void show(int row);
    /// Of the last row that can be seen whole; nothing when there is none.
    std::optional<core::MessageKey> lastSeen() const;
    /// What Ctrl+C copies: marked text, else the chosen messages.
    QString selectedText() const;
    void copy();
    /// What a row looks like: for tests.
    const MessageLayout& layoutOf(int row) const;

    // QListView
    QRect visualRect(const QModelIndex& index) const override;
    QModelIndex indexAt(const QPoint& point) const override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;
    void doItemsLayout() override;
    QSize minimumSizeHint() const override { return {120, 80}; }

signals:
    void moved(); ///< other rows are seen than before
    /// words: what the link looks like.
    void linkClicked(const QString& address, const QString& words);
    void buttonClicked(int row);
    /// Somebody wants to know how far an own message has come: the tooltip of its state stands there.
    void stateAsked(int row, const QPoint& globalPosition);
    void signClicked(int row, const std::string& emoji);
    void quoteClicked(int row);
    void replyWanted(int row);
    void menuWanted(int row, const QPoint& globalPosition);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void updateGeometries() override;
    int verticalOffset() const override;
    int horizontalOffset() const override { return 0; }
    bool isIndexHidden(const QModelIndex&) const override { return false; }
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    void setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags flags) override;
    QRegion visualRegionForSelection(const QItemSelection& selection) const override;
    void dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                     const QList<int>& roles) override;
    void rowsInserted(const QModelIndex& parent, int start, int end) override;
    void rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end) override;

private:
    struct Cached {
        unsigned version;
        std::unique_ptr<MessageLayout> layout;
    };
    /// A row that is to stay where it is.
    struct Anchor {
        core::MessageKey key{};
        int offset = 0; ///< of its end from the top of the viewport: a line above it may go
    };
    struct Marked {
        core::MessageKey key{};
        int from = 0;
        int to = 0;
    };

    void tellReaders(QAccessibleTableModelChangeEvent::ModelChangeType change, int first, int last);
    void scheduleLayout();
    void lay();
    void layIfDirty() const;
    void noteAnchors();
    void loadWhatIsNear();
    int contentTop() const; ///< where the first row begins in the viewport
    int rowAt(int viewportY) const;
    QPoint topLeftOf(int row) const;
    MessageLayout::Hit hitAt(const QPoint& point, int& row) const;
    std::optional<TextSpan> markedIn(int row) const;

    ConversationModel& m_model;
    mutable std::unordered_map<std::int64_t, Cached> m_layouts;
    std::vector<int> m_tops{0}; ///< of each row, and the height of all
    std::vector<Anchor> m_anchors;
    bool m_atEnd = true;
    bool m_laying = false;
    bool m_dirty = true;
    QTimer m_layoutTimer;
    std::optional<Marked> m_marked;
    bool m_marking = false;
    std::optional<core::MessageKey> m_lit;
    QTimer m_litTimer;
    QString m_pressedLink;
    int m_pressedButton = -1;
    QDate m_today;
};

} // namespace sotto::app

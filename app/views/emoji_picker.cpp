// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/emoji_picker.h"

#include "app/format/shown_text.h"
#include "app/views/theme.h"

#include <QGuiApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QScreen>
#include <QScrollBar>
#include <QVBoxLayout>
#include <algorithm>

namespace sotto::app {
namespace {

constexpr int kCell = 38;
constexpr int kColumns = 8;
constexpr int kRows = 6;

struct Emoji {
    const char* sign;
    const char* name; ///< words that it is found by
};
#define SOTTO_EMOJI(sign, name)                                                                              \
    Emoji {                                                                                                  \
        sign, QT_TRANSLATE_NOOP("sotto::app::EmojiPicker", name)                                             \
    }
constexpr Emoji kEmoji[] = {
    SOTTO_EMOJI("\U0001F44D", "thumbs up yes good"),
    SOTTO_EMOJI("\u2764\uFE0F", "red heart love"),
    SOTTO_EMOJI("\U0001F602", "tears of joy laugh"),
    SOTTO_EMOJI("\U0001F62E", "surprised open mouth"),
    SOTTO_EMOJI("\U0001F622", "crying sad tear"),
    SOTTO_EMOJI("\U0001F64F", "folded hands please thanks"),
    SOTTO_EMOJI("\U0001F600", "grinning happy"),
    SOTTO_EMOJI("\U0001F603", "smiling open mouth happy"),
    SOTTO_EMOJI("\U0001F604", "smiling eyes happy"),
    SOTTO_EMOJI("\U0001F601", "beaming grin"),
    SOTTO_EMOJI("\U0001F605", "sweat relief laugh"),
    SOTTO_EMOJI("\U0001F923", "rolling on the floor laugh"),
    SOTTO_EMOJI("\U0001F642", "slight smile"),
    SOTTO_EMOJI("\U0001F643", "upside down"),
    SOTTO_EMOJI("\U0001F609", "wink"),
    SOTTO_EMOJI("\U0001F60A", "blush smile"),
    SOTTO_EMOJI("\U0001F607", "halo angel innocent"),
    SOTTO_EMOJI("\U0001F970", "hearts in love"),
    SOTTO_EMOJI("\U0001F60D", "heart eyes love"),
    SOTTO_EMOJI("\U0001F618", "blowing a kiss"),
    SOTTO_EMOJI("\U0001F60B", "yummy tongue"),
    SOTTO_EMOJI("\U0001F61C", "winking tongue joke"),
    SOTTO_EMOJI("\U0001F917", "hug"),
    SOTTO_EMOJI("\U0001F914", "thinking hmm"),
    SOTTO_EMOJI("\U0001F928", "raised eyebrow doubt"),
    SOTTO_EMOJI("\U0001F610", "neutral face"),
    SOTTO_EMOJI("\U0001F644", "rolling eyes"),
    SOTTO_EMOJI("\U0001F60F", "smirk"),
    SOTTO_EMOJI("\U0001F62C", "grimace awkward"),
    SOTTO_EMOJI("\U0001F60C", "relieved"),
    SOTTO_EMOJI("\U0001F634", "sleeping tired"),
    SOTTO_EMOJI("\U0001F637", "mask ill"),
    SOTTO_EMOJI("\U0001F912", "fever thermometer ill"),
    SOTTO_EMOJI("\U0001F92F", "exploding head mind blown"),
    SOTTO_EMOJI("\U0001F973", "party celebrate"),
    SOTTO_EMOJI("\U0001F60E", "sunglasses cool"),
    SOTTO_EMOJI("\U0001F615", "confused"),
    SOTTO_EMOJI("\U0001F61F", "worried"),
    SOTTO_EMOJI("\U0001F62D", "loudly crying sad"),
    SOTTO_EMOJI("\U0001F631", "screaming fear"),
    SOTTO_EMOJI("\U0001F620", "angry"),
    SOTTO_EMOJI("\U0001F480", "skull dead"),
    SOTTO_EMOJI("\U0001F4A9", "poo"),
    SOTTO_EMOJI("\U0001F47B", "ghost"),
    SOTTO_EMOJI("\U0001F916", "robot"),
    SOTTO_EMOJI("\U0001F44E", "thumbs down no bad"),
    SOTTO_EMOJI("\U0001F44C", "ok hand"),
    SOTTO_EMOJI("\u270C\uFE0F", "victory peace"),
    SOTTO_EMOJI("\U0001F91E", "crossed fingers luck"),
    SOTTO_EMOJI("\U0001F44B", "waving hello goodbye"),
    SOTTO_EMOJI("\U0001F44F", "clapping bravo"),
    SOTTO_EMOJI("\U0001F64C", "raised hands hooray"),
    SOTTO_EMOJI("\U0001F91D", "handshake deal"),
    SOTTO_EMOJI("\U0001F4AA", "muscle strong"),
    SOTTO_EMOJI("\U0001F937", "shrug who knows"),
    SOTTO_EMOJI("\U0001F440", "eyes looking"),
    SOTTO_EMOJI("\U0001F494", "broken heart"),
    SOTTO_EMOJI("\U0001F49A", "green heart"),
    SOTTO_EMOJI("\U0001F499", "blue heart"),
    SOTTO_EMOJI("\U0001F49B", "yellow heart"),
    SOTTO_EMOJI("\u2728", "sparkles new"),
    SOTTO_EMOJI("\u2B50", "star"),
    SOTTO_EMOJI("\U0001F525", "fire hot"),
    SOTTO_EMOJI("\U0001F4AF", "hundred perfect"),
    SOTTO_EMOJI("\U0001F389", "party popper congratulations"),
    SOTTO_EMOJI("\U0001F381", "present gift"),
    SOTTO_EMOJI("\U0001F382", "birthday cake"),
    SOTTO_EMOJI("\U0001F37E", "champagne"),
    SOTTO_EMOJI("\U0001F37B", "beer cheers"),
    SOTTO_EMOJI("\u2615", "coffee tea"),
    SOTTO_EMOJI("\U0001F355", "pizza"),
    SOTTO_EMOJI("\U0001F36A", "cookie"),
    SOTTO_EMOJI("\U0001F34E", "apple"),
    SOTTO_EMOJI("\u2600\uFE0F", "sun"),
    SOTTO_EMOJI("\U0001F327\uFE0F", "rain cloud"),
    SOTTO_EMOJI("\u2744\uFE0F", "snow cold"),
    SOTTO_EMOJI("\U0001F308", "rainbow"),
    SOTTO_EMOJI("\U0001F33B", "sunflower"),
    SOTTO_EMOJI("\U0001F333", "tree"),
    SOTTO_EMOJI("\U0001F436", "dog"),
    SOTTO_EMOJI("\U0001F431", "cat"),
    SOTTO_EMOJI("\U0001F984", "unicorn"),
    SOTTO_EMOJI("\U0001F680", "rocket ship it"),
    SOTTO_EMOJI("\u2708\uFE0F", "aeroplane travel"),
    SOTTO_EMOJI("\U0001F697", "car"),
    SOTTO_EMOJI("\U0001F6B2", "bicycle"),
    SOTTO_EMOJI("\U0001F3E0", "house home"),
    SOTTO_EMOJI("\u26BD", "football"),
    SOTTO_EMOJI("\U0001F3B5", "music note"),
    SOTTO_EMOJI("\U0001F4F7", "camera photo"),
    SOTTO_EMOJI("\U0001F4BB", "laptop computer"),
    SOTTO_EMOJI("\U0001F41B", "bug"),
    SOTTO_EMOJI("\U0001F527", "wrench mend"),
    SOTTO_EMOJI("\U0001F512", "locked"),
    SOTTO_EMOJI("\U0001F511", "key"),
    SOTTO_EMOJI("\U0001F4C5", "calendar date"),
    SOTTO_EMOJI("\u23F0", "alarm clock time"),
    SOTTO_EMOJI("\u2705", "check mark done"),
    SOTTO_EMOJI("\u274C", "cross mark wrong"),
    SOTTO_EMOJI("\u2757", "exclamation mark important"),
    SOTTO_EMOJI("\u2753", "question mark"),
    SOTTO_EMOJI("\u26A0\uFE0F", "warning"),
};
#undef SOTTO_EMOJI

constexpr int kNameRole = Qt::AccessibleTextRole;

} // namespace

EmojiPicker::EmojiPicker(QWidget* parent)
    : QFrame(parent, Qt::Popup)
    , m_find(new QLineEdit(this))
    , m_signs(new QListWidget(this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setFrameShape(QFrame::StyledPanel);
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->addWidget(m_find);
    column->addWidget(m_signs);
    m_find->setPlaceholderText(tr("Find an emoji"));
    m_find->setAccessibleName(tr("Find an emoji"));
    m_find->setClearButtonEnabled(true);
    m_signs->setAccessibleName(tr("Emoji"));
    m_signs->setViewMode(QListView::IconMode);
    m_signs->setMovement(QListView::Static);
    m_signs->setResizeMode(QListView::Adjust);
    m_signs->setGridSize({kCell, kCell});
    m_signs->setUniformItemSizes(true);
    m_signs->setFrameShape(QFrame::NoFrame);
    m_signs->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_signs->verticalScrollBar()->setStyleSheet(scrollBarStyle());
    m_signs->setFixedSize(kColumns * kCell + 16, kRows * kCell);
    setTextScale(*m_signs, 1.4);
    QFont coloured = m_signs->font(); // before others that have some of them in black and white
    coloured.setFamilies({QStringLiteral("Noto Color Emoji"), coloured.family()});
    m_signs->setFont(coloured);
    for (const Emoji& emoji : kEmoji) {
        auto* const item = new QListWidgetItem(QString::fromUtf8(emoji.sign), m_signs);
        item->setData(kNameRole, tr(emoji.name));
        item->setToolTip(toolTipOf(tr(emoji.name)));
        item->setTextAlignment(Qt::AlignCenter);
        item->setSizeHint({kCell, kCell});
    }
    m_signs->setCurrentRow(0);
    m_find->installEventFilter(this);
    setFocusProxy(m_find);
    connect(m_find, &QLineEdit::textChanged, this, &EmojiPicker::filter);
    connect(m_find, &QLineEdit::returnPressed, this, [this] { choose(m_signs->currentItem()); });
    connect(m_signs, &QListWidget::itemClicked, this, &EmojiPicker::choose);
    connect(m_signs, &QListWidget::itemActivated, this, &EmojiPicker::choose);
}

void EmojiPicker::popup(QPoint globalCorner) {
    adjustSize();
    QPoint at = globalCorner - QPoint(isRightToLeft() ? 0 : width(), height());
    if (const QScreen* const screen = QGuiApplication::screenAt(globalCorner)) {
        const QRect room = screen->availableGeometry();
        at.setX(std::clamp(at.x(), room.left(), std::max(room.left(), room.right() - width())));
        at.setY(std::clamp(at.y(), room.top(), std::max(room.top(), room.bottom() - height())));
    }
    move(at);
    show();
    m_find->setFocus();
}

void EmojiPicker::filter(const QString& typed) {
    const QString wanted = typed.trimmed();
    int first = -1;
    for (int row = 0; row < m_signs->count(); ++row) {
        QListWidgetItem* const item = m_signs->item(row);
        const bool matches = item->data(kNameRole).toString().contains(wanted, Qt::CaseInsensitive);
        item->setHidden(!matches);
        first = matches && first < 0 ? row : first;
    }
    m_signs->setCurrentRow(first);
}

void EmojiPicker::choose(const QListWidgetItem* item) {
    if (item != nullptr && !item->isHidden()) {
        emit chosen(item->text());
        close();
    }
}

/// Typing finds, arrows walk: the one needs no other focus than the other.
bool EmojiPicker::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        const bool walks = key == Qt::Key_Down || key == Qt::Key_Up ||
                           (m_find->text().isEmpty() && (key == Qt::Key_Left || key == Qt::Key_Right));
        if (walks) {
            QCoreApplication::sendEvent(m_signs, event);
            return true;
        }
    }
    return QFrame::eventFilter(watched, event);
}

} // namespace sotto::app

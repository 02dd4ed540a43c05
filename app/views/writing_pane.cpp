// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/writing_pane.h"

#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/bar.h"
#include "app/views/composer.h"
#include "app/views/line_label.h"
#include "app/views/styled_edit.h"
#include "app/when_done.h"

#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

namespace sotto::app {
namespace {

constexpr int kKeepMs =
    1500; ///< after the last key; each time leaves nothing of the draft before on the disk

/// The message that is answered or changed, with a stripe before it as in a bubble.
class AboutBar final : public Bar {
public:
    explicit AboutBar(QWidget* parent)
        : Bar(Qt::TopEdge, parent) {}

protected:
    void paintEvent(QPaintEvent* event) override {
        Bar::paintEvent(event);
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(Theme::current().accent);
        const bool right = layoutDirection() == Qt::RightToLeft;
        painter.drawRoundedRect(QRectF(right ? width() - 19 : 16, 7, 3, height() - 13), 1.5, 1.5);
    }
};

} // namespace

WritingPane::WritingPane(CoreThread& core, QWidget* parent)
    : QWidget(parent)
    , m_core(core) {
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_bar = new AboutBar(this);
    auto* const row = new QHBoxLayout(m_bar);
    row->setContentsMargins(28, 6, 8, 5);
    auto* const lines = new QVBoxLayout;
    lines->setSpacing(1);
    m_barTitle = new LineLabel(m_bar);
    m_barTitle->setForegroundRole(QPalette::Link);
    setTextScale(*m_barTitle, 0.9, QFont::DemiBold);
    m_barLine = new LineLabel(m_bar);
    m_barLine->setForegroundRole(QPalette::PlaceholderText);
    lines->addWidget(m_barTitle);
    lines->addWidget(m_barLine);
    auto* const leaving = new QToolButton(m_bar);
    leaving->setAutoRaise(true);
    leaving->setText(tr("Cancel"));
    leaving->setToolTip(tr("Cancel (Esc)"));
    row->addLayout(lines, 1);
    row->addWidget(leaving);
    m_bar->hide();
    column->addWidget(m_bar);
    m_composer = new Composer(this);
    column->addWidget(m_composer);

    m_keeping.setSingleShot(true);
    m_keeping.setInterval(kKeepMs);
    connect(&m_keeping, &QTimer::timeout, this, &WritingPane::keepDraft);
    connect(leaving, &QToolButton::clicked, this, &WritingPane::leave);
    connect(m_composer, &Composer::send, this, &WritingPane::submit);
    connect(m_composer, &Composer::tooLong, this, &WritingPane::refused);
    connect(&m_composer->edit(), &QPlainTextEdit::textChanged, this, &WritingPane::typed);
}

WritingPane::~WritingPane() {
    keepDraft();
}

void WritingPane::setText(const core::StyledText& text) {
    m_filling = true;
    m_composer->setStyledText(text);
    m_filling = false;
}

// ---- What was begun ----

void WritingPane::open(core::ConversationKey conversation) {
    if (m_conversation == conversation) {
        return;
    }
    leaveConversation();
    m_conversation = conversation;
    if (const auto found = m_onItsWay.find(conversation); found != m_onItsWay.end()) {
        m_reply = found->second.second.reply;
        setText(found->second.second.text);
        showBar();
    } else {
        readDraft();
    }
}

void WritingPane::close() {
    leaveConversation();
    m_onItsWay.clear();
}

void WritingPane::leaveConversation() {
    keepDraft();
    tellTyping(false);
    ++m_life;
    m_conversation.reset();
    m_editing.reset();
    m_reply.reset();
    m_unsaid = {};
    m_isKept = true;
    setText({});
    showBar();
}

void WritingPane::readDraft() {
    whenDone(m_core.read([key = *m_conversation](core::Reader& reader) {
        Begun begun;
        if (const auto draft = reader.draft(key); draft && *draft) {
            begun.text.text = (*draft)->text;
            if ((*draft)->reply) {
                const auto message = reader.message(*(*draft)->reply);
                begun.reply = message ? std::optional(*message) : std::nullopt;
            }
        }
        return begun;
    }),
             this, [this, life = m_life](const Begun& begun) {
                 if (life != m_life || m_editing) {
                     return;
                 }
                 // Somebody may have been quicker.
                 if (!begun.text.text.empty()) {
                     core::StyledText both = m_composer->styledText();
                     for (core::StyledRange& range : both.styles) {
                         range.begin += static_cast<std::uint32_t>(begun.text.text.size());
                     }
                     both.text.insert(0, begun.text.text);
                     setText(both);
                 }
                 if (!m_reply) {
                     m_reply = begun.reply;
                     showBar();
                 }
             });
}

void WritingPane::keepDraft() {
    m_keeping.stop();
    if (m_conversation && !std::exchange(m_isKept, true)) {
        write(*m_conversation, {m_editing ? m_unsaid : m_composer->styledText(), m_reply});
    }
}

void WritingPane::write(core::ConversationKey conversation, const Begun& begun) {
    const unsigned number = ++m_writes;
    m_onItsWay[conversation] = {number, begun};
    const auto reply = begun.reply ? std::optional(begun.reply->id) : std::nullopt;
    const bool isEmpty = QString::fromStdString(begun.text.text).trimmed().isEmpty();
    whenDone(m_core.call([conversation, text = isEmpty ? std::string() : begun.text.text,
                          reply](core::Client& client) {
        auto written = client.setDraft(conversation, text, reply);
        // What it answered may be gone; the text is not.
        return written || !reply ? std::move(written) : client.setDraft(conversation, text);
    }),
             this, [this, conversation, number](const core::Result<core::ConversationEntry>& written) {
                 const auto found = m_onItsWay.find(conversation);
                 if (found != m_onItsWay.end() && found->second.first == number) {
                     if (written) {
                         m_onItsWay.erase(found);
                     } else {
                         emit refused(failureWords(written.error()));
                     }
                 }
             });
}

// ---- Typing ----

void WritingPane::typed() {
    if (m_filling || !m_conversation) {
        return;
    }
    if (!m_editing) {
        m_isKept = false;
        m_keeping.start();
    }
    tellTyping(!m_composer->edit().document()->isEmpty());
}

void WritingPane::tellTyping(bool isTyping) {
    // Every key counts, its end only once.
    if (!m_conversation || (!isTyping && !m_isTyping)) {
        return;
    }
    m_isTyping = isTyping;
    whenDone(m_core.call(
                 [key = *m_conversation, isTyping](core::Client& client) { client.typing(key, isTyping); }),
             this, [] {});
}

// ---- Answering and changing ----

void WritingPane::showBar() {
    const core::Message* const about = m_editing ? &*m_editing : m_reply ? &*m_reply : nullptr;
    m_bar->setVisible(about != nullptr);
    if (about == nullptr) {
        return;
    }
    m_barTitle->setText(m_editing         ? tr("Edit")
                        : about->outgoing ? tr("Reply to yourself")
                                          : tr("Reply to %1").arg(isolated(shownName(about->senderName))));
    m_barLine->setText(shownLine(about->text));
}

void WritingPane::reply(const core::Message& message) {
    if (message.kind != core::MessageKind::Text) {
        return;
    }
    if (m_editing) {
        leave();
    }
    m_reply = message;
    m_isKept = false;
    m_keeping.start();
    showBar();
    m_composer->edit().setFocus();
}

void WritingPane::edit(const core::Message& message) {
    if (!m_editing) {
        keepDraft();
        m_unsaid = m_composer->styledText();
    }
    m_editing = message;
    showBar();
    setText({message.text, message.styles});
    m_composer->edit().setFocus();
}

bool WritingPane::leave() {
    if (m_editing) {
        m_editing.reset();
        tellTyping(false);
        setText(std::exchange(m_unsaid, {}));
    } else if (m_reply) {
        m_reply.reset();
        m_isKept = false;
        m_keeping.start();
    } else {
        return false;
    }
    showBar();
    return true;
}

// ---- Sending ----

/// What could not be sent: into the field, above what stands there by now, or into the draft.
void WritingPane::bringBack(core::ConversationKey conversation, const core::StyledText& text) {
    if (m_conversation != conversation) {
        whenDone(m_core.read([conversation](core::Reader& reader) {
            const auto draft = reader.draft(conversation);
            return draft && *draft ? (*draft)->text : std::string();
        }),
                 this, [this, conversation, text](const std::string& there) {
                     write(conversation, {joined(text, {there, {}}), {}});
                 });
        return;
    }
    if (m_editing) {
        m_unsaid = joined(text, m_unsaid);
    } else {
        setText(joined(text, m_composer->styledText()));
    }
    m_isKept = false;
    m_keeping.start();
}

void WritingPane::submit(const core::StyledText& text) {
    if (!m_conversation) {
        return;
    }
    emit done();
    if (m_editing) {
        submitEdit(text);
        return;
    }
    const auto key = *m_conversation;
    const auto reply = std::exchange(m_reply, {});
    m_keeping.stop();
    m_isKept = true;
    tellTyping(false);
    setText({});
    showBar();
    emit sending();
    const unsigned number = ++m_writes;
    m_onItsWay[key] = {number, {}};
    whenDone(m_core.call([key, text,
                          id = reply ? std::optional(reply->id) : std::nullopt](core::Client& client) {
        core::SendOptions options;
        options.reply = id;
        options.styles = text.styles;
        auto sent = client.sendText(key, text.text, options);
        if (sent && client.draft(key)) {
            (void)client.setDraft(key, {}); // sent is more than begun; what stays is written over at the next
        }
        return sent;
    }),
             this, [this, key, text, reply, number](const core::Result<core::Message>& sent) {
                 if (const auto found = m_onItsWay.find(key);
                     found != m_onItsWay.end() && found->second.first == number) {
                     m_onItsWay.erase(found);
                 }
                 if (sent) {
                     return;
                 }
                 emit refused(failureWords(sent.error()));
                 bringBack(key, text);
                 if (m_conversation == key && !m_reply) {
                     m_reply = reply;
                     showBar();
                 }
             });
}

void WritingPane::submitEdit(const core::StyledText& text) {
    const core::Message message = *m_editing;
    leave();
    whenDone(m_core.call([id = message.id, text](core::Client& client) {
        return client.editMessage(id, text.text, text.styles);
    }),
             this, [this, message, text](const core::Result<core::Message>& edited) {
                 emit changed();
                 if (edited) {
                     return;
                 }
                 emit refused(failureWords(edited.error()));
                 if (m_conversation == message.conversation && !m_editing) {
                     edit(message);
                     setText(text);
                 } else {
                     bringBack(message.conversation, text);
                 }
             });
}

void WritingPane::sendAgain(const core::Message& message) {
    emit sending();
    whenDone(m_core.call([id = message.id](core::Client& client) { return client.sendAgain(id); }), this,
             [this](const core::Result<core::Message>& sent) {
                 if (!sent) {
                     emit refused(failureWords(sent.error()));
                 }
             });
}

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/new_chat_dialog.h"

#include "app/dialogs/question.h"
#include "app/format/words.h"
#include "app/when_done.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace sotto::app {

NewChatDialog::NewChatDialog(CoreThread& core, QWidget* parent)
    : QDialog(parent)
    , m_core(core) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("New conversation"));
    setMinimumWidth(440);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(22, 20, 22, 18);
    layout->setSpacing(10);
    layout->addWidget(
        plainLabel(tr("Write to somebody at your relay by name, or with the contact link they gave you. "
                      "With a link you know for certain who it is."),
                   this));
    m_who = new QLineEdit(this);
    m_who->setPlaceholderText(tr("@name or sotto://…"));
    m_who->setAccessibleName(tr("Name or contact link"));
    m_who->setMaxLength(2000);
    m_begin = new QPushButton(tr("Begin"), this);
    m_begin->setDefault(true);
    auto* const row = new QHBoxLayout;
    row->addWidget(m_who, 1);
    row->addWidget(m_begin);
    layout->addLayout(row);
    m_words = plainLabel({}, this);
    m_words->hide();
    layout->addWidget(m_words);
    layout->addSpacing(12);
    layout->addWidget(plainLabel(tr("Your own contact link, to give to others:"), this));
    m_own = new QLineEdit(this);
    m_own->setReadOnly(true);
    m_own->setAccessibleName(tr("Your contact link"));
    auto* const copy = new QPushButton(tr("Copy"), this);
    copy->setAutoDefault(false);
    auto* const own = new QHBoxLayout;
    own->addWidget(m_own, 1);
    own->addWidget(copy);
    layout->addLayout(own);
    connect(m_begin, &QPushButton::clicked, this, &NewChatDialog::begin);
    connect(copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(m_own->text()); });
    whenDone(m_core.call([](core::Client& client) { return client.contactLink(); }), this,
             [this](const core::Result<wire::ContactLink>& link) {
                 if (link) {
                     m_own->setText(QString::fromStdString(wire::format(*link)));
                     m_own->setCursorPosition(0);
                 }
             });
}

void NewChatDialog::setWho(const QString& who) {
    m_who->setText(who);
    m_who->setCursorPosition(0);
}

void NewChatDialog::tell(const QString& sentence) {
    m_words->setText(sentence);
    m_words->setVisible(!sentence.isEmpty());
}

void NewChatDialog::begin() {
    const QString who = m_who->text().trimmed();
    if (who.isEmpty()) {
        m_who->setFocus();
        return;
    }
    m_begin->setEnabled(false);
    tell(tr("Asking the relay…"));
    whenDone(m_core.addContact(who.toStdString()), this, [this](const core::Result<core::Contact>& contact) {
        m_begin->setEnabled(true);
        if (contact) {
            found(*contact);
        } else {
            tell(failureWords(contact.error()));
        }
    });
}

void NewChatDialog::found(const core::Contact& contact) {
    whenDone(m_core.call([key = contact.key](core::Client& client) {
        const auto conversation = client.conversationWith(key);
        return conversation ? client.conversation(*conversation)
                            : core::Result<core::ConversationEntry>(tl::unexpected(conversation.error()));
    }),
             this, [this](const core::Result<core::ConversationEntry>& entry) {
                 if (!entry) {
                     tell(failureWords(entry.error()));
                     return;
                 }
                 emit begun(*entry);
                 accept();
             });
}

} // namespace sotto::app

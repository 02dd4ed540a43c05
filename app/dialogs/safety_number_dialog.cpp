// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/safety_number_dialog.h"

#include "app/dialogs/question.h"
#include "app/format/shown_text.h"
#include "app/format/words.h"
#include "app/views/qr_code.h"
#include "app/views/theme.h"
#include "app/when_done.h"
#include "core/rpc/target.h"

#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace sotto::app {
namespace {

/// Twelve groups of five in three lines, as people read them to each other.
QString inGroups(const QString& number) {
    QString digits = number;
    digits.remove(QLatin1Char(' '));
    QString lines;
    for (qsizetype i = 0; i < digits.size(); i += 5) {
        lines += i == 0 ? QString() : i % 20 == 0 ? QStringLiteral("\n") : QStringLiteral("  ");
        lines += digits.mid(i, 5);
    }
    return lines;
}

QLabel* digitsLabel(const QString& name, QWidget* parent) {
    QLabel* const label = plainLabel({}, parent);
    label->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setTextScale(*label, 1.15);
    label->setWordWrap(false);
    label->setAccessibleName(name);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    return label;
}

QLabel* boldLabel(const QString& words, double size, QWidget* parent) {
    QLabel* const label = plainLabel(words, parent);
    setTextScale(*label, size, QFont::DemiBold);
    return label;
}

struct Numbers {
    QString now;
    QString before; ///< empty: the key is the one known
};

} // namespace

SafetyNumberDialog::SafetyNumberDialog(CoreThread& core, core::Contact contact, QWidget* parent)
    : QDialog(parent)
    , m_core(core)
    , m_name(boldLabel({}, 1.3, this))
    , m_trust(plainLabel({}, this))
    , m_changed(plainLabel({}, this))
    , m_oldTitle(boldLabel(tr("The safety number until now"), 1, this))
    , m_old(digitsLabel(tr("The safety number until now"), this))
    , m_title(boldLabel({}, 1, this))
    , m_digits(digitsLabel(tr("Safety number"), this))
    , m_code(new QrCode(this))
    , m_typed(new QLineEdit(this))
    , m_compare(new QPushButton(tr("Compare"), this))
    , m_acceptKey(new QPushButton(tr("Accept the new key"), this))
    , m_words(plainLabel({}, this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Safety number"));
    setMinimumWidth(500);
    m_trust->setForegroundRole(QPalette::PlaceholderText);
    m_code->setAccessibleName(tr("Safety number as a QR code"));
    m_typed->setPlaceholderText(tr("The number that the other side reads to you"));
    m_typed->setAccessibleName(tr("Safety number to compare with"));
    m_typed->setMaxLength(400);
    m_compare->setDefault(true);
    m_acceptKey->setAutoDefault(false);

    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(22, 20, 22, 16);
    layout->setSpacing(8);
    layout->addWidget(m_name);
    layout->addWidget(m_trust);
    layout->addSpacing(8);
    layout->addWidget(m_changed);
    layout->addWidget(m_oldTitle);
    layout->addWidget(m_old);
    layout->addWidget(m_title);
    layout->addWidget(
        plainLabel(tr("Both of you see the same 60 digits, if nobody stands in between. Compare them "
                      "in person or on a call."),
                   this));
    auto* const number = new QHBoxLayout;
    number->addWidget(m_digits, 1, Qt::AlignTop);
    number->addWidget(m_code);
    layout->addLayout(number);
    auto* const row = new QHBoxLayout;
    row->addWidget(m_typed, 1);
    row->addWidget(m_compare);
    layout->addLayout(row);
    layout->addWidget(m_words);
    m_words->hide();
    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->addButton(m_acceptKey, QDialogButtonBox::ActionRole);
    layout->addStretch();
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_compare, &QPushButton::clicked, this, &SafetyNumberDialog::compare);
    connect(m_acceptKey, &QPushButton::clicked, this, [this] {
        whenDone(m_core.call([key = m_contact.key](core::Client& client) { return client.acceptKey(key); }),
                 this, [this](const core::Result<core::Contact>& accepted) {
                     tell(accepted ? tr("Accepted. What waited is being sent.")
                                   : failureWords(accepted.error()));
                     if (accepted) {
                         show(*accepted);
                     }
                 });
    });
    connect(&core, &CoreThread::happened, this, [this](const std::vector<core::Event>& events) {
        for (const core::Event& event : events) {
            const auto* changed = std::get_if<core::ContactChanged>(&event);
            const auto* key = std::get_if<core::KeyChanged>(&event);
            if (changed != nullptr && changed->contact.key == m_contact.key) {
                show(changed->contact);
            } else if (key != nullptr && key->contact.key == m_contact.key) {
                show(key->contact);
            }
        }
    });
    show(contact);
    m_typed->setFocus();
}

void SafetyNumberDialog::show(const core::Contact& contact) {
    m_contact = contact;
    m_name->setText(QLatin1Char('@') + shownName(contact.name));
    m_trust->setText(trustSentence(contact));
    const bool isChanged = contact.changedTo.has_value();
    m_changed->setText(
        tr("The relay names another key for %1. That happens when somebody makes their account anew, "
           "and when somebody stands in between. Your messages wait until you accept it.")
            .arg(isolated(shownName(contact.name))));
    for (QWidget* widget : std::initializer_list<QWidget*>{m_changed, m_oldTitle, m_old, m_acceptKey}) {
        widget->setVisible(isChanged);
    }
    m_title->setText(isChanged ? tr("The new safety number") : tr("Safety number"));
    readNumbers();
}

void SafetyNumberDialog::readNumbers() {
    whenDone(m_core.call([contact = m_contact](core::Client& client) -> core::Result<Numbers> {
        if (const auto change = rpc::keyChangeOf(client, contact)) {
            return Numbers{change->details["safety_number_now"].toString(),
                           change->details["safety_number_before"].toString()};
        }
        const auto now = client.safetyNumber(contact.key);
        if (!now) {
            return tl::unexpected(now.error());
        }
        return Numbers{QString::fromStdString(*now), {}};
    }),
             this, [this](const core::Result<Numbers>& numbers) {
                 m_digits->setText(numbers ? inGroups(numbers->now) : failureWords(numbers.error()));
                 m_old->setText(numbers ? inGroups(numbers->before) : QString());
                 m_code->setText(numbers ? QString(numbers->now).remove(QLatin1Char(' ')) : QString());
                 growToFit(*this);
             });
}

void SafetyNumberDialog::tell(const QString& sentence) {
    m_words->setText(sentence);
    m_words->show();
    growToFit(*this);
}

void SafetyNumberDialog::compare() {
    QString digits;
    for (const QChar c : m_typed->text()) {
        if (c.isDigit()) {
            digits += QString::number(c.digitValue());
        } else if (!c.isSpace()) {
            digits.clear();
            break;
        }
    }
    constexpr qsizetype kDigits = 60;
    if (digits.size() != kDigits) {
        tell(tr("That is not a safety number: it has 60 digits."));
        m_typed->setFocus();
        return;
    }
    // Before a changed key is accepted the comparison is only looked at, not kept.
    if (m_contact.changedTo) {
        const bool same =
            digits == QString(m_digits->text()).remove(QRegularExpression(QStringLiteral("\\s")));
        tell(same ? tr("The same: accept the new key.")
                  : tr("Not the same. Do not accept the new key: somebody may stand in between."));
        return;
    }
    whenDone(m_core.call([key = m_contact.key, typed = digits.toStdString()](core::Client& client) {
        return client.verify(key, typed);
    }),
             this, [this](const core::Result<core::Contact>& verified) {
                 if (verified) {
                     tell(tr("The same: %1 is verified.").arg(isolated(shownName(verified->name))));
                     m_typed->clear();
                     show(*verified);
                 } else {
                     tell(failureWords(verified.error()));
                 }
             });
}

void SafetyNumberDialog::accept() {
    compare(); // Enter in the field
}

} // namespace sotto::app

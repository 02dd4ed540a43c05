// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/start_pages.h"

#include "app/dialogs/question.h"
#include "app/views/theme.h"
#include "crypto/recovery_code.h"

#include <QComboBox>
#include <QEvent>
#include <QFontDatabase>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QRandomGenerator>
#include <QRegularExpression>
#include <QVBoxLayout>

namespace sotto::app {
namespace {

constexpr int kColumn = 380;
constexpr int kLongestPassphrase = 1024;

/// How the key of a new profile is kept.
enum Way { ByPassphrase, InKeychain, Open };

QLineEdit* field(const QString& words, QWidget* parent) {
    auto* const made = new QLineEdit(parent);
    made->setPlaceholderText(words);
    made->setAccessibleName(words);
    made->setMinimumHeight(34);
    made->setMaxLength(2000);
    return made;
}

QLineEdit* secretField(const QString& words, QWidget* parent) {
    QLineEdit* const made = field(words, parent);
    made->setEchoMode(QLineEdit::Password);
    made->setMaxLength(kLongestPassphrase);
    return made;
}

QPushButton* mainButton(const QString& words, QWidget* parent) {
    auto* const made = new QPushButton(words, parent);
    made->setMinimumHeight(36);
    made->setDefault(true);
    made->setAutoDefault(true);
    return made;
}

} // namespace

StartPage::StartPage(const QString& title, const QString& sentence, QWidget* parent)
    : QWidget(parent)
    , m_title(plainLabel(title, this))
    , m_sentence(plainLabel(sentence, this))
    , m_words(plainLabel({}, this)) {
    auto* const outer = new QVBoxLayout(this);
    auto* const middle = new QWidget(this);
    m_middle = middle;
    middle->setFixedWidth(kColumn);
    m_column = new QVBoxLayout(middle);
    m_column->setSpacing(11);
    QLabel* const sign = plainLabel({}, middle);
    sign->setPixmap(iconPixmap(QStringLiteral("sotto"), 84, Qt::black, 2));
    sign->setAlignment(Qt::AlignCenter);
    sign->setFixedHeight(96);
    setTextScale(*m_title, 1.5, QFont::DemiBold);
    m_title->setAlignment(Qt::AlignCenter);
    m_sentence->setAlignment(Qt::AlignCenter);
    m_sentence->setForegroundRole(QPalette::PlaceholderText);
    m_words->setAlignment(Qt::AlignCenter);
    m_words->hide();
    m_column->addWidget(sign);
    m_column->addWidget(m_title);
    m_column->addWidget(m_sentence);
    m_column->addSpacing(8);
    m_column->addWidget(m_words);
    // Not by alignment: a row asks how high the wrapped sentences are.
    auto* const row = new QHBoxLayout;
    row->addStretch();
    row->addWidget(middle);
    row->addStretch();
    outer->addStretch(2);
    outer->addLayout(row);
    outer->addStretch(3);
}

void StartPage::tell(const QString& sentence) {
    m_column->removeWidget(m_words);
    m_column->addWidget(m_words);
    m_words->setText(sentence);
    m_words->setVisible(!sentence.isEmpty());
}

void StartPage::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        paintControls();
    }
}

void StartPage::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    paintControls();
}

void StartPage::paintControls() {
    const Theme& theme = Theme::current();
    const QString style =
        QStringLiteral(
            "QLineEdit { border: 1px solid transparent; border-radius: 8px; padding: 6px 12px; "
            "background: %1; color: %2; } QLineEdit:focus { border-color: %3; }"
            "QComboBox { border: 1px solid transparent; border-radius: 8px; padding: 6px 12px; "
            "background: %1; color: %2; } QComboBox:focus { border-color: %3; }"
            "QComboBox::drop-down { border: none; width: 30px; }"
            "QComboBox::down-arrow { image: url(:/icons/chevron.svg); width: 16px; height: 16px; }"
            "QPushButton { border: none; border-radius: 8px; padding: 8px; background: %3; color: %4; "
            "font-weight: 600; } QPushButton:hover, QPushButton:focus { background: %5; }"
            "QPushButton:disabled { background: %1; color: %6; }")
            .arg(theme.field.name(), theme.text.name(), theme.accent.name(), theme.onAccent.name(),
                 theme.accent.lighter(108).name(), theme.faint.name());
    if (m_middle->styleSheet() != style) {
        m_middle->setStyleSheet(style);
    }
}

void StartPage::setBusy(bool) {}

void StartPage::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), Theme::current().window);
}

FirstRunPage::FirstRunPage(QWidget* parent)
    : StartPage(tr("Welcome to Sotto"),
                tr("Chat that only you and the other side can read. You need an invite link from whoever "
                   "runs your relay."),
                parent)
    , m_link(field(tr("Invite link (sotto://…)"), this))
    , m_name(field(tr("Your name at the relay"), this))
    , m_way(new QComboBox(this))
    , m_passphrase(secretField(tr("Passphrase for this computer"), this))
    , m_again(secretField(tr("The passphrase again"), this))
    , m_wayWords(plainLabel({}, this))
    , m_make(mainButton(tr("Create account"), this)) {
    m_way->addItem(tr("Lock it with a passphrase"), ByPassphrase);
    m_way->addItem(tr("Do not lock it: a key file beside the data"), Open);
    m_way->setAccessibleName(tr("How the messages on this computer are locked"));
    m_way->setMinimumHeight(34);
    m_wayWords->setAlignment(Qt::AlignCenter);
    m_wayWords->setForegroundRole(QPalette::PlaceholderText);
    for (QWidget* widget :
         std::initializer_list<QWidget*>{m_link, m_name, m_way, m_passphrase, m_again, m_wayWords, m_make}) {
        column().addWidget(widget);
    }
    connect(m_way, &QComboBox::currentIndexChanged, this, [this] {
        tell({});
        showFields();
    });
    connect(m_make, &QPushButton::clicked, this, &FirstRunPage::submit);
    for (QLineEdit* edit : {m_link, m_name, m_passphrase, m_again}) {
        connect(edit, &QLineEdit::returnPressed, this, &FirstRunPage::submit);
    }
    showFields();
}

void FirstRunPage::offerKeychain(bool answers) {
    const int at = m_way->findData(InKeychain);
    if (answers && at < 0) {
        m_way->insertItem(1, tr("Lock it with the desktop's keychain"), InKeychain);
    } else if (!answers && at >= 0) {
        m_way->removeItem(at);
    }
}

void FirstRunPage::showFields() {
    const int way = m_hasProfile ? static_cast<int>(Open) : m_way->currentData().toInt();
    m_way->setVisible(!m_hasProfile);
    m_wayWords->setVisible(!m_hasProfile);
    m_passphrase->setVisible(way == ByPassphrase);
    m_again->setVisible(way == ByPassphrase);
    m_wayWords->setText(way == ByPassphrase
                            ? tr("Asked for at every start. Nobody can tell it to you when it is forgotten.")
                        : way == InKeychain ? tr("Opens by itself while you are logged in to this computer.")
                                            : tr("Whoever can copy your files can read your messages, too."));
    m_wayWords->setForegroundRole(way == Open ? QPalette::BrightText : QPalette::PlaceholderText);
}

void FirstRunPage::setLink(const QString& link) {
    m_link->setText(link);
    m_name->setFocus();
}

void FirstRunPage::setBusy(bool busy) {
    for (QWidget* widget :
         std::initializer_list<QWidget*>{m_link, m_name, m_way, m_passphrase, m_again, m_make}) {
        widget->setEnabled(!busy);
    }
}

void FirstRunPage::setHasProfile(bool has) {
    m_hasProfile = has;
    showFields();
}

void FirstRunPage::submit() {
    const int way = m_hasProfile ? static_cast<int>(Open) : m_way->currentData().toInt();
    if (m_link->text().trimmed().isEmpty()) {
        tell(tr("Paste the invite link first."));
        m_link->setFocus();
    } else if (m_name->text().trimmed().isEmpty()) {
        tell(tr("Choose the name that others find you by."));
        m_name->setFocus();
    } else if (way == ByPassphrase && m_passphrase->text().isEmpty()) {
        tell(tr("Choose a passphrase first, or another way."));
        m_passphrase->setFocus();
    } else if (way == ByPassphrase && m_passphrase->text() != m_again->text()) {
        tell(tr("The two passphrases differ."));
        m_again->setFocus();
    } else {
        tell({});
        QString name = m_name->text().trimmed();
        emit wanted(m_link->text().trimmed(), name.startsWith(QLatin1Char('@')) ? name.mid(1) : name,
                    way == ByPassphrase ? m_passphrase->text() : QString(), way == InKeychain);
    }
}

RecoveryPage::RecoveryPage(QWidget* parent)
    : StartPage(tr("Your recovery code"), {}, parent)
    , m_code(plainLabel({}, this))
    , m_typed(field(tr("Groups of the recovery code"), this))
    , m_back(new QPushButton(tr("Show it again"), this))
    , m_go(mainButton({}, this)) {
    const QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    m_code->setFont(fixed);
    setTextScale(*m_code, 1.15);
    m_code->setWordWrap(false);
    m_code->setAlignment(Qt::AlignCenter);
    m_code->setTextInteractionFlags(Qt::NoTextInteraction); // nothing of it into a clipboard
    m_code->setAccessibleName(tr("Recovery code"));
    m_typed->setFont(fixed);
    setTextScale(*m_typed, 1.15);
    m_typed->setMaxLength(64);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_code, m_typed, m_go, m_back}) {
        column().addWidget(widget);
    }
    connect(m_back, &QPushButton::clicked, this, [this] { showCode(); });
    connect(m_go, &QPushButton::clicked, this, [this] { m_code->isHidden() ? check() : askBack(); });
    connect(m_typed, &QLineEdit::returnPressed, this, &RecoveryPage::check);
}

void RecoveryPage::setCode(const QString& code) {
    m_printed = code;
    // Some groups a line, as they are written down.
    constexpr qsizetype kGroups = 4;
    const QStringList groups = code.split(QRegularExpression(QStringLiteral("[ -]")), Qt::SkipEmptyParts);
    QStringList lines;
    for (qsizetype i = 0; i < groups.size(); i += kGroups) {
        lines.append(groups.mid(i, kGroups).join(QStringLiteral("  ")));
    }
    m_code->setText(lines.join(QLatin1Char('\n')));
    showCode();
}

void RecoveryPage::showCode() {
    m_sentence->setText(
        tr("Write it down and keep it away from this computer. It is shown this once, and whoever has it is "
           "you."));
    m_code->show();
    m_typed->hide();
    m_back->hide();
    m_go->setText(tr("I have written it down"));
    tell({});
}

/// Only whoever has written it down can answer: it is out of sight by then.
void RecoveryPage::askBack() {
    constexpr int kHalf = static_cast<int>(crypto::kRecoveryCodeGroups) / 2;
    auto& chance = *QRandomGenerator::global();
    m_asked = {static_cast<std::size_t>(1 + chance.bounded(kHalf)),
               static_cast<std::size_t>(1 + kHalf + chance.bounded(kHalf))};
    m_sentence->setText(
        tr("Type its groups %1 and %2, so that you know that it was written down well. Groups are counted "
           "from left to right, line by line.")
            .arg(m_asked[0])
            .arg(m_asked[1]));
    m_code->hide();
    m_typed->clear();
    m_typed->show();
    m_typed->setFocus();
    m_back->show();
    m_go->setText(tr("Continue"));
    tell({});
}

void RecoveryPage::check() {
    if (!crypto::areGroupsOf(m_printed.toStdString(), m_asked, m_typed->text().toStdString())) {
        tell(tr("That is something else. Look at what you wrote, or show the code again."));
        m_typed->setFocus();
        return;
    }
    m_printed.fill(QLatin1Char(' '));
    m_code->clear();
    m_typed->clear();
    emit written();
}

UnlockPage::UnlockPage(QWidget* parent)
    : StartPage(tr("Sotto is locked"), tr("Type the passphrase of this profile."), parent)
    , m_passphrase(secretField(tr("Passphrase"), this))
    , m_unlock(mainButton(tr("Unlock"), this)) {
    column().addWidget(m_passphrase);
    column().addWidget(m_unlock);
    const auto submit = [this] {
        if (!m_passphrase->text().isEmpty()) {
            emit wanted(m_passphrase->text());
        }
    };
    connect(m_unlock, &QPushButton::clicked, this, submit);
    connect(m_passphrase, &QLineEdit::returnPressed, this, submit);
}

void UnlockPage::setBusy(bool busy) {
    m_passphrase->setEnabled(!busy);
    m_unlock->setEnabled(!busy);
    if (!busy) {
        m_passphrase->clear();
        m_passphrase->setFocus();
    }
}

void UnlockPage::showEvent(QShowEvent* event) {
    StartPage::showEvent(event);
    m_passphrase->setFocus();
}

ProblemPage::ProblemPage(QWidget* parent)
    : StartPage({}, {}, parent)
    , m_act(mainButton({}, this)) {
    column().addWidget(m_act);
    connect(m_act, &QPushButton::clicked, this, &ProblemPage::pressed);
}

void ProblemPage::setProblem(const QString& title, const QString& sentence, const QString& act) {
    m_title->setText(title);
    m_sentence->setText(sentence);
    m_act->setText(act);
    m_act->setVisible(!act.isEmpty());
}

} // namespace sotto::app

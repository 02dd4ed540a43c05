// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a person types and presses from an empty profile to the list of conversations. Everything throws when
/// it finds nothing to type into or to press.

#include "tests/app/desk.h"

#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>

namespace sotto::test {

inline void typeInto(const QWidget& in, const QString& field, const QString& text) {
    auto* const edit = named<QLineEdit>(in, field);
    if (edit == nullptr) {
        throw std::runtime_error("no field " + field.toStdString());
    }
    edit->clear();
    QTest::keyClicks(edit, text);
}

inline void press(const QWidget& in, const QString& text) {
    for (QPushButton* button : in.findChildren<QPushButton*>()) {
        if (button->text() == text && button->isVisible()) {
            button->click();
            return;
        }
    }
    throw std::runtime_error("no button " + text.toStdString());
}

/// The two groups of the recovery code that the page asks for.
inline void typeCodeBack(const QWidget& window) {
    const QStringList groups = named<QLabel>(window, "Recovery code")->text().simplified().split(' ');
    press(window, "I have written it down");
    for (const QLabel* label : window.findChildren<QLabel*>()) {
        const auto numbers = QRegularExpression("groups (\\d+) and (\\d+)").match(label->text());
        if (label->isVisible() && numbers.hasMatch()) {
            typeInto(window, "Groups of the recovery code",
                     groups.value(numbers.captured(1).toInt() - 1).toLower() + ' ' +
                         groups.value(numbers.captured(2).toInt() - 1).toLower());
        }
    }
    press(window, "Continue");
}

/// With a passphrase, to the conversations.
inline void makeAccount(app::MainWindow& window, const QString& link, const QString& name) {
    const auto waitFor = [](const std::function<bool()>& condition, const char* what) {
        if (!waits(condition)) {
            throw std::runtime_error(std::string("not within a minute: ") + what);
        }
    };
    waitFor([&] { return named<QLineEdit>(window, "Your name at the relay")->isVisible(); },
            "the first page");
    typeInto(window, "Invite link (sotto://…)", link);
    typeInto(window, "Your name at the relay", name);
    typeInto(window, "Passphrase for this computer", "correct horse");
    typeInto(window, "The passphrase again", "correct horse");
    press(window, "Create account");
    waitFor([&] { return named<QLabel>(window, "Recovery code")->isVisible(); }, "the recovery code");
    typeCodeBack(window);
    waitFor([&] { return window.isReady(); }, "the conversations");
    waitFor([&] { return window.side().linkWords().isEmpty(); }, "the relay");
}

} // namespace sotto::test

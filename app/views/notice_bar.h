// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What is wrong around the program without being in the way of anything: one sentence at a time above the
/// window, with a button that has read it.

#include "app/views/bar.h"

#include <QStringList>

class QLabel;

namespace sotto::app {

class NoticeBar final : public Bar {
    Q_OBJECT

public:
    explicit NoticeBar(QWidget* parent);

    /// Once each; the next is shown when the one before was read. sentence: safe to show.
    void add(const QString& sentence);

private:
    void showNext();

    QLabel* m_words;
    QStringList m_waiting;
    QStringList m_said; ///< never twice while the program runs
};

} // namespace sotto::app

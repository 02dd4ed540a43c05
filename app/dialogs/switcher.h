// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Ctrl+K: some letters of a name, Enter, and the conversation is open. Deletes itself.

#include "app/core_thread.h"

#include <QDialog>
#include <QStandardItemModel>

class QLineEdit;
class QListView;

namespace sotto::app {

class Switcher final : public QDialog {
    Q_OBJECT

public:
    Switcher(CoreThread& core, QWidget* parent);

signals:
    void chosen(const core::ConversationEntry& entry);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void filter();
    void choose(const QModelIndex& index);

    std::vector<core::ConversationEntry> m_all; ///< newest first
    std::vector<std::size_t> m_shown;
    QStandardItemModel m_model;
    QLineEdit* m_field;
    QListView* m_list;
};

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The settings: a list of pages and the page chosen. What is changed holds at once. Deletes itself when it
/// is closed.

#include "app/core_thread.h"
#include "app/settings.h"

#include <QDialog>

class QLabel;
class QListWidget;
class QStackedWidget;

namespace sotto::app {

class SettingsDialog final : public QDialog {
    Q_OBJECT

public:
    enum class Page { Account, Privacy, Appearance, Notifications, Window, Lock, Data };

    /// Both must outlive the dialog.
    SettingsDialog(CoreThread& core, Settings& settings, QWidget* parent);
    void show(Page page);

signals:
    /// One of the settings is another now.
    void changed();
    void lockWanted();

private:
    void add(const QString& name, QWidget* page);
    void noted(); ///< says it when the change could not be written
    QWidget* appearancePage();
    QWidget* notificationsPage();
    QWidget* windowPage();

    Settings& m_settings;
    QListWidget* m_list;
    QStackedWidget* m_pages;
    QLabel* m_words;
};

} // namespace sotto::app

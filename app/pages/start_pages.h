// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What stands in the window before there are conversations: a first account, a passphrase, or what is in the
/// way. Each says what the person wants; the window does it.

#include <QWidget>
#include <array>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace sotto::app {

/// A column in the middle of the window, with the sign above it.
class StartPage : public QWidget {
    Q_OBJECT

public:
    StartPage(const QString& title, const QString& sentence, QWidget* parent);
    /// Below everything else; empty: nothing.
    void tell(const QString& sentence);
    virtual void setBusy(bool busy);

protected:
    QVBoxLayout& column() { return *m_column; }
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    QLabel* m_title;
    QLabel* m_sentence;

private:
    void paintControls();
    QWidget* m_middle = nullptr;
    QVBoxLayout* m_column;
    QLabel* m_words;
};

class FirstRunPage final : public StartPage {
    Q_OBJECT

public:
    explicit FirstRunPage(QWidget* parent = nullptr);
    void setLink(const QString& link);
    void setBusy(bool busy) override;
    /// Whether the desktop's keychain can be chosen.
    void offerKeychain(bool answers);
    /// There is one already, without an account: how it is locked is decided.
    void setHasProfile(bool has);

signals:
    /// passphrase: empty without one.
    void wanted(const QString& link, const QString& name, const QString& passphrase, bool inKeychain);

private:
    void submit();
    void showFields();
    QLineEdit* m_link;
    QLineEdit* m_name;
    QComboBox* m_way;
    bool m_hasProfile = false;
    QLineEdit* m_passphrase;
    QLineEdit* m_again;
    QLabel* m_wayWords;
    QPushButton* m_make;
};

/// The recovery code, shown until two of its groups have been typed back.
class RecoveryPage final : public StartPage {
    Q_OBJECT

public:
    explicit RecoveryPage(QWidget* parent = nullptr);
    void setCode(const QString& code);

signals:
    void written();

private:
    void showCode();
    void askBack();
    void check();
    QString m_printed;
    std::array<std::size_t, 2> m_asked{}; ///< numbers of groups, from 1
    QLabel* m_code;
    QLineEdit* m_typed;
    QPushButton* m_back;
    QPushButton* m_go;
};

class UnlockPage final : public StartPage {
    Q_OBJECT

public:
    explicit UnlockPage(QWidget* parent = nullptr);
    void setBusy(bool busy) override;

signals:
    void wanted(const QString& passphrase);

protected:
    void showEvent(QShowEvent* event) override;

private:
    QLineEdit* m_passphrase;
    QPushButton* m_unlock;
};

/// What is in the way, and the one thing that may help.
class ProblemPage final : public StartPage {
    Q_OBJECT

public:
    explicit ProblemPage(QWidget* parent = nullptr);
    void setProblem(const QString& title, const QString& sentence, const QString& act);

signals:
    void pressed();

private:
    QPushButton* m_act;
};

} // namespace sotto::app

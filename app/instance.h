// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// One window for each profile. Whoever comes first holds a lock beside the profile's socket and listens; a
/// second start tells it what it was given (a link, or nothing) and ends. This is not the profile's own
/// socket: that one is only there while the profile is open, and a locked window is to come up, too.

#include <QObject>
#include <filesystem>
#include <memory>

class QLocalServer;

namespace sotto::app {

class Instance final : public QObject {
    Q_OBJECT

public:
    /// A link that is longer is nobody's.
    static constexpr qsizetype kLongestRequest = 4096;

    /// socket: the profile's (core/paths.h); its folder is made if it is missing.
    explicit Instance(const std::filesystem::path& socket, QObject* parent = nullptr);
    ~Instance() override;

    /// False: another one has this profile. Where no lock can be had at all, this is the first.
    bool isFirst() const { return m_isFirst; }
    /// Brings the first one's window up. False: it does not answer.
    bool tellFirst(const QString& link) const;

signals:
    /// Somebody started the program again. link: empty, or what may be one.
    void startedAgain(const QString& link);

private:
    void accept();
    QString m_path;
    int m_lock = -1;
    bool m_isFirst = true;
    std::unique_ptr<QLocalServer> m_server;
};

} // namespace sotto::app

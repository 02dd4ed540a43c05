// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

namespace sotto::test {

/// A message bus of this test alone, without services that could be started.
class Bus {
public:
    Bus() {
        QFile config(m_folder.filePath("bus.conf"));
        if (!config.open(QFile::WriteOnly)) {
            qFatal("no configuration for the bus");
        }
        config.write(
            QStringLiteral(
                "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
                " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
                "<busconfig><type>session</type><listen>unix:path=%1</listen>"
                "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>"
                "<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>\n")
                .arg(m_folder.filePath("socket"))
                .toUtf8());
        config.close();
        m_process.start("dbus-daemon", {"--nofork", "--print-address", "--config-file", config.fileName()});
        m_isThere = m_process.waitForStarted() && m_process.waitForReadyRead(60'000);
    }
    ~Bus() {
        m_process.kill();
        m_process.waitForFinished();
    }
    bool isThere() const { return m_isThere; }
    QString address() const { return "unix:path=" + m_folder.filePath("socket"); }

private:
    QTemporaryDir m_folder;
    QProcess m_process;
    bool m_isThere = false;
};

} // namespace sotto::test

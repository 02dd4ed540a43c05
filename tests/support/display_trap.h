// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A picture file and a web server that must never be asked for, and texts that a careless widget would fetch
/// them by. The kernel tells who opens the file, by whatever call and in whatever thread.

#include <QDir>
#include <QImage>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <stdexcept>
#include <string>
#include <sys/inotify.h>
#include <unistd.h>
#include <vector>

namespace sotto::test {

class DisplayTrap {
public:
    DisplayTrap() {
        QImage picture(2, 2, QImage::Format_RGB32);
        picture.fill(Qt::red);
        m_file = m_home.filePath(QStringLiteral("bait.png"));
        m_watch = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (!picture.save(m_file) || !m_server.listen(QHostAddress::LocalHost) ||
            ::inotify_add_watch(m_watch, qPrintable(m_file), IN_OPEN | IN_ACCESS) < 0) {
            throw std::runtime_error("no trap");
        }
    }
    ~DisplayTrap() { ::close(m_watch); }
    DisplayTrap(const DisplayTrap&) = delete;
    DisplayTrap& operator=(const DisplayTrap&) = delete;

    QString file() const { return m_file; }
    std::uint16_t port() const { return m_server.serverPort(); } ///< on this machine

    /// How often somebody came since the last time this was asked.
    std::size_t visits() {
        std::size_t count = 0;
        alignas(inotify_event) char buffer[4096];
        while (::read(m_watch, buffer, sizeof buffer) > 0) {
            ++count;
        }
        m_server.waitForNewConnection(0);
        while (QTcpSocket* visitor = m_server.nextPendingConnection()) {
            visitor->deleteLater();
            ++count;
        }
        return count;
    }

    /// Markup of the kinds that widgets understand, links that run something, and what hides or turns text.
    std::vector<std::string> corpus() const {
        const std::string file = m_file.toStdString();
        const std::string web = "http://127.0.0.1:" + std::to_string(m_server.serverPort()) + "/bait.png";
        const std::string host = "127.0.0.1:" + std::to_string(m_server.serverPort());
        std::vector<std::string> texts;
        for (const std::string& bait : {file, "file://" + file, web}) {
            for (const auto& [before, after] : std::initializer_list<std::pair<const char*, const char*>>{
                     {"<img src=\"", "\">"},
                     {"<img src='", "'/> and more"},
                     {"<IMG SRC=", ">"},
                     {"<qt><img src=\"", "\"></qt>"},
                     {"<html><body background=\"", "\">x</body></html>"},
                     {"<!DOCTYPE html><img src=\"", "\">"},
                     {"<?xml version=\"1.0\"?><img src=\"", "\"/>"},
                     {"<p style=\"background-image:url(", ")\">x</p>"},
                     {"<table background=\"", "\"><tr><td>x</td></tr></table>"},
                     {"<link rel=\"stylesheet\" href=\"", "\"><b>x</b>"},
                     {"<style>@import url(\"", "\");</style><b>x</b>"},
                     {"<svg><image href=\"", "\"/></svg>"},
                     {"<object data=\"", "\"></object><i>x</i>"},
                     {"![x](", ")"},
                     {"QLabel { border-image: url(", "); }"},
                 }) {
                texts.push_back(before + bait + after);
            }
        }
        for (const std::string& text : std::initializer_list<std::string>{
                 "<iframe src=\"" + web + "\"></iframe>",
                 "<script>location='" + web + "'</script>",
                 "<a href=\"" + web + "\">https://bank.example</a>",
                 "\\\\" + host + "\\share\\x",
                 "smb://" + host + "/x",
                 "javascript:location='" + web + "'",
                 "data:text/html,<img src=" + web + ">",
                 "<font size=7 color=red>big</font>",
                 "<b>bold</b>&amp;<br>next",
                 "&lt;img src=&quot;" + file + "&quot;&gt;",
                 "%1 %2 %n %L1 {0} $HOME `id`",
                 "&File &Save",
                 "x\x1b[31mred\x1b[0m\x07",
                 "pay\u202Efdp.exe",
                 "\u2066left\u2067right\u2069",
                 "zero\u200Bwidth\u200Djoined\uFEFF",
                 std::string("a\0b", 3),
                 "broken\xff\xc3 bytes \xed\xa0\x80",
                 "one\ntwo\r\nthree\u2028four",
                 "../../etc/passwd",
             }) {
            texts.push_back(text);
        }
        return texts;
    }

private:
    QTemporaryDir m_home;
    QString m_file;
    QTcpServer m_server;
    int m_watch = -1;
};

} // namespace sotto::test

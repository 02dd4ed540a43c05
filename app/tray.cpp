// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/tray.h"

#include "app/views/theme.h"

#include <QPainter>

namespace sotto::app {

Tray::Tray(QObject* parent)
    : QObject(parent) {
    m_menu.addAction(tr("Show or hide Sotto"), this, &Tray::toggleWanted);
    m_menu.addAction(tr("Lock"), this, &Tray::lockWanted);
    m_menu.addSeparator();
    m_menu.addAction(tr("Quit"), this, &Tray::quitWanted);
    m_icon.setContextMenu(&m_menu);
    connect(&m_icon, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger) {
            emit toggleWanted();
        }
    });
    setUnread(0);
    if (QSystemTrayIcon::isSystemTrayAvailable()) {
        m_icon.show();
    }
}

void Tray::setUnread(qint64 unread) {
    if (std::exchange(m_unread, unread) == unread) {
        return;
    }
    m_icon.setIcon(iconFor(unread));
    // Shown as plain text or as markup, as the desktop likes: nothing of anybody else's stands there.
    m_icon.setToolTip(unread == 0   ? tr("Sotto")
                      : unread == 1 ? tr("Sotto: one unread message")
                                    : tr("Sotto: %n unread messages", nullptr, static_cast<int>(unread)));
}

QIcon Tray::iconFor(qint64 unread) {
    QIcon icon;
    for (const int size : {22, 32, 44, 64}) {
        QPixmap pixmap = iconPixmap(QStringLiteral("sotto"), size, Qt::black, 1);
        if (unread > 0) {
            QPainter painter(&pixmap);
            painter.setRenderHint(QPainter::Antialiasing);
            const QString words = unread > 99 ? QStringLiteral("99+") : QString::number(unread);
            QFont font;
            font.setWeight(QFont::Bold);
            font.setPixelSize(size * (words.size() > 2 ? 36 : 46) / 100);
            painter.setFont(font);
            const int height = size * 56 / 100;
            const int width = std::max(height, painter.fontMetrics().horizontalAdvance(words) + size / 6);
            const QRect badge(size - width, size - height, width, height);
            painter.setPen(Qt::NoPen);
            painter.setBrush(QColor("#d04437"));
            painter.drawRoundedRect(badge, height / 2.0, height / 2.0);
            painter.setPen(Qt::white);
            painter.drawText(badge, Qt::AlignCenter, words);
        }
        icon.addPixmap(pixmap);
    }
    return icon;
}

} // namespace sotto::app

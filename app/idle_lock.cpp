// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/idle_lock.h"

#include <QCoreApplication>
#include <QEvent>

namespace sotto::app {

IdleLock::IdleLock(QObject* parent)
    : QObject(parent) {
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::VeryCoarseTimer);
    connect(&m_timer, &QTimer::timeout, this, &IdleLock::idle);
}

void IdleLock::setMinutes(int minutes) {
    constexpr int kMinute = 60'000;
    QCoreApplication::instance()->removeEventFilter(this);
    if (minutes > 0) {
        QCoreApplication::instance()->installEventFilter(this);
        m_timer.start(minutes * kMinute);
    } else {
        m_timer.stop();
    }
}

bool IdleLock::eventFilter(QObject* watched, QEvent* event) {
    switch (event->type()) {
    case QEvent::KeyPress:
    case QEvent::MouseButtonPress:
    case QEvent::MouseMove:
    case QEvent::Wheel:
    case QEvent::TouchBegin:
        m_timer.start();
        break;
    default: // an enumeration of Qt's
        break;
    }
    return QObject::eventFilter(watched, event);
}

} // namespace sotto::app

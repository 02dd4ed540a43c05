// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/qr_code.h"

#include <QPainter>
#include <QPainterPath>
#include <qrcodegen/qrcodegen.hpp>

namespace sotto::app {

QrCode::QrCode(QWidget* parent)
    : QWidget(parent) {
    setFixedSize(sizeHint());
}

void QrCode::setText(const QString& text) {
    constexpr int kQuiet = 3;
    m_modules = {};
    try {
        if (!text.isEmpty()) {
            const auto code =
                qrcodegen::QrCode::encodeText(text.toUtf8().constData(), qrcodegen::QrCode::Ecc::MEDIUM);
            const int size = code.getSize() + 2 * kQuiet;
            m_modules = QImage(size, size, QImage::Format_RGB32);
            m_modules.fill(Qt::white);
            for (int y = 0; y < code.getSize(); ++y) {
                for (int x = 0; x < code.getSize(); ++x) {
                    if (code.getModule(x, y)) {
                        m_modules.setPixel(x + kQuiet, y + kQuiet, qRgb(0, 0, 0));
                    }
                }
            }
        }
    } catch (const qrcodegen::data_too_long&) {
        m_modules = {};
    }
    setVisible(isShown());
    update();
}

void QrCode::paintEvent(QPaintEvent*) {
    if (m_modules.isNull()) {
        return;
    }
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath corner;
    corner.addRoundedRect(rect(), 8, 8);
    painter.fillPath(corner, Qt::white);
    // Whole pixels a module: blurred edges do not read.
    const int scale = std::max(1, std::min(width(), height()) / m_modules.width());
    const QSize size = m_modules.size() * scale;
    painter.drawImage(QRect(QPoint((width() - size.width()) / 2, (height() - size.height()) / 2), size),
                      m_modules);
}

} // namespace sotto::app

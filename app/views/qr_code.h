// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A text as a QR code, dark on light in every theme, since not every reader takes it the other way round.

#include <QImage>
#include <QWidget>

namespace sotto::app {

class QrCode final : public QWidget {
    Q_OBJECT

public:
    explicit QrCode(QWidget* parent = nullptr);
    /// Nothing is shown for a text that is empty or too long for a code.
    void setText(const QString& text);
    bool isShown() const { return !m_modules.isNull(); }
    QSize sizeHint() const override { return {200, 200}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QImage m_modules; ///< one pixel a module, with the quiet zone
};

} // namespace sotto::app

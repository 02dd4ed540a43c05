// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/program/join_link.h"

#include <qrcodegen/qrcodegen.hpp>

namespace sotto::relay {

std::string qrCode(const std::string& text) {
    using qrcodegen::QrCode;
    constexpr int kQuiet = 2;
    try {
        const QrCode code = QrCode::encodeText(text.c_str(), QrCode::Ecc::LOW);
        std::string out;
        // Two rows of modules a line. Dark modules are left blank on a lit ground, so that it reads on dark
        // and light terminals alike.
        for (int y = -kQuiet; y < code.getSize() + kQuiet; y += 2) {
            out += "\x1b[30;107m";
            for (int x = -kQuiet; x < code.getSize() + kQuiet; ++x) {
                const bool above = code.getModule(x, y);
                const bool below = code.getModule(x, y + 1);
                out += above ? (below ? "█" : "▀") : (below ? "▄" : " ");
            }
            out += "\x1b[0m\n";
        }
        return out;
    } catch (const qrcodegen::data_too_long&) {
        return {};
    }
}

} // namespace sotto::relay

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/contact_text.h"

#include "cli/escape.h"

namespace sotto::cli {

namespace {

std::string trustText(const QString& trust) {
    if (trust == "verified") {
        return "verified";
    }
    return trust == "link" ? "added by link" : "not verified";
}

} // namespace

void printContact(Output& out, const QJsonObject& contact) {
    if (out.isJson()) {
        out.object(contact);
        return;
    }
    std::string line = "@" + escaped(contact["name"].toString().toStdString()) + "  " +
                       trustText(contact["trust"].toString()) + "  " +
                       escaped(contact["account"].toString().left(16).toStdString());
    if (contact.contains("changed_to")) {
        line += out.painted(Colour::Red, "  account key changed: nothing is sent");
    }
    if (contact["blocked"].toBool()) {
        line += out.painted(Colour::Yellow, "  blocked");
    } else if (!contact["accepted"].toBool()) {
        line += out.painted(Colour::Yellow, "  wrote first, not accepted");
    }
    out.line(line);
}

} // namespace sotto::cli

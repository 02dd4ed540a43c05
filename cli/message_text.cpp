// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/message_text.h"

#include "cli/escape.h"
#include "cli/styled_text.h"
#include "core/types/timer_text.h"

#include <QJsonArray>

namespace sotto::cli {

namespace {

constexpr std::string_view kIndent = "    ";

std::string bodyOf(const Output& out, const QJsonObject& message) {
    const std::string kind = message["kind"].toString().toStdString();
    if (kind == "text") {
        return styledText(out, message, kIndent);
    }
    const std::string why =
        (message["explanation"].toString() + " " + message["action"].toString()).toStdString();
    if (kind == "placeholder") {
        return out.painted(Colour::Yellow, "[a message that cannot be read yet. " + why + "]");
    }
    if (kind == "gap") {
        const qint64 first = message["first"].toInteger();
        const qint64 last = message["last"].toInteger();
        const std::string what = first == last ? "message " + std::to_string(first) + " is missing"
                                               : "messages " + std::to_string(first) + " to " +
                                                     std::to_string(last) + " are missing";
        return out.painted(Colour::Yellow, "[" + what + ". " + why + "]");
    }
    if (kind == "expired") {
        return out.painted(Colour::Dim, "[disappeared]");
    }
    if (kind == "deleted") {
        return out.painted(Colour::Dim,
                           message.contains("deleted_by") ? "[deleted by its author]" : "[deleted]");
    }
    return out.painted(Colour::Dim, "[" + escaped(message["detail"].toString().toStdString()) + "]");
}

} // namespace

namespace {

std::string wordsForQuote(const QJsonObject& quote) {
    const QString state = quote["state"].toString();
    if (state == "deleted") {
        return " [answers a message that was deleted]";
    }
    const char* doubt = state == "verified"  ? ""
                        : state == "altered" ? ", which it never said"
                                             : ", not verified: the message is not here";
    return " [answers \"" + escaped(quote["text"].toString().toStdString()) + "\"" + doubt + "]";
}

} // namespace

void printMessage(Output& out, const QJsonObject& message) {
    if (out.isJson()) {
        out.object(message);
        return;
    }
    const bool own = message["direction"] == QJsonValue("out");
    const std::string name =
        own ? "me" : escaped(message["from"].toObject()["name"].toString().toStdString());
    std::string line = out.painted(Colour::Dim, localTime(message["ts"].toInteger())) + " " +
                       out.painted(Colour::Bold, name) + ": " + bodyOf(out, message);
    if (own) {
        const QString state = message["state"].toString();
        line += out.painted(state == "failed" ? Colour::Red : Colour::Dim, " (" + state.toStdString() + ")");
    }
    if (message.contains("reply_to")) {
        line += out.painted(Colour::Dim, wordsForQuote(message["reply_to"].toObject()));
    }
    if (message.contains("expire_s")) {
        const auto seconds = static_cast<std::uint32_t>(message["expire_s"].toInteger());
        line += out.painted(Colour::Dim, message.contains("expires_ts")
                                             ? " (until " + localTime(message["expires_ts"].toInteger()) + ")"
                                             : " (stays " + core::lifetimeText(seconds) + ")");
    }
    if (message.contains("revision")) {
        line += out.painted(Colour::Dim, " (edited)");
    }
    for (const auto& reaction : message["reactions"].toArray()) {
        line += " " + escaped(reaction.toObject()["emoji"].toString().toStdString());
    }
    out.line(line);
}

} // namespace sotto::cli

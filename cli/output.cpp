// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/output.h"

#include "cli/escape.h"
#include "core/base/clock.h"
#include "core/rpc/objects.h"

#include <QJsonDocument>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <unistd.h>

namespace sotto::cli {

namespace {

bool writeAll(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t size = ::write(descriptor, text.data(), text.size());
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

} // namespace

void Output::setColours(const std::string& when) {
    const char* noColour = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    if (when != "auto") {
        m_colours = when == "always";
        return;
    }
    m_colours = isatty(STDOUT_FILENO) == 1 && (noColour == nullptr || *noColour == '\0') &&
                (terminal == nullptr || std::string_view(terminal) != "dumb");
}

void Output::write(const std::string& text) {
    m_whole = m_whole && writeAll(STDOUT_FILENO, text);
}

void Output::object(const QJsonObject& object) {
    const QByteArray json = QJsonDocument(object).toJson(QJsonDocument::Compact);
    write(escapedJson({json.constData(), static_cast<std::size_t>(json.size())}) + "\n");
}

void Output::line(const std::string& text) {
    write(text + "\n");
}

void Output::note(const std::string& text) {
    writeAll(STDERR_FILENO, text + "\n");
}

rpc::Exit Output::error(const rpc::Error& error) {
    note("sotto: " + escaped(error.text));
    if (isJson()) {
        QJsonObject object = rpc::objectOf("error", "error", unixMilliseconds(SystemClock().wall()));
        object["exit"] = static_cast<int>(error.exit);
        object["code"] = QString::fromStdString(error.code);
        object["text"] = QString::fromStdString(error.text);
        if (error.retryAfterMs) {
            object["retry_after_ms"] = static_cast<qint64>(*error.retryAfterMs);
        }
        if (!error.details.isEmpty()) {
            object["details"] = error.details;
        }
        this->object(object);
    }
    return error.exit;
}

std::string Output::painted(Colour colour, const std::string& text) const {
    if (!m_colours) {
        return text;
    }
    switch (colour) {
    case Colour::None:
        return text;
    case Colour::Bold:
        return "\x1b[1m" + text + "\x1b[0m";
    case Colour::Dim:
        return "\x1b[2m" + text + "\x1b[0m";
    case Colour::Red:
        return "\x1b[31m" + text + "\x1b[0m";
    case Colour::Yellow:
        return "\x1b[33m" + text + "\x1b[0m";
    }
    return text;
}

std::string localTime(std::int64_t unixMs) {
    const std::time_t seconds = static_cast<std::time_t>(unixMs / 1000);
    std::tm local{};
    localtime_r(&seconds, &local);
    std::array<char, 32> buffer{};
    std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M", &local);
    return buffer.data();
}

} // namespace sotto::cli

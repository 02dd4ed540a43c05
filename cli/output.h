// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Where results and complaints go. stdout is data: text, or one JSON object a line. stderr is for people.

#include "core/rpc/error.h"

#include <QJsonObject>
#include <string>

namespace sotto::cli {

enum class Form { Text, Json };
enum class Colour { None, Bold, Dim, Red, Yellow };

class Output {
public:
    Output() { setColours("auto"); }
    void setForm(Form form) { m_form = form; }
    /// "always", "never", or "auto": on a terminal, unless NO_COLOR is set.
    void setColours(const std::string& when);
    bool hasColours() const { return m_colours; }
    bool isJson() const { return m_form == Form::Json; }

    /// One JSON object, in either form.
    void object(const QJsonObject& object);
    /// One line of text. Untrusted parts went through escaped().
    void line(const std::string& text);
    /// One line on stderr.
    void note(const std::string& text);
    /// The error on stderr; with --json its object on stdout too. Gives the exit code.
    rpc::Exit error(const rpc::Error& error);

    std::string painted(Colour colour, const std::string& text) const;
    /// False once stdout could not be written (a closed pipe, a full disk): nothing printed since counts.
    bool isWhole() const { return m_whole; }

private:
    void write(const std::string& text);

    Form m_form = Form::Text;
    bool m_colours = false;
    bool m_whole = true;
};

/// "2026-11-03 12:04" in local time.
std::string localTime(std::int64_t unixMs);

} // namespace sotto::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/markdown.h"

#include "core/text/styles.h"
#include "core/text/utf8.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <unicode/uchar.h>

namespace sotto::core {
namespace {

constexpr int kDeepest = 32; ///< brackets in an address
constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

bool isAsciiPunctuation(char c) {
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
}

std::size_t runOf(std::string_view text, std::size_t at) {
    const std::size_t end = text.find_first_not_of(text[at], at);
    return std::min(end, text.size()) - at;
}

/// What stands beside a sign decides whether it begins or ends something.
enum class Beside { Space, Punctuation, Word };

Beside besideOf(char32_t point) {
    const auto c = static_cast<UChar32>(point);
    if (u_isUWhiteSpace(c)) {
        return Beside::Space;
    }
    return (point < 0x80 && isAsciiPunctuation(static_cast<char>(point))) || u_ispunct(c)
               ? Beside::Punctuation
               : Beside::Word;
}

/// A piece of a paragraph. Of a run of signs `text` is what is left of it.
struct Piece {
    std::string_view text;
    bool isCode = false;
};

/// A run of `*`, `_` or `~` that may begin or end something.
struct Sign {
    std::size_t piece = 0;
    char sign = 0;
    std::size_t whole = 0; ///< how many there were
    std::size_t left = 0;
    bool opens = false;
    bool closes = false;
    std::size_t before = kNowhere; ///< its neighbours among those that may still count
    std::size_t after = kNowhere;
};

/// From behind one piece to another.
struct Span {
    TextStyle style = TextStyle::Bold;
    std::size_t from = 0;
    std::size_t to = 0;
    std::string address;
};

/// One paragraph: what stands between empty lines and blocks of code.
class Paragraph {
public:
    explicit Paragraph(std::string_view source)
        : m_source(source) {}

    void appendTo(StyledText& out) {
        for (std::size_t at = 0; at < m_source.size();) {
            if (m_source[at] == '`') {
                m_ticks[runOf(m_source, at)].push_back(at);
            }
            at += m_source[at] == '`' ? runOf(m_source, at) : 1;
        }
        while (m_at < m_source.size()) {
            step();
        }
        endText();
        pair(0);
        write(out);
    }

private:
    void step() {
        const char c = m_source[m_at];
        const bool isLast = m_at + 1 == m_source.size();
        if (c == '\\' && !isLast && isAsciiPunctuation(m_source[m_at + 1])) {
            endText();
            m_textFrom = ++m_at;
            ++m_at;
        } else if (c == '`') {
            code();
        } else if (c == '*' || c == '_' || c == '~') {
            sign();
        } else if (c == '[') {
            endText();
            m_brackets.push_back({m_pieces.size(), m_signs.size(), m_at, m_imageAt == m_at});
            m_textFrom = m_at++;
            endText();
        } else if (c == ']') {
            endOfLink();
        } else {
            m_imageAt = c == '!' ? m_at + 1 : kNowhere;
            m_at += std::max<std::size_t>(addressAt(), 1);
        }
    }

    /// Everything up to here that means nothing but itself.
    void endText() {
        if (m_at > m_textFrom) {
            m_pieces.push_back({m_source.substr(m_textFrom, m_at - m_textFrom), false});
        }
        m_textFrom = m_at;
    }

    void code() {
        const std::size_t ticks = runOf(m_source, m_at);
        const auto& ends = m_ticks[ticks];
        const auto end = std::ranges::lower_bound(ends, m_at + ticks);
        if (end == ends.end()) {
            m_at += ticks;
            return;
        }
        endText();
        std::string_view inside = m_source.substr(m_at + ticks, *end - m_at - ticks);
        // For code that begins or ends with the sign itself.
        if (inside.size() > 2 && inside.front() == ' ' && inside.back() == ' ' &&
            inside.find_first_not_of(' ') != std::string_view::npos) {
            inside = inside.substr(1, inside.size() - 2);
        }
        m_pieces.push_back({inside, true});
        m_textFrom = m_at = *end + ticks;
    }

    void sign() {
        const std::size_t count = runOf(m_source, m_at);
        const char c = m_source[m_at];
        if (c == '~' && count != 2) {
            m_at += count;
            return;
        }
        endText();
        Sign sign;
        sign.sign = c;
        sign.whole = sign.left = count;
        sign.piece = m_pieces.size();
        const Beside before = besideBefore();
        std::size_t at = m_at + count;
        const Beside after = at == m_source.size() ? Beside::Space : besideOf(nextCodePoint(m_source, at));
        const bool begins = after == Beside::Word || (after == Beside::Punctuation && before != Beside::Word);
        const bool ends = before == Beside::Word || (before == Beside::Punctuation && after != Beside::Word);
        // Between two letters an underscore is one of them.
        sign.opens = begins && (c != '_' || !ends || before == Beside::Punctuation);
        sign.closes = ends && (c != '_' || !begins || after == Beside::Punctuation);
        m_signs.push_back(sign);
        m_textFrom = m_at;
        m_at += count;
        endText();
    }

    Beside besideBefore() const {
        if (m_at == 0) {
            return Beside::Space;
        }
        std::size_t at = codePointBefore(m_source, m_at - 1);
        return besideOf(nextCodePoint(m_source, at));
    }

    /// How many bytes an address in the open takes: signs in it are its own. 0: there is none.
    std::size_t addressAt() const {
        const std::string_view rest = m_source.substr(m_at);
        if ((rest.front() != 'h' && rest.front() != 'H') || (m_at > 0 && besideBefore() == Beside::Word) ||
            rest.size() < 8 || !isLinkAddress(std::string(rest.substr(0, rest[4] == ':' ? 7 : 8)) + "x")) {
            return 0;
        }
        std::size_t end = std::min(rest.find_first_of(" \t\r\n<>\"[]()`\\"), rest.size());
        while (end > 0 && std::string_view("*_~?!.,:;'").find(rest[end - 1]) != std::string_view::npos) {
            --end;
        }
        return end;
    }

    struct Bracket {
        std::size_t piece = 0;
        std::size_t signs = 0; ///< how many there were
        std::size_t at = 0;
        bool isImage = false;
    };

    void endOfLink() {
        if (m_brackets.empty()) {
            ++m_at;
            return;
        }
        const Bracket bracket = m_brackets.back();
        m_brackets.pop_back();
        std::size_t end = m_at + 1;
        const auto address = m_at > bracket.at + 1 ? destination(end) : std::nullopt;
        if (!address || (!bracket.isImage && !isLinkAddress(*address))) {
            ++m_at;
            return;
        }
        if (bracket.isImage) { // stays as it is, with all that stands in it
            m_pieces.resize(bracket.piece);
            m_signs.resize(bracket.signs);
            m_textFrom = bracket.at;
            m_at = end;
            return;
        }
        endText();
        pair(bracket.signs);
        m_pieces[bracket.piece].text = {};
        m_spans.push_back({TextStyle::Link, bracket.piece, m_pieces.size(), *address});
        m_pieces.push_back({});
        m_brackets.clear(); // a link has no link in it
        m_textFrom = m_at = end;
    }

    /// "(…)" at `at`, which moves behind it.
    std::optional<std::string> destination(std::size_t& at) const {
        if (at >= m_source.size() || m_source[at] != '(') {
            return std::nullopt;
        }
        const auto skipSpaces = [&] {
            while (at < m_source.size() && (m_source[at] == ' ' || m_source[at] == '\t')) {
                ++at;
            }
        };
        ++at;
        skipSpaces();
        const bool isBracketed = at < m_source.size() && m_source[at] == '<';
        at += isBracketed ? 1 : 0;
        std::string address;
        for (int depth = 0; at < m_source.size() && address.size() <= kMaxAddressBytes; ++at) {
            const char c = m_source[at];
            if (isBracketed ? c == '>' : (c == ' ' || c == '\t' || (c == ')' && depth == 0))) {
                break;
            }
            if (c == '\n' || c == '\r' || c == '<') {
                return std::nullopt;
            }
            if (c == '\\' && at + 1 < m_source.size() && isAsciiPunctuation(m_source[at + 1])) {
                address += m_source[++at];
                continue;
            }
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth > kDeepest) {
                return std::nullopt;
            }
            address += c;
        }
        at += isBracketed ? 1 : 0;
        skipSpaces();
        if (at >= m_source.size() || m_source[at] != ')') {
            return std::nullopt;
        }
        ++at;
        return address;
    }

    /// Signs that end something find those that begin it, from this one on. What was looked for once without
    /// success is not looked for again: so it takes time in proportion to the signs.
    void pair(std::size_t first) {
        for (std::size_t i = first; i < m_signs.size(); ++i) {
            m_signs[i].before = i == first ? kNowhere : i - 1;
            m_signs[i].after = i + 1 == m_signs.size() ? kNowhere : i + 1;
        }
        std::array<std::size_t, 18> looked{}; // no use before this one, by kind of the sign that ends
        for (std::size_t end = first < m_signs.size() ? first : kNowhere; end != kNowhere;) {
            Sign& closer = m_signs[end];
            if (!closer.closes) {
                end = closer.after;
                continue;
            }
            const std::size_t kind = (closer.sign == '*'   ? 0U
                                      : closer.sign == '_' ? 6U
                                                           : 12U) +
                                     (closer.opens ? 3U : 0U) + closer.whole % 3;
            std::size_t begin = closer.before;
            while (begin != kNowhere && begin >= looked.at(kind) && !fits(m_signs[begin], closer)) {
                begin = m_signs[begin].before;
            }
            if (begin == kNowhere || begin < looked.at(kind)) {
                looked.at(kind) = end;
                const std::size_t next = closer.after;
                if (!closer.opens) {
                    remove(end);
                }
                end = next;
                continue;
            }
            Sign& opener = m_signs[begin];
            const std::size_t used = opener.left >= 2 && closer.left >= 2 ? 2 : 1;
            m_spans.push_back({closer.sign == '~' ? TextStyle::Strikethrough
                               : used == 2        ? TextStyle::Bold
                                                  : TextStyle::Italic,
                               opener.piece,
                               closer.piece,
                               {}});
            opener.left -= used;
            closer.left -= used;
            // What stands between can only pair with what stands between.
            opener.after = end;
            closer.before = begin;
            for (const std::size_t sign : {begin, end}) {
                m_pieces[m_signs[sign].piece].text.remove_suffix(used);
            }
            const std::size_t next = closer.left == 0 ? closer.after : end;
            for (const std::size_t sign : {begin, end}) {
                if (m_signs[sign].left == 0) {
                    remove(sign);
                }
            }
            end = next;
        }
        m_signs.resize(std::min(first, m_signs.size()));
    }

    static bool fits(const Sign& opener, const Sign& closer) {
        // Of `**a*b*` the single ones belong together, not one of the two to the last.
        const bool isOdd = (closer.opens || opener.closes) && closer.whole % 3 != 0 &&
                           (opener.whole + closer.whole) % 3 == 0;
        return opener.sign == closer.sign && opener.opens && (!isOdd || closer.sign == '~');
    }

    void remove(std::size_t sign) {
        const auto [before, after] = std::pair(m_signs[sign].before, m_signs[sign].after);
        if (before != kNowhere) {
            m_signs[before].after = after;
        }
        if (after != kNowhere) {
            m_signs[after].before = before;
        }
    }

    void write(StyledText& out) const {
        std::vector<std::size_t> begins; // of each piece, and the end
        begins.reserve(m_pieces.size() + 1);
        for (const Piece& piece : m_pieces) {
            begins.push_back(out.text.size());
            if (piece.isCode) {
                put(out, TextStyle::Code, out.text.size(), out.text.size() + piece.text.size(), {});
            }
            out.text += piece.text;
        }
        begins.push_back(out.text.size());
        for (const Span& span : m_spans) {
            put(out, span.style, begins[span.from + 1], begins[span.to], span.address);
        }
    }

    static void put(StyledText& out, TextStyle style, std::size_t begin, std::size_t end,
                    const std::string& address) {
        if (begin < end) {
            out.styles.push_back(
                {style, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin), address});
        }
    }

    std::string_view m_source;
    std::size_t m_at = 0;
    std::size_t m_textFrom = 0;
    std::size_t m_imageAt = kNowhere;                        ///< a `[` here is a picture's
    std::map<std::size_t, std::vector<std::size_t>> m_ticks; ///< runs of backticks by length
    std::vector<Piece> m_pieces;
    std::vector<Sign> m_signs;
    std::vector<Bracket> m_brackets;
    std::vector<Span> m_spans;
};

/// A line with its end, and without.
struct Line {
    std::size_t begin = 0;
    std::size_t next = 0;
    std::string_view text;
};

Line lineAt(std::string_view source, std::size_t at) {
    const std::size_t end = std::min(source.find('\n', at), source.size());
    const bool isReturn = end > at && end < source.size() && source[end - 1] == '\r';
    return {at, std::min(end + 1, source.size()), source.substr(at, end - at - (isReturn ? 1 : 0))};
}

/// Backticks of a line that begins or ends a block; 0: it does neither. rest: what stands behind them.
std::size_t fenceOf(std::string_view line, std::string_view& rest) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    if (indent > 3 || indent == line.size() || line[indent] != '`') {
        return 0;
    }
    const std::size_t ticks = runOf(line, indent);
    rest = line.substr(indent + ticks);
    return ticks >= 3 && rest.find('`') == std::string_view::npos ? ticks : 0;
}

bool isBlank(std::string_view text) {
    return text.find_first_not_of(" \t") == std::string_view::npos;
}

class Reader {
public:
    explicit Reader(std::string_view source)
        : m_source(source) {}

    StyledText read() {
        while (m_at < m_source.size()) {
            const Line line = lineAt(m_source, m_at);
            std::string_view rest;
            const std::size_t ticks = fenceOf(line.text, rest);
            if (ticks != 0 && block(line, ticks)) {
                continue;
            }
            m_at = line.next;
            if (isBlank(line.text)) {
                endParagraph(line.begin);
                endLiteral(m_at);
            }
        }
        endParagraph(m_at);
        return std::move(m_out);
    }

private:
    /// False when it is not closed, or has nothing in it.
    bool block(const Line& first, std::size_t ticks) {
        if (ticks >= m_unclosed) {
            return false;
        }
        Line line = first;
        do {
            if (line.next == m_source.size()) {
                m_unclosed = ticks;
                return false;
            }
            line = lineAt(m_source, line.next);
            std::string_view rest;
            if (fenceOf(line.text, rest) >= ticks && isBlank(rest)) {
                break;
            }
        } while (true);
        endParagraph(first.begin);
        std::string_view inside = m_source.substr(first.next, line.begin - first.next);
        inside.remove_suffix(inside.ends_with("\r\n") ? 2 : inside.empty() ? 0 : 1);
        if (inside.empty()) {
            endLiteral(line.next);
        } else {
            m_out.styles.push_back({TextStyle::CodeBlock,
                                    static_cast<std::uint32_t>(m_out.text.size()),
                                    static_cast<std::uint32_t>(inside.size()),
                                    {}});
            m_out.text += inside;
            m_out.text += m_source[line.next - 1] == '\n' ? "\n" : "";
            m_from = line.next;
        }
        m_at = line.next;
        return true;
    }

    void endParagraph(std::size_t end) {
        if (end > m_from) {
            Paragraph(m_source.substr(m_from, end - m_from)).appendTo(m_out);
            m_from = end;
        }
    }
    void endLiteral(std::size_t end) {
        m_out.text += m_source.substr(m_from, end - m_from);
        m_from = end;
    }

    std::string_view m_source;
    std::size_t m_at = 0;
    std::size_t m_from = 0;            ///< what is read and not written
    std::size_t m_unclosed = kNowhere; ///< so many backticks and more are closed nowhere below
    StyledText m_out;
};

} // namespace

StyledText readMarkdown(std::string_view source) {
    return Reader(source).read();
}

} // namespace sotto::core

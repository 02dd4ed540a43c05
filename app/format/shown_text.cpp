// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/format/shown_text.h"

#include "core/text/utf8.h"

#include <array>

namespace sotto::app {
namespace {

using core::CodePointRange;

constexpr char32_t kJoiner = 0x200D;
constexpr char32_t kNonJoiner = 0x200C;
constexpr char32_t kBlackFlag = 0x1F3F4;
constexpr int kMostMarks = 6; ///< on one base: more than any orthography has

/// Without a picture of their own, and no Cf.
constexpr std::array kInvisible{
    CodePointRange{0x034F, 0x034F}, CodePointRange{0x115F, 0x1160},   CodePointRange{0x17B4, 0x17B5},
    CodePointRange{0x180B, 0x180F}, CodePointRange{0x2028, 0x2029},   CodePointRange{0x2065, 0x2065},
    CodePointRange{0x2800, 0x2800}, CodePointRange{0x3164, 0x3164},   CodePointRange{0xFFA0, 0xFFA0},
    CodePointRange{0xFFF0, 0xFFFB}, CodePointRange{0xE0000, 0xE0FFF},
};
/// Of category Cf, and seen.
constexpr std::array kVisibleFormat{
    CodePointRange{0x0600, 0x0605},   CodePointRange{0x06DD, 0x06DD}, CodePointRange{0x070F, 0x070F},
    CodePointRange{0x0890, 0x0891},   CodePointRange{0x08E2, 0x08E2}, CodePointRange{0x110BD, 0x110BD},
    CodePointRange{0x110CD, 0x110CD},
};
/// Scripts that are written with joiners: Arabic to Sinhala, Khmer, Mongolian.
constexpr std::array kJoiningScripts{
    CodePointRange{0x0600, 0x0DFF},
    CodePointRange{0x1780, 0x18AF},
    CodePointRange{0xFB50, 0xFDFF},
    CodePointRange{0xFE70, 0xFEFE},
};
constexpr std::array kPictures{
    CodePointRange{0x00A9, 0x00AE},
    CodePointRange{0x2190, 0x2BFF},
    CodePointRange{0x3030, 0x303D},
    CodePointRange{0x1F000, 0x1FAFF},
};

bool isSelector(char32_t point) {
    return point == 0xFE0E || point == 0xFE0F;
}
bool isTag(char32_t point) {
    return point >= 0xE0020 && point <= 0xE007F;
}
bool isMark(char32_t point) {
    switch (QChar::category(point)) {
    case QChar::Mark_NonSpacing:
    case QChar::Mark_Enclosing:
    case QChar::Mark_SpacingCombining:
        return true;
    default:
        return false;
    }
}
bool isHidden(char32_t point) {
    const auto category = QChar::category(point);
    return category == QChar::Other_Control || core::isIn(kInvisible, point) ||
           (category == QChar::Other_Format && !core::isIn(kVisibleFormat, point));
}

/// Builds what is shown, code point by code point.
class Writer {
public:
    Writer(std::string_view utf8, ShowLimits limits, std::span<const std::size_t> places)
        : m_utf8(utf8)
        , m_limits(limits)
        , m_places(places) {}

    ShownText write() {
        std::size_t at = 0;
        while (at < m_utf8.size() && !m_shown.cut) {
            notePlaces(at);
            const char32_t point = core::nextCodePoint(m_utf8, at);
            std::size_t ahead = at;
            put(point, ahead < m_utf8.size() ? core::nextCodePoint(m_utf8, ahead) : U'\0');
        }
        notePlaces(SIZE_MAX);
        finish();
        return std::move(m_shown);
    }
    std::vector<qsizetype> takePlaces() { return std::move(m_shownAt); }

private:
    void notePlaces(std::size_t at) {
        while (m_shownAt.size() < m_places.size() && m_places[m_shownAt.size()] <= at) {
            m_shownAt.push_back(m_text.size());
        }
    }
    void put(char32_t point, char32_t next) {
        if (point == '\r' && next == '\n') {
            return;
        }
        if (point == '\n') {
            lineEnd();
        } else if (point == '\t') {
            append(m_limits.lines == 1 ? U' ' : U'\t');
        } else if (isMark(point) && !isSelector(point)) {
            mark(point);
        } else if (joins(point, next) || (isSelector(point) && !m_text.isEmpty() && !isSelector(m_before)) ||
                   (isTag(point) && m_inFlag)) {
            append(point);
        } else if (isSelector(point) || isHidden(point)) {
            name(point);
        } else {
            m_inFlag = point == kBlackFlag;
            m_marks = 0;
            append(point);
        }
    }
    bool joins(char32_t point, char32_t next) const {
        const bool inScript = core::isIn(kJoiningScripts, m_before) && core::isIn(kJoiningScripts, next);
        const bool inPicture =
            (core::isIn(kPictures, m_before) || isSelector(m_before)) && core::isIn(kPictures, next);
        return (point == kJoiner && (inScript || inPicture)) || (point == kNonJoiner && inScript);
    }
    void lineEnd() {
        if (m_limits.lines == 1) {
            append(U' ');
        } else if (++m_lines >= m_limits.lines) {
            m_shown.cut = true;
        } else {
            append(U'\n');
        }
        m_marks = 0;
    }
    void mark(char32_t point) {
        if (m_text.isEmpty() || m_before == U'\n') {
            append(U'\x25CC'); // a base that shows it
        }
        if (++m_marks <= kMostMarks) {
            append(point);
        } else {
            m_marksLeft = true;
        }
    }
    void name(char32_t point) {
        const QString hex = QString::number(static_cast<uint>(point), 16).toUpper();
        for (const QChar c : QStringLiteral("\u27E8U+%1\u27E9").arg(hex, 4, QLatin1Char('0'))) {
            append(c.unicode());
        }
        m_before = 0;
        m_marks = 0;
    }
    void append(char32_t point) {
        if (m_shown.cut || ++m_count > m_limits.characters) {
            m_shown.cut = true;
            return;
        }
        m_text += QStringView(QChar::fromUcs4(point));
        m_before = point;
    }
    void finish() {
        if (m_limits.lines == 1) {
            m_text = m_text.simplified();
            if (m_shown.cut) {
                m_text += QChar(0x2026);
            }
        }
        m_shown.cut |= m_marksLeft;
        m_shown.text = std::move(m_text);
    }

    std::string_view m_utf8;
    ShowLimits m_limits;
    std::span<const std::size_t> m_places;
    std::vector<qsizetype> m_shownAt;
    ShownText m_shown;
    QString m_text;
    char32_t m_before = 0;
    int m_count = 0;
    int m_lines = 0;
    int m_marks = 0;
    bool m_marksLeft = false;
    bool m_inFlag = false;
};

} // namespace

ShownText shownText(std::string_view utf8, ShowLimits limits) {
    return Writer(utf8, limits, {}).write();
}

ShownText shownText(std::string_view utf8, ShowLimits limits, std::span<const std::size_t> places,
                    std::vector<qsizetype>& shownAt) {
    Writer writer(utf8, limits, places);
    ShownText shown = writer.write();
    shownAt = writer.takePlaces();
    return shown;
}

QString isolated(const QString& shown) {
    return QChar(0x2068) + shown + QChar(0x2069);
}

QString toolTipOf(const QString& shown) {
    return shown.isEmpty() ? QString()
                           : QStringLiteral("<qt>") +
                                 shown.toHtmlEscaped().replace(QLatin1Char('\n'), QLatin1String("<br>")) +
                                 QStringLiteral("</qt>");
}

} // namespace sotto::app

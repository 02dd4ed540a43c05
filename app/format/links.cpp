// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/format/links.h"

namespace sotto::app {
namespace {

constexpr qsizetype kLongest = 2048;

bool endsLink(QChar c) {
    return c.isSpace() || c.category() == QChar::Other_Control ||
           QStringView(u"<>\"`{}|\\^\u27E8\u27E9").contains(c);
}

} // namespace

std::vector<LinkRange> linksIn(const QString& shown, std::size_t most) {
    std::vector<LinkRange> links;
    qsizetype from = 0;
    while (links.size() < most) {
        const qsizetype begin = shown.indexOf(QLatin1String("http"), from, Qt::CaseInsensitive);
        if (begin < 0) {
            break;
        }
        from = begin + 4;
        const bool inWord = begin > 0 && shown[begin - 1].isLetterOrNumber();
        const QStringView rest = QStringView(shown).mid(begin, 8);
        if (inWord || (!rest.startsWith(QLatin1String("https://"), Qt::CaseInsensitive) &&
                       !rest.startsWith(QLatin1String("http://"), Qt::CaseInsensitive))) {
            continue;
        }
        qsizetype end = begin;
        while (end < shown.size() && end - begin < kLongest && !endsLink(shown[end])) {
            ++end;
        }
        // A closing bracket belongs to the sentence unless the address opened it.
        while (end > begin && QStringView(u".,:;!?'\u2026)]\u00BB\u201D").contains(shown[end - 1])) {
            const QStringView link = QStringView(shown).mid(begin, end - begin);
            if (link.endsWith(QLatin1Char(')')) &&
                link.count(QLatin1Char('(')) >= link.count(QLatin1Char(')'))) {
                break;
            }
            --end;
        }
        if (webAddress(shown.mid(begin, end - begin)).isValid()) {
            links.push_back({begin, end - begin});
        }
        from = std::max(from, end);
    }
    return links;
}

QUrl webAddress(const QString& typed) {
    QUrl url(typed, QUrl::StrictMode);
    if (!url.isValid()) {
        url = QUrl(typed, QUrl::TolerantMode); // letters beyond ASCII
    }
    const QString scheme = url.scheme();
    if (!url.isValid() || url.host().isEmpty() ||
        (scheme != QLatin1String("http") && scheme != QLatin1String("https"))) {
        return {};
    }
    url.setUserInfo({});
    return url;
}

QString networkHost(const QUrl& address) {
    return address.host(QUrl::FullyEncoded);
}

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Web addresses in a text that is shown.

#include <QString>
#include <QUrl>
#include <vector>

namespace sotto::app {

struct LinkRange {
    qsizetype begin = 0; ///< in UTF-16 units
    qsizetype length = 0;
};

/// http:// and https:// only, at most `most` of them, without the punctuation that ends a sentence.
std::vector<LinkRange> linksIn(const QString& shown, std::size_t most = 100);

/// The address as it may be opened: http or https with a host, without a user's name. Invalid otherwise.
QUrl webAddress(const QString& typed);
/// Its host as the network sees it: punycode.
QString networkHost(const QUrl& address);

} // namespace sotto::app

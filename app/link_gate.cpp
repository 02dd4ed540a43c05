// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/link_gate.h"

#include "app/dialogs/question.h"
#include "app/format/links.h"
#include "app/format/shown_text.h"

#include <QCoreApplication>
#include <QDesktopServices>

namespace sotto::app {

LinkGate::LinkGate()
    : m_open([](const QUrl& address) { QDesktopServices::openUrl(address); }) {}

namespace {

/// The host that words name, where they look like an address: with or without a scheme.
QString hostNamedBy(const QString& words) {
    const QString typed = words.trimmed();
    if (!typed.contains(QLatin1Char('.')) || typed.contains(QLatin1Char(' '))) {
        return {};
    }
    const QUrl direct = webAddress(typed);
    const QUrl named = direct.isValid() ? direct : webAddress(QStringLiteral("https://") + typed);
    return named.isValid() ? networkHost(named) : QString();
}

} // namespace

void LinkGate::ask(const QString& address, QWidget* parent, const QString& words) const {
    const QUrl url = webAddress(address);
    if (!url.isValid()) {
        return;
    }
    const auto tr = [](const char* text) {
        return QCoreApplication::translate("sotto::app::LinkGate", text);
    };
    const QString host = networkHost(url);
    QString sentence = tr("It leads to %1.").arg(host);
    if (const QString named = hostNamedBy(words); !named.isEmpty() && named != host) {
        sentence += QLatin1Char(' ') + tr("What stands in the message is another address: %1.").arg(named);
    }
    if (url.scheme() == QLatin1String("http")) {
        sentence += QLatin1Char(' ') + tr("The connection is not encrypted.");
    }
    auto* const question = new Question(tr("Open this link in the browser?"), sentence, tr("Open"), parent);
    question->setDetail(shownText(url.toString(QUrl::FullyEncoded).toStdString(), {600, 1}).text);
    QObject::connect(question, &QDialog::accepted, question, [open = m_open, url] { open(url); });
    question->open();
}

} // namespace sotto::app

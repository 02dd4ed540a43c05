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

void LinkGate::ask(const QString& address, QWidget* parent) const {
    const QUrl url = webAddress(address);
    if (!url.isValid()) {
        return;
    }
    const auto tr = [](const char* text) {
        return QCoreApplication::translate("sotto::app::LinkGate", text);
    };
    const QString host = networkHost(url);
    QString sentence = tr("It leads to %1.").arg(host);
    if (url.scheme() == QLatin1String("http")) {
        sentence += QLatin1Char(' ') + tr("The connection is not encrypted.");
    }
    auto* const question = new Question(tr("Open this link in the browser?"), sentence, tr("Open"), parent);
    question->setDetail(shownText(url.toString(QUrl::FullyEncoded).toStdString(), {600, 1}).text);
    QObject::connect(question, &QDialog::accepted, question, [open = m_open, url] { open(url); });
    question->open();
}

} // namespace sotto::app

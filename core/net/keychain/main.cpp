// SPDX-License-Identifier: GPL-3.0-or-later
// sotto-keychain: one question to the desktop's keychain by QtKeychain (keychain_words.h). Whoever starts it
// ends it when that takes too long.
#include "core/net/keychain_words.h"
#include "core/process_hardening.h"

#include <QCoreApplication>
#include <cstdio>
#include <qt6keychain/keychain.h>
#include <unistd.h>

namespace {

using sotto::net::KeychainExit;

KeychainExit exitOf(QKeychain::Error error) {
    switch (error) {
    case QKeychain::NoError:
        return KeychainExit::Done;
    case QKeychain::EntryNotFound:
        return KeychainExit::NotFound;
    case QKeychain::AccessDeniedByUser:
    case QKeychain::AccessDenied:
        return KeychainExit::Refused;
    case QKeychain::NoBackendAvailable:
        return KeychainExit::NoKeychain;
    case QKeychain::CouldNotDeleteEntry:
    case QKeychain::NotImplemented:
    case QKeychain::OtherError:
        break;
    }
    return KeychainExit::Failed;
}

int finish(const QKeychain::Job& job) {
    const KeychainExit exit = exitOf(job.error());
    if (exit != KeychainExit::Done) {
        std::fprintf(stderr, "%s\n", qPrintable(job.errorString().simplified()));
    }
    return static_cast<int>(exit);
}

/// Nothing of a secret goes through stdio's buffers.
QByteArray readInput() {
    QByteArray input(static_cast<qsizetype>(sotto::net::kLongestKeychainSecret), '\0');
    qsizetype size = 0;
    while (size < input.size()) {
        const ssize_t count =
            ::read(STDIN_FILENO, input.data() + size, static_cast<std::size_t>(input.size() - size));
        if (count <= 0) {
            break;
        }
        size += count;
    }
    return input.left(size);
}

} // namespace

int main(int argc, char** argv) {
    sotto::core::hardenProcess();
    QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments().mid(1);
    if (words.size() != 2) {
        std::fputs("usage: sotto-keychain read|write|remove ENTRY\n", stderr);
        return static_cast<int>(KeychainExit::Usage);
    }
    const QString service = QStringLiteral("Sotto");
    const auto run = [&](QKeychain::Job& job) {
        job.setAutoDelete(false);
        job.setInsecureFallback(false);
        job.setKey(words[1]);
        QObject::connect(&job, &QKeychain::Job::finished, &application, [] { QCoreApplication::quit(); });
        job.start();
        QCoreApplication::exec();
        return finish(job);
    };
    if (words[0] == "read") {
        QKeychain::ReadPasswordJob job(service);
        const int exit = run(job);
        const QByteArray secret = job.textData().toUtf8();
        (void)!::write(STDOUT_FILENO, secret.constData(), static_cast<std::size_t>(secret.size()));
        return exit;
    }
    if (words[0] == "write") {
        QKeychain::WritePasswordJob job(service);
        job.setTextData(QString::fromUtf8(readInput()));
        return run(job);
    }
    QKeychain::DeletePasswordJob job(service);
    return run(job);
}

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The profile behind the window: the client, its link and the profile's local socket live in one thread of
/// their own, a reader with a connection of its own in another. The thread of the window asks either and gets
/// futures (when_done.h); it runs no SQL and no cryptography itself.

#include "core/reader.h"
#include "core/rpc/profile_channel.h"

#include <QFuture>
#include <QMutex>
#include <QObject>
#include <QPromise>
#include <QThread>

namespace sotto::app {

/// How a profile's key is kept: under a passphrase, in the keychain, or beside the data (both empty), open to
/// whoever can read the files.
struct Protection {
    SecretBytes passphrase;
    bool inKeychain = false;
};

/// What an account is made from.
struct NewAccount {
    std::string joinLink;
    std::string name;
    Protection under;
};

class CoreThread final : public QObject {
    Q_OBJECT

public:
    using Place = rpc::ProfileChannel::Place;

    explicit CoreThread(Place place);
    /// Closes the profile in good order: sends what is owed, for two seconds at most.
    ~CoreThread() override;

    // ---- The profile ----
    /// Nothing: there is no profile yet.
    QFuture<rpc::Result<std::optional<core::KeyProtection>>> protection();
    /// Whether a keychain answers here.
    QFuture<bool> hasKeychain();
    /// Fails with Locked and code "owned" when another program has the profile open.
    QFuture<rpc::Result<void>> open(SecretBytes passphrase);
    /// Makes the profile if there is none yet, and the account in it; returns the recovery code, which is
    /// empty at a second try. It then still waits for registration().
    QFuture<rpc::Result<QString>> create(NewAccount account);
    /// Whether the relay has taken the account.
    QFuture<rpc::Result<void>> registration();
    /// Ends another program's hold on the profile.
    QFuture<rpc::Result<void>> takeAway();
    /// Wants to be connected from now on.
    void goOnline();
    /// Lets the profile go and wipes its keys.
    QFuture<void> close();

    // ---- Asking. A future without a result: the profile is not open. ----
    /// f(core::Client&) in the client's thread.
    template <class F>
    auto call(F f) -> QFuture<std::invoke_result_t<F, core::Client&>> {
        return ask<core::Client>(
            m_coreContext, [this] { return client(); }, std::move(f));
    }
    /// f(core::Reader&) in the reader's thread, never behind a catch-up.
    template <class F>
    auto read(F f) -> QFuture<std::invoke_result_t<F, core::Reader&>> {
        return ask<core::Reader>(
            m_readerContext, [this] { return m_reader.get(); }, std::move(f));
    }
    /// By @name or contact link.
    QFuture<core::Result<core::Contact>> addContact(const std::string& who);

    /// Keeps the profile's key in another way. It is closed for as long as that takes, and open again
    /// afterwards if that worked or not; with a wrong passphrase it is not closed at all.
    QFuture<rpc::Result<void>> protect(SecretBytes before, Protection after);
    /// Long work of the table of methods ("backup.create", "export", then "job.step"), apart from every other
    /// caller's.
    QFuture<rpc::Result<QJsonObject>> work(const std::string& method, const QJsonObject& params);
    /// Ends it, finished or not: what it had begun to write goes.
    void endWork();

signals:
    /// What was committed since the last time, in order.
    void happened(const std::vector<core::Event>& events);
    /// Somebody has locked the profile (`sotto lock`): it is closed.
    void locked();

private:
    template <class Of, class Find, class F>
    static auto ask(QObject& context, Find find, F f) -> QFuture<std::invoke_result_t<F, Of&>> {
        using T = std::invoke_result_t<F, Of&>;
        const auto promise = std::make_shared<QPromise<T>>();
        promise->start();
        QMetaObject::invokeMethod(
            &context,
            [promise, find = std::move(find), f = std::move(f)]() mutable {
                if (Of* const found = find()) {
                    if constexpr (std::is_void_v<T>) {
                        f(*found);
                    } else {
                        promise->addResult(f(*found));
                    }
                } else {
                    promise->future().cancel();
                }
                promise->finish();
            },
            Qt::QueuedConnection);
        return promise->future();
    }
    template <class T, class F>
    QFuture<T> inCore(F f); ///< f(promise)
    // In the core thread.
    core::Client* client() const;
    rpc::Result<void> openReader();
    rpc::Result<void> opened(rpc::Result<std::unique_ptr<rpc::ProfileChannel>> channel);
    void gather(const core::Event& event);
    void closeHere();

    Place m_place;
    SystemRandom m_random;
    SystemClock m_clock;
    QMutex m_mutex;
    std::vector<core::Event> m_events; ///< under m_mutex: not handed out yet

    QThread m_coreThread;
    QThread m_readerThread;
    QObject m_coreContext;
    QObject m_readerContext;
    std::unique_ptr<rpc::ProfileChannel> m_channel; ///< the core thread's
    std::unique_ptr<QObject> m_listening;           ///< the core thread's
    std::unique_ptr<rpc::LocalChannel> m_work;      ///< the core thread's
    std::unique_ptr<core::Reader> m_reader;         ///< the reader thread's
};

} // namespace sotto::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core_thread.h"

#include "core/net/keychain_process.h"

namespace sotto::app {
namespace {

constexpr const char* kOwned = "owned";
constexpr int kRegistrationMs = 30'000;
constexpr std::chrono::seconds kKeychainPatience(3); ///< whether there is one; opening it may take longer

rpc::Error ownedByAnother() {
    return {rpc::Exit::Locked, kOwned, "Another program of yours has this profile open.", {}};
}

template <class T>
void answer(QPromise<T>& promise, T result) {
    promise.addResult(std::move(result));
    promise.finish();
}

} // namespace

CoreThread::CoreThread(Place place)
    : m_place(std::move(place)) {
    m_coreThread.setObjectName(QStringLiteral("core"));
    m_readerThread.setObjectName(QStringLiteral("reader"));
    m_coreContext.moveToThread(&m_coreThread);
    m_readerContext.moveToThread(&m_readerThread);
    m_coreThread.start();
    m_readerThread.start();
}

CoreThread::~CoreThread() {
    QMetaObject::invokeMethod(
        &m_coreContext, [this] { closeHere(); }, Qt::BlockingQueuedConnection);
    for (QThread* thread : {&m_coreThread, &m_readerThread}) {
        thread->quit();
        thread->wait();
    }
}

template <class T, class F>
QFuture<T> CoreThread::inCore(F f) {
    const auto promise = std::make_shared<QPromise<T>>();
    promise->start();
    QMetaObject::invokeMethod(
        &m_coreContext, [promise, f = std::move(f)]() mutable { f(promise); }, Qt::QueuedConnection);
    return promise->future();
}

core::Client* CoreThread::client() const {
    return m_channel && m_channel->owner() != nullptr ? &m_channel->owner()->client() : nullptr;
}

QFuture<rpc::Result<std::optional<core::KeyProtection>>> CoreThread::protection() {
    using Answer = rpc::Result<std::optional<core::KeyProtection>>;
    return inCore<Answer>([this](const auto& promise) {
        const auto found = core::Profile::protectionOf(m_place.directory);
        if (found) {
            answer<Answer>(*promise, std::optional(*found));
        } else if (found.error().code == core::FailureCode::NotFound) {
            answer<Answer>(*promise, std::optional<core::KeyProtection>());
        } else {
            answer<Answer>(*promise, tl::unexpected(rpc::errorOf(found.error())));
        }
    });
}

rpc::Result<void> CoreThread::openReader() {
    auto reader = core::Reader::open(m_channel->owner()->profile());
    if (!reader) {
        // Without an account there is nothing to read yet.
        return reader.error().code == core::FailureCode::NotFound
                   ? rpc::Result<void>()
                   : tl::unexpected(rpc::errorOf(reader.error()));
    }
    QMetaObject::invokeMethod(
        &m_readerContext, [this, &reader] { m_reader = std::move(*reader); }, Qt::BlockingQueuedConnection);
    return {};
}

rpc::Result<void> CoreThread::opened(rpc::Result<std::unique_ptr<rpc::ProfileChannel>> channel) {
    if (!channel) {
        return tl::unexpected(channel.error());
    }
    if (!(*channel)->isOwner()) {
        return tl::unexpected(ownedByAnother());
    }
    m_channel = std::move(*channel);
    m_listening = std::make_unique<QObject>();
    m_channel->listen(m_listening.get(), [this](const core::Event& event) { gather(event); });
    // Whether or not the window has time just now. Not from inside of the owner, which goes.
    m_channel->onLock([this] {
        QMetaObject::invokeMethod(
            &m_coreContext,
            [this] {
                closeHere();
                emit locked();
            },
            Qt::QueuedConnection);
    });
    return openReader();
}

QFuture<rpc::Result<void>> CoreThread::open(SecretBytes passphrase) {
    const auto secret = std::make_shared<SecretBytes>(std::move(passphrase));
    return inCore<rpc::Result<void>>([this, secret](const auto& promise) {
        if (m_channel) {
            answer(*promise, rpc::Result<void>());
            return;
        }
        net::KeychainProcess keychain(net::KeychainProcess::ofThisProgram());
        answer(*promise, opened(rpc::ProfileChannel::open(
                             m_place,
                             [&]() -> rpc::Result<SecretBytes> {
                                 if (secret->isEmpty()) {
                                     return rpc::fail(rpc::Exit::Locked, "locked", "The profile is locked.");
                                 }
                                 return std::move(*secret);
                             },
                             m_random, m_clock, &keychain)));
    });
}

QFuture<bool> CoreThread::hasKeychain() {
    return inCore<bool>([](const auto& promise) {
        net::KeychainProcess keychain(net::KeychainProcess::ofThisProgram(), kKeychainPatience);
        const auto found = keychain.read("sotto: is there a keychain?");
        answer(*promise, found || found.error().code == core::FailureCode::NotFound);
    });
}

QFuture<rpc::Result<QString>> CoreThread::create(NewAccount account) {
    using Answer = rpc::Result<QString>;
    const auto wanted = std::make_shared<NewAccount>(std::move(account));
    return inCore<Answer>([this, wanted](const auto& promise) {
        if (!m_channel) {
            net::KeychainProcess keychain(net::KeychainProcess::ofThisProgram());
            core::Profile::Secrets secrets;
            secrets.passphrase = std::move(wanted->under.passphrase);
            secrets.keychain = wanted->under.inKeychain ? &keychain : nullptr;
            const auto cost = secrets.passphrase.isEmpty() ? core::Profile::SealCost()
                                                           : core::Profile::SealCost::measured(m_clock);
            auto profile = core::Profile::create(m_place.directory, secrets, m_random, cost);
            if (!profile) {
                answer<Answer>(*promise, tl::unexpected(rpc::errorOf(profile.error())));
                return;
            }
            const auto own =
                opened(rpc::ProfileChannel::own(m_place, std::move(*profile), m_random, m_clock));
            if (!own) {
                answer<Answer>(*promise, tl::unexpected(own.error()));
                return;
            }
        }
        m_channel->channel().call(
            "account.new",
            {{"name", QString::fromStdString(wanted->name)},
             {"link", QString::fromStdString(wanted->joinLink)}},
            [this, promise](const rpc::Result<QJsonObject>& made) {
                const auto readable = made ? openReader() : rpc::Result<void>();
                if (!made || !readable) {
                    answer<Answer>(*promise, tl::unexpected(made ? readable.error() : made.error()));
                } else {
                    answer<Answer>(*promise, (*made)["recovery_code"].toString());
                }
            });
    });
}

QFuture<rpc::Result<void>> CoreThread::registration() {
    return inCore<rpc::Result<void>>([this](const auto& promise) {
        if (!m_channel) {
            promise->future().cancel();
            promise->finish();
            return;
        }
        m_channel->channel().call("account.wait", {{"timeout_ms", kRegistrationMs}},
                                  [promise](const rpc::Result<QJsonObject>& taken) {
                                      answer(*promise,
                                             taken ? rpc::Result<void>()
                                                   : rpc::Result<void>(tl::unexpected(taken.error())));
                                  });
    });
}

QFuture<rpc::Result<void>> CoreThread::takeAway() {
    return inCore<rpc::Result<void>>([this](const auto& promise) {
        auto remote = rpc::RemoteChannel::connect(m_place.socket);
        if (!remote) {
            answer(*promise, rpc::Result<void>()); // it has ended by itself
            return;
        }
        const auto done = rpc::await(*remote, "lock", {});
        // Gone while answering is gone as well.
        const bool ended = done || done.error().code == "owner_gone";
        answer(*promise, ended ? rpc::Result<void>() : rpc::Result<void>(tl::unexpected(done.error())));
    });
}

void CoreThread::goOnline() {
    QMetaObject::invokeMethod(
        &m_coreContext,
        [this] {
            if (m_channel && client() != nullptr && client()->account()) {
                m_channel->owner()->goOnline();
            }
        },
        Qt::QueuedConnection);
}

QFuture<core::Result<core::Contact>> CoreThread::addContact(const std::string& who) {
    using Answer = core::Result<core::Contact>;
    return inCore<Answer>([this, who](const auto& promise) {
        core::Client* const found = client();
        if (found == nullptr) {
            promise->future().cancel();
            promise->finish();
            return;
        }
        if (who.find("://") != std::string::npos) {
            const auto link = wire::parseContactLink(who);
            answer<Answer>(
                *promise,
                link ? found->addContact(*link)
                     : core::failure(core::FailureCode::Invalid,
                                     link.error() == wire::LinkError::WrongKind
                                         ? "That link invites to a relay; it is nobody's contact link."
                                         : "That is no contact link."));
            return;
        }
        m_channel->owner()->goOnline();
        found->addContact(who.starts_with('@') ? who.substr(1) : who,
                          [promise](const Answer& contact) { answer<Answer>(*promise, contact); });
    });
}

void CoreThread::gather(const core::Event& event) {
    const QMutexLocker lock(&m_mutex);
    m_events.push_back(event);
    if (m_events.size() > 1) {
        return; // they are on their way already
    }
    QMetaObject::invokeMethod(
        this,
        [this] {
            std::vector<core::Event> events;
            {
                const QMutexLocker taking(&m_mutex);
                events.swap(m_events);
            }
            emit happened(events);
        },
        Qt::QueuedConnection);
}

QFuture<void> CoreThread::close() {
    return inCore<void>([this](const auto& promise) {
        closeHere();
        promise->finish();
    });
}

QFuture<rpc::Result<void>> CoreThread::protect(SecretBytes before, Protection after) {
    using Answer = rpc::Result<void>;
    const auto old = std::make_shared<SecretBytes>(std::move(before));
    const auto wanted = std::make_shared<Protection>(std::move(after));
    return inCore<Answer>([this, old, wanted](const auto& promise) {
        if (!m_channel) {
            promise->future().cancel();
            promise->finish();
            return;
        }
        net::KeychainProcess keychain(net::KeychainProcess::ofThisProgram());
        const core::Profile::Secrets with{SecretBytes::from(old->expose()), &keychain};
        // What would not open it again does not close it.
        const auto key = core::Profile::check(m_place.directory, with);
        if (!key) {
            answer(*promise, Answer(tl::unexpected(rpc::errorOf(key.error()))));
            return;
        }
        const bool wasOnline = m_channel->owner()->isOnline();
        closeHere();
        const core::Profile::Secrets under{SecretBytes::from(wanted->passphrase.expose()),
                                           wanted->inKeychain ? &keychain : nullptr};
        const auto cost = under.passphrase.isEmpty() ? core::Profile::SealCost()
                                                     : core::Profile::SealCost::measured(m_clock);
        const auto changed =
            core::Profile::changeProtection(m_place.directory, *key, &keychain, under, cost, m_random);
        auto again = core::Profile::open(m_place.directory, changed ? under : with);
        Answer open;
        if (again) {
            open = opened(rpc::ProfileChannel::own(m_place, std::move(*again), m_random, m_clock));
        } else {
            open = tl::unexpected(rpc::errorOf(again.error()));
        }
        if (open && wasOnline) {
            m_channel->owner()->goOnline();
        }
        if (!open) {
            emit locked(); // there is nothing to show any more
        }
        answer(*promise, changed ? open : Answer(tl::unexpected(rpc::errorOf(changed.error()))));
    });
}

QFuture<rpc::Result<QJsonObject>> CoreThread::work(const std::string& method, const QJsonObject& params) {
    using Answer = rpc::Result<QJsonObject>;
    return inCore<Answer>([this, method, params](const auto& promise) {
        if (client() == nullptr) {
            promise->future().cancel();
            promise->finish();
            return;
        }
        if (!m_work) {
            m_work = std::make_unique<rpc::LocalChannel>(*m_channel->owner());
        }
        m_work->call(method, params, [promise](const Answer& step) { answer<Answer>(*promise, step); });
    });
}

void CoreThread::endWork() {
    QMetaObject::invokeMethod(
        &m_coreContext, [this] { m_work.reset(); }, Qt::QueuedConnection);
}

void CoreThread::closeHere() {
    QMetaObject::invokeMethod(
        &m_readerContext, [this] { m_reader.reset(); }, Qt::BlockingQueuedConnection);
    m_listening.reset();
    m_work.reset();
    if (m_channel) {
        m_channel->finish();
        m_channel.reset();
    }
}

} // namespace sotto::app

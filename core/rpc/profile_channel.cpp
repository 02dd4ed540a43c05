// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/profile_channel.h"

#include "core/profile/profile_lock.h"

#include <QEventLoop>
#include <QTimer>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace sotto::rpc {

namespace {

constexpr int kFinishMs = 2'000;

} // namespace

Result<std::unique_ptr<ProfileChannel>> ProfileChannel::open(const Place& place,
                                                             const AskPassphrase& askPassphrase,
                                                             Random& random, const Clock& clock,
                                                             core::Keychain* keychain) {
    const auto deadline = clock.steady() + kPatience;
    std::chrono::milliseconds pause(1);
    std::optional<core::Profile::Secrets> secrets;
    while (true) {
        if (auto remote = RemoteChannel::connect(place.socket)) {
            auto opened = std::unique_ptr<ProfileChannel>(new ProfileChannel);
            opened->m_channel = std::move(remote);
            return opened;
        }
        const bool inUse = isHeld(place.directory);
        if (!inUse) {
            if (!secrets) {
                const auto protection = core::Profile::protectionOf(place.directory);
                if (!protection) {
                    return tl::unexpected(errorOf(protection.error()));
                }
                secrets.emplace();
                secrets->keychain = keychain;
                if (*protection == core::KeyProtection::Passphrase) {
                    auto passphrase = askPassphrase();
                    if (!passphrase) {
                        return tl::unexpected(passphrase.error());
                    }
                    secrets->passphrase = std::move(*passphrase);
                }
            }
            auto profile = core::Profile::open(place.directory, *secrets);
            if (profile) {
                return own(place, std::move(*profile), random, clock);
            }
            if (!core::ProfileLock::isHeldElsewhere(profile.error())) {
                return tl::unexpected(errorOf(profile.error()));
            }
        }
        // An owner without a socket is starting or ending.
        if (clock.steady() >= deadline) {
            return fail(Exit::Locked, "locked",
                        "cannot open the profile in " + place.directory.string() +
                            ": another process has it open and does not answer; end that process");
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::milliseconds(50));
    }
}

Result<std::unique_ptr<ProfileChannel>> ProfileChannel::own(const Place& place, core::Profile profile,
                                                            Random& random, const Clock& clock) {
    auto opened = std::unique_ptr<ProfileChannel>(new ProfileChannel);
    opened->m_owner = std::make_unique<Owner>(std::move(profile), random, clock);
    auto server = SocketServer::listen(*opened->m_owner, place.socket);
    if (!server) {
        return tl::unexpected(server.error());
    }
    opened->m_server = std::move(*server);
    opened->m_channel = std::make_unique<LocalChannel>(*opened->m_owner);
    return opened;
}

/// The lock itself is taken by Profile::open().
bool ProfileChannel::isHeld(const std::filesystem::path& directory) {
    const int file = ::open((directory / "lock").c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) {
        return false;
    }
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const bool held = fcntl(file, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    ::close(file);
    return held;
}

void ProfileChannel::onLock(std::function<void()> close) {
    if (m_owner) {
        m_owner->onLock = std::move(close);
    }
}

void ProfileChannel::listen(QObject* holder, std::function<void(const core::Event&)> listener) {
    if (m_owner) {
        m_owner->listen(holder, std::move(listener));
    }
}

ProfileChannel::~ProfileChannel() {
    m_channel.reset();
    m_server.reset();
    m_owner.reset();
}

/// Receipts and the like that would otherwise wait for the next time.
void ProfileChannel::settle() {
    if (!m_owner || !m_owner->isOnline()) {
        return;
    }
    m_owner->client().hurry();
    QEventLoop loop;
    QObject context;
    m_owner->waitFor(
        &context,
        [this]() -> std::optional<Result<QJsonObject>> {
            return m_owner->client().isSettled() ? std::optional<Result<QJsonObject>>(QJsonObject())
                                                 : std::nullopt;
        },
        kFinishMs, [] { return Result<QJsonObject>(QJsonObject()); },
        [&loop](const Result<QJsonObject>&) { loop.quit(); });
    loop.exec();
}

void ProfileChannel::finish() {
    if (isLocking()) {
        m_channel.reset();
        m_server.reset();
        m_owner.reset();
        return;
    }
    settle();
    if (m_server) {
        // Shared: at the deadline the server may still call it.
        const auto loop = std::make_shared<QEventLoop>();
        bool finished = false;
        m_server->finish([loop, &finished] {
            finished = true;
            loop->quit();
        });
        QTimer::singleShot(kFinishMs, loop.get(), [loop] { loop->quit(); });
        if (!finished) {
            loop->exec();
        }
    }
    m_channel.reset();
    m_server.reset();
    m_owner.reset();
}

} // namespace sotto::rpc

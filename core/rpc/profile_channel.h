// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The way into a profile, whoever has it: through the socket of the process that owns it, or by opening it
/// and becoming the owner, which then serves the socket to others. Nobody hangs on the lock, and an owner
/// that ends in between is not an error.

#include "core/rpc/remote_channel.h"
#include "core/rpc/session.h"
#include "core/rpc/socket_server.h"

namespace sotto::rpc {

/// Asked for only when the profile has a passphrase and nobody else has it open.
using AskPassphrase = std::function<Result<SecretBytes>()>;

class ProfileChannel {
public:
    struct Place {
        std::filesystem::path directory;
        std::filesystem::path socket;
    };
    /// Waits at most this long for an owner that has the lock but no socket: one that is starting or ending.
    static constexpr std::chrono::seconds kPatience{10};

    /// keychain: asked when the profile's key is under it; it must outlive this call.
    static Result<std::unique_ptr<ProfileChannel>> open(const Place& place,
                                                        const AskPassphrase& askPassphrase, Random& random,
                                                        const Clock& clock,
                                                        core::Keychain* keychain = nullptr);
    /// Owns the profile that was just made.
    static Result<std::unique_ptr<ProfileChannel>> own(const Place& place, core::Profile profile,
                                                       Random& random, const Clock& clock);
    ~ProfileChannel();
    ProfileChannel(const ProfileChannel&) = delete;
    ProfileChannel& operator=(const ProfileChannel&) = delete;

    Channel& channel() { return *m_channel; }
    bool isOwner() const { return m_owner != nullptr; }
    /// nullptr: another process owns the profile.
    Owner* owner() { return m_owner.get(); }
    /// Events of the profile as they happen, as long as this process owns it; as Owner::listen().
    void listen(QObject* holder, std::function<void(const core::Event&)> listener);
    /// What to do when somebody asks for the profile to be locked: it has to end in finish().
    void onLock(std::function<void()> close);
    bool isLocking() const { return m_owner != nullptr && m_owner->isLocking(); }
    /// Whether some process holds the profile's lock just now.
    static bool isHeld(const std::filesystem::path& directory);
    /// Sends what is owed and answers what other processes have asked for, each for at most two seconds, and
    /// lets the profile go; when it is being locked, at once.
    void finish();

private:
    ProfileChannel() = default;
    void settle();

    // In this order: each uses the one before it.
    std::unique_ptr<Owner> m_owner;
    std::unique_ptr<SocketServer> m_server;
    std::unique_ptr<Channel> m_channel;
};

} // namespace sotto::rpc

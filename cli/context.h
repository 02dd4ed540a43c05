// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a command has at hand: the options that stand before every command, its output, and the profile,
/// which is opened when it is first needed.

#include "cli/interrupts.h"
#include "cli/output.h"
#include "cli/passphrase.h"
#include "core/config.h"
#include "core/net/keychain_process.h"
#include "core/rpc/event_log.h"
#include "core/rpc/profile_channel.h"

namespace sotto::cli {

struct GlobalOptions {
    std::string profile; ///< a name, or with a slash a path; empty: as configured
    bool json = false;
    std::string log; ///< categories to tell on stderr
    PassphraseSource passphrase;
};

class Context {
public:
    Context(Output& output, Interrupts& interrupts)
        : m_output(output)
        , m_interrupts(interrupts) {}

    GlobalOptions& options() { return m_options; }
    /// Reads files and environment, and holds the options against them. First of all, and after a change.
    rpc::Result<void> loadConfig();
    const core::Config& config() const { return *m_config; }
    Output& out() { return m_output; }
    const Interrupts& interrupts() const { return m_interrupts; }
    Random& random() { return m_random; }
    const Clock& clock() const { return m_clock; }
    core::Keychain& keychain() { return m_keychain; }

    /// Where the profile is, whether or not it exists.
    rpc::Result<rpc::ProfileChannel::Place> place();
    /// The profile, opened or found at its owner.
    rpc::Result<rpc::ProfileChannel*> profile();
    /// Makes the profile this context works on.
    rpc::Result<rpc::ProfileChannel*> create(const core::Profile::Secrets& secrets);
    /// Calls a method. When the owner goes away in the middle, it is asked again of the next one: every
    /// method is written so that a second time changes nothing.
    rpc::Result<QJsonObject> call(const std::string& method, const QJsonObject& params);
    /// Lets go of a channel whose owner has gone, so that profile() looks again.
    void forgetProfile() { m_profile.reset(); }
    /// As a profile's owner finds it, whose working directory is another one.
    static std::string absolutePath(const std::string& path);
    /// Lets the profile go in good order.
    void finish();

private:
    void profileOpened();

    Output& m_output;
    Interrupts& m_interrupts;
    GlobalOptions m_options;
    std::optional<core::Config> m_config;
    std::set<rpc::LogCategory> m_logged;
    QObject m_listening; ///< what the log listens by
    SystemRandom m_random;
    SystemClock m_clock;
    net::KeychainProcess m_keychain{net::KeychainProcess::ofThisProgram()};
    std::unique_ptr<rpc::ProfileChannel> m_profile;
};

} // namespace sotto::cli

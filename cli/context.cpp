// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/context.h"

#include "cli/escape.h"
#include "core/paths.h"

#include <csignal>
#include <cstdlib>

namespace sotto::cli {

rpc::Result<void> Context::loadConfig() {
    const core::Environment environment = core::processEnvironment();
    auto config = core::Config::load(core::Paths::fromEnvironment(environment), environment);
    if (!config) {
        return tl::unexpected(rpc::errorOf(config.error()));
    }
    const auto flag = [&](std::string_view key, const std::string& value, const char* option) {
        return value.empty() ? core::Result<void>() : config->setFlag(key, value, option);
    };
    for (const auto& set :
         {flag("profile", m_options.profile, "--profile"),
          flag("passphrase_file", m_options.passphrase.file, "--passphrase-file"),
          flag("log", m_options.log, "--log"), flag("json", m_options.json ? "true" : "", "--json")}) {
        if (!set) {
            return tl::unexpected(rpc::errorOf(set.error()));
        }
    }
    m_options.passphrase.file = config->text("passphrase_file");
    m_output.setForm(config->boolean("json") ? Form::Json : Form::Text);
    m_output.setColours(config->text("color"));
    const auto logged = rpc::logCategoriesFrom(config->text("log"));
    if (!logged) {
        return tl::unexpected(logged.error());
    }
    m_logged = *logged;
    m_config = std::move(*config);
    return {};
}

rpc::Result<rpc::ProfileChannel::Place> Context::place() {
    const core::Paths paths = core::Paths::fromEnvironment(core::processEnvironment());
    const auto directory = paths.profileDirectory(m_config->text("profile"));
    if (!directory) {
        return tl::unexpected(rpc::errorOf(directory.error()));
    }
    const auto socket = paths.socketOf(*directory);
    if (!socket) {
        return tl::unexpected(rpc::errorOf(socket.error()));
    }
    return rpc::ProfileChannel::Place{*directory, *socket};
}

rpc::Result<rpc::ProfileChannel*> Context::profile() {
    if (!m_profile) {
        const auto where = place();
        if (!where) {
            return tl::unexpected(where.error());
        }
        auto opened = rpc::ProfileChannel::open(
            *where, [this] { return readPassphrase(m_options.passphrase); }, m_random, m_clock, &m_keychain);
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        m_profile = std::move(*opened);
        profileOpened();
    }
    return m_profile.get();
}

rpc::Result<rpc::ProfileChannel*> Context::create(const core::Profile::Secrets& secrets) {
    const auto where = place();
    if (!where) {
        return tl::unexpected(where.error());
    }
    auto made =
        core::Profile::create(where->directory, secrets, m_random,
                              secrets.passphrase.isEmpty() ? core::Profile::SealCost()
                                                           : core::Profile::SealCost::measured(m_clock));
    if (!made) {
        return tl::unexpected(rpc::errorOf(made.error()));
    }
    auto owned = rpc::ProfileChannel::own(*where, std::move(*made), m_random, m_clock);
    if (!owned) {
        return tl::unexpected(owned.error());
    }
    m_profile = std::move(*owned);
    profileOpened();
    return m_profile.get();
}

void Context::profileOpened() {
    // Ends whatever this command is doing as SIGTERM does, and the profile with it.
    m_profile->onLock([this] {
        m_output.note("sotto: ending, since the profile is being locked");
        ::raise(SIGTERM);
    });
    // Of a profile that another process owns, that process tells.
    if (!m_logged.empty()) {
        m_profile->listen(&m_listening, [this](const core::Event& event) {
            if (const auto line = rpc::logLine(event, m_logged, unixMilliseconds(m_clock.wall()))) {
                m_output.note(escaped(*line));
            }
        });
    }
}

rpc::Result<QJsonObject> Context::call(const std::string& method, const QJsonObject& params) {
    constexpr int kMostOwners = 20; // more than this in a row is no coincidence
    for (int owners = 0;; ++owners) {
        const auto opened = profile();
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        auto result = rpc::await((*opened)->channel(), method, params);
        if (result || result.error().code != "owner_gone" || owners == kMostOwners) {
            return result;
        }
        forgetProfile();
    }
}

std::string Context::absolutePath(const std::string& path) {
    std::error_code error;
    return std::filesystem::absolute(path, error).lexically_normal().string();
}

void Context::finish() {
    if (m_profile) {
        m_profile->finish();
        m_profile.reset();
    }
}

} // namespace sotto::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A whole profile with an account and a long history, for what has to be measured on one.

#include "core/client.h"
#include "core/search/index.h"
#include "crypto/recovery_code.h"
#include "tests/support/chatter.h"
#include "tests/support/history_rows.h"

namespace sotto::test {

/// A profile that is open without a network.
struct Quiet final : core::Edge, core::Observer {
    void connect(const wire::RelayAddress&) override {}
    void send(Bytes) override {}
    void disconnect() override {}
    void wakeAt(SteadyTime) override {}
    void onEvent(const core::Event&) override {}
};

struct LongHistory {
    std::size_t messages = 1'000'000;
    std::size_t conversations = 2'000;
};

/// Of an account that no relay knows yet, with a key file. Texts come from a seed; minute by minute, the
/// newest of them a minute before `clock` says that it is. All of it is indexed. Returns the recovery code.
inline crypto::RecoveryCode makeLongProfile(const std::filesystem::path& directory, const LongHistory& size,
                                            Random& random, const sotto::Clock& clock) {
    auto profile = core::Profile::create(directory, {}, random).value();
    Quiet quiet;
    SecretBytes printed;
    {
        core::Client client(profile, quiet, quiet, random, clock);
        printed = client.createAccount("me", {{"127.0.0.1", 1, {}, true}, {}}).value();
    }
    db::Database& database = profile.database();
    HistoryRows rows(database, size.conversations, profile.identity()->account);
    Chatter chatter(1);
    const std::int64_t now = unixMilliseconds(clock.wall());
    constexpr std::size_t kBatch = 500;
    for (std::size_t i = 0; i < size.messages; i += kBatch) {
        const auto stored = database.transaction([&] {
            for (std::size_t k = i; k < std::min(i + kBatch, size.messages); ++k) {
                rows.add(1 + k * 7919 % size.conversations, chatter.next(),
                         now - static_cast<std::int64_t>(size.messages - k) * 60'000);
            }
        });
        if (!stored) {
            throw std::runtime_error("storing failed");
        }
    }
    rows.finish();
    for (core::SearchIndex index(database); index.indexSlice().value();) {
    }
    return std::move(*crypto::RecoveryCode::parse(
        {reinterpret_cast<const char*>(printed.expose().data()), printed.expose().size()}));
}

} // namespace sotto::test

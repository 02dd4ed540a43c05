// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/program/up.h"

#include "core/base/encoding.h"
#include "server-stub/faults/skewed_clock.h"
#include "server-stub/gateway/gateway.h"
#include "server-stub/gateway/private_file.h"
#include "server-stub/gateway/tls_identity.h"
#include "server-stub/program/claim.h"
#include "server-stub/program/data_directory.h"
#include "server-stub/program/join_link.h"
#include "server-stub/program/json_object.h"
#include "server-stub/store/sqlite_store.h"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <fstream>
#include <iostream>
#include <sys/resource.h>
#include <unistd.h>

namespace sotto::relay {
namespace {

namespace asio = boost::asio;

constexpr auto kInviteLife = std::chrono::hours(24 * 7);

/// As many descriptors as the system lets this process have.
std::size_t raiseDescriptorLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 1024;
    }
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::size_t>(limit.rlim_cur);
}

ExitCode storeFailure(db::Error error, const std::filesystem::path& path) {
    const std::string sentence =
        "cannot open the relay's database " + path.string() + ": " + db::describe(error);
    switch (error) {
    case db::Error::Corrupt:
    case db::Error::NotADatabase:
        return fail(ExitCode::Damaged, sentence + "; restore it from a backup");
    case db::Error::NewerSchema:
        return fail(ExitCode::Usage, sentence + "; use that version of sotto-relay");
    case db::Error::CannotOpen:
    case db::Error::ReadOnly:
        return fail(ExitCode::Locked, sentence + "; check its owner and mode");
    case db::Error::Busy:
        return fail(ExitCode::Locked, sentence + "; end whatever holds it and try again");
    case db::Error::Full:
        return fail(ExitCode::Internal, sentence + "; make room and try again");
    case db::Error::Io:
    case db::Error::Constraint:
    case db::Error::Internal:
        return fail(ExitCode::Internal, sentence);
    }
    return ExitCode::Internal;
}

std::filesystem::path readyPath(const std::filesystem::path& data) {
    return data / "ready.json";
}
std::filesystem::path addressPath(const std::filesystem::path& data) {
    return data / "address";
}

void introduce(const wire::RelayAddress& address, const std::vector<std::string>& links, bool open) {
    std::cout << "Relay ready at " << address.host << ":" << address.port
              << (address.plain ? " (plain ws, this machine only)" : "") << "\n\n";
    for (const std::string& link : links) {
        std::cout << "  " << link << "\n";
    }
    if (!links.empty()) {
        std::cout << (open ? "\nAnyone with this link can make an account.\n"
                           : "\nEach link makes one account, within 7 days. More: sotto-relay invite\n");
        if (::isatty(STDOUT_FILENO) == 1) {
            std::cout << "\n" << qrCode(links.front());
        }
        std::cout << "\nNext:\n"
                  << "  sotto account new --name alice --link '" << links.front() << "'\n"
                  << "  sotto-relay invite                     (a link for the next person)\n"
                  << "  sotto send @bob 'hello'\n";
    }
    std::cout.flush();
}

} // namespace

ExitCode fail(ExitCode code, const std::string& sentence) {
    std::cerr << "sotto-relay: " << sentence << "\n";
    return code;
}

ExitCode up(const UpOptions& options) {
    ::umask(0077); // for whatever SQLite creates beside its database
    std::signal(SIGPIPE, SIG_IGN);
    const SkewedClock clock(options.faults.skew);
    SystemRandom random;
    if (options.plain && !wire::isLoopback(options.host)) {
        return fail(ExitCode::Usage,
                    "cannot listen on " + options.host +
                        " without TLS: --plain is for this machine only (127.0.0.1, ::1, localhost)");
    }
    const std::string publicHost = options.publicHost.empty() ? options.host : options.publicHost;
    if (publicHost == "0.0.0.0" || publicHost == "::") {
        return fail(ExitCode::Usage,
                    "cannot make join links for " + publicHost +
                        ": say with --public-host by which name or address clients reach this relay");
    }
    const auto directory = DataDirectory::open(options.data);
    if (!directory) {
        const bool usage = directory.error().problem == DataDirectory::Problem::Unusable;
        return fail(usage ? ExitCode::Usage : ExitCode::Locked, directory.error().text);
    }
    const auto identity = TlsIdentity::loadOrCreate(options.data, clock.wall());
    if (!identity) {
        return fail(ExitCode::Internal, identity.error());
    }
    if (options.testing) {
        const auto marked = claimForTests(options.data / "relay.db");
        if (!marked) {
            return storeFailure(marked.error(), options.data / "relay.db");
        }
        if (!*marked) {
            return fail(ExitCode::Usage,
                        "cannot test with " + options.data.string() +
                            ": it was not made by `up --testing`, and a testing relay loses mail; "
                            "choose a new directory with --data");
        }
    }
    std::ofstream log;
    std::optional<FaultEngine> faults;
    if (options.testing) {
        log.open(options.data / "faults.log", std::ios::trunc);
        faults.emplace(options.faults, [&log](const std::string& line) { log << line << "\n"; });
    }
    auto store = SqliteStore::open(options.data / "relay.db", options.limits, random);
    if (!store) {
        return storeFailure(store.error(), options.data / "relay.db");
    }
    std::vector<Bytes> invites;
    for (unsigned i = 0; i < options.invites; ++i) {
        if (options.openRegistration) {
            invites.emplace_back();
            continue;
        }
        auto made = (*store)->makeInvite(random, clock.wall() + kInviteLife);
        if (!made) {
            return storeFailure(made.error(), options.data / "relay.db");
        }
        invites.push_back(std::move(*made));
    }

    const std::size_t descriptors = raiseDescriptorLimit();
    asio::ssl::context tls(asio::ssl::context::tls_server);
    if (!identity->configure(tls.native_handle())) {
        return fail(ExitCode::Internal, "cannot use the relay's TLS key and certificate");
    }
    asio::io_context context(1);
    Relay relay(
        clock, random,
        {identity->relay(), options.limits, options.retention, options.openRegistration, options.testing});
    Gateway gateway(context, clock, relay, std::move(*store), options.plain ? nullptr : &tls,
                    {options.data, descriptors, faults ? &*faults : nullptr});
    asio::signal_set signals(context, SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code error, int) {
        if (!error) {
            gateway.drain([&] { context.stop(); });
        }
    });
    const auto port = gateway.listen(options.host, options.port);
    if (!port) {
        return fail(ExitCode::Network, port.error() + "; choose another with --listen");
    }

    std::uint16_t figuresPort = 0;
    if (options.figures) {
        const auto shown = gateway.showFigures(options.figures->host, options.figures->port);
        if (!shown) {
            return fail(ExitCode::Network, shown.error() + "; choose another with --metrics");
        }
        figuresPort = *shown;
    }

    const wire::RelayAddress address{publicHost, *port, identity->relay(), options.plain};
    std::vector<std::string> links;
    for (const Bytes& invite : invites) {
        links.push_back(wire::format(wire::JoinLink{address, invite}));
    }
    const auto describe = [&](bool withLinks) {
        JsonObject ready;
        ready.text("type", "ready")
            .number("v", 1)
            .text("id", "relay_" + random.next<Epoch>().hex())
            .time(clock.wall());
        ready.text("host", options.host).number("port", *port).text("public_host", publicHost);
        if (options.figures) {
            ready.number("metrics_port", figuresPort);
        }
        ready.text("relay", encodeBase64Url(identity->relay().view()));
        ready.number("pid", ::getpid()).number("descriptors", static_cast<std::int64_t>(descriptors));
        ready.boolean("plain", options.plain).boolean("open_registration", options.openRegistration);
        ready.boolean("testing", options.testing).text("data", options.data.string());
        if (withLinks) {
            ready.text("join_link", links.empty() ? std::string() : links.front()).texts("join_links", links);
        }
        return ready.line() + "\n";
    };
    // Invites are secrets of whoever they are for: the file says where the relay is, not how to join.
    if (!writePrivately(addressPath(options.data), wire::format(wire::JoinLink{address, {}}) + "\n") ||
        !writePrivately(readyPath(options.data), describe(false))) {
        return fail(ExitCode::Internal, "cannot write to the data directory " + options.data.string());
    }
    if (options.testing) {
        std::cerr << "sotto-relay: this is a testing relay: it breaks things on purpose; what is sent "
                     "through it may be "
                     "lost\n";
    }
    std::cerr << "sotto-relay: listening on " << options.host << ":" << *port << ", " << descriptors
              << " descriptors\n";
    if (options.figures) {
        std::cerr << "sotto-relay: figures on http://" << options.figures->host << ":" << figuresPort
                  << "/metrics\n";
    }
    if (options.json) {
        std::cout << describe(true) << std::flush;
    } else {
        introduce(address, links, options.openRegistration);
    }
    context.run();
    ::unlink(readyPath(options.data).c_str());
    if (faults) {
        std::cerr << "sotto-relay: " << faults->faults() << " faults in " << faults->frames()
                  << " frames, fault log " << faults->logHash() << "\n";
    }
    std::cerr << "sotto-relay: stopped\n";
    return ExitCode::Done;
}

ExitCode invite(const InviteOptions& options) {
    ::umask(0077);
    const SystemClock clock;
    SystemRandom random;
    const auto text = readFile(addressPath(options.data));
    const auto link = text && text->size() > 1
                          ? wire::parseJoinLink(std::string_view(*text).substr(0, text->size() - 1))
                          : Expected<wire::JoinLink, wire::LinkError>(unexpected(wire::LinkError::NotALink));
    if (!link) {
        return fail(ExitCode::NotFound,
                    "cannot make an invite: no relay has run from " + options.data.string() +
                        "; start it with `sotto-relay up`, or name its directory with --data");
    }
    db::OpenOptions open;
    open.mode = db::OpenOptions::Mode::OpenExisting;
    auto database = db::Database::open(options.data / "relay.db", open);
    if (!database) {
        return storeFailure(database.error(), options.data / "relay.db");
    }
    std::vector<std::string> links;
    const auto made = database->transaction([&] {
        Invites invites(*database);
        for (unsigned i = 0; i < options.count; ++i) {
            links.push_back(wire::format(
                wire::JoinLink{link->relay, invites.make(random, clock.wall() + options.expires)}));
        }
    });
    if (!made) {
        return storeFailure(made.error(), options.data / "relay.db");
    }
    for (const std::string& made1 : links) {
        if (options.json) {
            std::cout << JsonObject()
                             .text("type", "invite")
                             .number("v", 1)
                             .text("id", "invite_" + random.next<Epoch>().hex())
                             .time(clock.wall())
                             .text("join_link", made1)
                             .number("expires_ts", unixMilliseconds(clock.wall() + options.expires))
                             .line()
                      << "\n";
        } else {
            std::cout << made1 << "\n";
            if (::isatty(STDOUT_FILENO) == 1) {
                std::cout << qrCode(made1);
            }
        }
    }
    return ExitCode::Done;
}

} // namespace sotto::relay

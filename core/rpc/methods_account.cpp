// SPDX-License-Identifier: GPL-3.0-or-later
// account.*, whoami, status, relay.*
#include "core/rpc/method_table.h"
#include "core/rpc/objects.h"
#include "core/rpc/params.h"

namespace sotto::rpc {

namespace {

const char* textOf(wire::LinkError error) {
    switch (error) {
    case wire::LinkError::NotALink:
        return "this is no join link: ask whoever runs the relay for one (sotto://…)";
    case wire::LinkError::WrongKind:
        return "this is somebody's contact link, not a join link: add them with `sotto contact add` once you "
               "have "
               "an account";
    case wire::LinkError::PlainOffLoopback:
        return "this join link is unencrypted (sotto+ws:) and leads to another computer: it is refused";
    }
    return "this is no join link";
}

std::string inBrackets(const std::string& reason) {
    return reason.empty() ? std::string() : " (" + reason + ")";
}

void accountNew(Session& session, const QJsonObject& params, Reply reply) {
    const auto link = wire::parseJoinLink(textParam(params, "link"));
    if (!link) {
        reply(fail(Exit::Usage, "bad_link", textOf(link.error())));
        return;
    }
    const auto before = session.client().account();
    if (before && before->registered) {
        reply(fail(Exit::Usage, "exists",
                   "this profile already has an account; make another one with --profile NAME"));
        return;
    }
    session.owner().forgetRegistrationRefusal();
    const auto code = session.client().createAccount(textParam(params, "name"), *link);
    if (!code) {
        reply(tl::unexpected(errorOf(code.error())));
        return;
    }
    const auto account = session.client().account();
    if (!account) {
        reply(tl::unexpected(errorOf(account.error())));
        return;
    }
    QJsonObject result = objectOf("recovery_code", "acct_" + account->account.hex(), session.owner().now());
    // Empty on a second try: the code shown at the first one still holds.
    result["recovery_code"] = QString::fromUtf8(reinterpret_cast<const char*>(code->expose().data()),
                                                static_cast<qsizetype>(code->size()));
    session.owner().goOnlineAgain();
    reply(result);
}

/// Ends when the relay has taken or refused the account.
void accountWait(Session& session, const QJsonObject& params, Reply reply) {
    Owner& owner = session.owner();
    owner.goOnline();
    owner.waitFor(
        session.context(),
        [&owner]() -> std::optional<Result<QJsonObject>> {
            if (const auto& refusal = owner.registrationRefusal()) {
                return tl::unexpected(errorOf(*refusal));
            }
            const auto account = owner.client().account();
            if (!account) {
                return tl::unexpected(errorOf(account.error()));
            }
            const core::LinkView link = owner.client().link();
            // Its prekeys shall be at the relay too, so that others can write to it at once.
            if (account->registered && link.state == core::LinkState::Drained && owner.client().isSettled()) {
                return accountObject(*account, owner.now());
            }
            if (link.state == core::LinkState::Stopped) {
                return fail(Exit::Locked, "refused",
                            "the relay does not let this account in: " + link.reason);
            }
            return std::nullopt;
        },
        timeoutParam(params).count(),
        [&owner]() -> Result<QJsonObject> {
            if (const auto account = owner.client().account(); account && account->registered) {
                return accountObject(*account, owner.now());
            }
            return fail(Exit::Unreachable, "unreachable",
                        "the account is made here, but the relay did not answer" +
                            inBrackets(owner.client().link().reason) +
                            ": run the same command again, the recovery code stays");
        },
        std::move(reply));
}

void accountShow(Session& session, const QJsonObject& params, Reply reply) {
    const auto account = session.client().account();
    if (!account) {
        reply(tl::unexpected(errorOf(account.error())));
        return;
    }
    QJsonObject result = accountObject(*account, session.owner().now());
    if (params["link"].toBool()) {
        const auto link = session.client().contactLink();
        if (!link) {
            reply(tl::unexpected(errorOf(link.error())));
            return;
        }
        result["link"] = QString::fromStdString(wire::format(*link));
    }
    reply(result);
}

void status(Session& session, const QJsonObject&, Reply reply) {
    const auto account = session.client().account();
    QJsonObject result =
        statusObject(session.client().status(),
                     account ? "acct_" + account->account.hex() : std::string("none"), session.owner().now());
    result["owner"] = true;
    reply(result);
}

/// Ends when everything that waited at the relay is stored here, and what waited here has gone out.
void relayCatchUp(Session& session, const QJsonObject& params, Reply reply) {
    Owner& owner = session.owner();
    if (const auto account = owner.client().account(); !account) {
        reply(tl::unexpected(errorOf(account.error())));
        return;
    }
    owner.goOnline();
    owner.waitFor(
        session.context(),
        [&owner]() -> std::optional<Result<QJsonObject>> {
            const core::LinkView link = owner.client().link();
            switch (link.state) {
            case core::LinkState::Drained:
                owner.client().hurry();
                if (!owner.client().isSettled()) {
                    return std::nullopt;
                }
                return linkObject(link.state, link.reason, owner.now());
            case core::LinkState::Stopped:
                return fail(Exit::Locked, "refused", "not connected to the relay: " + link.reason);
            case core::LinkState::Offline:
            case core::LinkState::Connecting:
            case core::LinkState::Online:
                return std::nullopt;
            }
            return std::nullopt;
        },
        timeoutParam(params).count(),
        [&owner]() -> Result<QJsonObject> {
            return fail(Exit::Unreachable, "unreachable",
                        "the relay did not answer in time" + inBrackets(owner.client().link().reason) +
                            ": what is stored here is shown; try again later");
        },
        std::move(reply));
}

void relayConnect(Session& session, const QJsonObject&, Reply reply) {
    session.owner().goOnline();
    reply(QJsonObject{});
}

void lock(Session& session, const QJsonObject&, Reply reply) {
    if (session.owner().lock()) {
        reply(QJsonObject{});
    } else {
        reply(fail(Exit::Locked, "in_use", "cannot lock: this process keeps the profile open"));
    }
}

} // namespace

std::vector<Method> accountMethods() {
    return {
        {"account.new",
         "Makes the account and begins to register it. Returns the recovery code, once.",
         {{"name", Kind::Text, true, "at the relay"}, {"link", Kind::Text, true, "join link"}},
         "recovery_code",
         accountNew},
        {"account.wait",
         "Waits until the relay has taken or refused the account.",
         {{"timeout_ms", Kind::Integer, false, "default 30000"}},
         "account",
         accountWait},
        {"account.show",
         "This profile's account.",
         {{"link", Kind::Boolean, false, "with the contact link for others"}},
         "account",
         accountShow},
        {"whoami", "This profile's account.", {}, "account", accountShow},
        {"status", "How the profile stands.", {}, "status", status},
        {"lock", "Closes the profile and wipes its keys; the process that had it ends.", {}, "none", lock},
        {"relay.connect", "Wants to be connected from now on.", {}, "none", relayConnect},
        {"relay.catchup",
         "Waits until everything that waited at the relay is stored here.",
         {{"timeout_ms", Kind::Integer, false, "default 30000"}},
         "link",
         relayCatchUp},
    };
}

} // namespace sotto::rpc

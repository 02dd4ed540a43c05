// SPDX-License-Identifier: GPL-3.0-or-later
// conv.verify, conv.resend
#include "core/rpc/method_table.h"
#include "core/rpc/objects.h"
#include "core/rpc/params.h"
#include "core/rpc/target.h"

namespace sotto::rpc {

namespace {

QJsonArray rangesOf(const std::vector<core::NumberRange>& ranges) {
    QJsonArray array;
    for (const core::NumberRange& range : ranges) {
        array.append(QJsonArray{static_cast<qint64>(range.first), static_cast<qint64>(range.last)});
    }
    return array;
}

QJsonObject chainObject(const core::ChainReport& chain, std::int64_t now) {
    QJsonObject object =
        objectOf("chain",
                 conversationText(chain.conversation) + "/" + chain.sender.hex() + "/" +
                     std::to_string(number(chain.device)) + "/" + std::to_string(chain.generation),
                 now);
    object["conversation"] = QString::fromStdString(conversationText(chain.conversation));
    object["from"] = QJsonObject{{"account", QString::fromStdString(chain.sender.hex())},
                                 {"name", QString::fromStdString(chain.senderName)},
                                 {"device", static_cast<int>(number(chain.device))}};
    object["generation"] = static_cast<qint64>(chain.generation);
    object["base"] = static_cast<qint64>(chain.base);
    object["head"] = static_cast<qint64>(chain.head);
    object["ranges"] = rangesOf(chain.ranges);
    object["holes"] = rangesOf(chain.holes);
    object["gone"] = rangesOf(chain.gone);
    QJsonArray forks;
    for (const std::uint64_t seq : chain.forks) {
        forks.append(static_cast<qint64>(seq));
    }
    object["forks"] = forks;
    return object;
}

QJsonObject claimObject(const core::ExpiryClaim& claim) {
    QJsonObject object = objectOf("expiry_claim", "mail_" + std::to_string(number(claim.upTo)), claim.at);
    object["rows"] = static_cast<qint64>(claim.rows);
    object["sent_before"] = QString::fromStdString(rfc3339(milliseconds(claim.stamp)));
    return object;
}

void convVerify(Session& session, const QJsonObject& params, Reply reply) {
    std::optional<core::ConversationKey> only;
    if (params.contains("target")) {
        const auto conversation = conversationOf(session.client(), textParam(params, "target"));
        if (!conversation) {
            reply(tl::unexpected(conversation.error()));
            return;
        }
        only = *conversation;
    }
    const auto report = session.client().deliveryReport(only);
    if (!report) {
        reply(tl::unexpected(errorOf(report.error())));
        return;
    }
    const std::int64_t now = session.owner().now();
    QJsonArray items;
    std::uint64_t missing = 0;
    qint64 forks = 0;
    for (const core::ChainReport& chain : report->chains) {
        items.append(chainObject(chain, now));
        for (const core::NumberRange& hole : chain.holes) {
            missing += hole.last - hole.first + 1;
        }
        forks += static_cast<qint64>(chain.forks.size());
    }
    for (const core::ExpiryClaim& claim : report->claims) {
        items.append(claimObject(claim));
    }
    QJsonObject result = objectOf("verification", "verification", now);
    result["complete"] = missing == 0 && forks == 0;
    result["chains"] = static_cast<qint64>(report->chains.size());
    result["missing"] = static_cast<qint64>(missing);
    result["forks"] = forks;
    result["items"] = items;
    reply(result);
}

void convResend(Session& session, const QJsonObject& params, Reply reply) {
    const auto contact = session.client().findContact(textParam(params, "who"));
    if (!contact) {
        reply(tl::unexpected(errorOf(contact.error())));
        return;
    }
    const bool deny = params["deny"].toBool();
    const auto done = session.client().answerHeldResends(contact->key, deny ? core::HeldAnswer::Drop
                                                                            : core::HeldAnswer::Send);
    if (!done) {
        reply(tl::unexpected(errorOf(done.error())));
        return;
    }
    session.owner().goOnline();
    QJsonObject result = objectOf("resend", "acct_" + contact->account.hex(), session.owner().now());
    result["action"] = deny ? "dropped" : "sent";
    result["messages"] = static_cast<qint64>(*done);
    reply(result);
}

} // namespace

std::vector<Method> deliveryMethods() {
    return {
        {"conv.verify",
         "Which numbers of every sender's device are here, missing, or forked.",
         {{"target", Kind::Text, false, "@name or c:ID; all conversations without"}},
         "verification",
         convVerify},
        {"conv.resend",
         "Answers what a contact's device asked for and was not sent without asking.",
         {{"who", Kind::Text, true, "name or account key"},
          {"deny", Kind::Boolean, false, "drop it instead"}},
         "resend",
         convResend},
    };
}

} // namespace sotto::rpc

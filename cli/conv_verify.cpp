// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/escape.h"

#include <QJsonArray>

namespace sotto::cli {

namespace {

std::string textOf(const QJsonArray& ranges) {
    std::string text;
    for (const auto& item : ranges) {
        const QJsonArray range = item.toArray();
        const qint64 first = range[0].toInteger();
        const qint64 last = range[1].toInteger();
        text += (text.empty() ? "" : ", ") + std::to_string(first) +
                (first == last ? "" : "-" + std::to_string(last));
    }
    return text.empty() ? "none" : text;
}

void printChain(Output& out, const QJsonObject& chain) {
    const QJsonObject from = chain["from"].toObject();
    std::string line = chain["conversation"].toString().toStdString() + "  " +
                       out.painted(Colour::Bold, "@" + escaped(from["name"].toString().toStdString())) +
                       " device " + std::to_string(from["device"].toInteger()) + ", generation " +
                       std::to_string(chain["generation"].toInteger()) + ": " +
                       textOf(chain["ranges"].toArray());
    if (chain["base"].toInteger() > 1) {
        line += ", before this device: " +
                textOf(QJsonArray{QJsonArray{qint64{1}, chain["base"].toInteger() - 1}});
    }
    if (!chain["holes"].toArray().isEmpty()) {
        line += out.painted(Colour::Red, ", missing: " + textOf(chain["holes"].toArray()));
    }
    if (!chain["gone"].toArray().isEmpty()) {
        line += ", of these not to be had any more: " + textOf(chain["gone"].toArray());
    }
    for (const auto& fork : chain["forks"].toArray()) {
        line += out.painted(Colour::Red, ", forks at " + std::to_string(fork.toInteger()));
    }
    out.line(line);
}

rpc::Exit run(Context& context, const std::string& target) {
    Output& out = context.out();
    QJsonObject params;
    if (!target.empty()) {
        params["target"] = QString::fromStdString(target);
    }
    auto verification = context.call("conv.verify", params);
    if (!verification) {
        return out.error(verification.error());
    }
    for (const auto& entry : (*verification)["items"].toArray()) {
        const QJsonObject item = entry.toObject();
        if (out.isJson()) {
            out.object(item);
        } else if (item["type"] == QJsonValue("chain")) {
            printChain(out, item);
        } else {
            out.line("the relay says " + std::to_string(item["rows"].toInteger()) +
                     " rows of mail expired unread, sent up to " +
                     item["sent_before"].toString().toStdString());
        }
    }
    verification->remove("items");
    if (out.isJson()) {
        out.object(*verification);
    } else if ((*verification)["complete"].toBool()) {
        out.line("complete: every number that is known of is here, once");
    }
    if ((*verification)["complete"].toBool()) {
        return rpc::Exit::Done;
    }
    return out.error({rpc::Exit::Damaged, "incomplete",
                      std::to_string((*verification)["missing"].toInteger()) + " messages are missing, " +
                          std::to_string((*verification)["forks"].toInteger()) +
                          " places fork; what is missing is asked for while `sotto recv` runs",
                      std::nullopt});
}

} // namespace

Command convVerifyCommand() {
    return {{"conv", "verify"},
            "Show which numbers of every sender are here, missing or forked; exit code 10 if any are",
            "sotto conv verify @bob\n"
            "sotto conv verify             # all conversations\n"
            "sotto --json conv verify      # chains, the relay's expiry claims, then one verification object",
            [](Synopsis& synopsis) -> Run {
                auto target = std::make_shared<std::string>();
                synopsis.option("TARGET", *target, "@name, account key or c:ID");
                return [target](Context& context) { return run(context, *target); };
            }};
}

} // namespace sotto::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "cli/secrets.h"
#include "core/profile/profile_lock.h"
#include "core/rpc/objects.h"

namespace sotto::cli {

namespace {

struct Arguments {
    NewProtection protection;
    PassphraseSource passphrase;
};

rpc::Exit run(Context& context, const Arguments& arguments) {
    Output& out = context.out();
    if (const auto refused = refusalOf(arguments.protection)) {
        return out.error(*refused);
    }
    const auto place = context.place();
    if (!place) {
        return out.error(place.error());
    }
    const auto before = secretsOf(context, place->directory);
    if (!before) {
        return out.error(before.error());
    }
    const auto after = newSecrets(context, arguments.protection, arguments.passphrase);
    if (!after) {
        return out.error(after.error());
    }
    const auto cost = after->passphrase.isEmpty() ? core::Profile::SealCost()
                                                  : core::Profile::SealCost::measured(context.clock());
    const auto changed =
        core::Profile::changeProtection(place->directory, *before, *after, cost, context.random());
    if (!changed) {
        rpc::Error error = rpc::errorOf(changed.error());
        if (core::ProfileLock::isHeldElsewhere(changed.error())) {
            error.text += "; `sotto lock` makes it let go";
        }
        return out.error(error);
    }
    const char* how = arguments.protection.keychain  ? "keychain"
                      : arguments.protection.keyFile ? "file"
                                                     : "passphrase";
    if (out.isJson()) {
        QJsonObject object = rpc::objectOf("protection", "profile", unixMilliseconds(context.clock().wall()));
        object["protection"] = how;
        out.object(object);
    } else {
        out.line(arguments.protection.keychain ? "The desktop's keychain keeps the key from now on."
                 : arguments.protection.keyFile
                     ? "The key lies in the profile's folder from now on."
                     : "The new passphrase holds from now on; the one before opens nothing.");
    }
    return rpc::Exit::Done;
}

} // namespace

Command accountProtectCommand() {
    return {{"account", "protect"},
            "Change the passphrase, or keep the key in another way",
            "sotto account protect                  # a new passphrase; nothing is encrypted again\n"
            "sotto account protect --keychain       # the desktop's keychain keeps the key\n"
            "sotto account protect --new-passphrase-file FILE --passphrase-file BEFORE",
            [](Synopsis& synopsis) -> Run {
                auto arguments = std::make_shared<Arguments>();
                synopsis.flag("--keychain", arguments->protection.keychain,
                              "The desktop's keychain keeps the key (Secret Service, KWallet)");
                synopsis.flag("--key-file", arguments->protection.keyFile,
                              "No passphrase: whoever copies the profile can read it");
                synopsis
                    .option("--new-passphrase-fd", arguments->passphrase.descriptor,
                            "Read the new passphrase from this descriptor")
                    .valueName("N");
                synopsis
                    .option("--new-passphrase-file", arguments->passphrase.file,
                            "Read the new passphrase from this file (mode 0600)")
                    .valueName("FILE");
                return [arguments](Context& context) { return run(context, *arguments); };
            }};
}

} // namespace sotto::cli

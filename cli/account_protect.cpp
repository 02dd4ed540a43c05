// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command.h"
#include "core/profile/profile_lock.h"
#include "core/rpc/objects.h"

namespace sotto::cli {

namespace {

struct Arguments {
    bool keyFile = false;
    bool keychain = false;
    PassphraseSource passphrase;
};

rpc::Result<core::Profile::Secrets> secretsBefore(Context& context, const std::filesystem::path& directory) {
    const auto protection = core::Profile::protectionOf(directory);
    if (!protection) {
        return tl::unexpected(rpc::errorOf(protection.error()));
    }
    core::Profile::Secrets secrets;
    secrets.keychain = &context.keychain();
    if (*protection == core::KeyProtection::Passphrase) {
        auto passphrase = readPassphrase(context.options().passphrase);
        if (!passphrase) {
            return tl::unexpected(passphrase.error());
        }
        secrets.passphrase = std::move(*passphrase);
    }
    return secrets;
}

rpc::Result<core::Profile::Secrets> secretsAfter(Context& context, const Arguments& arguments) {
    core::Profile::Secrets secrets;
    if (arguments.keychain) {
        secrets.keychain = &context.keychain();
    } else if (arguments.keyFile) {
        context.out().note(
            "Warning: --key-file keeps the key beside the data. Whoever can read this profile's folder "
            "can read its messages.");
    } else {
        auto passphrase = readNewPassphrase(arguments.passphrase);
        if (!passphrase) {
            return tl::unexpected(passphrase.error());
        }
        secrets.passphrase = std::move(*passphrase);
    }
    return secrets;
}

rpc::Exit run(Context& context, const Arguments& arguments) {
    Output& out = context.out();
    if (arguments.keyFile && arguments.keychain) {
        return out.error({rpc::Exit::Usage, "usage", "--key-file and --keychain exclude each other", {}});
    }
    const auto place = context.place();
    if (!place) {
        return out.error(place.error());
    }
    const auto before = secretsBefore(context, place->directory);
    if (!before) {
        return out.error(before.error());
    }
    const auto after = secretsAfter(context, arguments);
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
    const char* how = arguments.keychain ? "keychain" : arguments.keyFile ? "file" : "passphrase";
    if (out.isJson()) {
        QJsonObject object = rpc::objectOf("protection", "profile", unixMilliseconds(context.clock().wall()));
        object["protection"] = how;
        out.object(object);
    } else {
        out.line(arguments.keychain  ? "The desktop's keychain keeps the key from now on."
                 : arguments.keyFile ? "The key lies in the profile's folder from now on."
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
                synopsis.flag("--keychain", arguments->keychain,
                              "The desktop's keychain keeps the key (Secret Service, KWallet)");
                synopsis.flag("--key-file", arguments->keyFile,
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

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A command is a value: its words, its help, its arguments and what it does. Grammar, help, completions and
/// man pages all come from this table.

#include "cli/context.h"
#include "cli/synopsis.h"

#include <chrono>
#include <functional>
#include <vector>

namespace sotto::cli {

using Run = std::function<rpc::Exit(Context&)>;

struct Command {
    std::vector<std::string> words; ///< {"account", "new"}
    std::string help;               ///< one line
    std::string examples;           ///< lines of "command    # what it does"
    /// Adds arguments and options; the returned function finds their values when it runs.
    std::function<Run(Synopsis&)> arguments;
};

// One file each.
Command accountNewCommand();
Command accountProtectCommand();
Command accountShowCommand();
Command backupCreateCommand();
Command backupVerifyCommand();
Command backupRestoreCommand();
Command contactAddCommand();
Command contactListCommand();
Command contactRequestsCommand();
Command contactAcceptCommand();
Command contactBlockCommand();
Command contactVerifyCommand();
Command contactTrustCommand();
Command convListCommand();
Command convPinCommand();
Command convMuteCommand();
Command convArchiveCommand();
Command convDraftCommand();
Command convExpireCommand();
Command convVerifyCommand();
Command convResendCommand();
Command messageShowCommand();
Command messageInfoCommand();
Command messageEditCommand();
Command messageDeleteCommand();
Command sendCommand();
Command reactCommand();
Command presenceCommand();
Command privacyShowCommand();
Command privacySetCommand();
Command recvCommand();
Command logCommand();
Command searchCommand();
Command statusCommand();
Command whoamiCommand();
Command configGetCommand();
Command configSetCommand();
Command configListCommand();
Command configExplainCommand();
Command pathsCommand();
Command schemaCommand();
Command exportCommand();
Command importCommand();
Command daemonCommand();
Command doctorCommand();
Command lockCommand();
Command completionsCommand();

const std::vector<Command>& commandTable();

/// "30s", "500ms", "2m", "1h", "7d", "4w"; a bare number is seconds.
rpc::Result<std::int64_t> durationMs(const std::string& text,
                                     std::chrono::days atMost = std::chrono::days(30));
/// The same in whole seconds, from 1; "off" is 0.
rpc::Result<qint64> lifetimeSeconds(const std::string& text);

} // namespace sotto::cli

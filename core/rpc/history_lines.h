// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// An exported history: JSON Lines in UTF-8, every line an object with a schema of its own (`sotto schema`).
///
///     export            who exported, when, and by which names this profile knows accounts
///     export_conversation, then its export_message lines, one conversation after the other
///     export_manifest   hashes of all lines before it, signed by the exporting device
///
/// Nothing in it was signed by anybody else, since no message is: a file proves what its exporter says, not
/// what others wrote (docs/SECURITY.md, "Deniability").

#include "core/archive/history.h"
#include "core/base/hash.h"
#include "core/base/statements.h"
#include "core/rpc/error.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>

namespace sotto::rpc {

QJsonObject exportedConversation(const core::HistoryConversation& conversation);
QJsonObject exportedMessage(const core::HistoryMessage& message);
/// Why a line is not what its type must be; nothing when it was read.
std::optional<std::string> readConversation(const QJsonObject& line, core::HistoryConversation& into);
std::optional<std::string> readMessage(const QJsonObject& line, core::HistoryMessage& into);

/// Compact, with a line end: the bytes that are hashed.
QByteArray lineOf(const QJsonObject& object);
/// One line as an object. Refuses what is no JSON object, bytes that are no UTF-8 and unpaired surrogates.
Result<QJsonObject> parseLine(const QByteArray& line);

/// SHA-256 over labelled pieces as they come.
class LineHash {
public:
    LineHash();
    void add(const QByteArray& line);
    Digest value() const;

private:
    crypto_hash_sha256_state m_state;
};

} // namespace sotto::rpc

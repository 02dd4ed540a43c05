// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What each JSON object may contain, as JSON Schema. One table: `sotto schema` prints it and the tests hold
/// every line of output against it.

#include <QJsonObject>
#include <string>
#include <vector>

namespace sotto::rpc {

/// Names of all types, in the order they are documented.
std::vector<std::string> schemaTypes();
/// JSON Schema (draft 2020-12) of one type; empty when there is no such type.
QJsonObject schemaOf(const std::string& type);

} // namespace sotto::rpc

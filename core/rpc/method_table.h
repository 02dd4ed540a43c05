// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Everything a face can ask for, once: the command line calls this table in its own process or through the
/// socket, and JSON-RPC is nothing but this table. A method's name is the command's words.

#include "core/rpc/session.h"

#include <vector>

namespace sotto::rpc {

enum class Kind { Text, Integer, Boolean, TextList };

struct Param {
    const char* name;
    Kind kind;
    bool required;
    const char* help;
};

struct Method {
    const char* name;
    const char* help;
    std::vector<Param> params;
    /// Type of the result in schema.h; "items" for {items: [objects…]}, "page" for that with prev and next,
    /// "none" for {}.
    const char* result;
    void (*run)(Session& session, const QJsonObject& params, Reply reply);
};

/// All methods, for documentation and tests.
const std::vector<Method>& methodTable();
const Method* findMethod(const std::string& name);
/// Missing, unknown and mistyped parameters are refused, so that a typo never means "the default".
std::optional<Error> checkParams(const Method& method, const QJsonObject& params);

// The table's parts, by noun.
std::vector<Method> accountMethods();
std::vector<Method> amendmentMethods();
std::vector<Method> archiveMethods();
std::vector<Method> contactMethods();
std::vector<Method> conversationMethods();
std::vector<Method> deliveryMethods();
std::vector<Method> messageMethods();
std::vector<Method> readerMethods();
std::vector<Method> searchMethods();

} // namespace sotto::rpc

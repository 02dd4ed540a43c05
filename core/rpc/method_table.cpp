// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/method_table.h"

#include <QJsonArray>
#include <cmath>

namespace sotto::rpc {

namespace {

bool isOfKind(const QJsonValue& value, Kind kind) {
    switch (kind) {
    case Kind::Text:
        return value.isString();
    case Kind::Integer:
        return value.isDouble() && std::floor(value.toDouble()) == value.toDouble() &&
               std::abs(value.toDouble()) <= 9e15;
    case Kind::Boolean:
        return value.isBool();
    case Kind::TextList: {
        const QJsonArray list = value.toArray();
        return value.isArray() && std::all_of(list.begin(), list.end(),
                                              [](const auto& item) { return QJsonValue(item).isString(); });
    }
    }
    return false;
}

} // namespace

const std::vector<Method>& methodTable() {
    static const std::vector<Method> kTable = [] {
        std::vector<Method> table;
        for (auto part :
             {accountMethods(), amendmentMethods(), archiveMethods(), contactMethods(), conversationMethods(),
              deliveryMethods(), messageMethods(), readerMethods(), searchMethods()}) {
            table.insert(table.end(), part.begin(), part.end());
        }
        return table;
    }();
    return kTable;
}

const Method* findMethod(const std::string& name) {
    for (const Method& method : methodTable()) {
        if (name == method.name) {
            return &method;
        }
    }
    return nullptr;
}

std::optional<Error> checkParams(const Method& method, const QJsonObject& params) {
    const auto bad = [&](const std::string& what) {
        return Error{Exit::Usage, "bad_params", std::string(method.name) + ": " + what, std::nullopt};
    };
    for (const Param& param : method.params) {
        if (param.required && !params.contains(param.name)) {
            return bad(std::string("'") + param.name + "' is missing");
        }
    }
    for (auto given = params.begin(); given != params.end(); ++given) {
        const auto known = std::find_if(method.params.begin(), method.params.end(),
                                        [&](const Param& param) { return given.key() == param.name; });
        if (known == method.params.end()) {
            return bad("unknown parameter '" + given.key().left(40).toStdString() + "'");
        }
        if (!isOfKind(given.value(), known->kind)) {
            return bad(std::string("'") + known->name + "' has the wrong type");
        }
    }
    return std::nullopt;
}

} // namespace sotto::rpc

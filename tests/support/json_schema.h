// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The part of JSON Schema that our schemas use, checked strictly: a keyword this does not know is a
/// violation.

#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>
#include <cmath>

namespace sotto::test {

inline bool isOfType(const QJsonValue& value, const QString& type) {
    return (type == "object" && value.isObject()) || (type == "array" && value.isArray()) ||
           (type == "string" && value.isString()) || (type == "boolean" && value.isBool()) ||
           (type == "integer" && value.isDouble() && std::floor(value.toDouble()) == value.toDouble());
}

/// Where and how a value breaks a schema; empty when it does not.
inline QString schemaViolation(const QJsonObject& schema, const QJsonValue& value,
                               const QString& where = "$") {
    const QJsonObject object = value.toObject();
    for (auto rule = schema.begin(); rule != schema.end(); ++rule) {
        const QString key = rule.key();
        if (key == "$schema" || key == "title" || key == "description") {
            continue;
        }
        if (key == "type") {
            if (!isOfType(value, rule->toString())) {
                return where + " is not " + rule->toString();
            }
        } else if (key == "const") {
            if (value != *rule) {
                return where + " is another constant";
            }
        } else if (key == "enum") {
            if (!rule->toArray().contains(value)) {
                return where + " is not one of the words: " + value.toString();
            }
        } else if (key == "pattern") {
            if (!QRegularExpression(rule->toString()).match(value.toString()).hasMatch()) {
                return where + " does not match " + rule->toString() + ": " + value.toString();
            }
        } else if (key == "items") {
            for (const auto& item : value.toArray()) {
                if (const QString bad = schemaViolation(rule->toObject(), item, where + "[]");
                    !bad.isEmpty()) {
                    return bad;
                }
            }
        } else if (key == "required") {
            for (const auto& name : rule->toArray()) {
                if (!object.contains(name.toString())) {
                    return where + " lacks " + name.toString();
                }
            }
        } else if (key == "properties") {
            const QJsonObject known = rule->toObject();
            for (auto member = object.begin(); member != object.end(); ++member) {
                if (!known.contains(member.key())) {
                    return where + " has unknown " + member.key();
                }
                const QString bad =
                    schemaViolation(known[member.key()].toObject(), *member, where + "." + member.key());
                if (!bad.isEmpty()) {
                    return bad;
                }
            }
        } else if (key != "additionalProperties") {
            return "unknown keyword " + key;
        }
    }
    return {};
}

} // namespace sotto::test

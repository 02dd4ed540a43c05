// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/error.h"

namespace sotto::rpc {

namespace {

struct Meaning {
    Exit exit;
    const char* code;
};

Meaning meaningOf(core::FailureCode code) {
    switch (code) { // no default: a new failure must be decided here
    case core::FailureCode::Internal:
        return {Exit::Internal, "internal"};
    case core::FailureCode::Invalid:
        return {Exit::Usage, "invalid"};
    case core::FailureCode::Ambiguous:
        return {Exit::Usage, "ambiguous"};
    case core::FailureCode::Unreachable:
        return {Exit::Unreachable, "unreachable"};
    case core::FailureCode::Refused:
        return {Exit::Locked, "refused"};
    case core::FailureCode::NotTrusted:
        return {Exit::NotTrusted, "not_trusted"};
    case core::FailureCode::RateLimited:
        return {Exit::Limited, "rate_limited"};
    case core::FailureCode::NotFound:
        return {Exit::NotFound, "not_found"};
    case core::FailureCode::Locked:
        return {Exit::Locked, "locked"};
    case core::FailureCode::TimedOut:
        return {Exit::TimedOut, "timed_out"};
    case core::FailureCode::Damaged:
        return {Exit::Damaged, "damaged"};
    case core::FailureCode::DiskFull:
        return {Exit::Limited, "disk_full"};
    }
    return {Exit::Internal, "internal"};
}

int numberOf(const Error& error) {
    if (error.code == "unknown_method") {
        return -32601;
    }
    if (error.code == "bad_params") {
        return -32602;
    }
    if (error.code == "bad_request") {
        return -32600;
    }
    if (error.code == "bad_json") {
        return -32700;
    }
    return 1000 + static_cast<int>(error.exit);
}

} // namespace

Error errorOf(const core::Failure& failure) {
    const Meaning meaning = meaningOf(failure.code);
    return {meaning.exit, meaning.code, failure.text, failure.retryAfterMs};
}

QJsonObject toJson(const Error& error) {
    QJsonObject data = error.details;
    data["exit"] = static_cast<int>(error.exit);
    data["code"] = QString::fromStdString(error.code);
    if (error.retryAfterMs) {
        data["retry_after_ms"] = static_cast<qint64>(*error.retryAfterMs);
    }
    return {{"code", numberOf(error)}, {"message", QString::fromStdString(error.text)}, {"data", data}};
}

Error errorFromJson(const QJsonObject& object) {
    QJsonObject data = object["data"].toObject();
    if (!data["exit"].isDouble() || !data["code"].isString()) {
        return {Exit::Internal, "internal", "the owner of the profile answered with an unreadable error", {}};
    }
    Error error{static_cast<Exit>(data["exit"].toInt()), data["code"].toString().toStdString(),
                object["message"].toString().toStdString(), std::nullopt};
    if (data.contains("retry_after_ms")) {
        error.retryAfterMs = data["retry_after_ms"].toInteger();
    }
    data.remove("exit");
    data.remove("code");
    data.remove("retry_after_ms");
    error.details = data;
    return error;
}

} // namespace sotto::rpc

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/statements.h"

#include "core/base/signed_bytes.h"

#include <limits>

namespace sotto {
namespace {

constexpr std::string_view kExportLabel = "sotto export 1";
constexpr std::string_view kLoginLabel = "sotto login 1";
constexpr std::string_view kRegistrationLabel = "sotto registration 1";
constexpr std::string_view kBundleLabel = "sotto bundle 1";

std::optional<BundleStatement> decodeBundleStatement(BytesView bytes) {
    if (bytes.size() > kMaxBundleStatementBytes) {
        return std::nullopt;
    }
    SignedBytesReader reader(kBundleLabel, bytes);
    bool good = true;
    const auto number32 = [&] {
        const std::uint64_t value = reader.number();
        good = good && value <= std::numeric_limits<std::uint32_t>::max();
        return static_cast<std::uint32_t>(value);
    };
    BundleStatement statement;
    statement.device.account = reader.fixed<AccountId>();
    statement.device.device = DeviceNumber{number32()};
    statement.registrationId = number32();
    statement.suites = number32();
    statement.signedPrekeyId = number32();
    statement.signedPrekey = reader.fixed<Curve25519Key>();
    statement.signedPrekeySignature = reader.fixed<Signature>();
    statement.postQuantumPrekey = bytesOf(reader.bytes(kMaxBundleStatementBytes));
    statement.createdAt = static_cast<std::int64_t>(reader.number());
    statement.expiresAt = static_cast<std::int64_t>(reader.number());
    return good && reader.finished() ? std::optional(statement) : std::nullopt;
}

} // namespace

Bytes encodeLoginStatement(const LoginStatement& statement) {
    return SignedBytesWriter(kLoginLabel)
        .bytes(statement.device.account.view())
        .number(number(statement.device.device))
        .bytes(statement.relay.view())
        .bytes(statement.nonce.view())
        .bytes(statement.tlsKeyHash.view())
        .take();
}

Bytes encodeExportStatement(const ExportStatement& statement) {
    return SignedBytesWriter(kExportLabel)
        .bytes(statement.device.account.view())
        .number(number(statement.device.device))
        .number(statement.lines)
        .bytes(statement.head.view())
        .bytes(statement.history.view())
        .bytes(statement.hashes.view())
        .take();
}

Bytes encodeRegistrationStatement(const RegistrationStatement& statement) {
    return SignedBytesWriter(kRegistrationLabel)
        .bytes(statement.account.view())
        .bytes(statement.relay.view())
        .bytes(statement.nonce.view())
        .bytes(statement.tlsKeyHash.view())
        .bytes(statement.listHash.view())
        .bytes(statement.invite)
        .take();
}

Bytes encodeBundleStatement(const BundleStatement& statement) {
    return SignedBytesWriter(kBundleLabel)
        .bytes(statement.device.account.view())
        .number(number(statement.device.device))
        .number(statement.registrationId)
        .number(statement.suites)
        .number(statement.signedPrekeyId)
        .bytes(statement.signedPrekey.view())
        .bytes(statement.signedPrekeySignature.view())
        .bytes(statement.postQuantumPrekey)
        .number(static_cast<std::uint64_t>(statement.createdAt))
        .number(static_cast<std::uint64_t>(statement.expiresAt))
        .take();
}

Expected<BundleStatement, ListError> verifyBundleStatement(const SignedBundleStatement& statement,
                                                           const DeviceEntry& entry,
                                                           const AccountId& account) {
    auto decoded = decodeBundleStatement(statement.bytes);
    if (!decoded) {
        return unexpected(ListError::Malformed);
    }
    if (!verifyEd25519(entry.authenticationKey, statement.bytes, statement.signature) ||
        decoded->device != DeviceAddress{account, entry.device} ||
        decoded->registrationId != entry.registrationId) {
        return unexpected(ListError::BadSignature);
    }
    if (!isAcceptable(decoded->signedPrekey)) {
        return unexpected(ListError::BadKey);
    }
    return std::move(*decoded);
}

} // namespace sotto

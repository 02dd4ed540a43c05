// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/database_key.h"

#include "core/base/hash.h"

namespace sotto::core {
namespace {

constexpr std::string_view kSealedMagic = "sotto key sealed 1\n";
constexpr std::string_view kFileMagic = "sotto key file 1\n";
constexpr std::string_view kPurpose = "database key";

/// The magic without its line end is the label: a sealed key is never read as a plain one.
Digest checkOf(std::string_view magic, BytesView body) {
    return labelledHash(magic.substr(0, magic.size() - 1), body);
}

std::optional<BytesView> bodyOf(std::string_view magic, BytesView file) {
    const std::size_t start = magic.size() + Digest::kSize;
    if (file.size() < start || textOf(file.first(magic.size())) != magic) {
        return std::nullopt;
    }
    const Digest check = checkOf(magic, file.subspan(start));
    return std::ranges::equal(check.value, file.subspan(magic.size(), Digest::kSize))
               ? std::optional(file.subspan(start))
               : std::nullopt;
}

KeyRefusal refusalOf(crypto::BlobRefusal refusal) {
    switch (refusal) {
    case crypto::BlobRefusal::Malformed:
        return KeyRefusal::Damaged;
    case crypto::BlobRefusal::WrongPassphrase:
        return KeyRefusal::WrongPassphrase;
    case crypto::BlobRefusal::NoMemory:
        return KeyRefusal::NoMemory;
    }
    return KeyRefusal::Damaged;
}

} // namespace

Expected<Bytes, KeyRefusal> sealKey(const db::DatabaseKey& key, const SecretBytes& passphrase,
                                    const crypto::PassphraseCost& cost, Random& random) {
    const auto blob = crypto::sealBlob(kPurpose, passphrase.expose(), key.expose(), cost, random);
    if (!blob) {
        return unexpected(blob.error() == crypto::BlobRefusal::Malformed ? KeyRefusal::CostOutOfBounds
                                                                         : refusalOf(blob.error()));
    }
    Bytes file = bytesOf(viewOf(kSealedMagic));
    const Digest check = checkOf(kSealedMagic, *blob);
    file.insert(file.end(), check.value.begin(), check.value.end());
    file.insert(file.end(), blob->begin(), blob->end());
    return file;
}

Expected<db::DatabaseKey, KeyRefusal> openSealedKey(BytesView file, const SecretBytes& passphrase) {
    const auto body = bodyOf(kSealedMagic, file);
    if (!body) {
        return unexpected(KeyRefusal::Damaged);
    }
    const auto secret = crypto::openBlob(kPurpose, passphrase.expose(), *body);
    if (!secret) {
        return unexpected(refusalOf(secret.error()));
    }
    auto key = db::DatabaseKey::from(secret->expose());
    if (!key) {
        return unexpected(KeyRefusal::Damaged);
    }
    return std::move(*key);
}

SecretBytes encodeKeyFile(const db::DatabaseKey& key) {
    const Digest check = checkOf(kFileMagic, key.expose());
    SecretBytes file(kFileMagic.size() + check.value.size() + key.expose().size());
    auto out = file.exposeWritable().begin();
    for (const BytesView part : {viewOf(kFileMagic), check.view(), BytesView(key.expose())}) {
        out = std::copy(part.begin(), part.end(), out);
    }
    return file;
}

std::optional<db::DatabaseKey> decodeKeyFile(BytesView file) {
    const auto body = bodyOf(kFileMagic, file);
    return body ? db::DatabaseKey::from(*body) : std::nullopt;
}

Secret<32> deriveKey(const db::DatabaseKey& key, std::string_view label) {
    Secret<32> derived;
    const BytesView input = viewOf(label);
    crypto_generichash(derived.exposeWritable().data(), derived.expose().size(), input.data(), input.size(),
                       key.expose().data(), key.expose().size());
    return derived;
}

} // namespace sotto::core

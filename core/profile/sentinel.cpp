// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/sentinel.h"

#include "core/profile/database_key.h"

namespace sotto::core {
namespace {

using GenerationNonce = decltype(Generation::nonce);
constexpr std::string_view kMagic = "sotto generation 1\n";
constexpr std::string_view kKeyLabel = "sotto generation file";
constexpr std::size_t kGenerationSize = 8 + GenerationNonce::kSize;
constexpr std::size_t kMacOffset = kMagic.size() + 2 * kGenerationSize;
constexpr std::size_t kMacSize = 32;

std::array<std::uint8_t, kMacSize> macOf(BytesView bytes, const db::DatabaseKey& key) {
    std::array<std::uint8_t, kMacSize> mac;
    crypto_generichash(mac.data(), mac.size(), bytes.data(), bytes.size(),
                       deriveKey(key, kKeyLabel).expose().data(), 32);
    return mac;
}

void append(Bytes& out, const Generation& generation) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(generation.number >> shift));
    }
    out.insert(out.end(), generation.nonce.value.begin(), generation.nonce.value.end());
}

Generation generationAt(BytesView bytes) {
    Generation generation;
    for (const std::uint8_t byte : bytes.first(8)) {
        generation.number = generation.number << 8U | byte;
    }
    generation.nonce = *GenerationNonce::from(bytes.subspan(8, GenerationNonce::kSize));
    return generation;
}

} // namespace

Bytes encodeSentinel(const GenerationPair& pair, const db::DatabaseKey& key) {
    Bytes file = bytesOf(viewOf(kMagic));
    append(file, pair.confirmed);
    append(file, pair.pending);
    const auto mac = macOf(file, key);
    file.insert(file.end(), mac.begin(), mac.end());
    return file;
}

std::optional<GenerationPair> decodeSentinel(BytesView file, const db::DatabaseKey& key) {
    if (file.size() != kMacOffset + kMacSize || textOf(file.first(kMagic.size())) != kMagic) {
        return std::nullopt;
    }
    const auto mac = macOf(file.first(kMacOffset), key);
    if (sodium_memcmp(mac.data(), file.data() + kMacOffset, kMacSize) != 0) {
        return std::nullopt;
    }
    return GenerationPair{generationAt(file.subspan(kMagic.size())),
                          generationAt(file.subspan(kMagic.size() + kGenerationSize))};
}

} // namespace sotto::core

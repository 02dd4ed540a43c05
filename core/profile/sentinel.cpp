// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/sentinel.h"

#include "core/profile/database_key.h"

namespace sotto::core {
namespace {

using GenerationNonce = decltype(Generation::nonce);
constexpr std::string_view kMagic = "sotto generation 2\n";
constexpr std::string_view kFirstMagic = "sotto generation 1\n";
constexpr std::string_view kKeyLabel = "sotto generation file";
constexpr std::size_t kGenerationSize = 8 + GenerationNonce::kSize;
constexpr std::size_t kPairSize = 2 * kGenerationSize + 8;
constexpr std::size_t kMacSize = 32;

std::array<std::uint8_t, kMacSize> macOf(BytesView bytes, const db::DatabaseKey& key) {
    std::array<std::uint8_t, kMacSize> mac;
    crypto_generichash(mac.data(), mac.size(), bytes.data(), bytes.size(),
                       deriveKey(key, kKeyLabel).expose().data(), 32);
    return mac;
}

void appendNumber(Bytes& out, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(number >> shift));
    }
}

void append(Bytes& out, const Generation& generation) {
    appendNumber(out, generation.number);
    out.insert(out.end(), generation.nonce.value.begin(), generation.nonce.value.end());
}

std::uint64_t numberAt(BytesView bytes) {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : bytes.first(8)) {
        number = number << 8U | byte;
    }
    return number;
}

Generation generationAt(BytesView bytes) {
    return {numberAt(bytes), *GenerationNonce::from(bytes.subspan(8, GenerationNonce::kSize))};
}

} // namespace

Bytes encodeGenerations(const GenerationPair& pair) {
    Bytes bytes;
    append(bytes, pair.confirmed);
    append(bytes, pair.pending);
    appendNumber(bytes, pair.revision);
    return bytes;
}

std::optional<GenerationPair> decodeGenerations(BytesView bytes) {
    if (bytes.size() != kPairSize) {
        return std::nullopt;
    }
    return GenerationPair{generationAt(bytes), generationAt(bytes.subspan(kGenerationSize)),
                          numberAt(bytes.subspan(2 * kGenerationSize))};
}

Bytes encodeSentinel(const GenerationPair& pair, const db::DatabaseKey& key) {
    Bytes file = bytesOf(viewOf(kMagic));
    const Bytes generations = encodeGenerations(pair);
    file.insert(file.end(), generations.begin(), generations.end());
    const auto mac = macOf(file, key);
    file.insert(file.end(), mac.begin(), mac.end());
    return file;
}

std::optional<GenerationPair> decodeSentinel(BytesView file, const db::DatabaseKey& key) {
    if (file.size() < kMagic.size() + kMacSize) {
        return std::nullopt;
    }
    const BytesView authentic = file.first(file.size() - kMacSize);
    const auto mac = macOf(authentic, key);
    if (sodium_memcmp(mac.data(), file.data() + authentic.size(), kMacSize) != 0) {
        return std::nullopt;
    }
    Bytes generations = bytesOf(authentic.subspan(kMagic.size()));
    if (textOf(authentic.first(kMagic.size())) == kFirstMagic) {
        appendNumber(generations, 0);
    } else if (textOf(authentic.first(kMagic.size())) != kMagic) {
        return std::nullopt;
    }
    return decodeGenerations(generations);
}

} // namespace sotto::core

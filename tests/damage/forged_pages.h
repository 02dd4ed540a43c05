// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Pages of an SQLCipher database as whoever has the key can make them.

#include "core/db/database.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdexcept>

namespace sotto::test {

/// plain: 4,016 bytes; salt: the file's first 16. By OpenSSL's own key derivation and MAC.
inline std::string sealPage(const std::vector<std::uint8_t>& plain, std::uint32_t number,
                            const db::DatabaseKey& key, const std::string& salt) {
    constexpr std::size_t kUsable = 4016;
    const std::size_t begin = number == 1 ? 16 : 0;
    std::string page(4096, '\0');
    std::copy_n(salt.begin(), begin, page.begin());
    auto* out = reinterpret_cast<unsigned char*>(page.data());
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    int length = 0;
    bool good =
        EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), nullptr, key.expose().data(), out + kUsable) == 1 &&
        EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
        EVP_EncryptUpdate(context, out + begin, &length, plain.data() + begin,
                          static_cast<int>(kUsable - begin)) == 1;
    EVP_CIPHER_CTX_free(context);
    std::array<unsigned char, 16> macSalt{};
    std::transform(salt.begin(), salt.end(), macSalt.begin(), [](char byte) {
        return static_cast<unsigned char>(static_cast<unsigned char>(byte) ^ 0x3AU);
    });
    std::array<unsigned char, 32> macKey{};
    good = good && PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(key.expose().data()), 32, macSalt.data(),
                                     static_cast<int>(macSalt.size()), 2, EVP_sha512(),
                                     static_cast<int>(macKey.size()), macKey.data()) == 1;
    std::string input = page.substr(begin, kUsable + 16 - begin);
    for (unsigned shift = 0; shift < 32; shift += 8) {
        input.push_back(static_cast<char>(number >> shift));
    }
    std::size_t size = 0;
    good = good && EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA512", nullptr, macKey.data(), macKey.size(),
                             reinterpret_cast<const unsigned char*>(input.data()), input.size(),
                             out + kUsable + 16, 64, &size) != nullptr;
    if (!good || size != 64) {
        throw std::runtime_error("a page could not be sealed");
    }
    return page;
}

} // namespace sotto::test

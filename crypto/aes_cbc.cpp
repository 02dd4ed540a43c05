// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/aes_cbc.h"

#include <new>
#include <stdexcept>

namespace sotto::crypto {

AesCbc::AesCbc()
    : m_encrypt(EVP_CIPHER_CTX_new())
    , m_decrypt(EVP_CIPHER_CTX_new()) {
    if (m_encrypt == nullptr || m_decrypt == nullptr) {
        throw std::bad_alloc();
    }
    if (EVP_EncryptInit_ex2(m_encrypt.get(), EVP_aes_256_cbc(), nullptr, nullptr, nullptr) != 1 ||
        EVP_DecryptInit_ex2(m_decrypt.get(), EVP_aes_256_cbc(), nullptr, nullptr, nullptr) != 1) {
        throw std::runtime_error("libcrypto has no AES-256-CBC");
    }
}

Bytes AesCbc::encrypt(BytesView key, BytesView iv, BytesView plaintext) {
    Bytes ciphertext(plaintext.size() + 16);
    int size = 0;
    int tail = 0;
    if (EVP_EncryptInit_ex2(m_encrypt.get(), nullptr, key.data(), iv.data(), nullptr) != 1 ||
        EVP_EncryptUpdate(m_encrypt.get(), ciphertext.data(), &size, plaintext.data(),
                          static_cast<int>(plaintext.size())) != 1 ||
        EVP_EncryptFinal_ex(m_encrypt.get(), ciphertext.data() + size, &tail) != 1) {
        throw std::runtime_error("AES-256-CBC cannot encrypt");
    }
    ciphertext.resize(static_cast<std::size_t>(size + tail));
    return ciphertext;
}

std::optional<Bytes> AesCbc::decrypt(BytesView key, BytesView iv, BytesView ciphertext) {
    Bytes plaintext(ciphertext.size() + 16);
    int size = 0;
    int tail = 0;
    if (EVP_DecryptInit_ex2(m_decrypt.get(), nullptr, key.data(), iv.data(), nullptr) != 1 ||
        EVP_DecryptUpdate(m_decrypt.get(), plaintext.data(), &size, ciphertext.data(),
                          static_cast<int>(ciphertext.size())) != 1 ||
        EVP_DecryptFinal_ex(m_decrypt.get(), plaintext.data() + size, &tail) != 1) {
        return std::nullopt;
    }
    plaintext.resize(static_cast<std::size_t>(size + tail));
    return plaintext;
}

} // namespace sotto::crypto

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// AES-256-CBC with PKCS#7 padding, as version 3 of the ratchet message wants it. Private to crypto.

#include "core/base/bytes.h"

#include <memory>
#include <openssl/evp.h>
#include <optional>

namespace sotto::crypto {

/// Keeps libcrypto's contexts between messages: making one costs more than encrypting a header.
class AesCbc {
public:
    AesCbc();
    /// key: 32 bytes, iv: 16.
    Bytes encrypt(BytesView key, BytesView iv, BytesView plaintext);
    /// Nothing when the padding is wrong. Only for ciphertext that a MAC has vouched for.
    std::optional<Bytes> decrypt(BytesView key, BytesView iv, BytesView ciphertext);

private:
    struct Free {
        void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    };
    std::unique_ptr<EVP_CIPHER_CTX, Free> m_encrypt;
    std::unique_ptr<EVP_CIPHER_CTX, Free> m_decrypt;
};

} // namespace sotto::crypto

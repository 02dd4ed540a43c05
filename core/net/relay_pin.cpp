// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/relay_pin.h"

#include "core/base/hash.h"

#include <memory>
#include <openssl/x509.h>

namespace sotto::net {

namespace {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;

} // namespace

// By libcrypto and not by QSslKey: Qt 6.4 gives an empty key for algorithms it has no name for (Ed25519).
std::optional<Digest> publicKeyHash(const QByteArray& certificate) {
    const auto* next = reinterpret_cast<const unsigned char*>(certificate.constData());
    const Certificate parsed(d2i_X509(nullptr, &next, static_cast<long>(certificate.size())));
    if (!parsed) {
        return std::nullopt;
    }
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(parsed.get()), &der);
    if (size <= 0) {
        return std::nullopt;
    }
    const Digest hash = sha256({der, static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return hash;
}

} // namespace sotto::net

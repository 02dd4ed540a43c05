// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The relay's TLS key and certificate. The key is what clients pin and is kept for good; the self-signed
/// certificate around it is renewed when it comes near its end, and nobody looks at its dates.

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/result.h"

#include <filesystem>
#include <memory>
#include <string>

typedef struct evp_pkey_st EVP_PKEY;
typedef struct x509_st X509;
typedef struct ssl_ctx_st SSL_CTX;

namespace sotto::relay {

class TlsIdentity {
public:
    /// Reads relay.key and relay.crt from the directory, or makes them (P-256, mode 0600). The error is a
    /// sentence for the operator. A key file that does not parse is an error: a new key would be a new relay.
    static Expected<TlsIdentity, std::string> loadOrCreate(const std::filesystem::path& directory,
                                                           WallTime now);

    TlsIdentity(TlsIdentity&&) noexcept;
    ~TlsIdentity();
    const RelayId& relay() const { return m_relay; }
    /// TLS 1.2 and 1.3 only, no tickets, no compression, no renegotiation. False: libssl refused.
    bool configure(SSL_CTX* context) const;

private:
    struct FreeKey {
        void operator()(EVP_PKEY* key) const;
    };
    struct FreeCertificate {
        void operator()(X509* certificate) const;
    };
    TlsIdentity() = default;
    std::unique_ptr<EVP_PKEY, FreeKey> m_key;
    std::unique_ptr<X509, FreeCertificate> m_certificate;
    RelayId m_relay;
};

} // namespace sotto::relay

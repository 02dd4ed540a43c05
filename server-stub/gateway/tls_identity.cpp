// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/gateway/tls_identity.h"

#include "core/base/hash.h"
#include "server-stub/gateway/private_file.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace sotto::relay {
namespace {

constexpr long kDay = 24 * 60 * 60;
constexpr long kCertificateDays = 3650;
constexpr long kRenewalDays = 30;

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

std::string pemOf(const Bio& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

Bio bioOf(const std::string& pem) {
    return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

X509* makeCertificate(EVP_PKEY* key, WallTime now) {
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    std::array<std::uint8_t, 16> serial;
    RAND_bytes(serial.data(), serial.size());
    serial[0] &= 0x7F;
    const std::unique_ptr<BIGNUM, FreeWith<BN_free>> number(BN_bin2bn(serial.data(), serial.size(), nullptr));
    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    // A day back: clients' clocks are a little off.
    X509_time_adj_ex(X509_getm_notBefore(certificate), -1, 0, const_cast<std::time_t*>(&seconds));
    X509_time_adj_ex(X509_getm_notAfter(certificate), kCertificateDays, 0,
                     const_cast<std::time_t*>(&seconds));
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("sotto-relay"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    if (X509_sign(certificate, key, EVP_sha256()) == 0) {
        X509_free(certificate);
        return nullptr;
    }
    return certificate;
}

bool isUsable(X509* certificate, EVP_PKEY* key, WallTime now) {
    std::time_t renewal = std::chrono::system_clock::to_time_t(now) + kRenewalDays * kDay;
    return certificate != nullptr && X509_check_private_key(certificate, key) == 1 &&
           X509_cmp_time(X509_get0_notAfter(certificate), &renewal) > 0;
}

} // namespace

void TlsIdentity::FreeKey::operator()(EVP_PKEY* key) const {
    EVP_PKEY_free(key);
}
void TlsIdentity::FreeCertificate::operator()(X509* certificate) const {
    X509_free(certificate);
}
TlsIdentity::TlsIdentity(TlsIdentity&&) noexcept = default;
TlsIdentity::~TlsIdentity() = default;

Expected<TlsIdentity, std::string> TlsIdentity::loadOrCreate(const std::filesystem::path& directory,
                                                             WallTime now) {
    const auto keyPath = directory / "relay.key";
    const auto certificatePath = directory / "relay.crt";
    TlsIdentity identity;
    if (std::filesystem::exists(keyPath)) {
        const auto pem = readFile(keyPath);
        if (!pem) {
            return unexpected("cannot read the relay's key " + keyPath.string());
        }
        identity.m_key.reset(PEM_read_bio_PrivateKey(bioOf(*pem).get(), nullptr, nullptr, nullptr));
        if (!identity.m_key) {
            return unexpected(
                keyPath.string() +
                " holds no key; restore it from a backup (a new key would be a new relay to everyone)");
        }
    } else {
        identity.m_key.reset(EVP_EC_gen("P-256"));
        const Bio bio(BIO_new(BIO_s_mem()));
        if (!identity.m_key || PEM_write_bio_PKCS8PrivateKey(bio.get(), identity.m_key.get(), nullptr,
                                                             nullptr, 0, nullptr, nullptr) != 1) {
            return unexpected(std::string("cannot make a TLS key"));
        }
        if (!writePrivately(keyPath, pemOf(bio))) {
            return unexpected("cannot write the relay's key " + keyPath.string());
        }
    }
    if (const auto pem = readFile(certificatePath)) {
        identity.m_certificate.reset(PEM_read_bio_X509(bioOf(*pem).get(), nullptr, nullptr, nullptr));
    }
    if (!isUsable(identity.m_certificate.get(), identity.m_key.get(), now)) {
        identity.m_certificate.reset(makeCertificate(identity.m_key.get(), now));
        const Bio bio(BIO_new(BIO_s_mem()));
        if (!identity.m_certificate || PEM_write_bio_X509(bio.get(), identity.m_certificate.get()) != 1 ||
            !writePrivately(certificatePath, pemOf(bio))) {
            return unexpected("cannot write the relay's certificate " + certificatePath.string());
        }
    }
    unsigned char* spki = nullptr;
    const int size = i2d_PUBKEY(identity.m_key.get(), &spki);
    if (size <= 0) {
        return unexpected(std::string("cannot encode the relay's public key"));
    }
    identity.m_relay = RelayId{sha256({spki, static_cast<std::size_t>(size)}).value};
    OPENSSL_free(spki);
    return identity;
}

bool TlsIdentity::configure(SSL_CTX* context) const {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    // Idle connections give their buffers back: 34 KB each.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_use_certificate(context, m_certificate.get()) == 1 &&
           SSL_CTX_use_PrivateKey(context, m_key.get()) == 1;
}

} // namespace sotto::relay

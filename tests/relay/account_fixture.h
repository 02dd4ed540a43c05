// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Accounts and devices with real keys and signatures, as a client would make them, for tests and benches of
/// the relay.

#include "core/base/hash.h"
#include "core/wire/packet.h"
#include "crypto/account_keys.h"
#include "crypto/device_keys.h"

#include <memory>

namespace sotto::relay {

namespace pb = wire::pb;

/// What a client signs into its log-in and registration.
struct Greeting {
    RelayId relay;
    Nonce nonce;
    Digest tlsKeyHash;
};
inline Greeting greetingOf(const pb::Challenge& challenge, bool secure) {
    const auto relay = wire::fixedOf<RelayId>(challenge.relay_id());
    return {relay, wire::fixedOf<Nonce>(challenge.nonce()), secure ? Digest{relay.value} : Digest{}};
}

inline pb::SignedList wireOf(const SignedDeviceList& list) {
    pb::SignedList out;
    out.set_bytes(stringOf(list.bytes));
    out.set_signature(wire::fieldOf(list.signature));
    return out;
}

/// An account whose owner has every key: root, signer and those of all its devices.
class TestAccount {
public:
    TestAccount(std::string name, Random& random, std::size_t devices = 1)
        : m_random(random)
        , m_root(crypto::RecoveryCode::generate(random))
        , m_signer(crypto::SignerKey::generate(random)) {
        m_list.certificate = m_root.certify(1, m_signer.publicKey());
        m_list.name = std::move(name);
        m_list.version = 1;
        m_list.issuedAt = 1'700'000'000'000;
        addDevice();
        seal();
        for (std::size_t i = 1; i < devices; ++i) {
            addDevice();
            succeed();
        }
    }

    const AccountId& id() const { return m_root.account(); }
    DeviceAddress device(std::uint32_t number = 1) const { return {id(), DeviceNumber{number}}; }
    const crypto::DeviceKeys& keys(std::uint32_t number = 1) const { return *m_devices[number - 1]; }
    const crypto::SignerKey& signer() const { return m_signer; }
    const SignedDeviceList& list() const { return m_signed; }
    const DeviceList& plainList() const { return m_list; }
    Random& random() { return m_random; }

    void addDevice() {
        addDevice(std::make_shared<const crypto::DeviceKeys>(crypto::DeviceKeys::generate(m_random)));
    }
    /// Many devices with the same keys: each key takes locked memory and three mappings, of which a process
    /// has only so many.
    void addDeviceLike(std::uint32_t number) { addDevice(m_devices[number - 1]); }
    void addDevice(std::shared_ptr<const crypto::DeviceKeys> keys) {
        m_devices.push_back(std::move(keys));
        const auto number = static_cast<std::uint32_t>(m_devices.size());
        m_list.devices.push_back(m_devices.back()->entry(id(), DeviceNumber{number}, m_random));
    }
    void removeDevice(std::uint32_t number) {
        std::erase_if(m_list.devices,
                      [&](const DeviceEntry& entry) { return entry.device == DeviceNumber{number}; });
    }
    /// The next version, after the list that stood so far.
    void succeed() {
        m_list.previous = deviceListHash(m_signed.bytes);
        ++m_list.version;
        seal();
    }
    SignedDeviceList signedAs(const DeviceList& list) const { return m_signer.sign(list); }

    pb::ListRef ref() const {
        pb::ListRef ref;
        ref.set_account(wire::fieldOf(id()));
        ref.set_signer_epoch(m_list.certificate.signerEpoch);
        ref.set_version(m_list.version);
        ref.set_hash(wire::fieldOf(deviceListHash(m_signed.bytes)));
        return ref;
    }

    pb::Frame registration(const Greeting& greeting, const Bytes& invite) const {
        pb::Frame frame;
        frame.set_request(1);
        pb::Register& request = *frame.mutable_register_();
        request.set_version(wire::kVersion);
        request.set_invite(stringOf(invite));
        *request.mutable_list() = wireOf(m_signed);
        request.set_signature(wire::fieldOf(
            m_signer.sign(RegistrationStatement{id(), greeting.relay, greeting.nonce, greeting.tlsKeyHash,
                                                deviceListHash(m_signed.bytes), invite})));
        return frame;
    }
    pb::Frame hello(const Greeting& greeting, std::uint32_t number = 1) const {
        pb::Frame frame;
        frame.set_request(2);
        pb::Hello& hello = *frame.mutable_hello();
        hello.set_version(wire::kVersion);
        hello.set_account(wire::fieldOf(id()));
        hello.set_device(number);
        hello.set_signature(wire::fieldOf(keys(number).sign(
            LoginStatement{device(number), greeting.relay, greeting.nonce, greeting.tlsKeyHash})));
        return frame;
    }
    /// A bundle statement of one device.
    SignedBundleStatement bundle(std::uint32_t number = 1) const {
        BundleStatement statement;
        statement.device = device(number);
        statement.registrationId = keys(number).registrationId();
        statement.signedPrekeyId = 7;
        statement.signedPrekey = crypto::DeviceKeys::generate(m_random).identityKey();
        statement.signedPrekeySignature = keys(number).signPrekey(statement.signedPrekey, m_random);
        statement.createdAt = 1'700'000'000'000;
        statement.expiresAt = 1'900'000'000'000;
        return keys(number).sign(statement);
    }
    /// A send to every device of `to` and to one's own other devices.
    pb::Frame message(const TestAccount& to, const SendId& id, const std::string& payload,
                      std::uint32_t from = 1, pb::Class kind = pb::DURABLE) const {
        pb::Frame frame;
        frame.set_request(100);
        pb::Send& send = *frame.mutable_send();
        send.set_send_id(wire::fieldOf(id));
        send.set_class_(kind);
        send.set_payload(payload);
        *send.add_lists() = to.ref();
        if (&to != this) {
            *send.add_lists() = ref();
        }
        const auto address = [&](const TestAccount& account) {
            for (const DeviceEntry& entry : account.m_list.devices) {
                if (&account == this && entry.device == DeviceNumber{from}) {
                    continue;
                }
                pb::Header& header = *send.add_headers();
                wire::setAddress(header.mutable_device(), {account.id(), entry.device});
                header.set_bytes("header for " + std::to_string(number(entry.device)));
            }
        };
        address(to);
        if (&to != this) {
            address(*this);
        }
        return frame;
    }

private:
    void seal() { m_signed = m_signer.sign(m_list); }
    Random& m_random;
    crypto::AccountRoot m_root;
    crypto::SignerKey m_signer;
    std::vector<std::shared_ptr<const crypto::DeviceKeys>> m_devices;
    DeviceList m_list;
    SignedDeviceList m_signed;
};

} // namespace sotto::relay

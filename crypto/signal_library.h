// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// libsignal-protocol-c behind C++ ownership: the only way the rest of crypto touches it. Private to crypto.

#include "core/base/random.h"
#include "crypto/error.h"

#include <memory>
#include <mutex>
#include <signal/hkdf.h>
#include <signal/protocol.h>
#include <signal/ratchet.h>
#include <signal/session_state.h>
#include <signal/signal_protocol.h>

namespace sotto::crypto {

/// The one translation of the library's negative results. Positive ones are successes: its callbacks leak
/// them.
Error errorOf(int signalResult);

/// Owns one reference to a reference-counted object of the library.
template <class T>
class SignalRef {
public:
    SignalRef() = default;
    /// Takes over the caller's reference.
    explicit SignalRef(T* object)
        : m_object(object) {}
    /// Adds a reference to what somebody else owns.
    static SignalRef sharing(T* object) {
        if (object != nullptr) {
            signal_type_ref(reinterpret_cast<signal_type_base*>(object));
        }
        return SignalRef(object);
    }
    SignalRef(SignalRef&& other) noexcept
        : m_object(std::exchange(other.m_object, nullptr)) {}
    SignalRef& operator=(SignalRef&& other) noexcept {
        std::swap(m_object, other.m_object);
        return *this;
    }
    SignalRef(const SignalRef&) = delete;
    SignalRef& operator=(const SignalRef&) = delete;
    ~SignalRef() {
        if (m_object != nullptr) {
            signal_type_unref(reinterpret_cast<signal_type_base*>(m_object));
        }
    }
    T* get() const { return m_object; }
    explicit operator bool() const { return m_object != nullptr; }

private:
    T* m_object = nullptr;
};

/// A buffer of the library, wiped when it ends.
class SignalBuffer {
public:
    explicit SignalBuffer(signal_buffer* buffer)
        : m_buffer(buffer) {}
    SignalBuffer(const SignalBuffer&) = delete;
    SignalBuffer& operator=(const SignalBuffer&) = delete;
    ~SignalBuffer() { signal_buffer_bzero_free(m_buffer); }
    BytesView view() const { return {signal_buffer_const_data(m_buffer), signal_buffer_len(m_buffer)}; }

private:
    signal_buffer* m_buffer;
};

/// Calls `make(&pointer, arguments…)` and owns what it made.
template <class T, class Make, class... Arguments>
Result<SignalRef<T>> made(Make make, Arguments... arguments) {
    T* object = nullptr;
    const int result = make(&object, arguments...);
    if (result < 0) {
        return unexpected(errorOf(result));
    }
    return SignalRef<T>(object);
}

/// One context of the library with our crypto provider: random numbers from Random, a lock its holder may
/// take again, and no log at all, since the library's log lines carry addresses and counters.
class SignalLibrary {
public:
    explicit SignalLibrary(Random& random);
    ~SignalLibrary();
    SignalLibrary(const SignalLibrary&) = delete;
    SignalLibrary& operator=(const SignalLibrary&) = delete;

    signal_context* context() const { return m_context; }
    /// HKDF as version 3 of the message format uses it.
    hkdf_context* hkdf() const { return m_hkdf.get(); }

    SignalRef<ec_public_key> publicKey(const Curve25519Key& key) const;
    SignalRef<ec_private_key> privateKey(std::span<const std::uint8_t, 32> secret) const;
    SignalRef<ec_key_pair> keyPair(const Curve25519Key& key, std::span<const std::uint8_t, 32> secret) const;
    SignalRef<ec_key_pair> freshKeyPair() const;

private:
    signal_context* m_context = nullptr;
    SignalRef<hkdf_context> m_hkdf;
    std::recursive_mutex m_mutex;
};

Curve25519Key keyOf(const ec_public_key* key);

} // namespace sotto::crypto

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Secrets have types of their own: move-only, wiped, never printed, never converted, compared in constant
/// time. `expose()` is the one way in: grep for it to audit every use.

#include "core/base/bytes.h"
#include "core/base/random.h"

#include <array>
#include <new>
#include <optional>
#include <sodium.h>
#include <utility>

namespace sotto {

/// N secret bytes that live long (keys of accounts, devices, databases): in guarded, locked memory
/// (sodium_malloc), left out of core dumps, wiped when it ends. About 27 us each. Throws std::bad_alloc when
/// no locked memory is left.
template <std::size_t N>
class Secret {
public:
    Secret()
        : m_bytes(static_cast<std::uint8_t*>(sodium_malloc(N))) {
        if (m_bytes == nullptr) {
            throw std::bad_alloc();
        }
        sodium_memzero(m_bytes, N);
    }
    static Secret random(Random& random) {
        Secret secret;
        random.fill({secret.m_bytes, N});
        return secret;
    }
    /// Copies from memory that the caller wipes.
    static std::optional<Secret> from(BytesView bytes) {
        if (bytes.size() != N) {
            return std::nullopt;
        }
        Secret secret;
        std::copy(bytes.begin(), bytes.end(), secret.m_bytes);
        return secret;
    }
    Secret(Secret&& other) noexcept
        : m_bytes(std::exchange(other.m_bytes, nullptr)) {}
    Secret& operator=(Secret&& other) noexcept {
        std::swap(m_bytes, other.m_bytes);
        return *this;
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { sodium_free(m_bytes); } // wipes; accepts nullptr

    Secret clone() const { return std::move(*from(expose())); }
    std::span<const std::uint8_t, N> expose() const { return std::span<const std::uint8_t, N>(m_bytes, N); }
    std::span<std::uint8_t, N> exposeWritable() { return std::span<std::uint8_t, N>(m_bytes, N); }
    friend bool operator==(const Secret& a, const Secret& b) {
        return sodium_memcmp(a.m_bytes, b.m_bytes, N) == 0;
    }

private:
    std::uint8_t* m_bytes;
};

/// N secret bytes of one message or one computation: on the stack, wiped when it ends. A move wipes what it
/// leaves.
template <std::size_t N>
class ShortSecret {
public:
    ShortSecret() = default;
    static std::optional<ShortSecret> from(BytesView bytes) {
        if (bytes.size() != N) {
            return std::nullopt;
        }
        std::optional<ShortSecret> secret(std::in_place);
        std::copy(bytes.begin(), bytes.end(), secret->m_bytes.begin());
        return secret;
    }
    static ShortSecret random(Random& random) {
        ShortSecret secret;
        random.fill(secret.m_bytes);
        return secret;
    }
    ShortSecret(ShortSecret&& other) noexcept
        : m_bytes(other.m_bytes) {
        other.wipe();
    }
    ShortSecret& operator=(ShortSecret&& other) noexcept {
        if (this != &other) {
            m_bytes = other.m_bytes;
            other.wipe();
        }
        return *this;
    }
    ShortSecret(const ShortSecret&) = delete;
    ShortSecret& operator=(const ShortSecret&) = delete;
    ~ShortSecret() { wipe(); }

    std::span<const std::uint8_t, N> expose() const { return m_bytes; }
    std::span<std::uint8_t, N> exposeWritable() { return m_bytes; }
    friend bool operator==(const ShortSecret& a, const ShortSecret& b) {
        return sodium_memcmp(a.m_bytes.data(), b.m_bytes.data(), N) == 0;
    }

private:
    void wipe() { sodium_memzero(m_bytes.data(), N); }
    std::array<std::uint8_t, N> m_bytes{};
};

/// A secret of any length (a passphrase, a serialised private record), in guarded memory.
class SecretBytes {
public:
    SecretBytes() = default;
    explicit SecretBytes(std::size_t size)
        : m_bytes(size == 0 ? nullptr : static_cast<std::uint8_t*>(sodium_malloc(size)))
        , m_size(size) {
        if (size != 0 && m_bytes == nullptr) {
            throw std::bad_alloc();
        }
    }
    static SecretBytes from(BytesView bytes) {
        SecretBytes secret(bytes.size());
        std::copy(bytes.begin(), bytes.end(), secret.m_bytes);
        return secret;
    }
    SecretBytes(SecretBytes&& other) noexcept
        : m_bytes(std::exchange(other.m_bytes, nullptr))
        , m_size(std::exchange(other.m_size, 0)) {}
    SecretBytes& operator=(SecretBytes&& other) noexcept {
        std::swap(m_bytes, other.m_bytes);
        std::swap(m_size, other.m_size);
        return *this;
    }
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes() { sodium_free(m_bytes); }

    BytesView expose() const { return {m_bytes, m_size}; }
    std::span<std::uint8_t> exposeWritable() { return {m_bytes, m_size}; }
    std::size_t size() const { return m_size; }
    bool isEmpty() const { return m_size == 0; }

private:
    std::uint8_t* m_bytes = nullptr;
    std::size_t m_size = 0;
};

} // namespace sotto

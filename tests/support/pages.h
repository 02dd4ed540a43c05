// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a profile's database really holds: every page and every frame of its log, decrypted without SQLite.

#include "core/profile/database_key.h"
#include "tests/support/chatter.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <openssl/evp.h>
#include <sstream>

namespace sotto::test {

inline Bytes bytesOfFile(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    const std::string all = text.str();
    return {all.begin(), all.end()};
}

/// Reads what SQLCipher wrote as it stands: every page, used or free, and every frame of the log.
class Pages {
public:
    explicit Pages(const std::filesystem::path& profile) {
        const auto key = core::decodeKeyFile(bytesOfFile(profile / "key.file"));
        const Bytes database = bytesOfFile(profile / "history.db");
        if (!key || database.empty() || database.size() % kPage != 0) {
            throw std::runtime_error("no database to look into");
        }
        for (std::size_t at = 0; at < database.size(); at += kPage) {
            add(*key, BytesView(database).subspan(at, kPage), at == 0);
        }
        const Bytes log = bytesOfFile(profile / "history.db-wal");
        for (std::size_t at = kLogHeader; at + kFrameHeader + kPage <= log.size();
             at += kFrameHeader + kPage) {
            ++m_frames;
            const bool isFirst = log[at] == 0 && log[at + 1] == 0 && log[at + 2] == 0 && log[at + 3] == 1;
            add(*key, BytesView(log).subspan(at + kFrameHeader, kPage), isFirst);
        }
    }
    bool contain(const std::string& text) const { return m_plain.find(text) != std::string::npos; }
    std::size_t frames() const { return m_frames; }

private:
    static constexpr std::size_t kPage = 4096;
    static constexpr std::size_t kReserved = 80; ///< at a page's end: its IV, and a MAC
    static constexpr std::size_t kSalt = 16;     ///< in front of the first page, in the clear
    static constexpr std::size_t kLogHeader = 32;
    static constexpr std::size_t kFrameHeader = 24;

    void add(const db::DatabaseKey& key, BytesView page, bool isFirst) {
        const std::size_t from = isFirst ? kSalt : 0;
        const BytesView sealed = page.subspan(from, kPage - kReserved - from);
        const BytesView iv = page.subspan(kPage - kReserved, 16);
        std::string plain(sealed.size() + 16, '\0');
        int length = 0;
        const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                      EVP_CIPHER_CTX_free);
        EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.expose().data(), iv.data());
        EVP_CIPHER_CTX_set_padding(context.get(), 0);
        EVP_DecryptUpdate(context.get(), reinterpret_cast<unsigned char*>(plain.data()), &length,
                          sealed.data(), static_cast<int>(sealed.size()));
        m_plain.append(plain, 0, static_cast<std::size_t>(length));
    }

    std::string m_plain;
    std::size_t m_frames = 0;
};

/// A word that nobody else writes: twelve letters by chance.
inline std::string canary(Chatter& chatter) {
    std::string word;
    while (word.size() < 12) {
        word += static_cast<char>('a' + chatter.below(26));
    }
    return word;
}
/// The index keeps a word without what it has in common with the one before it: any half of it is a trace.
inline std::vector<std::string> tracesOf(const std::string& word) {
    std::vector<std::string> traces;
    for (std::size_t at = 0; at + 6 <= word.size(); ++at) {
        traces.push_back(word.substr(at, 6));
    }
    return traces;
}
inline std::string foundIn(const Pages& pages, const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        for (const std::string& trace : tracesOf(word)) {
            if (pages.contain(trace)) {
                return trace + " of " + word;
            }
        }
    }
    return {};
}

} // namespace sotto::test

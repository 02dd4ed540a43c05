// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A file of encrypted pieces, each authenticated and bound to its place, the last one marked as the last: a
/// piece that is changed, moved, missing or too many is noticed, and named by its place.
///
///     file   := "sotto backup 1\n" ‖ ephemeral key (32) ‖ recipient mark (16) ‖ piece*
///     piece  := u32 size of the ciphertext ‖ ciphertext and tag (XChaCha20-Poly1305)
///     nonce  := "last" or "more" ‖ 12 zero bytes ‖ u64 number of the piece, from 0
///     mark   := beginning of the labelled hash of both public keys: tells another recovery code from damage
///
/// A key is never used for a second file (crypto/backup_key.h), so that a counter is a good nonce.

#include "core/archive/new_file.h"
#include "crypto/backup_key.h"

namespace sotto::core {

inline constexpr std::size_t kPieceBytes = 64 * 1024; ///< of plaintext, at most

class SealedWriter {
public:
    /// Invalid: `recipient` is no good key.
    static Result<SealedWriter> begin(const std::filesystem::path& path, const Curve25519Key& recipient,
                                      const std::string& attempted, Random& random);
    Result<void> write(BytesView bytes);
    Result<void> finish();
    std::uint64_t written() const { return m_written; } ///< bytes of the file so far

private:
    SealedWriter(NewFile file, Secret<32> key);
    Result<void> seal(bool isLast);
    NewFile m_file;
    Secret<32> m_key;
    Bytes m_piece;
    std::uint64_t m_number = 0;
    std::uint64_t m_written = 0;
};

class SealedReader {
public:
    /// NotFound, or Invalid when it is no backup, of a newer version, or the code is another account's.
    static Result<SealedReader> open(const std::filesystem::path& path, const crypto::BackupKey& key,
                                     std::string attempted);
    SealedReader(SealedReader&&) = default;
    SealedReader& operator=(SealedReader&&) = delete;
    ~SealedReader(); ///< wipes what is open

    /// Exactly so many bytes, valid until the next call. Damaged, with the place, for whatever cannot have
    /// been written so.
    Result<BytesView> read(std::size_t size);
    /// After the last byte that is wanted: Damaged when there is more.
    Result<void> expectEnd();
    std::uint64_t place() const { return m_begin; } ///< where in the file the piece at hand begins
    std::uint64_t size() const { return m_file.size(); }
    Failure damaged(const std::string& what) const;

private:
    SealedReader(OldFile file, Secret<32> key, std::string attempted);
    Result<void> openNext();
    OldFile m_file;
    Secret<32> m_key;
    std::string m_attempted;
    Bytes m_plain; ///< what is open and not read yet begins at m_at
    std::size_t m_at = 0;
    std::uint64_t m_number = 0;
    std::uint64_t m_begin = 0;
    std::uint64_t m_next = 0;
    bool m_ended = false;
};

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Cuts text into the words of a full-text index.

#include <cstddef>
#include <string_view>

namespace sotto::db {

class Tokenizer {
public:
    /// One word with its place in the text, in bytes. False: stop.
    using Take = bool (*)(void* context, std::string_view word, std::size_t begin, std::size_t end);
    virtual ~Tokenizer() = default;
    /// How `tokenize = '…'` names it. Holds as long as the tokenizer.
    virtual const char* name() const = 0;
    /// Must give the same words for the same text for ever: an index is kept. False when `take` said to stop.
    virtual bool tokenize(std::string_view text, void* context, Take take) const = 0;
};

} // namespace sotto::db

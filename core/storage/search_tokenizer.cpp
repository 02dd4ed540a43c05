// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/search_tokenizer.h"

#include "core/text/fold.h"
#include "core/text/words.h"

namespace sotto::core {
namespace {

class SearchTokenizer final : public db::Tokenizer {
public:
    const char* name() const override { return "sotto"; }
    bool tokenize(std::string_view text, void* context, Take take) const override {
        const FoldedText folded = foldWithOrigins(text);
        for (const Word& word : wordsOf(folded.text)) {
            if (!take(context, std::string_view(folded.text).substr(word.begin, word.end - word.begin),
                      folded.origins[word.begin], folded.origins[word.end])) {
                return false;
            }
        }
        return true;
    }
};

} // namespace

const db::Tokenizer& searchTokenizer() {
    static const SearchTokenizer kTokenizer;
    return kTokenizer;
}

} // namespace sotto::core

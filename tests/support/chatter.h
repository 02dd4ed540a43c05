// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Messages as people write them, from a seed: words of made-up languages in ten scripts, frequent and rare
/// as words are, with names, numbers, links, code and emoji between them.

#include "core/text/utf8.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace sotto::test {

class Chatter {
public:
    explicit Chatter(std::uint64_t seed, std::size_t wordsOfEach = 20'000)
        : m_engine(seed) {
        for (const Script& script : scripts()) {
            std::vector<std::string> words;
            words.reserve(wordsOfEach);
            for (std::size_t i = 0; i < wordsOfEach; ++i) {
                words.push_back(word(script, i));
            }
            m_words.push_back(std::move(words));
        }
    }

    /// One message.
    std::string next() {
        std::string text;
        const std::size_t script = below(100) < 55 ? 0 : below(scripts().size());
        const std::size_t count = 1 + below(6) + below(10);
        for (std::size_t i = 0; i < count; ++i) {
            if (!text.empty()) {
                text += scripts()[script].spaced || below(8) == 0 ? " " : "";
            }
            switch (below(60)) {
            case 0:
                text += link();
                break;
            case 1:
                text += code();
                break;
            case 2:
                sotto::core::appendCodePoint(kEmoji[below(std::size(kEmoji))], text);
                break;
            case 3:
                text += std::to_string(below(100'000));
                break;
            default:
                text += zipf(m_words[script]);
            }
            if (below(12) == 0) {
                text += kMarks[below(std::size(kMarks))];
            }
        }
        return text;
    }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(m_engine() % n); }
    const std::vector<std::string>& words(std::size_t script) const { return m_words[script]; }

private:
    struct Script {
        char32_t first;
        char32_t count;
        bool spaced;
        int shortest;
        int longest; ///< syllables or signs of a word
    };
    static const std::vector<Script>& scripts() {
        static const std::vector<Script> kScripts = {
            {'a', 26, true, 2, 5},       // Latin, of syllables
            {0x00E0, 30, true, 2, 4},    // Latin with accents
            {0x0430, 32, true, 2, 9},    // Cyrillic
            {0x03B1, 24, true, 2, 9},    // Greek
            {0x05D0, 26, true, 2, 7},    // Hebrew
            {0x0627, 19, true, 2, 7},    // Arabic
            {0x0915, 36, true, 2, 6},    // Devanagari
            {0x0E01, 44, false, 2, 6},   // Thai
            {0x4E00, 3000, false, 1, 3}, // Han
            {0xAC00, 2000, true, 1, 4},  // Hangul
        };
        return kScripts;
    }
    static constexpr char32_t kEmoji[] = {0x1F600, 0x1F44D, 0x2764, 0x1F389,
                                          0x1F602, 0x1F973, 0x2600, 0x1F680};
    static constexpr const char* kMarks[] = {".", ",", "!", "?", " - ", ": ", "...", ")"};

    std::string word(const Script& script, std::size_t rank) {
        static constexpr std::string_view kConsonants = "bcdfghjklmnprstvwz";
        static constexpr std::string_view kVowels = "aeiou";
        std::string text;
        // Frequent words are short.
        const auto span = static_cast<std::size_t>(script.longest - script.shortest + 1);
        const std::size_t length =
            static_cast<std::size_t>(script.shortest) + (rank < 200 ? below(2) : below(span));
        for (std::size_t i = 0; i < length; ++i) {
            if (script.first == 'a') {
                text +=
                    below(4) == 0 ? std::string() : std::string(1, kConsonants[below(kConsonants.size())]);
                text += kVowels[below(kVowels.size())];
                text +=
                    below(4) == 0 ? std::string(1, kConsonants[below(kConsonants.size())]) : std::string();
            } else {
                sotto::core::appendCodePoint(script.first + static_cast<char32_t>(below(script.count)), text);
                if (script.first == 0x0915 && below(2) == 0) {
                    sotto::core::appendCodePoint(0x093E + static_cast<char32_t>(below(10)), text); // a vowel
                }
                if (script.first == 0x00E0 && below(2) == 0) {
                    text += kVowels[below(kVowels.size())];
                }
            }
        }
        if (script.first == 'a' && below(12) == 0) {
            text.front() = static_cast<char>(text.front() - ('a' - 'A'));
        }
        return text;
    }
    /// The n-th word is n times rarer than the first.
    const std::string& zipf(const std::vector<std::string>& words) {
        const double u = static_cast<double>(m_engine() >> 11U) * 0x1p-53;
        const auto rank = static_cast<std::size_t>(std::exp(u * std::log(static_cast<double>(words.size()))));
        return words[std::min(rank, words.size() - 1)];
    }
    std::string letters(std::size_t count) {
        static constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz0123456789";
        std::string text;
        for (std::size_t i = 0; i < count; ++i) {
            text += kLetters[below(kLetters.size())];
        }
        return text;
    }
    std::string link() {
        return "https://" + zipf(m_words[0]) + ".example/" + zipf(m_words[0]) +
               "?id=" + letters(4 + below(8));
    }
    std::string code() {
        return zipf(m_words[0]) + "_" + zipf(m_words[0]) + "(" + std::to_string(below(300)) + ");";
    }

    std::mt19937_64 m_engine;
    std::vector<std::vector<std::string>> m_words;
};

} // namespace sotto::test

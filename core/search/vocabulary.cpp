// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/search/vocabulary.h"

#include "core/search/edits.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sotto::core {
namespace {

constexpr std::size_t kMostAdded = 50'000; ///< a set of strings is dear: beyond, all is read anew

std::uint32_t lettersOf(std::string_view word) {
    std::uint32_t letters = 0;
    for (const char c : word) {
        letters |= 1U << (static_cast<unsigned char>(c) & 31U);
    }
    return letters;
}

} // namespace

void Vocabulary::load(db::Database& database) {
    if (m_loaded) {
        return;
    }
    clear();
    m_text = "\n";
    for (auto rows = database.query("SELECT term FROM search_vocabulary"); rows.next();) {
        const std::string_view word = rows.textView(0);
        if (!word.starts_with(kPlaceMark)) {
            m_begins.push_back(static_cast<std::uint32_t>(m_text.size()));
            m_letters.push_back(lettersOf(word));
            m_text += word;
            m_text += '\n';
        }
    }
    m_loaded = true;
}

void Vocabulary::clear() {
    m_loaded = false;
    m_text = {};
    m_begins = {};
    m_letters = {};
    m_added.clear();
}

void Vocabulary::add(std::string_view word) {
    if (!m_loaded || m_added.contains(word)) {
        return;
    }
    const auto at = [&](std::uint32_t begin) {
        return std::string_view(m_text).substr(begin, m_text.find('\n', begin) - begin);
    };
    const auto found = std::partition_point(m_begins.begin(), m_begins.end(),
                                            [&](std::uint32_t begin) { return at(begin) < word; });
    if (found != m_begins.end() && at(*found) == word) {
        return;
    }
    if (m_added.size() == kMostAdded) {
        clear();
        return;
    }
    m_added.emplace(word);
}

std::optional<std::vector<std::string>> Vocabulary::matching(const std::string& needle,
                                                             std::size_t most) const {
    std::vector<std::string> words;
    const char* at = m_text.data();
    const char* const end = at + m_text.size();
    while (const void* hit = ::memmem(at, static_cast<std::size_t>(end - at), needle.data(), needle.size())) {
        const auto* inside = static_cast<const char*>(hit);
        const auto offset = static_cast<std::size_t>(inside - m_text.data());
        const std::size_t begin = m_text.rfind('\n', offset) + 1;
        const std::size_t stop = m_text.find('\n', offset);
        if (words.size() == most) {
            return std::nullopt;
        }
        words.push_back(m_text.substr(begin, stop - begin));
        at = m_text.data() + stop;
    }
    for (const std::string& word : m_added) {
        if ((word + '\n').find(needle) != std::string::npos) {
            if (words.size() == most) {
                return std::nullopt;
            }
            words.push_back(word);
        }
    }
    return words;
}

std::optional<std::vector<std::string>> Vocabulary::containing(std::string_view part,
                                                               std::size_t most) const {
    return matching(std::string(part), most);
}

std::optional<std::vector<std::string>> Vocabulary::endingWith(std::string_view part,
                                                               std::size_t most) const {
    return matching(std::string(part) + '\n', most);
}

std::vector<std::string> Vocabulary::near(std::string_view word, int edits, std::size_t most) const {
    const EditDistance distance(word);
    const std::uint32_t letters = lettersOf(word);
    // An edit changes at most one letter of one byte into another of at most three: four bits.
    const int mostBits = distance.isAscii() ? 4 * edits : 32;
    struct Near {
        int edits;
        std::string word;
    };
    std::vector<Near> found;
    const auto look = [&](std::string_view candidate) {
        const int apart = distance.to(candidate, edits);
        if (apart > 0 && apart <= edits) {
            found.push_back({apart, std::string(candidate)});
        }
    };
    for (std::size_t i = 0; i < m_begins.size(); ++i) {
        if (std::popcount(m_letters[i] ^ letters) <= mostBits) {
            const std::size_t end = i + 1 < m_begins.size() ? m_begins[i + 1] - 1 : m_text.size() - 1;
            look(std::string_view(m_text).substr(m_begins[i], end - m_begins[i]));
        }
    }
    for (const std::string& added : m_added) {
        look(added);
    }
    // People rarely get the first letter wrong.
    std::ranges::stable_sort(found, {}, [&](const Near& near) {
        return near.edits * 2 + (near.word.front() == word.front() ? 0 : 1);
    });
    std::vector<std::string> words;
    for (std::size_t i = 0; i < found.size() && i < most; ++i) {
        words.push_back(std::move(found[i].word));
    }
    return words;
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/search/vocabulary.h"

#include "core/search/edits.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sotto::core {
namespace {

constexpr std::size_t kFewestSlots = 1024;

std::uint32_t lettersOf(std::string_view word) {
    std::uint32_t letters = 0;
    for (const char c : word) {
        letters |= 1U << (static_cast<unsigned char>(c) & 31U);
    }
    return letters;
}

} // namespace

void Vocabulary::load(db::Database& database) {
    if (!m_loaded) {
        clear();
        m_text = "\n";
        makeSlots(kFewestSlots);
    }
    for (auto rows = database.query("SELECT id, words FROM search_word WHERE id > ? ORDER BY id", m_lastRow);
         rows.next();) {
        m_lastRow = rows.integer(0);
        std::string_view words = rows.textView(1);
        while (!words.empty()) {
            const std::size_t end = std::min(words.find('\n'), words.size());
            add(words.substr(0, end));
            words.remove_prefix(std::min(end + 1, words.size()));
        }
    }
    m_loaded = true;
}

void Vocabulary::clear() {
    m_loaded = false;
    m_lastRow = 0;
    m_text = {};
    m_begins = {};
    m_letters = {};
    m_slots = {};
}

std::string_view Vocabulary::at(std::size_t i) const {
    const std::size_t end = i + 1 < m_begins.size() ? m_begins[i + 1] - 1 : m_text.size() - 1;
    return std::string_view(m_text).substr(m_begins[i], end - m_begins[i]);
}

/// Where the word is, or would be.
std::size_t Vocabulary::slotOf(std::string_view word) const {
    const std::size_t mask = m_slots.size() - 1;
    std::size_t slot = std::hash<std::string_view>()(word) & mask;
    while (m_slots[slot] != 0 && at(m_slots[slot] - 1) != word) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

/// count: a power of two, more than there are words.
void Vocabulary::makeSlots(std::size_t count) {
    m_slots.assign(count, 0);
    for (std::size_t i = 0; i < m_begins.size(); ++i) {
        m_slots[slotOf(at(i))] = static_cast<std::uint32_t>(i + 1);
    }
}

bool Vocabulary::add(std::string_view word) {
    const std::size_t slot = slotOf(word);
    if (m_slots[slot] != 0) {
        return false;
    }
    m_begins.push_back(static_cast<std::uint32_t>(m_text.size()));
    m_letters.push_back(lettersOf(word));
    m_text += word;
    m_text += '\n';
    m_slots[slot] = static_cast<std::uint32_t>(m_begins.size());
    if (m_begins.size() * 2 > m_slots.size()) {
        makeSlots(m_slots.size() * 2);
    }
    return true;
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
        const std::size_t stop = m_text.find('\n', begin);
        if (words.size() == most) {
            return std::nullopt;
        }
        words.push_back(m_text.substr(begin, stop - begin));
        at = m_text.data() + stop;
    }
    return words;
}

std::optional<std::vector<std::string>> Vocabulary::containing(std::string_view part,
                                                               std::size_t most) const {
    return matching(std::string(part), most);
}

std::optional<std::vector<std::string>> Vocabulary::beginningWith(std::string_view part,
                                                                  std::size_t most) const {
    return matching('\n' + std::string(part), most);
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
    for (std::size_t i = 0; i < m_begins.size(); ++i) {
        if (std::popcount(m_letters[i] ^ letters) > mostBits) {
            continue;
        }
        const std::string_view candidate = at(i);
        const int apart = distance.to(candidate, edits);
        if (apart > 0 && apart <= edits) {
            found.push_back({apart, std::string(candidate)});
        }
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

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/name_shape.h"

#include <array>
#include <utility>

namespace sotto::core {

std::string nameShape(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, char>, 3> kPairs{
        {{"rn", 'm'}, {"vv", 'w'}, {"cl", 'd'}}};
    static constexpr std::array<std::pair<char, char>, 4> kSigns{
        {{'1', 'l'}, {'i', 'l'}, {'0', 'o'}, {'5', 's'}}};
    std::string shape;
    for (std::size_t at = 0; at < name.size();) {
        char sign = name[at];
        std::size_t length = 1;
        for (const auto& [pair, one] : kPairs) {
            if (name.substr(at).starts_with(pair)) {
                sign = one;
                length = pair.size();
            }
        }
        for (const auto& [other, one] : kSigns) {
            sign = sign == other ? one : sign;
        }
        at += length;
        const bool separates = sign == '.' || sign == '_' || sign == '-';
        if (!separates && (shape.empty() || shape.back() != sign)) {
            shape += sign;
        }
    }
    return shape;
}

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The little that a program without Qt needs of JSON: to write one string, and to find a member in one line
/// that the owner of a profile wrote.

#include <optional>
#include <string>
#include <string_view>

namespace sotto::cli {

/// A string with its quotes. The text must be valid UTF-8.
std::string jsonString(std::string_view text);

/// The raw text of a member's value; the first one when there are several. Nothing when this is not one JSON
/// object, or has no such member.
std::optional<std::string_view> member(std::string_view object, std::string_view name);

/// The text of a raw string without escapes; nothing for any other value.
std::optional<std::string_view> plainText(std::optional<std::string_view> value);

} // namespace sotto::cli

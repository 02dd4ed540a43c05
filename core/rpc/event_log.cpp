// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/event_log.h"

#include "core/rpc/objects.h"

#include <array>
#include <sstream>

namespace sotto::rpc {

namespace {

struct CategoryName {
    LogCategory category;
    std::string_view name;
};
constexpr std::array kNames = {
    CategoryName{LogCategory::Link, "link"}, CategoryName{LogCategory::Mail, "mail"},
    CategoryName{LogCategory::Trust, "trust"}, CategoryName{LogCategory::Account, "account"}};

std::string_view wordFor(LogCategory category) {
    return std::find_if(kNames.begin(), kNames.end(),
                        [&](const CategoryName& entry) { return entry.category == category; })
        ->name;
}

struct Words {
    LogCategory category;
    std::string text;
};

std::string accountText(const AccountId& account) {
    return "acct_" + account.hex();
}

/// A message's kind and how far it is. Never its text, its sender's name, or the sentence of a notice.
std::string words(const core::Message& message) {
    std::string line = messageIdText(message.id) + " in " + conversationText(message.conversation) + " ";
    switch (message.kind) {
    case core::MessageKind::Text:
        return line + nameOf(message.state);
    case core::MessageKind::Placeholder:
        return line + "placeholder " + nameOf(message.cause);
    case core::MessageKind::Notice:
        return line + "notice";
    case core::MessageKind::Gap:
        return line + "gap " + nameOf(message.cause);
    case core::MessageKind::Deleted:
        return line + "deleted";
    case core::MessageKind::Expired:
        return line + "expired";
    }
    return line;
}

Words wordsOf(const core::MessageAdded& event) {
    return {LogCategory::Mail, "added " + words(event.message)};
}
Words wordsOf(const core::MessageChanged& event) {
    return {LogCategory::Mail, "changed " + words(event.message)};
}
Words wordsOf(const core::MessageRemoved& event) {
    return {LogCategory::Mail, "removed a line in " + conversationText(event.conversation)};
}
Words wordsOf(const core::ConversationChanged& event) {
    return {LogCategory::Mail, "changed how " + conversationText(event.conversation) + " is kept"};
}
Words wordsOf(const core::TypingChanged& event) {
    return {LogCategory::Mail, accountText(event.account) + (event.isTyping ? " types" : " stopped typing")};
}
Words wordsOf(const core::PresenceChanged& event) {
    return {LogCategory::Mail, "presence of " + accountText(event.account)};
}
Words wordsOf(const core::LinkChanged& event) {
    return {LogCategory::Link,
            nameOf(event.state) + (event.reason.empty() ? std::string() : ": " + event.reason)};
}
Words wordsOf(const core::AccountRegistered&) {
    return {LogCategory::Account, "registered"};
}
Words wordsOf(const core::RegistrationRefused& event) {
    return {LogCategory::Account, "refused: " + event.failure.text};
}
Words wordsOf(const core::ContactChanged& event) {
    return {LogCategory::Trust, "contact " + accountText(event.contact.account)};
}
Words wordsOf(const core::KeyChanged& event) {
    return {LogCategory::Trust, "key changed of " + accountText(event.contact.account)};
}
/// The sentence names a contact: it stands in `sotto status` and in the conversation.
Words wordsOf(const core::Alarm&) {
    return {LogCategory::Trust, "alarm"};
}

} // namespace

Result<std::set<LogCategory>> logCategoriesFrom(const std::string& words) {
    std::set<LogCategory> wanted;
    std::istringstream list(words);
    for (std::string word; std::getline(list, word, ',');) {
        bool known = word == "all";
        for (const CategoryName& entry : kNames) {
            if (word == "all" || word == entry.name) {
                wanted.insert(entry.category);
                known = true;
            }
        }
        if (!known) {
            return fail(Exit::Usage, "invalid",
                        "there is no log category '" + word + "': all, or some of link,mail,trust,account");
        }
    }
    return wanted;
}

std::optional<std::string> logLine(const core::Event& event, const std::set<LogCategory>& wanted,
                                   std::int64_t now) {
    const Words words = std::visit([](const auto& of) { return wordsOf(of); }, event);
    if (!wanted.contains(words.category)) {
        return std::nullopt;
    }
    return rfc3339(now) + " " + std::string(wordFor(words.category)) + " " + words.text;
}

} // namespace sotto::rpc

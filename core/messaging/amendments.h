// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Edits, deletions and reactions (docs/PROTOCOL.md, "Amendments"): contents that change a message which was
/// said before. What comes of them does not depend on the order in which they arrive.

#include "core/messaging/content.h"
#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"

namespace sotto::core {

class Amendments {
public:
    explicit Amendments(LocalDevice& device)
        : m_device(device) {}

    // ---- Others'. Inside the caller's transaction ----
    /// Of a new transaction: nothing is remembered of the one before.
    void begin() { m_isAnyEarly.reset(); }
    /// A content whose body is an amendment. One that its sender has no right to changes nothing.
    void received(const Content& content, ConversationKey conversation, Effects& effects);
    /// A stored message answers another one.
    void attach(Message& message, const Quote& quote);
    /// Its text looks like this.
    void attach(Message& message, const Styles& styles);
    /// Before a message is stored: what its author took back already is stored as Deleted.
    void foresee(Message& message);
    /// After it was stored, whatever came earlier is done to it. Only the events of what it did to other
    /// things are added: the message's own is the caller's.
    void settle(Message& message, Effects& effects);

    // ---- One's own. Each opens its transaction itself and returns the message as it then stands ----
    /// text: its styles are canonical.
    Expected<Message, db::Error> edit(const Message& message, const StyledText& text, Effects& effects);
    /// emoji: one sign; empty takes back. What stands there already changes nothing.
    Expected<Message, db::Error> react(const Message& message, const std::string& emoji, Effects& effects);
    /// Its text goes here at once, and everywhere when the others hear of it.
    Expected<Message, db::Error> deleteForEveryone(const Message& message, Effects& effects);

private:
    void apply(const Message& message, const Amendment& amendment, Effects& effects);
    void applyEdit(const Message& message, const Amendment& edit);
    void replaceText(const Message& message, const std::string& text);
    void queue(const Message& message, const Body& body, Amendment& amendment, Effects& effects);
    bool isAnyEarly();

    LocalDevice& m_device;
    std::optional<bool> m_isAnyEarly;
};

} // namespace sotto::core

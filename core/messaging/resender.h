// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Answers resend requests: the only place where anything is ever sealed a second time (R10). Only to the
/// same device, only what was meant for it, a few times, and beyond a limit only if the user says so.

#include "core/messaging/content.h"
#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"

namespace sotto::core {

class Resender {
public:
    static constexpr std::int64_t kMostPerMessage = 5;
    static constexpr std::int64_t kMostPerDay = 50;   ///< to one device, without asking the user
    static constexpr std::chrono::hours kUnasked{24}; ///< what is older goes only if the user says so
    /// Two requests for the same may cross one answer.
    static constexpr std::chrono::seconds kBetween{60};
    /// Numbers looked at for one request: who asks for more asks again.
    static constexpr std::size_t kMostNumbers = 1000;

    explicit Resender(LocalDevice& device)
        : m_device(device) {}

    /// Inside the caller's transaction.
    void asked(const DeviceAddress& by, ConversationKey conversation, const ResendRequestBody& request,
               Effects& effects);

    /// The user's word on what was held for an account. Opens its transaction itself; returns how many.
    Expected<std::int64_t, db::Error> allow(const AccountId& account, Effects& effects);
    Expected<std::int64_t, db::Error> deny(const AccountId& account);

private:
    struct Original;
    enum class Judgement { Answer, Gone, Hold, Ignore };
    /// Whether what could not be opened was the frame as it was made, or was altered on its way.
    enum class Frame { Whole, Altered };
    void answerNumbers(const DeviceAddress& by, ConversationKey conversation, const Numbers& numbers,
                       Effects& effects);
    Judgement judge(const DeviceAddress& by, const Original& original) const;
    void consider(const DeviceAddress& by, SendKey send, Frame frame, Effects& effects);
    void answer(const DeviceAddress& by, const Original& original, Effects& effects);
    /// It was deleted here: whoever waits for it need not ask again.
    void sayGone(const DeviceAddress& by, const Original& original, Effects& effects);
    void hold(const DeviceAddress& by, SendKey send, Effects& effects);
    std::optional<Original> original(SendKey send) const;

    LocalDevice& m_device;
};

} // namespace sotto::core

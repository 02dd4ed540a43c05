// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What is missing in the chains of others' devices: noticed where a number is jumped or a sender tells of a
/// later one, shown as a line of the conversation, closed when it comes (docs/PROTOCOL.md, "Gaps").
///
/// Methods run inside the caller's transaction, except show().

#include "core/messaging/effects.h"
#include "core/messaging/local_device.h"

#include <map>
#include <span>

namespace sotto::core {

/// A numbered content that was opened, with what its header said of the chain.
struct Arrival {
    ChainName chain;
    std::uint64_t base = 0; ///< first number meant for this device; 0: not known
    NumberedContent content;
    Stamp stamp{};
};

class Gaps {
public:
    explicit Gaps(LocalDevice& device)
        : m_device(device) {}

    /// Takes in what one batch brought, once for each chain.
    void arrived(std::span<Arrival> arrivals, Effects& effects);
    /// The sender told of its highest number, in mail of this stamp.
    void told(const ChainName& name, std::uint64_t base, std::uint64_t head, Stamp stamp, Effects& effects);
    /// The sender cannot send these again.
    void gone(const ChainName& name, const NumberRange& numbers, Effects& effects);
    /// The relay claims to have deleted mail. isImpossible: of a time that it should still keep, or when
    /// this device was there and had fetched everything.
    void claimed(const ExpiryClaim& claim, bool isImpossible, Effects& effects);

    /// Gives what is still missing its line. Opens its transaction itself.
    Expected<void, db::Error> show(Effects& effects);

private:
    void reconcile(const Chain& chain, Stamp stamp, Effects& effects);
    void showLine(const Chain& chain, Gap gap, Effects& effects);
    void close(const Gap& gap, Effects& effects);
    void change(const Gap& gap, Effects& effects);
    void raiseNewGeneration(const Chain& chain, Effects& effects);
    void raiseFork(const Chain& chain, std::uint64_t seq, Effects& effects);

    LocalDevice& m_device;
};

} // namespace sotto::core

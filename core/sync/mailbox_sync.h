// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Takes delivered rows in, in order, asks for device lists that are missing, acknowledges after the commit.

#include "core/messaging/receiver.h"
#include "core/sync/list_lookup.h"

#include <deque>

namespace sotto::core {

class MailboxSync {
public:
    static constexpr Milliseconds kAskAgainAfter{2'000};
    static constexpr Milliseconds kAskAgainAtMost{600'000};

    MailboxSync(LocalDevice& device, Receiver& receiver, ListLookup& lists, Link& link)
        : m_device(device)
        , m_receiver(receiver)
        , m_lists(lists)
        , m_link(link) {}

    /// Most bytes that may wait here, for device lists to come: far beyond any honest relay's window.
    static constexpr std::size_t kMaxQueuedBytes = 64 * 1024 * 1024;

    /// newest: highest number in the mailbox at log-in: beyond it nothing is missing.
    void begin(std::uint64_t newest) { m_newestAtLogin = newest; }
    void delivered(const wire::pb::Deliver& deliver);
    void onTimer(SteadyTime now);
    /// Everything that waited at log-in has been received.
    bool isDrained() const {
        return m_queue.empty() && number(m_device.mailbox.cursor().number) >= m_newestAtLogin;
    }

private:
    enum class Batch { Whole, Any };
    void work(Batch batches);
    LocalDevice& m_device;
    Receiver& m_receiver;
    ListLookup& m_lists;
    Link& m_link;
    std::deque<Mail> m_queue;
    std::size_t m_queuedBytes = 0;
    std::set<AccountId> m_asked; ///< on this connection: whoever has no list is not asked for again
    bool m_asking = false;
    std::optional<SteadyTime> m_gatherUntil; ///< then a part of a batch is received as it is
    std::optional<SteadyTime> m_askAgainAt;  ///< the relay refused to look a list up
    std::uint64_t m_newestAtLogin = 0;
};

} // namespace sotto::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sync/mailbox_sync.h"

#include "core/base/mutant.h"

namespace sotto::core {

using namespace wire;

namespace {

std::size_t sizeOf(const Mail& mail) {
    return sizeof(Mail) + mail.header.size() + mail.payload.size();
}

} // namespace

void MailboxSync::delivered(const pb::Deliver& deliver) {
    for (const pb::Row& row : deliver.rows()) {
        Mail mail;
        mail.position = MailboxNumber{row.number()};
        mail.stamp = Stamp{std::min(row.stamp(), number(kLatestStamp))};
        mail.expired = row.expired();
        if (mail.expired == 0) {
            mail.isEphemeral = row.class_() == pb::EPHEMERAL;
            mail.sendId = fixedOf<SendId>(row.send_id());
            mail.sender = addressOf(row.sender());
            mail.header = bytesOf(viewOf(row.header()));
            mail.payload = bytesOf(viewOf(row.payload()));
        }
        m_queuedBytes += sizeOf(mail);
        m_queue.push_back(std::move(mail));
    }
    if (m_queuedBytes > kMaxQueuedBytes) {
        m_link.breakOff("The relay delivered more than may be under way.");
        return;
    }
    work(Batch::Whole);
}

void MailboxSync::onTimer(SteadyTime now) {
    if (m_gatherUntil && *m_gatherUntil <= now) {
        m_gatherUntil.reset();
        work(Batch::Any);
    } else if (m_gatherUntil) {
        m_link.wakeAt(*m_gatherUntil);
    }
    if (m_askAgainAt && *m_askAgainAt <= now) {
        m_askAgainAt.reset();
        m_asking = false;
        work(Batch::Any);
    } else if (m_askAgainAt) {
        m_link.wakeAt(*m_askAgainAt);
    }
}

void MailboxSync::work(Batch batches) {
    while (!m_queue.empty() && !m_asking) {
        // More is under way: what does not fill a batch waits for it, for as long as a batch may take.
        if (batches == Batch::Whole && m_queue.size() < Receiver::kMaxBatch &&
            number(m_queue.back().position) < m_newestAtLogin) {
            if (!m_gatherUntil) {
                m_gatherUntil = m_device.clock.steady() + Receiver::kMaxBatchTime;
                m_link.wakeAt(*m_gatherUntil);
            }
            return;
        }
        m_gatherUntil.reset();
        // Rows up to the first whose sender's list should be asked for.
        std::size_t ready = 0;
        while (ready < m_queue.size() && ready < Receiver::kMaxBatch &&
               (m_asked.contains(m_queue[ready].sender.account) || !m_receiver.wantsList(m_queue[ready]))) {
            ++ready;
        }
        if (ready == 0) {
            const AccountId account = m_queue.front().sender.account;
            m_asked.insert(account);
            m_asking = true;
            m_lists.fetch({account}, [this, account](std::optional<Milliseconds> refusedFor) {
                if (refusedFor) {
                    // Not "there is none": the mail waits, unacknowledged, until the relay looks.
                    m_asked.erase(account);
                    m_askAgainAt =
                        m_device.clock.steady() + std::clamp(*refusedFor, kAskAgainAfter, kAskAgainAtMost);
                    m_link.wakeAt(*m_askAgainAt);
                    return;
                }
                m_asking = false;
                work(Batch::Any);
            });
            return;
        }
        Effects effects;
        std::vector<Mail> batch(
            std::make_move_iterator(m_queue.begin()),
            std::make_move_iterator(m_queue.begin() + static_cast<std::ptrdiff_t>(ready)));
        if (mutated(Mutant::AckBeforeCommit)) {
            pb::Frame ack;
            ack.mutable_ack()->set_number(number(batch.back().position));
            m_link.tell(std::move(ack));
        }
        const auto received = m_receiver.receive(batch, effects);
        if (!received) {
            // Nothing is acknowledged: the next connection delivers the same rows again.
            m_queue.clear();
            m_queuedBytes = 0;
            m_link.storageFailed(received.error());
            return;
        }
        for (std::size_t i = 0; i < *received; ++i) {
            m_queuedBytes -= sizeOf(batch[i]);
        }
        for (std::size_t i = *received; i < ready; ++i) {
            m_queue[i] = std::move(batch[i]);
        }
        m_queue.erase(m_queue.begin(), m_queue.begin() + static_cast<std::ptrdiff_t>(*received));
        pb::Frame ack;
        ack.mutable_ack()->set_number(number(m_device.mailbox.cursor().number));
        if (mutated(Mutant::AckBeyondStored)) {
            ack.mutable_ack()->set_number(number(batch[*received - 1].position));
        }
        m_link.tell(std::move(ack));
        m_link.perform(std::move(effects));
    }
}

} // namespace sotto::core

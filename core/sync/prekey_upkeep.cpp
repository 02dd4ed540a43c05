// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sync/prekey_upkeep.h"

namespace sotto::core {

using namespace wire;

void PrekeyUpkeep::tend(std::uint32_t left, Upload upload) {
    if (m_uploading) {
        return;
    }
    m_lookAt = m_device.clock.steady() + kLookEvery;
    const WallTime now = m_device.clock.wall();
    const bool startOver = upload != Upload::WhatIsMissing;
    pb::Frame frame;
    const auto made = m_device.database.transaction([&] {
        auto* publish = frame.mutable_publish_prekeys();
        publish->set_replace(startOver);
        const auto add = [&](const crypto::OneTimePrekey& prekey) {
            auto* out = publish->add_one_time();
            out->set_id(number(prekey.id));
            out->set_key(fieldOf(prekey.key));
        };
        const WallTime uploadedAt = wallTime(m_device.settings.number("signed_prekey_at").value_or(0));
        // A clock that went back must not stop the rotation.
        const bool stale = uploadedAt + kSignedEvery < now || uploadedAt > now + kSignedEvery;
        if (stale || startOver) {
            const auto statement = m_device.prekeys.makeSigned(m_device.address, now, kSignedLifetime);
            if (!statement) {
                m_device.throwIfStorage(statement.error());
                throw db::Failure(db::Error::Internal, "signed prekey");
            }
            publish->set_statement(stringOf(statement->bytes));
            publish->set_signature(fieldOf(statement->signature));
            m_device.protocol.removeSignedPrekeysBefore(now - kSignedKept);
            // Whether the relay has it is open until its answer: made under a wrong clock and never answered
            // for, it would be handed out, expired, as long as the one before seemed young.
            m_device.settings.clear("signed_prekey_at");
        }
        if (left < kLowWater || startOver) {
            if (upload == Upload::Everything) {
                for (const crypto::OneTimePrekey& prekey : m_device.protocol.oneTimePrekeys()) {
                    if (static_cast<std::size_t>(publish->one_time_size()) + kBatch < kMaxOneTimePrekeys) {
                        add(prekey);
                    }
                }
            }
            const auto batch = m_device.prekeys.makeOneTime(kBatch);
            if (!batch) {
                m_device.throwIfStorage(batch.error());
                throw db::Failure(db::Error::Internal, "one-time prekeys");
            }
            for (const crypto::OneTimePrekey& prekey : *batch) {
                add(prekey);
            }
        }
    });
    if (!made) {
        m_link.storageFailed(made.error());
        return;
    }
    if (frame.publish_prekeys().statement().empty() && frame.publish_prekeys().one_time_size() == 0) {
        return;
    }
    m_uploading = true;
    const bool withStatement = !frame.publish_prekeys().statement().empty();
    m_link.ask(std::move(frame), [this, withStatement, now, upload](const pb::Frame& answer) {
        m_uploading = false;
        if (!answer.has_prekeys_published()) {
            return; // a refusal: the next log-in tries again
        }
        // Only what the relay has confirmed counts as uploaded: otherwise the next log-in makes it new.
        if (withStatement) {
            const auto noted = m_device.database.transaction([&] {
                m_device.settings.set("signed_prekey_at", unixMilliseconds(now));
                if (upload == Upload::Replace) {
                    m_device.settings.clear("prekeys_anew");
                }
            });
            if (!noted) {
                m_link.storageFailed(noted.error());
                return;
            }
        }
        m_published();
    });
}

void PrekeyUpkeep::onTimer(SteadyTime now) {
    if (m_lookAt && *m_lookAt <= now) {
        tend(kLowWater, Upload::WhatIsMissing);
    }
}

} // namespace sotto::core

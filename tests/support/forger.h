// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What attackers need beyond a relay that obeys them: to speak with somebody's own keys and say what no
/// honest client would, to make device lists, and to see whether anything changed.

#include "core/base/hash.h"
#include "core/messaging/content.h"
#include "core/messaging/device_directory.h"
#include "crypto/account_keys.h"
#include "tests/support/world.h"

namespace sotto::test {

/// Writes mail with the author's keys and sessions, past the author's client. The author must have a session
/// with the reader: say something first.
class Forger {
public:
    Forger(World& world, Person& author)
        : m_world(world)
        , m_device(author.profile(), world.random, world.clock) {}

    /// A text as the author's client would make it, the next of its chain unless changed.
    core::Content text(const Person& reader, const std::string& words, std::uint64_t seq) {
        core::Content content;
        content.sender = m_device.address;
        content.conversation =
            core::directConversationId(m_device.address.account, addressOf(reader).account);
        content.message = m_world.random.next<MessageId>();
        content.generation = m_device.generation();
        content.seq = seq;
        if (seq > 1) {
            content.previous = m_world.random.next<Digest>();
        }
        content.sentAt = unixMilliseconds(m_world.clock.wall());
        content.salt = m_world.random.next<decltype(content.salt)>();
        content.body = core::TextBody{words};
        return content;
    }
    core::Content receipt(const Person& reader, const MessageId& message, core::MessageState state) {
        core::Content content = text(reader, "", 0);
        content.body = core::ReceiptsBody{{{message, state}}};
        return content;
    }

    using ChangeHeader = std::function<void(crypto::HeaderPlaintext&)>;
    /// A row for the reader's mailbox that carries this content.
    wire::pb::Row row(const Person& reader, const core::Content& content, const ChangeHeader& change = {}) {
        return row(reader, core::encodeContent(content), content.message, change);
    }
    wire::pb::Row row(const Person& reader, const Bytes& contentBytes, const MessageId& message,
                      const ChangeHeader& change = {}) {
        crypto::SealedPayload payload = crypto::sealPayload(contentBytes, m_world.random);
        return row(reader, payload, message, change);
    }
    wire::pb::Row row(const Person& reader, crypto::SealedPayload& payload, const MessageId& message,
                      const ChangeHeader& change = {}) {
        const DeviceAddress to = addressOf(reader);
        core::DeviceDirectory directory(m_device);
        crypto::HeaderPlaintext header;
        header.sendId = m_world.random.next<SendId>();
        header.messageId = message;
        header.payloadKey = *ShortSecret<32>::from(payload.key.expose());
        header.payloadDigest = payload.digest;
        header.senderAccount = crypto::accountHash(m_device.address.account);
        header.senderDevice = m_device.address.device;
        header.recipientAccount = crypto::accountHash(to.account);
        header.recipientDevice = to.device;
        header.senderList = reference(directory, m_device.address.account);
        header.recipientList = reference(directory, to.account);
        if (change) {
            change(header);
        }
        const Curve25519Key identity = directory.entry(to)->identityKey;
        const auto sealed = m_device.database.transaction(
            [&] { return m_device.sessions.seal(to, identity, header).value(); });
        wire::pb::Row row;
        row.set_stamp(static_cast<std::uint64_t>(unixMilliseconds(m_world.clock.wall())) << 16U);
        row.set_send_id(wire::fieldOf(header.sendId));
        wire::setAddress(row.mutable_sender(), m_device.address);
        row.set_header(stringOf(sealed.value()));
        row.set_payload(stringOf(payload.bytes));
        return row;
    }

    static DeviceAddress addressOf(const Person& person) { return person.address(); }

private:
    static crypto::ListReference reference(core::DeviceDirectory& directory, const AccountId& account) {
        const VerifiedDeviceList& list = *directory.list(account);
        return {list.list().certificate.signerEpoch, list.list().version, list.hash()};
    }
    World& m_world;
    core::LocalDevice m_device;
};

// ---- Device lists ----

/// The newest list that a person's own profile has.
inline VerifiedDeviceList ownList(Person& person) {
    return core::AccountStore(person.profile().database()).list(person.address().account).value();
}
/// A list with this person's signature, whatever it says.
inline SignedDeviceList signedBy(Person& person, const DeviceList& list) {
    return person.profile().identity()->signer->sign(list);
}
/// The person's next list: one version on, changed.
inline SignedDeviceList nextList(Person& person, const std::function<void(DeviceList&)>& change = {}) {
    const VerifiedDeviceList before = ownList(person);
    DeviceList list = before.list();
    ++list.version;
    list.previous = before.hash();
    if (change) {
        change(list);
    }
    return signedBy(person, list);
}
/// A device that says of itself, rightly signed, that it belongs to this account.
inline DeviceEntry ghostOf(const AccountId& account, DeviceNumber number, Random& random) {
    return crypto::DeviceKeys::generate(random).entry(account, number, random);
}
inline wire::pb::SignedList wireOf(const SignedDeviceList& list) {
    wire::pb::SignedList out;
    out.set_bytes(stringOf(list.bytes));
    out.set_signature(wire::fieldOf(list.signature));
    return out;
}

// ---- Hostile relays ----

/// A script that changes single frames; a frame without a kind disappears.
inline World::Script eachFrame(std::function<void(Person&, wire::pb::Frame&)> change) {
    return [change = std::move(change)](Person& person, const wire::pb::Packet& packet) {
        wire::pb::Packet altered;
        for (wire::pb::Frame frame : packet.frames()) {
            change(person, frame);
            if (frame.kind_case() != wire::pb::Frame::KIND_NOT_SET) {
                *altered.add_frames() = std::move(frame);
            }
        }
        return altered.frames_size() == 0 ? std::vector<wire::pb::Packet>() : std::vector{altered};
    };
}
/// Collects every row on its way to a person, and lets it through or not.
inline World::Script catchRows(Person& victim, std::vector<wire::pb::Row>& rows, bool through) {
    return eachFrame([&victim, &rows, through](Person& person, wire::pb::Frame& frame) {
        if (&person == &victim && frame.has_deliver()) {
            rows.insert(rows.end(), frame.deliver().rows().begin(), frame.deliver().rows().end());
            if (!through) {
                frame.Clear();
            }
        }
    });
}

// ---- Unchanged ----

namespace detail {
inline void addRows(core::Profile& profile, std::string& all, std::string_view sql) {
    for (auto rows = profile.database().query(sql); rows.next();) {
        all += rows.text(0) + "\n";
    }
}
} // namespace detail

/// Hash of the session, identity and prekey tables.
inline std::string keysOf(Person& person) {
    std::string all;
    for (const std::string_view sql :
         {"SELECT hex(account) || ':' || device || ':' || hex(record) FROM session ORDER BY account, device",
          "SELECT hex(a.key) || hex(l.bytes) || hex(l.signature) FROM device_list l JOIN account a "
          "ON a.id = l.account ORDER BY a.key",
          "SELECT c.id || c.name || hex(a.key) || c.trust || c.accepted || "
          "coalesce(hex(c.changed_to), '') FROM contact c JOIN account a ON a.id = c.account ORDER BY c.id",
          "SELECT id || hex(public_key) || hex(private_key) FROM one_time_prekey ORDER BY id",
          "SELECT id || hex(public_key) || hex(private_key) || created_at FROM signed_prekey ORDER BY id",
          "SELECT signed_prekey || hex(base_key) FROM base_key ORDER BY signed_prekey, base_key",
          "SELECT id FROM prekey_id ORDER BY id"}) {
        detail::addRows(person.profile(), all, sql);
    }
    return sha256(viewOf(all)).hex();
}
/// Hash of what people said: texts and their states, in their places. Placeholders and notices are not part
/// of it.
inline std::string messagesOf(Person& person) {
    std::string all;
    detail::addRows(
        person.profile(), all,
        "SELECT id || hex(message_id) || sender || ':' || device || ':' || conversation || ':' || "
        "state || text || seq || ':' || sort_stamp FROM message WHERE kind = 1 ORDER BY id");
    return sha256(viewOf(all)).hex();
}
inline std::string everythingOf(Person& person) {
    return keysOf(person) + messagesOf(person);
}

inline std::vector<core::PlaceholderCause> placeholdersOf(Person& person) {
    std::vector<core::PlaceholderCause> causes;
    for (auto rows =
             person.profile().database().query("SELECT cause FROM message WHERE kind = 2 ORDER BY id");
         rows.next();) {
        causes.push_back(rows.as<core::PlaceholderCause>(0));
    }
    return causes;
}
/// Why the newest placeholder stands there; None without any.
inline core::PlaceholderCause lastPlaceholderOf(Person& person) {
    const auto causes = placeholdersOf(person);
    return causes.empty() ? core::PlaceholderCause::None : causes.back();
}
inline std::int64_t count(Person& person, std::string_view sql) {
    auto rows = person.profile().database().query(sql);
    return rows.next() ? rows.integer(0) : -1;
}
inline bool hasAlarm(Person& person, std::string_view words) {
    const auto alarms = person.client().alarms();
    return std::any_of(alarms.begin(), alarms.end(), [&](const core::AlarmEntry& alarm) {
        return alarm.text.find(words) != std::string::npos;
    });
}

} // namespace sotto::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/ledger.h"

#include "core/base/hash.h"
#include "core/storage/outbox_store.h"
#include "crypto/header_form.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sotto::simulation {
namespace {

constexpr std::size_t kMostSendsOfOneMessage = 6; ///< the first, and five resends
constexpr std::size_t kMostRowsOfOneMailbox = 5'000;

/// The sending chain and the place in it, from the outside of a ratchet message: version byte, then
/// protobuf fields 1 (ratchet key) and 2 (counter).
std::optional<std::pair<Bytes, std::uint32_t>> chainOf(BytesView message) {
    if (message.size() < 37 || message[1] != 0x0A || message[2] != 33 || message[36] != 0x10) {
        return std::nullopt;
    }
    std::uint32_t counter = 0;
    for (std::size_t i = 37, shift = 0; i < message.size() && shift < 35; ++i, shift += 7) {
        counter |= static_cast<std::uint32_t>(message[i] & 0x7FU) << shift;
        if ((message[i] & 0x80U) == 0) {
            return std::pair(bytesOf(message.subspan(3, 33)), counter);
        }
    }
    return std::nullopt;
}

} // namespace

void Ledger::arrives(Person& person) {
    m_views[&person];
    m_byAccount.emplace(person.address().account, &person);
    m_devices[person.address().account] = {person.address().device};
}

Person* Ledger::personOf(const AccountId& account) const {
    const auto found = m_byAccount.find(account);
    return found == m_byAccount.end() ? nullptr : found->second;
}

int Ledger::nextMessage(const Person& from, const Person& to, bool mutual) {
    Said said;
    said.from = &from;
    said.to = &to;
    said.mutual = mutual;
    m_said.push_back(std::move(said));
    if (!mutual) {
        m_strangers.insert(std::minmax({from.address().account, to.address().account}));
    }
    return static_cast<int>(m_said.size()) - 1;
}

std::string Ledger::textOf(int message, std::size_t padding) {
    return std::string(kPlaintext) + " " + std::to_string(message) + " " + std::string(padding, '.');
}

std::string Ledger::editedText(int message, int edit) {
    return textOf(message, 0) + "edit " + std::to_string(edit);
}

int Ledger::numberOf(std::string_view text) {
    int message = -1;
    if (text.starts_with(kPlaintext)) {
        text.remove_prefix(kPlaintext.size() + 1);
        std::from_chars(text.data(), text.data() + text.size(), message);
    }
    return message;
}

/// Which message a line is; throws unless its sender said it to this reader (I1).
int Ledger::parse(std::string_view text, const Person& reader, bool outgoing, const AccountId& sender) const {
    const int message = numberOf(text);
    if (message < 0 || message >= static_cast<int>(m_said.size())) {
        throw Violation{"I1: " + reader.name() + " shows a line that nobody said"};
    }
    const Said& said = m_said[static_cast<std::size_t>(message)];
    const AccountId own = reader.address().account;
    const bool right = outgoing ? said.from->address().account == own
                                : said.to->address().account == own && said.from->address().account == sender;
    if (!right) {
        throw Violation{"I1: " + reader.name() + " shows " + quoted(message) + " in the wrong place"};
    }
    return message;
}

void Ledger::saidDurably(int message) {
    Said& said = m_said[static_cast<std::size_t>(message)];
    said.durable = true;
    m_views.at(said.from).saidDurably.insert(message);
}

void Ledger::inspect(BytesView bytes, const char* where) const {
    if (::memmem(bytes.data(), bytes.size(), kPlaintext.data(), kPlaintext.size()) != nullptr) {
        throw Violation{std::string("I7: plaintext on ") + where};
    }
}

// ---- Watching ----

void Ledger::sentByClient(Person& person, const wire::pb::Packet& packet) {
    for (const wire::pb::Frame& frame : packet.frames()) {
        if (frame.has_ack()) {
            auto& acknowledged = m_views.at(&person).acknowledged;
            checkAcknowledged(person, acknowledged, frame.ack().number());
            acknowledged = std::max<std::uint64_t>(acknowledged, frame.ack().number());
        } else if (frame.has_send() && frame.send().class_() != wire::pb::EPHEMERAL) {
            checkSend(person, frame.send());
        }
    }
}

/// What is acknowledged is kept: as what it says, or as what could not be read.
void Ledger::checkAcknowledged(Person& person, std::uint64_t above, std::uint64_t upTo) {
    const AccountId account = person.address().account;
    if (m_cloned.contains(account)) {
        return;
    }
    const SimulatedTruce truce(person);
    const auto& mail = m_mail[account];
    for (auto row = mail.upper_bound(above); row != mail.end() && row->first <= upTo; ++row) {
        const auto message = m_messageOf.find(row->second.sendId);
        if (message == m_messageOf.end() || m_tampered.contains({&person, row->first}) ||
            m_said[static_cast<std::size_t>(message->second)].mayGo) {
            continue;
        }
        bool isKept = false;
        const auto looked = db::attempt([&] {
            db::Database& database = person.profile().database();
            isKept =
                database
                    .query("SELECT 1 FROM message WHERE outgoing = 0 AND kind = 1 AND text LIKE ? || '%'",
                           textOf(message->second, 0))
                    .next() ||
                database.query("SELECT 1 FROM placeholder WHERE send_id = ?", row->second.sendId).next();
        });
        if (looked && !isKept) {
            throw Violation{"I4: " + person.name() + " acknowledges " + quoted(message->second) +
                            " and has neither it nor a placeholder"};
        }
    }
}

void Ledger::checkSend(Person& person, const wire::pb::Send& send) {
    const auto id = wire::fixedOf<SendId>(send.send_id());
    std::string all = send.payload();
    for (const wire::pb::Header& header : send.headers()) {
        checkHeader(person, wire::addressOf(header.device()), header.bytes());
        all += header.bytes();
    }
    const Digest bytes = sha256(sotto::viewOf(all));
    const auto [offered, isNew] = m_offered.try_emplace(id, Offered{bytes, false});
    if (!isNew) {
        if (offered->second.bytes != bytes && !offered->second.listsDiffered) {
            throw Violation{"R7: " + person.name() + " repeats a send with other bytes"};
        }
        offered->second.bytes = bytes;
        return;
    }
    // Which message it is only its sender knows.
    const SimulatedTruce truce(person);
    const auto looked = db::attempt([&] { noteMessage(person, id); });
    if (!looked && looked.error() == db::Error::Internal) {
        throw Violation{"the oracle does not know the client's tables"};
    } // a client whose database fails comes with it again
}

void Ledger::noteMessage(Person& person, const SendId& id) {
    db::Database& database = person.profile().database();
    const auto send = core::OutboxStore(database).findSend(id);
    if (!send) {
        return;
    }
    auto rows = database.query(
        "SELECT m.text FROM send s JOIN message m ON m.id = s.message WHERE s.id = ? AND m.kind = 1", *send);
    if (rows.next()) {
        const int message = parse(rows.textView(0), person, true, {});
        Said& said = m_said[static_cast<std::size_t>(message)];
        said.sends.insert(id);
        m_messageOf.emplace(id, message);
        if (said.sends.size() > kMostSendsOfOneMessage) {
            throw Violation{"I10: " + quoted(message) + " was sealed " + std::to_string(said.sends.size()) +
                            " times"};
        }
    }
}

void Ledger::checkHeader(Person& person, const DeviceAddress&, const std::string& header) {
    const auto form = crypto::readHeader(sotto::viewOf(header));
    const auto chain = form ? chainOf(form->message) : std::nullopt;
    if (!chain) {
        throw Violation{person.name() + " sends a header that cannot be read"};
    }
    const HeaderHash hash = headerHash(sotto::viewOf(header));
    m_headers.insert(hash);
    const auto [known, isNew] = m_counters.try_emplace(*chain, hash);
    if (!isNew && known->second != hash && !m_unnoticed.contains(person.address().account)) {
        throw Violation{"I6: " + person.name() + " uses ratchet key number " + std::to_string(chain->second) +
                        " for two headers"};
    }
}

void Ledger::executed(RelayNode& relay, std::span<relay::Job> jobs, bool known) {
    Store& store = m_stores[&relay];
    if (!known) {
        for (const relay::Job& job : jobs) {
            if (const auto* send = std::get_if<relay::StoreSend>(&job.command)) {
                store.unknown.emplace(send->senderMailbox, send->id);
            } else if (const auto* list = std::get_if<relay::PublishList>(&job.command)) {
                for (const DeviceEntry& entry : list->list.list().devices) {
                    m_devices[list->list.list().account()].insert(entry.device);
                }
            }
        }
        store.newest.clear();
        return;
    }
    for (relay::Job& job : jobs) {
        if (const auto* list = std::get_if<relay::PublishList>(&job.command)) {
            if (list->answer == relay::PublishList::Answer::Published) {
                auto& devices = m_devices[list->list.list().account()];
                devices.clear();
                for (const DeviceEntry& entry : list->list.list().devices) {
                    devices.insert(entry.device);
                }
            }
            continue;
        }
        const auto* command = std::get_if<relay::StoreSend>(&job.command);
        if (command == nullptr) {
            continue;
        }
        const SendId id = command->id;
        const std::pair key(command->senderMailbox, id);
        if (command->answer == relay::StoreSend::Answer::ListsDiffer) {
            m_offered[id].listsDiffered = true;
        } else if (command->answer == relay::StoreSend::Answer::Repeated) {
            m_stored.insert(id);
            if (store.unknown.erase(key) != 0) {
                store.sends.emplace(key, command->stamp);
            }
            const auto before = store.sends.find(key);
            if (before == store.sends.end() || before->second != command->stamp) {
                throw Violation{"R1: the relay repeats an answer that it never gave"};
            }
        } else if (command->answer == relay::StoreSend::Answer::Stored) {
            m_stored.insert(id);
            if (!store.sends.emplace(key, command->stamp).second) {
                throw Violation{"R1: the relay stored a send twice"};
            }
            for (std::size_t i = 0; i < command->placed.size(); ++i) {
                const auto& placed = command->placed[i];
                const relay::StoreSend::Header& header = command->headers[i];
                const DeviceAddress to = header.device;
                if (!m_devices[to.account].contains(to.device)) {
                    throw Violation{"I8: mail for a device that is in no newest list"};
                }
                auto& newest = store.newest[placed.mailbox];
                if (newest != 0 && number(placed.number) != newest + 1) {
                    throw Violation{"R1: a mailbox number was left out or used twice"};
                }
                newest = number(placed.number);
                const Row row{id, headerHash(sotto::viewOf(header.bytes))};
                store.rows[{placed.mailbox, newest}] = row;
                m_mail[to.account][newest] = row;
            }
            if (store.rows.size() > kMostRowsOfOneMailbox) {
                throw Violation{"I9: the relay was sent more mail than anybody wrote"};
            }
        }
    }
}

void Ledger::happened(Person& person, const core::Event& event) {
    if (const auto* changed = std::get_if<core::MessageChanged>(&event)) {
        // A placeholder that became readable; anything else about own messages is no new line.
        if (!changed->message.outgoing && changed->message.kind == core::MessageKind::Text) {
            m_views.at(&person).shown.insert(
                parse(changed->message.text, person, false, changed->message.sender));
        }
        return;
    }
    if (std::holds_alternative<core::MessageRemoved>(event)) {
        ++m_repairs; // a placeholder went, for what it stood for
        return;
    }
    const auto* alarm = std::get_if<core::Alarm>(&event);
    if (alarm != nullptr && alarm->text.starts_with("This profile was restored")) {
        const AccountId& account = person.address().account;
        if (m_rolledBack.contains(account)) {
            return;
        }
        if (!m_relaysRestored.contains(&person.relay())) {
            throw Violation{"I11: " + person.name() + " takes itself for restored, and was not"};
        }
        // A relay whose files were copied back keeps its epoch: who neither sent nor received since the copy
        // takes its rollback for one of their own, begins anew, and numbers again what was under way.
        m_rolledBack.insert(account);
        m_misled.insert(account);
        return;
    }
    const auto* added = std::get_if<core::MessageAdded>(&event);
    if (added == nullptr || added->message.outgoing) {
        return;
    }
    if (added->message.kind == core::MessageKind::Placeholder) {
        ++m_placeholders;
    } else if (added->message.kind == core::MessageKind::Text) {
        const int message = parse(added->message.text, person, false, added->message.sender);
        if (!m_views.at(&person).shown.insert(message).second) {
            throw Violation{"I2: " + person.name() + " was shown " + quoted(message) + " twice"};
        }
    }
}

// ---- After restarts ----

void Ledger::checkDisk(Person& person) {
    const SimulatedTruce truce(person);
    View& view = m_views.at(&person);
    db::Database& database = person.profile().database();
    std::set<int> shown;
    std::set<int> said;
    std::map<std::int64_t, std::map<AccountId, int>> last; // by conversation
    for (auto rows =
             database.query("SELECT m.text, m.outgoing, a.key, m.conversation, m.stamp FROM message m "
                            "JOIN account a ON a.id = m.sender WHERE m.kind = 1 "
                            "ORDER BY m.conversation, m.sort_stamp, m.seq, m.id");
         rows.next();) {
        const bool outgoing = rows.boolean(1);
        const auto sender = rows.fixed<AccountId>(2);
        const int message = parse(rows.textView(0), person, outgoing, sender);
        if (!(outgoing ? said : shown).insert(message).second) {
            throw Violation{"I2: " + person.name() + " has " + quoted(message) + " twice"};
        }
        // Who wrote it sees what has no stamp yet at the end, and what was given up where the end was then.
        const bool given = outgoing && rows.integer(4) == 0;
        int& before = last[rows.integer(3)].try_emplace(sender, -1).first->second;
        if (message < before && !given && !m_unnoticed.contains(sender) && !m_misled.contains(sender)) {
            throw Violation{"I5: " + person.name() + " has " + quoted(message) + " after " + quoted(before)};
        }
        before = std::max(before, message);
    }
    const auto lost = [&](const std::set<int>& promised, const std::set<int>& found, const char* what) {
        for (const int message : promised) {
            if (!found.contains(message) && !m_said[static_cast<std::size_t>(message)].mayGo) {
                throw Violation{"I4: " + person.name() + " lost " + quoted(message) + ", which " + what};
            }
        }
    };
    lost(view.shown, shown, "it had shown");
    lost(view.saidDurably, said, "it had taken");
    view.shown = std::move(shown); // a program that starts shows what it has
    for (auto numbers = database.query(
             "SELECT a.key FROM message m JOIN account a ON a.id = m.sender WHERE m.kind = 1 AND m.seq > 0 "
             "AND m.seq < 9223372036854775807 GROUP BY m.conversation, m.sender, m.device, m.generation, "
             "m.seq "
             "HAVING count(*) > 1");
         numbers.next();) {
        if (!m_unnoticed.contains(numbers.fixed<AccountId>(0))) {
            throw Violation{"I6: " + person.name() + " has two messages with the same number of one sender"};
        }
    }
    for (const auto& [position, row] : m_mail[person.address().account]) {
        // Of two copies each has what the other has acknowledged.
        if (m_cloned.contains(person.address().account) || position > view.acknowledged ||
            m_tampered.contains({&person, position})) {
            continue;
        }
        const bool known =
            database.query("SELECT 1 FROM processed_header WHERE hash = ?", row.header).next() ||
            database.query("SELECT 1 FROM placeholder WHERE header_hash = ?", row.header).next();
        if (!known) {
            throw Violation{"I4: " + person.name() + " acknowledged mailbox row " + std::to_string(position) +
                            " and does not have it"};
        }
    }
}

void Ledger::checkStore(RelayNode& relay) {
    const test::SimulatedDisk::Truce truce(relay.disk.get());
    db::OpenOptions options;
    options.vfs = test::kSimulatedVfs;
    options.mode = db::OpenOptions::Mode::ReadOnly; // or opening would sync what was not
    auto database = db::Database::open(relay.directory / "relay.db", options);
    if (!database) {
        throw Violation{std::string("the relay's store does not open: ") + db::describe(database.error())};
    }
    std::map<relay::MailboxId, std::uint64_t> acknowledged;
    for (auto rows = database->query("SELECT id, acked FROM mailbox"); rows.next();) {
        acknowledged[rows.as<relay::MailboxId>(0)] = rows.unsignedInteger(1);
    }
    std::set<std::pair<relay::MailboxId, std::uint64_t>> there;
    for (auto rows = database->query("SELECT mailbox, number FROM row"); rows.next();) {
        there.emplace(rows.as<relay::MailboxId>(0), rows.unsignedInteger(1));
    }
    for (const auto& [place, row] : m_stores[&relay].rows) {
        if (place.second > acknowledged[place.first] && !there.contains(place)) {
            throw Violation{"I3: the relay answered for row " + std::to_string(place.second) +
                            " of a mailbox and lost it"};
        }
    }
}

void Ledger::personRestored(Person& person, View view, bool shows) {
    const AccountId account = person.address().account;
    for (const int message : m_views.at(&person).saidDurably) {
        Said& said = m_said[static_cast<std::size_t>(message)];
        if (!said.forgotten && !view.saidDurably.contains(message)) {
            said.forgotten = true;
            // A restored computer never heard of what nobody else got.
            said.isLost = std::none_of(said.sends.begin(), said.sends.end(),
                                       [&](const SendId& id) { return m_stored.contains(id); });
        }
    }
    view.acknowledged = 0;
    m_mail[account].clear();
    m_views[&person] = std::move(view);
    m_rolledBack.insert(account);
    if (!shows) {
        m_unnoticed.insert(account);
    }
}

void Ledger::personCloned(Person& person, Person& copy, View view) {
    const AccountId account = person.address().account;
    m_rolledBack.insert(account);
    m_unnoticed.insert(account);
    m_cloned.insert(account);
    view.acknowledged = 0;
    m_views[&copy] = std::move(view);
}

void Ledger::relayRestored(RelayNode& relay) {
    // Whether the copy knows a send depends on its age.
    std::set<std::pair<relay::MailboxId, SendId>> unknown = std::move(m_stores[&relay].unknown);
    for (const auto& [key, stamp] : m_stores[&relay].sends) {
        unknown.insert(key);
    }
    m_relaysRestored.insert(&relay);
    m_stores[&relay] = {};
    m_stores[&relay].unknown = std::move(unknown);
    for (auto& [person, view] : m_views) {
        if (&person->relay() == &relay) {
            view.acknowledged = 0;
            m_mail[person->address().account].clear();
        }
    }
}

} // namespace sotto::simulation

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/store/sqlite_store.h"

#include "core/base/mutant.h"
#include "server-stub/store/schema.h"

namespace sotto::relay {
namespace {

/// Send ids outlive the mail they brought by a day, so that a client whose clock is a little off never asks
/// for one that was just forgotten.
constexpr Milliseconds kSendLogMargin = std::chrono::hours(24);

/// Commands that write nothing need no commit to the disk.
bool isReading(const Command& command) {
    return std::holds_alternative<FindDevice>(command) || std::holds_alternative<FetchLists>(command) ||
           std::holds_alternative<ReadRows>(command);
}

void setListRef(wire::pb::ListRef& ref, const Account& account) {
    ref.set_account(wire::fieldOf(account.id));
    ref.set_signer_epoch(account.signerEpoch);
    ref.set_version(account.version);
    ref.set_hash(wire::fieldOf(account.hash));
}

bool names(const StoreSend::List& list, const Account& account) {
    return list.signerEpoch == account.signerEpoch && list.version == account.version &&
           list.hash == account.hash;
}

/// Once for each send, also if its whole batch fails.
void countRefusal(StoreSend& send) {
    if (send.refusedByStore && !send.isCounted) {
        ++*send.refusedByStore;
        send.isCounted = true;
    }
}

} // namespace

Expected<db::Database, db::Error> SqliteStore::connect(const std::filesystem::path& path,
                                                       const std::string& vfs) {
    db::OpenOptions options;
    options.vfs = vfs;
    options.cacheKibibytes = 64 * 1024;
    options.secureDelete = false; // what is deleted was ciphertext
    auto database = db::Database::open(path, options);
    if (!database) {
        return database;
    }
    const auto prepared = db::attempt([&] {
        // Fewer, larger checkpoints: mail that is acknowledged before one never reaches the main file.
        database->execute("PRAGMA wal_autocheckpoint = 8000");
        database->execute("PRAGMA temp_store = MEMORY");
    });
    if (!prepared) {
        return unexpected(prepared.error());
    }
    if (auto migrated = db::migrate(*database, kMigrations); !migrated) {
        return unexpected(migrated.error());
    }
    return database;
}

Expected<std::unique_ptr<SqliteStore>, db::Error>
SqliteStore::open(std::filesystem::path path, const Limits& limits, Random& random, std::string vfs) {
    auto database = connect(path, vfs);
    if (!database) {
        return unexpected(database.error());
    }
    auto created = database->transaction([&] {
        database->run("INSERT OR IGNORE INTO relay(id, epoch, stamp) VALUES (1, ?, 0)", random.next<Epoch>());
    });
    if (!created) {
        return unexpected(created.error());
    }
    std::unique_ptr<SqliteStore> store(
        new SqliteStore(std::move(*database), std::move(path), limits, std::move(vfs)));
    if (auto loaded = db::attempt([&] { store->loadState(); }); !loaded) {
        return unexpected(loaded.error());
    }
    return store;
}

SqliteStore::SqliteStore(db::Database database, std::filesystem::path path, const Limits& limits,
                         std::string vfs)
    : m_path(std::move(path))
    , m_vfs(std::move(vfs))
    , m_limits(limits)
    , m_database(std::move(database))
    , m_invites(m_database)
    , m_accounts(m_database)
    , m_prekeys(m_database)
    , m_mailboxes(m_database, m_limits)
    , m_sendLog(m_database) {}

void SqliteStore::loadState() {
    auto rows = m_database.query("SELECT epoch, stamp FROM relay WHERE id = 1");
    if (!rows.next()) {
        throw db::Failure(db::Error::Corrupt, "the relay's epoch is missing");
    }
    m_epoch = rows.fixed<Epoch>(0);
    m_storedStamp = rows.as<Stamp>(1);
    m_clock = StampClock(m_storedStamp);
}

Expected<Bytes, db::Error> SqliteStore::makeInvite(Random& random, WallTime expires) {
    return m_database.transaction([&] { return m_invites.make(random, expires); });
}

Expected<void, StoreError> SqliteStore::execute(std::span<Job> jobs, WallTime now) {
    const auto run = [&] {
        for (Job& job : jobs) {
            std::visit([&](auto& command) { execute(command, now); }, job.command);
            if (auto* send = std::get_if<StoreSend>(&job.command); send != nullptr && send->isRefused()) {
                countRefusal(*send);
            }
        }
    };
    if (m_accounts.cacheIsFull() || m_mailboxes.cacheIsFull()) {
        m_accounts.forgetCached();
        m_mailboxes.forgetCached();
    }
    const bool reading =
        std::all_of(jobs.begin(), jobs.end(), [](const Job& job) { return isReading(job.command); });
    const auto write = [&] {
        run();
        m_mailboxes.save();
        m_sendLog.settle();
        if (m_clock.last() != m_storedStamp) {
            m_database.run("UPDATE relay SET stamp = ? WHERE id = 1", m_clock.last());
        }
    };
    const auto finished = m_mustReopen && !reopen() ? unexpected(db::Error::Io)
                          : reading                 ? db::attempt(run)
                                                    : m_database.transaction(write);
    if (finished) {
        m_storedStamp = m_clock.last();
        return {};
    }
    for (Job& job : jobs) {
        if (auto* send = std::get_if<StoreSend>(&job.command)) {
            countRefusal(*send);
        }
    }
    // What memory says of the store may be of a transaction that never was.
    forgetCached();
    if (mutated(Mutant::RelayAnswersFailed) && std::all_of(jobs.begin(), jobs.end(), [](const Job& job) {
            const auto* send = std::get_if<StoreSend>(&job.command);
            return send != nullptr && send->placed.size() == send->headers.size();
        })) {
        return {};
    }
    switch (finished.error()) {
    case db::Error::Full:
        return unexpected(StoreError::Full);
    case db::Error::Busy:
    case db::Error::Constraint:
    case db::Error::Internal:
    case db::Error::ReadOnly:
        return unexpected(StoreError::Failing);
    case db::Error::Io:
    case db::Error::Corrupt:
    case db::Error::NotADatabase:
    case db::Error::NewerSchema:
    case db::Error::CannotOpen:
        // After a failed fsync the next one proves nothing: start again from what the disk has (R12).
        m_mustReopen = true;
        return unexpected(StoreError::Failing);
    }
    return unexpected(StoreError::Failing);
}

void SqliteStore::forgetCached() {
    m_accounts.forgetCached();
    m_mailboxes.forgetCached();
    m_sendLog.forgetCached();
}

/// Opening brings to the disk what a failed sync left in the log.
bool SqliteStore::reopen() {
    auto database = connect(m_path, m_vfs);
    m_mustReopen = !database;
    if (database) {
        m_database = std::move(*database);
    }
    return !m_mustReopen;
}

void SqliteStore::execute(FindDevice& command, WallTime) {
    command.found = m_accounts.device(command.address);
}

void SqliteStore::execute(RegisterAccount& command, WallTime now) {
    using Answer = RegisterAccount::Answer;
    const DeviceList& list = command.list.list();
    command.epoch = m_epoch;
    const Account* known = m_accounts.find(list.account());
    if (known != nullptr && known->hash == command.list.hash()) {
        command.answer = Answer::Registered; // asked again because the answer was lost
        return;
    }
    // The invite is judged first: without a valid one nobody learns whether a name or account exists (case
    // 40).
    if (!command.open && !m_invites.isValid(command.invite, now)) {
        command.answer = Answer::InviteInvalid;
    } else if (known != nullptr) {
        command.answer = Answer::Known;
    } else if (m_accounts.named(list.name)) {
        command.answer = Answer::NameTaken;
    } else if (m_accounts.count() >= m_limits.accounts) {
        command.answer = Answer::RelayFull;
    } else {
        m_accounts.add(command.list);
        if (!command.open) {
            m_invites.use(command.invite);
        }
        command.answer = Answer::Registered;
    }
}

void SqliteStore::execute(LogIn& command, WallTime) {
    const auto record = m_accounts.device(command.address);
    if (!record || record->removed || record->authenticationKey != command.record.authenticationKey) {
        return;
    }
    const MailboxId id = command.record.mailbox;
    const wire::pb::Hello& hello = command.hello;
    command.listed = true;
    command.epoch = m_epoch;
    const bool sameEpoch = hello.epoch().empty() || wire::fixedOf<Epoch>(hello.epoch()) == m_epoch;
    if (!sameEpoch) {
        command.disagreements.push_back(Agreement::EPOCH_DIFFERS);
    }
    if (!cursorAgrees(command, m_mailboxes.find(id))) {
        command.disagreements.push_back(Agreement::CURSOR_UNKNOWN);
    } else if (sameEpoch) {
        m_mailboxes.acknowledge(id, MailboxNumber{hello.cursor().number()});
    }
    if (hello.has_last_stored()) {
        const auto entry = m_sendLog.find(id, wire::fixedOf<SendId>(hello.last_stored().send_id()));
        if (!entry || number(entry->stamp) != hello.last_stored().stamp()) {
            command.disagreements.push_back(Agreement::SEND_UNKNOWN);
        }
    }
    storeGeneration(command);
    const Mailbox& mailbox = m_mailboxes.find(id);
    command.acked = mailbox.acked;
    command.ackedStamp = mailbox.ackedStamp;
    command.newest = mailbox.newest;
    command.oneTimePrekeys = m_prekeys.count(id);
    setListRef(command.list, *m_accounts.find(command.address.account));
}

bool SqliteStore::cursorAgrees(const LogIn& command, const Mailbox& mailbox) {
    const MailboxNumber cursor{command.hello.cursor().number()};
    if (cursor > mailbox.newest) {
        return false;
    }
    // Below the acknowledged row nothing is left to compare with. Between it and the newest one a row is
    // missing only under a tombstone.
    if (cursor < mailbox.acked || number(cursor) == 0) {
        return true;
    }
    const auto stamp = m_mailboxes.stampAt(command.record.mailbox, cursor);
    return !stamp || *stamp == Stamp{} || number(*stamp) == command.hello.cursor().stamp();
}

void SqliteStore::storeGeneration(LogIn& command) {
    const MailboxId id = command.record.mailbox;
    const wire::pb::Hello& hello = command.hello;
    {
        auto rows = m_database.query("SELECT number, nonce FROM generation WHERE mailbox = ?", id);
        if (rows.next()) {
            const auto matches = [&](const wire::pb::Generation& generation) {
                return generation.number() == rows.unsignedInteger(0) &&
                       generation.nonce() == textOf(rows.blobView(1));
            };
            // What a store knows that was rolled back itself is of the past.
            command.generation = rows.unsignedInteger(0);
            const bool isBehind = !command.disagreements.empty();
            // A device may say that it was rolled back: its numbers then go on above all that it ever had.
            const bool begins = hello.new_generation() && hello.pending().number() > command.generation;
            if (!(hello.has_confirmed() && matches(hello.confirmed())) &&
                !(hello.has_pending() && matches(hello.pending())) && !isBehind && !begins &&
                !mutated(Mutant::NoGenerationCheck)) {
                command.disagreements.push_back(Agreement::GENERATION_UNKNOWN);
                return;
            }
        }
    }
    if (hello.has_pending()) {
        m_database.run("INSERT OR REPLACE INTO generation(mailbox, number, nonce) VALUES (?, ?, ?)", id,
                       hello.pending().number(), viewOf(hello.pending().nonce()));
        command.generation = hello.pending().number();
    }
}

void SqliteStore::execute(PublishList& command, WallTime) {
    using Answer = PublishList::Answer;
    const DeviceList& list = command.list.list();
    const Account* account = m_accounts.find(list.account());
    if (account == nullptr) {
        command.answer = Answer::NotFound;
        return;
    }
    const auto known = verifyDeviceList(m_accounts.list(*account));
    if (!known) {
        throw db::Failure(db::Error::Corrupt, "a stored device list does not hold");
    }
    switch (compareSuccession(*known, command.list)) {
    case Succession::Same:
        command.answer = Answer::Published;
        return;
    case Succession::Older:
    case Succession::Forked:
        command.answer = Answer::Outdated;
        command.newest = known->signedList();
        return;
    case Succession::Unrelated:
        command.answer = Answer::Invalid;
        return;
    case Succession::Newer:
        break;
    }
    const auto holder = m_accounts.named(list.name);
    if (holder && *holder != list.account()) {
        command.answer = Answer::NameTaken;
        return;
    }
    if (!m_accounts.replace(*account, command.list, command.removed)) {
        command.answer = Answer::Invalid;
        return;
    }
    for (const MailboxId mailbox : command.removed) {
        m_mailboxes.drop(mailbox);
        m_sendLog.drop(mailbox);
        m_prekeys.drop(mailbox);
    }
    for (const Account::Device& device : m_accounts.find(list.account())->devices) {
        command.remaining.push_back(device.mailbox);
    }
    command.answer = Answer::Published;
}

void SqliteStore::execute(FetchLists& command, WallTime) {
    const auto fetch = [&](const AccountId& id) {
        if (const Account* account = m_accounts.find(id)) {
            command.found.push_back(m_accounts.list(*account));
        }
    };
    for (const AccountId& id : command.accounts) {
        fetch(id);
    }
    for (const std::string& name : command.names) {
        if (const auto id = m_accounts.named(name)) {
            fetch(*id);
        }
    }
}

void SqliteStore::execute(PublishPrekeys& command, WallTime) {
    const std::uint32_t before = command.replace ? 0 : m_prekeys.count(command.mailbox);
    if (before + command.oneTime.size() > m_limits.prekeysPerDevice) {
        command.answer = PublishPrekeys::Answer::TooMany;
        return;
    }
    if (command.statement) {
        m_prekeys.setStatement(command.mailbox, *command.statement);
    }
    if (command.replace) {
        m_prekeys.clear(command.mailbox);
    }
    m_prekeys.add(command.mailbox, command.oneTime);
    command.left = m_prekeys.count(command.mailbox);
    command.answer = PublishPrekeys::Answer::Published;
}

void SqliteStore::execute(FetchBundles& command, WallTime now) {
    for (FetchBundles::Item& item : command.items) {
        const Account* account = m_accounts.find(item.address.account);
        const Account::Device* device = account == nullptr ? nullptr : account->find(item.address.device);
        if (device == nullptr) {
            continue;
        }
        item.mailbox = device->mailbox;
        item.statement = m_prekeys.statement(item.mailbox);
        if (item.statement && item.oneTime) {
            item.prekey = m_prekeys.take(item.mailbox, now);
            item.left = m_prekeys.count(item.mailbox);
        }
    }
}

SqliteStore::Fit SqliteStore::checkLists(StoreSend& command, const Account& own) {
    std::vector<const Account*> named;
    std::vector<const Account*> differing;
    named.reserve(command.lists.size());
    const auto contains = [](const std::vector<const Account*>& accounts, const Account* account) {
        return std::find(accounts.begin(), accounts.end(), account) != accounts.end();
    };
    const auto note = [&](std::vector<const Account*>& accounts, const Account* account) {
        if (!contains(accounts, account)) {
            accounts.push_back(account);
        }
    };
    /// Nearly always one that the send has named already.
    const auto find = [&](const AccountId& id) {
        const auto known = std::find_if(named.begin(), named.end(),
                                        [&](const Account* account) { return account->id == id; });
        return known != named.end() ? *known : id == own.id ? &own : m_accounts.find(id);
    };
    for (const StoreSend::List& list : command.lists) {
        const Account* account = find(list.account);
        if (account == nullptr) {
            return Fit::UnknownAccount;
        }
        note(named, account);
        if (!names(list, *account)) {
            note(differing, account);
        }
    }
    if (!contains(named, &own)) {
        note(differing, &own);
    }
    std::size_t wanted = 0;
    for (const Account* account : named) {
        wanted += account->devices.size();
    }
    wanted -= contains(named, &own) ? 1 : 0; // not to the sending device
    command.placed.reserve(command.headers.size());
    for (const StoreSend::Header& header : command.headers) {
        const Account* account = find(header.device.account);
        if (account == nullptr) {
            return Fit::UnknownAccount;
        }
        const Account::Device* device = account->find(header.device.device);
        if (device == nullptr || !contains(named, account) || header.device == command.sender) {
            note(differing, account);
        } else {
            command.placed.push_back({device->mailbox, {}});
        }
    }
    if (differing.empty() && command.placed.size() == wanted) {
        return Fit::Exact;
    }
    if (differing.empty()) {
        // A device was left out: whose, the sender sees from all the lists it named.
        differing = named;
    }
    for (const Account* account : differing) {
        command.newest.push_back(m_accounts.list(*account));
    }
    command.placed.clear();
    return Fit::Differ;
}

void SqliteStore::execute(StoreSend& command, WallTime now) {
    using Answer = StoreSend::Answer;
    const bool ephemeral = command.kind == wire::pb::EPHEMERAL;
    const Account* own = m_accounts.find(command.sender.account);
    if (own == nullptr || own->find(command.sender.device) == nullptr) {
        command.answer = Answer::SenderRevoked;
        return;
    }
    if (!ephemeral) {
        // Before the lists: what was stored once is answered alike however the lists have changed since.
        const auto entry = m_sendLog.find(command.senderMailbox, command.id);
        const bool forgotten = mutated(Mutant::RelayDedupeMissing) ||
                               (mutated(Mutant::RelayDedupeWindow) && entry &&
                                milliseconds(entry->stamp) + 10'000 < unixMilliseconds(now));
        if (entry && !forgotten) {
            command.answer = entry->hash == command.requestHash ? Answer::Repeated : Answer::SendIdReused;
            command.stamp = entry->stamp;
            return;
        }
    }
    if (command.refusalsSeen && command.refusedByStore &&
        *command.refusalsSeen < command.refusedBefore + *command.refusedByStore) {
        command.answer = Answer::Preceded;
        return;
    }
    switch (checkLists(command, *own)) {
    case Fit::UnknownAccount:
        command.placed.clear();
        command.answer = Answer::UnknownAccount;
        return;
    case Fit::Differ:
        command.answer = Answer::ListsDiffer;
        return;
    case Fit::Exact:
        break;
    }
    if (ephemeral) {
        command.stamp = std::max(m_clock.last(), Stamp{StampClock::startOf(unixMilliseconds(now))});
        command.answer = Answer::Passed;
        return;
    }
    for (std::size_t i = 0; i < command.placed.size(); ++i) {
        const StoreSend::Header& header = command.headers[i];
        if (!m_mailboxes.hasRoom(command.placed[i].mailbox, own->row, header.device.account == own->id,
                                 header.bytes.size() + command.payload.size())) {
            command.placed.clear();
            command.answer = Answer::MailboxFull;
            return;
        }
    }
    command.stamp = m_clock.next(now);
    m_mailboxes.place(command, own->row);
    m_sendLog.add(command.senderMailbox, command.id, {command.requestHash, command.stamp});
    command.answer = Answer::Stored;
}

void SqliteStore::execute(Acknowledge& command, WallTime) {
    m_mailboxes.acknowledge(command.mailbox, command.number);
}

void SqliteStore::execute(ReadRows& command, WallTime) {
    m_mailboxes.read(command, m_accounts);
}

void SqliteStore::execute(Expire& command, WallTime now) {
    m_mailboxes.expire(StampClock::startOf(unixMilliseconds(now - command.retention)));
    m_sendLog.forgetBefore(StampClock::startOf(unixMilliseconds(now - command.retention - kSendLogMargin)));
    m_prekeys.forgetSpentBefore(now - command.retention - kSendLogMargin);
    m_invites.forgetExpired(now);
}

} // namespace sotto::relay

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/history_export.h"

#include "core/base/encoding.h"
#include "core/rpc/objects.h"
#include "core/storage/account_store.h"

namespace sotto::rpc {

namespace {

constexpr qsizetype kWriteAtOnce = 64 * 1024;
constexpr int kLinesAtOnce = 32;

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

core::Failure databaseFailure(db::Error error) {
    const bool isDamage =
        error == db::Error::Corrupt || error == db::Error::Io || error == db::Error::NotADatabase;
    return {isDamage ? core::FailureCode::Damaged : core::FailureCode::Internal,
            std::string("Cannot export: reading the history failed: ") + db::describe(error),
            {}};
}

} // namespace

HistoryExport::HistoryExport(core::Profile& profile, core::HistoryReader reader, core::NewFile file,
                             const Clock& clock)
    : m_profile(profile)
    , m_reader(std::move(reader))
    , m_file(std::move(file))
    , m_clock(clock) {}

core::Result<std::unique_ptr<HistoryExport>> HistoryExport::begin(core::Profile& profile,
                                                                  const core::Client& client,
                                                                  const std::filesystem::path& path,
                                                                  Random& random, const Clock& clock) {
    const auto account = client.account();
    if (!account) {
        return tl::unexpected(account.error());
    }
    const auto list =
        db::attempt([&] { return core::AccountStore(profile.database()).list(profile.identity()->account); });
    if (!list) {
        return tl::unexpected(databaseFailure(list.error()));
    }
    if (!*list) {
        return core::failure(core::FailureCode::Damaged,
                             "Cannot export: this account's own device list is gone");
    }
    auto connection = profile.openReader();
    if (!connection) {
        return tl::unexpected(connection.error());
    }
    auto reader = db::attempt([&] { return core::HistoryReader(std::move(*connection)); });
    if (!reader) {
        return tl::unexpected(databaseFailure(reader.error()));
    }
    auto file = core::NewFile::begin(path, "Cannot export to " + path.string(), random);
    if (!file) {
        return tl::unexpected(file.error());
    }
    auto made = std::unique_ptr<HistoryExport>(
        new HistoryExport(profile, std::move(*reader), std::move(*file), clock));
    made->m_statement.device = {account->account, account->device};
    made->m_list = (*list)->signedList();
    made->m_progress.total = made->m_reader.total();
    QJsonObject head = objectOf("export", "acct_" + account->account.hex(), unixMilliseconds(clock.wall()));
    head["account"] = text(account->account.hex());
    head["device"] = static_cast<qint64>(number(account->device));
    head["name"] = text(account->name);
    QJsonObject names;
    for (const core::Contact& contact : client.contacts()) {
        names[text(contact.account.hex())] = text(contact.name);
    }
    head["names"] = names;
    const QByteArray line = lineOf(head);
    LineHash hash;
    hash.add(line);
    made->m_statement.head = hash.value();
    made->m_statement.lines = 1;
    made->m_waiting = line;
    return made;
}

core::Result<void> HistoryExport::line(const QJsonObject& object) {
    const QByteArray bytes = lineOf(object);
    m_history.add(bytes);
    m_piece.add(bytes);
    ++m_statement.lines;
    m_waiting += bytes;
    if (m_waiting.size() < kWriteAtOnce) {
        return {};
    }
    m_progress.bytes += static_cast<std::uint64_t>(m_waiting.size());
    return m_file.write(viewOf(std::exchange(m_waiting, {}).toStdString()));
}

core::Result<void> HistoryExport::endConversation() {
    if (m_isInConversation) {
        const std::string hash = m_piece.value().hex();
        m_hashes.add(QByteArray::fromStdString(hash));
        m_entry["sha256"] = text(hash);
        m_entries.append(m_entry);
        m_isInConversation = false;
    }
    return {};
}

/// False when there is nothing more.
core::Result<bool> HistoryExport::next() {
    if (m_isInConversation) {
        if (const auto message = m_reader.nextMessage()) {
            ++m_progress.done;
            m_entry["lines"] = m_entry["lines"].toInt() + 1;
            return line(exportedMessage(*message)).map([] { return true; });
        }
        if (auto ended = endConversation(); !ended) {
            return tl::unexpected(ended.error());
        }
    }
    const auto conversation = m_reader.nextConversation();
    if (!conversation) {
        return false;
    }
    m_isInConversation = true;
    m_piece = LineHash();
    m_entry = {{"id", text("conv_" + conversation->id.hex())}, {"lines", 1}};
    return line(exportedConversation(*conversation)).map([] { return true; });
}

core::Result<void> HistoryExport::finish() {
    m_statement.history = m_history.value();
    m_statement.hashes = m_hashes.value();
    QJsonObject manifest = objectOf("export_manifest", "acct_" + m_statement.device.account.hex(),
                                    unixMilliseconds(m_clock.wall()));
    manifest["lines"] = static_cast<qint64>(m_statement.lines);
    manifest["head"] = text(m_statement.head.hex());
    manifest["history"] = text(m_statement.history.hex());
    manifest["conversations"] = m_entries;
    manifest["device_list"] = text(encodeBase64Url(m_list.bytes));
    manifest["device_list_signature"] = text(encodeBase64Url(m_list.signature.view()));
    manifest["signature"] = text(encodeBase64Url(m_profile.identity()->keys.sign(m_statement).view()));
    m_waiting += lineOf(manifest);
    m_progress.bytes += static_cast<std::uint64_t>(m_waiting.size());
    return m_file.write(viewOf(m_waiting.toStdString())).and_then([&] { return m_file.finish(); });
}

core::Result<core::ArchiveProgress> HistoryExport::step() {
    const SteadyTime end = m_clock.steady() + kSlice;
    core::Result<bool> goesOn = true;
    do {
        for (int i = 0; i < kLinesAtOnce && goesOn && *goesOn; ++i) {
            auto read = db::attempt([&] { return next(); });
            if (!read) {
                return tl::unexpected(databaseFailure(read.error()));
            }
            goesOn = std::move(*read);
        }
    } while (goesOn && *goesOn && m_clock.steady() < end);
    if (!goesOn) {
        return tl::unexpected(goesOn.error());
    }
    if (!*goesOn) {
        if (auto finished = finish(); !finished) {
            return tl::unexpected(finished.error());
        }
        m_progress.total = m_progress.done;
        m_progress.isFinished = true;
    }
    return m_progress;
}

} // namespace sotto::rpc

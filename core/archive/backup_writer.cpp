// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/backup.h"
#include "core/archive/carried_tables.h"
#include "core/archive/table_columns.h"
#include "core/profile/identity_file.h"
#include "core/storage/schema.h"
#include "core/storage/setting_store.h"

namespace sotto::core {
namespace {

constexpr std::string_view kBackupKey = "backup_key";
/// Between two looks at the clock.
constexpr int kRowsAtOnce = 64;

Failure databaseFailure(db::Error error, const std::string& attempted) {
    const std::string text = attempted + ": reading the profile failed: " + db::describe(error);
    switch (error) {
    case db::Error::Corrupt:
    case db::Error::NotADatabase:
    case db::Error::Io:
        return {FailureCode::Damaged, text, {}};
    case db::Error::Busy:
    case db::Error::Full:
    case db::Error::ReadOnly:
    case db::Error::NewerSchema:
    case db::Error::CannotOpen:
    case db::Error::Constraint:
    case db::Error::Internal:
        return {FailureCode::Internal, text, {}};
    }
    return {};
}

class RecordWriter {
public:
    RecordWriter& kind(char letter) {
        m_bytes.push_back(static_cast<std::uint8_t>(letter));
        return *this;
    }
    RecordWriter& number(std::uint64_t value, int size) {
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
            m_bytes.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
        }
        return *this;
    }
    RecordWriter& bytes(BytesView bytes) {
        m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end());
        return *this;
    }
    RecordWriter& name(std::string_view name) { return number(name.size(), 1).bytes(viewOf(name)); }
    void value(const db::Rows& rows, int column) {
        switch (rows.type(column)) {
        case db::Rows::Type::Null:
            kind('n');
            return;
        case db::Rows::Type::Integer:
            kind('i').number(rows.unsignedInteger(column), 8);
            return;
        case db::Rows::Type::Text:
            kind('t').number(rows.textView(column).size(), 4).bytes(viewOf(rows.textView(column)));
            return;
        case db::Rows::Type::Blob:
            kind('b').number(rows.blobView(column).size(), 4).bytes(rows.blobView(column));
            return;
        case db::Rows::Type::Real:
            throw db::Failure(db::Error::Internal, "a number with a fraction, which no table has");
        }
    }
    BytesView view() const { return m_bytes; }
    void clear() { m_bytes.clear(); }

private:
    Bytes m_bytes;
};

} // namespace

struct BackupWriter::Private {
    const Clock& clock;
    std::string attempted;
    SealedWriter out;
    db::Database reader;
    std::optional<db::Rows> rows; ///< of the table at hand; ends before its connection
    std::size_t table = 0;        ///< the next one
    std::uint64_t count = 0;
    std::uint64_t total = 0; ///< a guess from row numbers: counting would read everything
    RecordWriter record;

    Result<void> flush() {
        const auto written = out.write(record.view());
        record.clear();
        return written;
    }
    void beginTable(std::string_view name) {
        const auto columns = columnsOf(reader, name);
        record.kind('T').name(name).number(columns.size(), 1);
        for (const std::string& column : columns) {
            record.name(column);
        }
        rows.emplace(reader.query(selectAll(name, columns)));
    }
    /// False at the end of everything.
    bool nextRow() {
        while (true) {
            if (rows && rows->next()) {
                record.kind('R');
                for (int column = 0; column < rows->columns(); ++column) {
                    record.value(*rows, column);
                }
                ++count;
                return true;
            }
            rows.reset();
            if (table == kCarriedTables.size()) {
                return false;
            }
            beginTable(kCarriedTables[table++]);
        }
    }
};

BackupWriter::BackupWriter(std::unique_ptr<Private> data)
    : d(std::move(data)) {}
BackupWriter::BackupWriter(BackupWriter&&) noexcept = default;
BackupWriter::~BackupWriter() = default;

Result<BackupWriter> BackupWriter::begin(Profile& profile, const std::filesystem::path& path, Random& random,
                                         const Clock& clock) {
    const std::string attempted = "Cannot make the backup " + path.string();
    if (!profile.identity()) {
        return failure(FailureCode::NotFound, attempted + ": this profile has no account yet");
    }
    const auto recipient =
        db::attempt([&] { return SettingStore(profile.database()).fixed<Curve25519Key>(kBackupKey); });
    if (!recipient) {
        return unexpected(databaseFailure(recipient.error(), attempted));
    }
    if (!*recipient) {
        return failure(FailureCode::Locked,
                       attempted + ": this profile was made before there were backups and needs its recovery "
                                   "code once");
    }
    auto reader = profile.openReader();
    if (!reader) {
        return unexpected(std::move(reader.error()));
    }
    auto out = SealedWriter::begin(path, **recipient, attempted, random);
    if (!out) {
        return unexpected(std::move(out.error()));
    }
    auto data = std::unique_ptr<Private>(
        new Private{clock, attempted, std::move(*out), std::move(*reader), {}, 0, 0, 0, {}});
    const auto begun = db::attempt([&] {
        data->reader.execute("BEGIN");
        for (auto rows = data->reader.query("SELECT coalesce(sum(seq), 0) FROM sqlite_sequence "
                                            "WHERE name IN ('message', 'send', 'outbox')");
             rows.next();) {
            data->total = rows.unsignedInteger(0);
        }
    });
    if (!begun) {
        return unexpected(databaseFailure(begun.error(), attempted));
    }
    const SecretBytes identity = [&] {
        const Identity& own = *profile.identity();
        auto keys = crypto::DeviceKeys::parse(own.keys.serialise().expose());
        auto signer = own.signer ? crypto::SignerKey::parse(own.signer->serialise().expose()) : std::nullopt;
        return encodeIdentity(0, Identity{own.account, own.device, std::move(*keys), std::move(signer)});
    }();
    data->record.kind('B')
        .number(static_cast<std::uint64_t>(clientMigrations().back().version), 4)
        .bytes(profile.identity()->account.view())
        .number(static_cast<std::uint64_t>(unixMilliseconds(clock.wall())), 8);
    data->record.kind('I').number(identity.size(), 4);
    // The identity goes straight from guarded memory into the stream.
    const auto written = data->flush().and_then([&] { return data->out.write(identity.expose()); });
    if (!written) {
        return unexpected(written.error());
    }
    return BackupWriter(std::move(data));
}

Result<ArchiveProgress> BackupWriter::step(Milliseconds slice) {
    const SteadyTime end = d->clock.steady() + slice;
    bool goesOn = true;
    do {
        const auto read = db::attempt([&] {
            for (int i = 0; i < kRowsAtOnce && goesOn; ++i) {
                goesOn = d->nextRow();
            }
        });
        if (!read) {
            return unexpected(databaseFailure(read.error(), d->attempted));
        }
        if (!goesOn) {
            d->record.kind('E').number(d->count, 8);
        }
        if (auto written = d->flush(); !written) {
            return unexpected(std::move(written.error()));
        }
    } while (goesOn && d->clock.steady() < end);
    if (!goesOn) {
        if (auto finished = d->out.finish(); !finished) {
            return unexpected(std::move(finished.error()));
        }
    }
    return ArchiveProgress{d->count, std::max(d->total, d->count), d->out.written(), !goesOn};
}

Expected<void, db::Error> setBackupKey(db::Database& database, const Curve25519Key& key) {
    return database.transaction([&] { SettingStore(database).set(kBackupKey, key.view()); });
}

Expected<bool, db::Error> hasBackupKey(db::Database& database) {
    return db::attempt([&] { return SettingStore(database).fixed<Curve25519Key>(kBackupKey).has_value(); });
}

} // namespace sotto::core

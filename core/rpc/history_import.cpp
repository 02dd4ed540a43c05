// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/history_import.h"

#include "core/base/encoding.h"
#include "core/rpc/objects.h"

#include <QFile>

namespace sotto::rpc {

namespace {

/// A text of 64 KiB with every byte escaped fits; a manifest has a hundred bytes for each conversation.
constexpr qint64 kLongestLine = 64 * 1024 * 1024;
constexpr qint64 kReadAtOnce = 4096;
constexpr std::uint64_t kLinesAtOnce = 1'000;

/// Told of each line, in order.
class Visitor {
public:
    virtual ~Visitor() = default;
    virtual void conversation(const core::HistoryConversation& conversation) = 0;
    virtual void message(const core::HistoryMessage& message) = 0;
};

class Ignoring final : public Visitor {
public:
    void conversation(const core::HistoryConversation&) override {}
    void message(const core::HistoryMessage&) override {}
};

class HistoryFile {
public:
    HistoryFile(const AccountId& account, const std::filesystem::path& path)
        : m_account(account)
        , m_attempted("cannot import " + path.string())
        , m_file(QString::fromStdString(path.string())) {}

    /// Reads everything, and what it says of itself at the end.
    Result<ImportResult> read(Visitor& visitor, const core::OnArchiveProgress& onProgress);

private:
    tl::unexpected<Error> wrong(const std::string& what, const char* code = "bad_file") const {
        return fail(Exit::Usage, code,
                    m_attempted + ": line " + std::to_string(m_line) + ": " + what +
                        ". Nothing was taken over");
    }
    /// In what was not written so, or was changed.
    tl::unexpected<Error> damaged(const std::string& where, const std::string& what) const {
        return fail(Exit::Damaged, "tampered",
                    m_attempted + ": " + where + ": " + what + ". Nothing was taken over");
    }
    /// The next line as it stands and as an object; empty at the end of the file.
    Result<QJsonObject> next();
    Result<void> readHead();
    Result<void> readManifest(const QJsonObject& manifest);
    Result<void> checkSignature(const QJsonObject& manifest) const;
    void endConversation();

    struct Piece {
        std::string id;
        std::uint64_t firstLine = 0;
        std::uint64_t lastLine = 0;
        std::string hash;
    };
    AccountId m_account;
    std::string m_attempted;
    QFile m_file;
    QByteArray m_bytes; ///< of the line at hand
    std::uint64_t m_line = 0;
    LineHash m_history;
    LineHash m_piece;
    std::vector<Piece> m_pieces;
    ExportStatement m_statement;
    ImportResult m_result;
};

Result<QJsonObject> HistoryFile::next() {
    ++m_line;
    m_bytes.clear();
    QByteArray part;
    do { // readLine() makes room for all that it may read, each time
        part = m_file.readLine(kReadAtOnce);
        m_bytes += part;
    } while (!part.isEmpty() && !part.endsWith('\n') && m_bytes.size() < kLongestLine);
    if (m_bytes.isEmpty()) {
        return damaged("line " + std::to_string(m_line), "the file ends here, without its manifest");
    }
    if (!m_bytes.endsWith('\n')) {
        return damaged("line " + std::to_string(m_line), "it is cut off");
    }
    auto object = parseLine(m_bytes);
    if (!object) {
        return wrong(object.error().text);
    }
    return object;
}

Result<void> HistoryFile::readHead() {
    const auto head = next();
    if (!head) {
        return tl::unexpected(head.error());
    }
    if ((*head)["type"] != QJsonValue("export")) {
        return wrong("this is no history that Sotto exported");
    }
    if ((*head)["v"].toInt() > kObjectVersion) {
        return wrong("it was written by a newer version of Sotto; update this program", "newer");
    }
    const QString account = (*head)["account"].toString();
    if (account.toStdString() != m_account.hex()) {
        return wrong("this is the history of another account (" + account.left(64).toStdString() +
                         "); only its own is believed",
                     "other_account");
    }
    LineHash hash;
    hash.add(m_bytes);
    m_statement.head = hash.value();
    m_statement.device = {m_account, static_cast<DeviceNumber>((*head)["device"].toInteger())};
    return {};
}

void HistoryFile::endConversation() {
    if (!m_pieces.empty() && m_pieces.back().hash.empty()) {
        m_pieces.back().lastLine = m_line - 1;
        m_pieces.back().hash = m_piece.value().hex();
    }
}

Result<void> HistoryFile::checkSignature(const QJsonObject& manifest) const {
    const auto bytes = [&](const char* name) {
        return decodeBase64Url(manifest[name].toString().toStdString()).value_or(Bytes());
    };
    const std::string where = "line " + std::to_string(m_line);
    const auto listSignature = Signature::from(bytes("device_list_signature"));
    const auto signature = Signature::from(bytes("signature"));
    if (!listSignature || !signature) {
        return damaged(where, "the manifest is not signed");
    }
    const auto list = verifyDeviceList({bytes("device_list"), *listSignature});
    const DeviceEntry* device =
        list && list->list().account() == m_account ? list->list().find(m_statement.device.device) : nullptr;
    if (device == nullptr ||
        !verifyEd25519(device->authenticationKey, encodeExportStatement(m_statement), *signature)) {
        return damaged(where, "the signature is not this account's");
    }
    return {};
}

Result<void> HistoryFile::readManifest(const QJsonObject& manifest) {
    endConversation();
    m_statement.lines = m_line - 1;
    m_statement.history = m_history.value();
    m_result.history = m_statement.history;
    // First what can name a place: which conversation is not what the manifest says.
    const QJsonArray entries = manifest["conversations"].toArray();
    LineHash hashes;
    for (std::size_t i = 0; i < m_pieces.size(); ++i) {
        const Piece& piece = m_pieces[i];
        const QJsonObject entry = entries.at(static_cast<qsizetype>(i)).toObject();
        if (entry["id"].toString().toStdString() != piece.id ||
            entry["sha256"].toString().toStdString() != piece.hash ||
            entry["lines"].toInteger() != static_cast<qint64>(piece.lastLine - piece.firstLine + 1)) {
            return damaged("lines " + std::to_string(piece.firstLine) + " to " +
                               std::to_string(piece.lastLine),
                           "they are not what was exported");
        }
        hashes.add(QByteArray::fromStdString(piece.hash));
    }
    if (entries.size() != static_cast<qsizetype>(m_pieces.size())) {
        return damaged("line " + std::to_string(m_line), "conversations are missing before it");
    }
    m_statement.hashes = hashes.value();
    if (manifest["head"].toString().toStdString() != m_statement.head.hex()) {
        return damaged("line 1", "it is not what was exported");
    }
    if (auto checked = checkSignature(manifest); !checked) {
        return checked;
    }
    if (!m_file.atEnd()) {
        return damaged("line " + std::to_string(m_line + 1), "there is more than was exported");
    }
    return {};
}

Result<ImportResult> HistoryFile::read(Visitor& visitor, const core::OnArchiveProgress& onProgress) {
    if (!m_file.open(QFile::ReadOnly)) {
        return fail(Exit::NotFound, "no_file", m_attempted + ": " + m_file.errorString().toStdString());
    }
    if (auto head = readHead(); !head) {
        return tl::unexpected(head.error());
    }
    core::HistoryConversation conversation;
    core::HistoryMessage message;
    while (true) {
        const auto line = next();
        if (!line) {
            return tl::unexpected(line.error());
        }
        const QString type = (*line)["type"].toString();
        if (type == "export_manifest") {
            if (auto manifest = readManifest(*line); !manifest) {
                return tl::unexpected(manifest.error());
            }
            return m_result;
        }
        if (type == "export_conversation") {
            endConversation();
            if (const auto problem = readConversation(*line, conversation)) {
                return wrong(*problem);
            }
            m_piece = LineHash();
            m_pieces.push_back({"conv_" + conversation.id.hex(), m_line, 0, {}});
            ++m_result.conversations;
            visitor.conversation(conversation);
        } else if (type == "export_message" && !m_pieces.empty()) {
            if (const auto problem = readMessage(*line, message)) {
                return wrong(*problem);
            }
            if (message.outgoing && message.sender != m_account) {
                return wrong("it was sent by another account than the exporting one");
            }
            ++m_result.messages;
            visitor.message(message);
        } else {
            return wrong("it is of no known type");
        }
        m_history.add(m_bytes);
        m_piece.add(m_bytes);
        const auto place = static_cast<std::uint64_t>(m_file.pos());
        if (m_line % kLinesAtOnce == 0 && onProgress &&
            !onProgress({place, static_cast<std::uint64_t>(m_file.size()), place, false})) {
            return fail(Exit::Interrupted, "interrupted",
                        m_attempted + ": stopped; the same command goes on where it stopped");
        }
    }
}

class Adding final : public Visitor {
public:
    explicit Adding(db::Database& database)
        : m_database(database)
        , m_writer(database) {}
    void conversation(const core::HistoryConversation& conversation) override {
        end();
        begin();
        m_writer.begin(conversation);
        m_conversation = conversation;
        m_isOpen = true;
    }
    void message(const core::HistoryMessage& message) override {
        if (m_lines >= kLinesAtOnce) {
            end();
            begin();
            m_writer.begin(*m_conversation);
            m_isOpen = true;
        }
        ++m_lines;
        added += m_writer.add(message) ? 1 : 0;
    }
    void end() {
        if (m_isOpen) {
            m_writer.end();
            m_writer.settleReaders();
            m_transaction->commit();
            m_transaction.reset();
            m_isOpen = false;
        }
    }
    std::uint64_t added = 0;

private:
    void begin() {
        m_lines = 0;
        m_transaction.emplace(m_database);
    }
    db::Database& m_database;
    core::HistoryWriter m_writer;
    std::optional<core::HistoryConversation> m_conversation;
    std::optional<db::Transaction> m_transaction;
    std::uint64_t m_lines = 0;
    bool m_isOpen = false;
};

} // namespace

Result<ImportResult> verifyHistory(const AccountId& account, const std::filesystem::path& path,
                                   const core::OnArchiveProgress& onProgress) {
    Ignoring visitor;
    return HistoryFile(account, path).read(visitor, onProgress);
}

Result<ImportResult> importHistory(core::Profile& profile, const std::filesystem::path& path,
                                   const core::OnArchiveProgress& onProgress) {
    if (!profile.identity()) {
        return fail(Exit::NotFound, "not_found",
                    "cannot import: this profile has no account yet; restore a backup of it first");
    }
    const AccountId account = profile.identity()->account;
    if (auto whole = verifyHistory(account, path, onProgress); !whole) {
        return whole;
    }
    const auto done = db::attempt([&]() -> Result<ImportResult> {
        Adding visitor(profile.database());
        auto read = HistoryFile(account, path).read(visitor, onProgress);
        visitor.end(); // also of what was stopped: it is not asked for again
        if (read) {
            read->added = visitor.added;
        }
        return read;
    });
    if (!done) {
        const bool isFull = done.error() == db::Error::Full;
        return fail(isFull ? Exit::Limited : Exit::Internal, isFull ? "disk_full" : "storage",
                    std::string("importing stopped: ") + db::describe(done.error()) +
                        "; the same command goes on where it stopped");
    }
    return *done;
}

} // namespace sotto::rpc

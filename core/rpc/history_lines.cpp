// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/history_lines.h"

#include "core/base/encoding.h"
#include "core/rpc/objects.h"
#include "core/text/grapheme.h"
#include "core/text/styles.h"
#include "core/types/cause.h"

#include <QJsonDocument>
#include <charconv>
#include <set>

namespace sotto::rpc {

namespace {

QString text(const std::string& utf8) {
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

constexpr std::array kKinds = {core::MessageKind::Text, core::MessageKind::Placeholder,
                               core::MessageKind::Notice, core::MessageKind::Gap, core::MessageKind::Deleted};
/// What is not sent when it is exported is exported as failed.
constexpr std::array kStates = {core::MessageState::Received, core::MessageState::Sent,
                                core::MessageState::Delivered, core::MessageState::Read,
                                core::MessageState::Failed};
constexpr int kLastCause = static_cast<int>(core::PlaceholderCause::AuthorHasNot);

/// Members one by one; whatever is missing, of another type or left over makes the line wrong.
class LineReader {
public:
    explicit LineReader(const QJsonObject& line)
        : m_line(line) {}

    std::string string(const char* name) {
        const QJsonValue value = take(name);
        if (!value.isString()) {
            wrong(name);
        }
        return value.toString().toStdString();
    }
    template <class Fixed>
    Fixed fixed(const char* name, const char* prefix = "") {
        std::string value = string(name);
        if (value.starts_with(prefix)) {
            value.erase(0, std::strlen(prefix));
        }
        const auto bytes = decodeHex(value);
        const auto id = bytes ? Fixed::from(*bytes) : std::nullopt;
        if (!id) {
            wrong(name);
        }
        return id.value_or(Fixed{});
    }
    std::int64_t number(const char* name) {
        const QJsonValue value = take(name);
        constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
        const qint64 number = value.toInteger(kNone);
        if (!value.isDouble() || number == kNone) {
            wrong(name);
            return 0;
        }
        return number;
    }
    /// Decimal digits in a string: longer than JSON's numbers are certain to be.
    std::int64_t digits(const char* name) {
        const std::string value = string(name);
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc() || end != value.data() + value.size() || number < 0) {
            wrong(name);
        }
        return number;
    }
    QJsonArray array(const char* name) {
        const QJsonValue value = take(name);
        if (!value.isArray()) {
            wrong(name);
        }
        return value.toArray();
    }
    QJsonObject object(const char* name) {
        const QJsonValue value = take(name);
        if (!value.isObject()) {
            wrong(name);
        }
        return value.toObject();
    }
    template <class Enum, std::size_t N, class Name>
    Enum oneOf(const char* name, const std::array<Enum, N>& values, Name nameOfValue) {
        const QString word = text(string(name));
        for (const Enum value : values) {
            if (QString(nameOfValue(value)) == word) {
                return value;
            }
        }
        wrong(name);
        return values.front();
    }
    bool has(const char* name) const { return m_line.contains(name); }
    void wrong(const char* name) {
        if (m_problem.empty()) {
            m_problem = std::string("its member '") + name + "' is missing or not what it must be";
        }
    }
    /// Of the five that all objects have.
    void common(const char* type) {
        if (string("type") != type) {
            wrong("type");
        }
        if (number("v") != kObjectVersion) {
            wrong("v");
        }
        const std::int64_t at = number("ts");
        if (string("time") != rfc3339(at)) {
            wrong("time");
        }
    }
    std::optional<std::string> problem() {
        if (m_problem.empty() && !m_line.isEmpty()) {
            m_problem = "it has a member '" + m_line.keys().first().left(40).toStdString() +
                        "', which this version does not know";
        }
        return m_problem.empty() ? std::nullopt : std::optional(m_problem);
    }

private:
    QJsonValue take(const char* name) {
        const auto found = m_line.find(name);
        if (found == m_line.end()) {
            return {QJsonValue::Undefined};
        }
        QJsonValue value = found.value();
        m_line.erase(found);
        return value;
    }
    QJsonObject m_line;
    std::string m_problem;
};

bool isWhole(const QString& text) {
    return text.isValidUtf16();
}

/// Every string in it, names of members included.
bool isWhole(const QJsonValue& value) {
    if (value.isString()) {
        return isWhole(value.toString());
    }
    if (value.isArray()) {
        const QJsonArray array = value.toArray();
        return std::all_of(array.begin(), array.end(),
                           [](const auto& item) { return isWhole(QJsonValue(item)); });
    }
    const QJsonObject object = value.toObject();
    for (auto member = object.begin(); member != object.end(); ++member) {
        if (!isWhole(member.key()) || !isWhole(QJsonValue(member.value()))) {
            return false;
        }
    }
    return true;
}

} // namespace

QJsonObject exportedConversation(const core::HistoryConversation& conversation) {
    QJsonObject line = objectOf("export_conversation", "conv_" + conversation.id.hex(), 0);
    QJsonArray members;
    for (const AccountId& member : conversation.members) {
        members.append(text(member.hex()));
    }
    line["members"] = members;
    return line;
}

QJsonObject exportedMessage(const core::HistoryMessage& message) {
    QJsonObject line = objectOf("export_message", messageIdText(message.id), message.sentAt);
    line["account"] = text(message.sender.hex());
    line["device"] = static_cast<qint64>(number(message.device));
    line["direction"] = message.outgoing ? "out" : "in";
    line["kind"] = nameOf(message.kind);
    line["state"] = nameOf(message.state);
    line["text"] = text(message.text);
    if (!message.styles.empty()) {
        line["styles"] = stylesArray(message.styles);
    }
    line["received_ts"] = static_cast<qint64>(message.receivedAt);
    line["stamp"] = QString::number(number(message.stamp));
    line["order"] = QString::number(message.order);
    if (!message.detail.empty()) {
        line["detail"] = text(message.detail);
    }
    if (message.cause != core::PlaceholderCause::None) {
        line["cause"] = static_cast<int>(message.cause);
    }
    if (message.deletedByAuthor) {
        line["deleted_by"] = "author";
    }
    if (message.quote) {
        line["reply_to"] =
            QJsonObject{{"id", text(messageIdText(message.quote->target.id))},
                        {"account", text(message.quote->target.sender.account.hex())},
                        {"device", static_cast<int>(number(message.quote->target.sender.device))},
                        {"text", text(message.quote->text)}};
    }
    if (message.expireSeconds != 0) {
        line["expire_s"] = static_cast<qint64>(message.expireSeconds);
    }
    if (message.expiresAt != 0) {
        line["expires_ts"] = static_cast<qint64>(message.expiresAt);
    }
    if (!message.versions.empty()) {
        line["versions"] = versionsArray(message.versions);
    }
    if (!message.reactions.empty()) {
        line["reactions"] = reactionsArray(message.reactions);
    }
    return line;
}

std::optional<std::string> readConversation(const QJsonObject& line, core::HistoryConversation& into) {
    LineReader reader(line);
    reader.common("export_conversation");
    into.id = reader.fixed<ConversationId>("id", "conv_");
    into.members.clear();
    for (const QJsonValue member : reader.array("members")) {
        const auto bytes = decodeHex(member.toString().toStdString());
        const auto account = bytes ? AccountId::from(*bytes) : std::nullopt;
        if (!account) {
            reader.wrong("members");
            break;
        }
        into.members.push_back(*account);
    }
    return reader.problem();
}

namespace {

constexpr std::array kStyles = {core::TextStyle::Bold,          core::TextStyle::Italic,
                                core::TextStyle::Strikethrough, core::TextStyle::Code,
                                core::TextStyle::CodeBlock,     core::TextStyle::Link};

/// Of a line, or of one of its versions. In their one form, as everything that is exported.
core::Styles readStyles(LineReader& reader, const std::string& of) {
    core::Styles styles;
    if (!reader.has("styles")) {
        return styles;
    }
    for (const QJsonValue value : reader.array("styles")) {
        LineReader range(value.toObject());
        const auto style = range.oneOf("style", kStyles, [](core::TextStyle name) { return nameOf(name); });
        const std::int64_t begin = range.number("begin");
        const std::int64_t length = range.number("length");
        const std::string address = range.has("address") ? range.string("address") : std::string();
        if (range.problem() || begin < 0 || length < 0 || begin > static_cast<std::int64_t>(of.size()) ||
            length > static_cast<std::int64_t>(of.size())) {
            reader.wrong("styles");
            return {};
        }
        styles.push_back(
            {style, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(length), address});
    }
    if (styles.empty() || core::canonicalStyles(of, styles) != styles) {
        reader.wrong("styles");
    }
    return styles;
}

void readVersions(LineReader& reader, core::HistoryMessage& into) {
    into.versions.clear();
    for (const QJsonValue value : reader.array("versions")) {
        const QJsonObject object = value.toObject();
        LineReader version(object);
        const std::int64_t revision = version.number("revision");
        const auto expected =
            static_cast<std::int64_t>(into.versions.empty() ? 0 : into.versions.back().revision + 1);
        into.versions.push_back(
            {static_cast<std::uint32_t>(revision), version.string("text"), version.number("ts"), {}});
        into.versions.back().styles = readStyles(version, into.versions.back().text);
        // Numbers ascend; some may be missing where an edit never came.
        if (version.problem() || (into.versions.size() == 1 ? revision != 0 : revision < expected) ||
            revision > core::kMaxRevisions || into.versions.back().text.size() > core::kMaxTextBytes) {
            reader.wrong("versions");
            return;
        }
    }
    if (into.kind != core::MessageKind::Text || into.versions.size() < 2 ||
        into.versions.back().text != into.text || into.versions.back().styles != into.styles) {
        reader.wrong("versions");
    }
}

void readQuote(LineReader& reader, core::HistoryMessage& into) {
    const QJsonObject object = reader.object("reply_to");
    LineReader line(object);
    core::Quote quote;
    quote.target.id = line.fixed<MessageId>("id", "msg_");
    quote.target.sender.account = line.fixed<AccountId>("account");
    const std::int64_t device = line.number("device");
    quote.target.sender.device = static_cast<DeviceNumber>(device);
    quote.text = line.string("text");
    if (line.problem() || device < 1 || device > std::numeric_limits<std::int32_t>::max() ||
        quote.text.size() > core::kMaxQuoteBytes || into.kind != core::MessageKind::Text) {
        reader.wrong("reply_to");
    }
    into.quote = std::move(quote);
}

void readReactions(LineReader& reader, core::HistoryMessage& into) {
    into.reactions.clear();
    std::set<AccountId> seen;
    for (const QJsonValue value : reader.array("reactions")) {
        const QJsonObject object = value.toObject();
        LineReader reaction(object);
        into.reactions.push_back(
            {reaction.fixed<AccountId>("account"), reaction.string("emoji"), reaction.number("ts")});
        const core::Reaction& read = into.reactions.back();
        if (reaction.problem() || read.emoji.size() > core::kMaxReactionBytes ||
            !core::isOneSign(read.emoji) || !seen.insert(read.by).second) {
            reader.wrong("reactions");
            return;
        }
    }
}

} // namespace

std::optional<std::string> readMessage(const QJsonObject& line, core::HistoryMessage& into) {
    LineReader reader(line);
    into.sentAt = line["ts"].toInteger();
    reader.common("export_message");
    into.id = reader.fixed<MessageId>("id", "msg_");
    into.sender = reader.fixed<AccountId>("account");
    const std::int64_t device = reader.number("device");
    if (device < 0 || device > std::numeric_limits<std::int32_t>::max()) {
        reader.wrong("device");
    }
    into.device = static_cast<DeviceNumber>(device);
    const std::string direction = reader.string("direction");
    if (direction != "in" && direction != "out") {
        reader.wrong("direction");
    }
    into.outgoing = direction == "out";
    into.kind = reader.oneOf("kind", kKinds, [](core::MessageKind kind) { return nameOf(kind); });
    into.state = reader.oneOf("state", kStates, [](core::MessageState state) { return nameOf(state); });
    into.text = reader.string("text");
    if (into.text.size() > core::kMaxTextBytes ||
        (into.kind == core::MessageKind::Deleted && !into.text.empty())) {
        reader.wrong("text");
    }
    into.styles = readStyles(reader, into.text);
    if (!into.styles.empty() && into.kind != core::MessageKind::Text) {
        reader.wrong("styles");
    }
    into.receivedAt = reader.number("received_ts");
    into.stamp = static_cast<Stamp>(reader.digits("stamp"));
    into.order = reader.digits("order");
    into.detail = reader.has("detail") ? reader.string("detail") : std::string();
    const std::int64_t cause = reader.has("cause") ? reader.number("cause") : 0;
    if (cause < 0 || cause > kLastCause) {
        reader.wrong("cause");
    }
    into.cause = static_cast<core::PlaceholderCause>(cause);
    into.deletedByAuthor = reader.has("deleted_by");
    if (into.deletedByAuthor &&
        (reader.string("deleted_by") != "author" || into.kind != core::MessageKind::Deleted)) {
        reader.wrong("deleted_by");
    }
    into.versions.clear();
    into.reactions.clear();
    into.quote.reset();
    const std::int64_t expire = reader.has("expire_s") ? reader.number("expire_s") : 0;
    into.expiresAt = reader.has("expires_ts") ? reader.number("expires_ts") : 0;
    if (expire < 0 || expire > core::kMaxExpireSeconds || into.expiresAt < 0 ||
        (expire == 0 && into.expiresAt != 0) || (expire != 0 && into.kind != core::MessageKind::Text)) {
        reader.wrong("expire_s");
    }
    into.expireSeconds = static_cast<std::uint32_t>(expire);
    if (reader.has("reply_to")) {
        readQuote(reader, into);
    }
    if (reader.has("versions")) {
        readVersions(reader, into);
    }
    if (reader.has("reactions")) {
        readReactions(reader, into);
    }
    return reader.problem();
}

QByteArray lineOf(const QJsonObject& object) {
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

Result<QJsonObject> parseLine(const QByteArray& line) {
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(line, &error);
    if (error.error != QJsonParseError::NoError || !document.isObject()) {
        return fail(Exit::Usage, "bad_json",
                    error.error == QJsonParseError::NoError
                        ? "it is no JSON object"
                        : "it is no JSON: " + error.errorString().toStdString() + " (at byte " +
                              std::to_string(error.offset) + ")");
    }
    QJsonObject object = document.object();
    if (!isWhole(QJsonValue(object))) {
        return fail(Exit::Usage, "bad_json", "it has half of a surrogate pair, which is no text");
    }
    return object;
}

LineHash::LineHash() {
    crypto_hash_sha256_init(&m_state);
}

void LineHash::add(const QByteArray& line) {
    crypto_hash_sha256_update(&m_state, reinterpret_cast<const unsigned char*>(line.constData()),
                              static_cast<unsigned long long>(line.size()));
}

Digest LineHash::value() const {
    crypto_hash_sha256_state state = m_state;
    Digest digest;
    crypto_hash_sha256_final(&state, digest.value.data());
    return digest;
}

} // namespace sotto::rpc

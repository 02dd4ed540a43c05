// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/schema.h"

#include "core/rpc/objects.h"

#include <QStringList>

namespace sotto::rpc {

namespace {

enum class Need { Always, Sometimes };

/// One member. `form` is a JSON type, "a|b|c" for one of these words, "/…/" for a string of this pattern, or
/// "[form]" for an array.
struct Field {
    const char* name;
    const char* form;
    const char* help;
    Need need = Need::Always;
};

struct Type {
    const char* name;
    const char* help;
    const char* idForm;
    std::vector<Field> fields;
};

constexpr const char* kAccountForm = "/^[0-9a-f]{64}$/";
constexpr const char* kAccountIdForm = "/^acct_[0-9a-f]{64}$/";
constexpr const char* kMessageIdForm = "/^msg_[0-9a-f]{32}$/";
constexpr const char* kConversationForm = "/^c:[0-9]+$/";
constexpr const char* kReasonForm =
    "unknown_session|prekey_gone|too_far_ahead|broken_mac|payload_missing|untrusted_device|newer_format|"
    "mismatch|rolled_back_peer|linked_later|missing|claimed_expired|author_has_not";
constexpr const char* kStylesHelp =
    "how pieces of the text look: {style, begin, length} in bytes of UTF-8; style is bold, italic, "
    "strikethrough, code, code_block, or link, which has an address too: http or https, untrusted";
constexpr const char* kStateForm = "received|queued|encrypted|sent|delivered|read|failed";

const std::vector<Type>& types() {
    static const std::vector<Type> kTypes = {
        {"message",
         "A message of the history. ts is the relay's stamp, or the sender's clock until there is one.",
         kMessageIdForm,
         {
             {"cursor", "/^[0-9]+$/", "its place in this profile, for --since and --ack-to"},
             {"conversation", kConversationForm, "target of `sotto send` and `sotto log`"},
             {"kind", "text|placeholder|notice|gap|deleted|expired",
              "placeholder: could not be read yet; gap: numbers of a sender's device that never came; "
              "deleted: was here once, and only its place is left; expired: it disappeared, and stands in no "
              "page any more"},
             {"direction", "in|out", "out: sent by this account"},
             {"state", kStateForm, "how far it has come; received for incoming ones"},
             {"from", "object", "sender: account, name, device"},
             {"text", "string", "as sent: untrusted"},
             {"styles", "[object]", kStylesHelp, Need::Sometimes},
             {"sent_ts", "integer", "the sender's clock: untrusted"},
             {"received_ts", "integer", "this device's clock when it was stored"},
             {"stamp", "/^[0-9]+$/", "the relay's stamp, 0 until sent"},
             {"reason", kReasonForm, "why a placeholder or gap stands here", Need::Sometimes},
             {"explanation", "string", "the same, one sentence for people", Need::Sometimes},
             {"action", "string", "what happens by itself, or what to do", Need::Sometimes},
             {"first", "integer", "of a gap: the first number that is missing", Need::Sometimes},
             {"last", "integer", "of a gap: the last", Need::Sometimes},
             {"detail", "string", "for failed messages and notices: one sentence", Need::Sometimes},
             {"resends", "integer", "how often it was sent again on request; only where it was asked for",
              Need::Sometimes},
             {"generation", "integer", "of the sender's device; only in `sotto msg show`", Need::Sometimes},
             {"seq", "integer", "its number among that device's; only in `sotto msg show`", Need::Sometimes},
             {"confirmations", "[object]",
              "of an own one, in `sotto msg show`: account, state and ts of everybody who confirmed it",
              Need::Sometimes},
             {"unread", "boolean", "not marked read here yet"},
             {"request", "boolean", "true: from a stranger whom the user has not accepted", Need::Sometimes},
             {"revision", "integer", "how often it was edited; only where it was", Need::Sometimes},
             {"deleted_by", "/^author$/", "of a deleted one: its author took it back", Need::Sometimes},
             {"reactions", "[object]", "{account, emoji, ts}: one sign of each account, untrusted",
              Need::Sometimes},
             {"expire_s", "integer", "it disappears so many seconds after it was sent here or read here",
              Need::Sometimes},
             {"expires_ts", "integer", "when it does, by this device's clock; only once that time has begun",
              Need::Sometimes},
             {"timer_s", "integer",
              "of a notice: from then on messages disappear after so many seconds; 0: they stay",
              Need::Sometimes},
             {"reply_to", "object",
              "{id, account, text, state}: the message that it answers, as quoted; state is verified (it "
              "says or once said so), missing (it is not here), altered (it never said so) or deleted",
              Need::Sometimes},
             {"versions", "[object]",
              "of an edited one, in `sotto msg info`: {revision, text, ts, styles}, the first one first",
              Need::Sometimes},
             {"changes_waiting", "integer",
              "own edits, reactions and deletions of it not at the relay yet; only in `sotto msg info`",
              Need::Sometimes},
             {"devices", "[object]",
              "of an own one, in `sotto msg info`: {account, device, has_it}, as recipients' devices told "
              "last",
              Need::Sometimes},
         }},
        {"change",
         "A message was edited, reacted to or taken back, such a change of one's own reached the relay, or "
         "it "
         "disappeared.",
         kMessageIdForm,
         {
             {"conversation", kConversationForm, "where"},
             {"message", "object", "the message as it is now, as type `message`"},
         }},
        {"state",
         "A message's state changed.",
         kMessageIdForm,
         {
             {"conversation", kConversationForm, "where"},
             {"state", kStateForm, "the new state"},
             {"detail", "string", "why it failed", Need::Sometimes},
         }},
        {"contact",
         "Somebody else's account. ts is when this was printed.",
         kAccountIdForm,
         {
             {"name", "string", "at the relay"},
             {"account", kAccountForm, "account key"},
             {"trust", "first_use|link|verified", "how this profile came to believe in the key"},
             {"changed_to", kAccountForm, "the relay now names this key: mail is held", Need::Sometimes},
             {"signer_epoch", "integer", "of the newest verified device list"},
             {"list_version", "integer", "of the newest verified device list; 0 while none is known"},
             {"devices", "integer", "in that list"},
             {"accepted", "boolean", "false: a stranger who wrote first, or somebody who is blocked"},
             {"blocked", "boolean", "nothing of theirs is taken, and they are told nothing"},
             {"safety_number", "/^([0-9]{5} ){11}[0-9]{5}$/", "to compare; only where it was asked for",
              Need::Sometimes},
         }},
        {"conversation",
         "One line of the conversation list. ts is its newest message's time.",
         kConversationForm,
         {
             {"title", "string", "the contact's name for a direct conversation"},
             {"members", "[string]", "account keys, without oneself"},
             {"preview", "string", "beginning of the newest message: untrusted"},
             {"standing", "accepted|request|blocked",
              "request: a stranger wrote first; both it and blocked stand apart from the list"},
             {"looks_like", "string", "of a request: a contact whose name the stranger's is easily taken for",
              Need::Sometimes},
             {"unread", "integer", "messages not marked read"},
             {"pinned", "boolean", "stands above the others"},
             {"archived", "boolean", "stands in the archive until something new comes"},
             {"muted_until", "integer", "milliseconds since 1970; 0: not muted; 253402300799000: for ever"},
             {"expire_s", "integer",
              "new messages disappear so many seconds after they were read; 0: they stay"},
             {"draft", "string", "begun and not sent", Need::Sometimes},
         }},
        {"typing",
         "Somebody is writing something, or not any more. id is the conversation.",
         kConversationForm,
         {
             {"account", kAccountForm, "who"},
             {"typing", "boolean", "false: not any more"},
         }},
        {"presence",
         "What is known of whether somebody is there. id is the conversation; ts is when this was printed.",
         kConversationForm,
         {
             {"account", kAccountForm, "who"},
             {"presence", "unknown|recently|online|last_seen",
              "recently: within three days; online and last_seen only where both share exactly"},
             {"seen_ts", "integer", "of last_seen: when, by this device's clock", Need::Sometimes},
             {"sharing", "off|recently|exact", "what this profile shares; only in `sotto presence`",
              Need::Sometimes},
         }},
        {"privacy",
         "What others are told beside messages. What is not told is not shown of others either.",
         "string",
         {
             {"read_receipts", "boolean", "that a message was read; that it arrived is told in any case"},
             {"typing", "boolean", "that something is being written"},
             {"presence", "off|recently|exact",
              "that one was there lately; exact: when, with those who share as much"},
         }},
        {"chain",
         "What arrived of one sender device's numbers in a conversation, for one generation of that device.",
         "string",
         {
             {"conversation", kConversationForm, "where"},
             {"from", "object", "sender: account, name, device"},
             {"generation", "integer", "of the sender's device: numbers begin again with a new one"},
             {"base", "integer", "the first number meant for this device; 0: not known"},
             {"head", "integer", "the highest known of, arrived or told by its sender"},
             {"ranges", "[[integer]]", "arrived: pairs of first and last"},
             {"holes", "[[integer]]", "not arrived: pairs of first and last"},
             {"gone", "[[integer]]", "of the holes: what their author cannot send again"},
             {"forks", "[integer]", "numbers that stand for two contents, or do not follow the one before"},
         }},
        {"expiry_claim",
         "The relay says that it deleted mail of this device unread. Nobody can check that.",
         "string",
         {
             {"rows", "integer", "of mail, receipts included"},
             {"sent_before", "string", "the last of them, as the relay's stamp says"},
         }},
        {"verification",
         "Ends the output of `sotto conv verify --json`; with complete false the exit code is 10.",
         "string",
         {
             {"complete", "boolean", "no number is missing and no chain forks"},
             {"chains", "integer", "looked at"},
             {"missing", "integer", "messages that are known of and not here"},
             {"forks", "integer", "places where a chain forks"},
         }},
        {"doctor",
         "What `sotto doctor` found; with sound and repaired false the exit code is 10. id is the profile's "
         "folder.",
         "string",
         {
             {"sound", "boolean", "nothing is damaged"},
             {"repaired", "boolean", "something was, and is repaired now"},
             {"repairable", "boolean", "`sotto doctor --repair` can do something about it"},
             {"pages", "integer", "of history.db"},
             {"damaged_pages", "integer", "of these"},
             {"files", "[object]", "name, state (sound, damaged, missing, repaired) and text of each file"},
             {"losses", "[object]",
              "table, what, lost, rebuilt (from what repeats it), older (as it stood earlier), maybe_more"},
             {"lost_messages", "[object]", "how many messages of which conversation and contact"},
             {"findings", "[string]", "sentences for people"},
             {"actions", "[string]", "what repairing would do, or did"},
             {"aside", "[string]", "damaged files that are kept in the profile's folder"},
         }},
        {"resend",
         "What became of messages that a contact's device asked for once more.",
         kAccountIdForm,
         {
             {"action", "sent|dropped", "what was done"},
             {"messages", "integer", "how many"},
         }},
        {"account",
         "This profile's account. ts is when this was printed.",
         kAccountIdForm,
         {
             {"name", "string", "at the relay"},
             {"account", kAccountForm, "account key"},
             {"device", "integer", "number of this device"},
             {"relay", "string", "host:port"},
             {"registered", "boolean", "whether the relay has taken it"},
             {"signer_epoch", "integer", "of the newest own device list"},
             {"list_version", "integer", "of the newest own device list"},
             {"link", "string", "contact link for others; only where it was asked for", Need::Sometimes},
         }},
        {"recovery_code",
         "Printed once, when an account is made: whoever has it is the account.",
         kAccountIdForm,
         {{"recovery_code", "string", "to be written down and kept off this computer"}}},
        {"job",
         "How far long work has come.",
         "/^job_[0-9]+$/",
         {
             {"done", "integer", "of total"},
             {"total", "integer", "a guess until it is finished"},
             {"bytes", "integer", "of the file"},
             {"finished", "boolean", "whether the file is there, whole"},
         }},
        {"backup",
         "A backup file. ts is when it was made.",
         kAccountIdForm,
         {
             {"action", "created|verified|restored", "what was done"},
             {"path", "string", "of the file"},
             {"device", "integer", "number of the device it is of", Need::Sometimes},
             {"messages", "integer", "in its history", Need::Sometimes},
             {"rows", "integer", "of all its tables"},
             {"bytes", "integer", "of the file"},
         }},
        {"import",
         "What `sotto import` took over.",
         kAccountIdForm,
         {
             {"path", "string", "of the file"},
             {"conversations", "integer", "in the file"},
             {"messages", "integer", "in the file"},
             {"added", "integer", "of these, what was not here yet"},
             {"history", "/^[0-9a-f]{64}$/", "SHA-256 of its lines: the same for the same history"},
         }},
        {"exported",
         "What `sotto export` wrote.",
         kAccountIdForm,
         {
             {"path", "string", "of the file"},
             {"messages", "integer", "in it"},
             {"bytes", "integer", "of the file"},
         }},
        {"export",
         "First line of an exported history. ts is when it was exported.",
         kAccountIdForm,
         {
             {"account", kAccountForm, "account key of who exported it"},
             {"device", "integer", "number of the device that did"},
             {"name", "string", "of the account at its relay"},
             {"names", "object", "account key to name, as the exporting profile knows them: untrusted"},
         }},
        {"export_conversation",
         "Begins a conversation of an exported history; its messages follow. ts is 0.",
         "/^conv_[0-9a-f]+$/",
         {{"members", "[string]", "account keys, without the exporting account"}}},
        {"export_message",
         "A message of the conversation above, in its place. ts is the sender's clock.",
         kMessageIdForm,
         {
             {"account", kAccountForm, "of the sender"},
             {"device", "integer", "of the sender"},
             {"direction", "in|out", "out: sent by the exporting account"},
             {"kind", "text|placeholder|notice|gap|deleted", "as in type message"},
             {"state", kStateForm, "failed also for what had not been sent"},
             {"text", "string", "as sent: untrusted"},
             {"styles", "[object]", kStylesHelp, Need::Sometimes},
             {"received_ts", "integer", "the exporting device's clock when it was stored"},
             {"stamp", "/^[0-9]+$/", "the relay's stamp, 0 for none"},
             {"order", "/^[0-9]+$/", "what the conversation is sorted by"},
             {"detail", "string", "of failed messages, notices and gaps", Need::Sometimes},
             {"cause", "integer", "why a placeholder or gap stands here", Need::Sometimes},
             {"deleted_by", "/^author$/", "of a deleted one: its author took it back", Need::Sometimes},
             {"reply_to", "object", "{id, account, text, device}: the message that it answers",
              Need::Sometimes},
             {"expire_s", "integer", "it disappears so many seconds after it was sent or read",
              Need::Sometimes},
             {"expires_ts", "integer", "when it does; only once that time has begun", Need::Sometimes},
             {"versions", "[object]", "of an edited one: {revision, text, ts, styles}, the last as in text",
              Need::Sometimes},
             {"reactions", "[object]", "{account, emoji, ts}: one of each account", Need::Sometimes},
         }},
        {"export_manifest",
         "Last line of an exported history. Hashes are SHA-256 over the bytes of lines, line ends included.",
         kAccountIdForm,
         {
             {"lines", "integer", "before this one"},
             {"head", "/^[0-9a-f]{64}$/", "hash of the first line"},
             {"history", "/^[0-9a-f]{64}$/", "hash of all lines after the first and before this one"},
             {"conversations", "[object]", "{id, lines, sha256} of each conversation's lines, in order"},
             {"device_list", "string", "the account's signed device list, base64url"},
             {"device_list_signature", "string", "its signature"},
             {"signature", "string", "of the exporting device over all of this (docs/SECURITY.md)"},
         }},
        {"protection",
         "How the profile's key is kept from now on.",
         "string",
         {{"protection", "passphrase|keychain|file", "file: whoever copies the profile can read it"}}},
        {"lock",
         "The profile is closed everywhere.",
         "string",
         {{"was_open", "boolean", "whether a process had it open"}}},
        {"status",
         "How the profile stands.",
         "string",
         {
             {"link", "offline|connecting|online|drained|stopped", "drained: nothing waits at the relay"},
             {"reason", "string", "why it is offline or stopped, or that the relay is a testing relay"},
             {"queued", "integer", "messages the relay has not stored yet"},
             {"held", "integer", "of these, waiting for a changed key to be accepted"},
             {"placeholders", "integer", "messages that could not be read yet"},
             {"refused", "integer", "rows of unreadable mail beyond what is kept: only counted"},
             {"gaps", "integer", "places where messages are missing"},
             {"resends_held", "integer", "messages asked for once more that `sotto conv resend` may allow"},
             {"unread", "integer", "messages from accepted contacts that are not marked read"},
             {"requests", "integer", "conversations with strangers who wait for an answer"},
             {"messages", "integer", "in the history"},
             {"mailbox_cursor", "integer", "last mailbox row applied"},
             {"one_time_prekeys", "integer", "left at the relay"},
             {"clock_offset_ms", "integer", "the relay's clock minus this one"},
             {"reconnects", "integer", "since the owner started"},
             {"testing_relay", "boolean", "the relay says that it breaks things on purpose"},
             {"oldest_queued_ms", "integer", "how long the first of the queued has been waiting"},
             {"placeholders_by_cause", "object", "how many there are of each `reason`"},
             {"counters", "object",
              "since the owner started: connects, logins, unanswered, silences, received, duplicates, "
              "repaired; queued_to_sent and queued_to_delivered are {count, sum_ms, at_most_ms}, where "
              "at_most_ms counts by upper bound in milliseconds"},
             {"owner", "boolean", "whether another process owns the profile and answered"},
         }},
        {"link",
         "The connection to the relay changed.",
         "string",
         {
             {"state", "offline|connecting|online|drained|stopped", "drained: nothing waits at the relay"},
             {"reason", "string", "why"},
         }},
        {"key_change",
         "A contact's account key changed: nothing is sent until `sotto contact trust`.",
         kAccountIdForm,
         {
             {"name", "string", "of the contact"},
             {"account", kAccountForm, "the key known so far"},
             {"changed_to", kAccountForm, "the key the relay names now"},
         }},
        {"alarm",
         "Something that only an attack or a rolled-back device explains.",
         "string",
         {{"text", "string", "one sentence"}}},
        {"caught_up", "Everything stored so far has been delivered to this reader.", "string", {}},
        {"page",
         "Ends the output of `sotto log --json`, and of `sotto conv list --json` with -n: where to go on.",
         "string",
         {
             {"prev", "string", "for --before; empty: nothing older"},
             {"next", "string", "for --after; empty: nothing newer yet, or nothing below in a list"},
         }},
        {"hit",
         "A message that a search found. ts is the message's.",
         kMessageIdForm,
         {
             {"message", "object", "the message, as type `message`"},
             {"snippet", "string", "a piece of its text around the first place that matches: untrusted"},
             {"snippet_begin", "integer", "where in the text the piece begins, in bytes of UTF-8"},
             {"marks", "[[integer]]", "what matches: pairs of begin and end in the text, in bytes of UTF-8"},
             {"approximate", "boolean", "it matches only with a letter or two taken for others"},
         }},
        {"search",
         "Ends the output of `sotto search --json`: where to go on, and what could not be searched.",
         "string",
         {
             {"next", "string", "for --after; empty: nothing older matches"},
             {"complete", "boolean", "everything of this account that matches is on this page or one before"},
             {"holes", "[object]",
              "why it is not: {kind, messages, conversation}; kind is placeholders (not readable yet), gap "
              "(never came), refused (unreadable mail not kept) or unsearched (older: go on with next); "
              "messages says how many at most"},
             {"indexed_from", "/^[0-9]+$/", "cursor of the oldest message in the search index"},
             {"indexed_to", "/^[0-9]+$/", "cursor of the newest; 0 while there is none"},
             {"unindexed", "integer", "messages not in the index, at most: they are read one by one"},
         }},
        {"subscription",
         "Answer to `subscribe`.",
         "/^sub_[0-9]+$/",
         {{"cursor", "/^[0-9]+$/", "events start after this one"}}},
        {"reader",
         "A named reader's place.",
         "string",
         {{"cursor", "/^[0-9]+$/", "the last message it has acknowledged"}}},
        {"config",
         "One setting.",
         "string",
         {
             {"key", "string", "its name"},
             {"value", "string", "as it applies now"},
             {"source", "string", "where the value comes from"},
             {"help", "string", "what it does", Need::Sometimes},
         }},
        {"path", "One place on this computer.", "string", {{"path", "string", "absolute"}}},
        {"schema", "One type's JSON Schema.", "string", {{"schema", "object", "draft 2020-12"}}},
        {"plan",
         "What --dry-run would have done.",
         "string",
         {
             {"action", "string", "what would be done"},
             {"conversation", kConversationForm, "where", Need::Sometimes},
             {"to", "string", "to whom"},
             {"bytes", "integer", "of text"},
         }},
        {"error",
         "Why a command ended with another exit code than 0. The same line for people is on stderr.",
         "string",
         {
             {"exit", "integer", "the exit code"},
             {"code", "string", "one word, finer than the exit code"},
             {"text", "string", "one line for people"},
             {"retry_after_ms", "integer", "try again after this time", Need::Sometimes},
             {"details", "object", "further facts", Need::Sometimes},
         }},
    };
    return kTypes;
}

QJsonObject formOf(const QString& form) {
    if (form.startsWith('[')) {
        return {{"type", "array"}, {"items", formOf(form.mid(1, form.size() - 2))}};
    }
    if (form.startsWith('/')) {
        return {{"type", "string"}, {"pattern", form.mid(1, form.size() - 2)}};
    }
    if (form.contains('|')) {
        return {{"type", "string"}, {"enum", QJsonArray::fromStringList(form.split('|'))}};
    }
    return {{"type", form}};
}

QJsonObject described(QJsonObject form, const char* help) {
    form["description"] = help;
    return form;
}

} // namespace

std::vector<std::string> schemaTypes() {
    std::vector<std::string> names;
    for (const Type& type : types()) {
        names.emplace_back(type.name);
    }
    return names;
}

QJsonObject schemaOf(const std::string& name) {
    for (const Type& type : types()) {
        if (name != type.name) {
            continue;
        }
        QJsonObject properties{
            {"type", QJsonObject{{"const", type.name}}},
            {"v", described(QJsonObject{{"const", kObjectVersion}}, "version of this form")},
            {"id", formOf(type.idForm)},
            {"ts", described(formOf("integer"), "milliseconds since 1970")},
            {"time",
             described(formOf("/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$/"),
                       "ts as RFC 3339 UTC")},
        };
        QJsonArray required{"type", "v", "id", "ts", "time"};
        for (const Field& field : type.fields) {
            properties[field.name] = described(formOf(field.form), field.help);
            if (field.need == Need::Always) {
                required.append(field.name);
            }
        }
        return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                {"title", type.name},
                {"description", type.help},
                {"type", "object"},
                {"properties", properties},
                {"required", required},
                {"additionalProperties", false}};
    }
    return {};
}

} // namespace sotto::rpc

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/doctor.h"
#include "cli/command.h"
#include "cli/escape.h"
#include "cli/secrets.h"
#include "core/rpc/objects.h"

#include <QJsonArray>
#include <cstdio>
#include <unistd.h>

namespace sotto::cli {

namespace {

using core::DoctorReport;
using core::FileCondition;

const char* nameOf(FileCondition::State state) {
    switch (state) {
    case FileCondition::State::Sound:
        return "sound";
    case FileCondition::State::Damaged:
        return "damaged";
    case FileCondition::State::Missing:
        return "missing";
    case FileCondition::State::Repaired:
        return "repaired";
    }
    return "";
}

QString textOf(const std::string& text) {
    return QString::fromStdString(text);
}
qint64 numberOf(std::uint64_t number) {
    return static_cast<qint64>(number);
}

QJsonArray listOf(const std::vector<std::string>& texts) {
    QJsonArray list;
    for (const std::string& text : texts) {
        list.append(textOf(text));
    }
    return list;
}

QJsonObject objectOf(const DoctorReport& report, const std::string& profile) {
    QJsonObject object = rpc::objectOf("doctor", profile, unixMilliseconds(SystemClock().wall()));
    object["sound"] = report.isSound;
    object["repaired"] = report.isRepaired;
    object["repairable"] = report.canBeRepaired;
    object["pages"] = numberOf(report.pages);
    object["damaged_pages"] = numberOf(report.damagedPages);
    QJsonArray files;
    for (const FileCondition& file : report.files) {
        files.append(QJsonObject{
            {"name", textOf(file.name)}, {"state", nameOf(file.state)}, {"text", textOf(file.text)}});
    }
    object["files"] = files;
    QJsonArray losses;
    for (const core::LossStatement& loss : report.losses) {
        losses.append(QJsonObject{{"table", textOf(loss.table)},
                                  {"what", textOf(loss.what)},
                                  {"lost", numberOf(loss.lost)},
                                  {"rebuilt", numberOf(loss.rebuilt)},
                                  {"older", numberOf(loss.older)},
                                  {"maybe_more", loss.maybeMore}});
    }
    object["losses"] = losses;
    QJsonArray messages;
    for (const core::LostMessages& lost : report.messages) {
        QJsonObject entry{{"messages", numberOf(lost.messages)}, {"contact", textOf(lost.contact)}};
        if (lost.conversation != 0) {
            entry["conversation"] = "c:" + QString::number(lost.conversation);
        }
        messages.append(entry);
    }
    object["lost_messages"] = messages;
    object["findings"] = listOf(report.findings);
    object["actions"] = listOf(report.actions);
    object["aside"] = listOf(report.aside);
    return object;
}

void print(Output& out, const DoctorReport& report) {
    for (const FileCondition& file : report.files) {
        out.line(file.name + ": " +
                 out.painted(file.state == FileCondition::State::Sound ? Colour::None : Colour::Red,
                             nameOf(file.state)) +
                 " (" + file.text + ")");
    }
    for (const std::string& finding : report.findings) {
        out.line(escaped(finding));
    }
    for (const core::LostMessages& lost : report.messages) {
        const std::string where = lost.conversation == 0 ? "a conversation that is not known any more"
                                  : lost.contact.empty() ? "c:" + std::to_string(lost.conversation)
                                                         : "the conversation with @" + escaped(lost.contact);
        out.line(out.painted(Colour::Red, "lost: ") + std::to_string(lost.messages) +
                 (lost.messages == 1 ? " message" : " messages") + " of " + where);
    }
    for (const core::LossStatement& loss : report.losses) {
        std::string line = loss.what + ": ";
        line += loss.lost == 0 && loss.maybeMore
                    ? "lost, nothing tells how many"
                    : std::to_string(loss.lost) + (loss.maybeMore ? " or more" : "") + " lost";
        line += loss.rebuilt == 0
                    ? ""
                    : ", " + std::to_string(loss.rebuilt) + " put together from what repeats them";
        line += loss.older == 0 ? "" : ", " + std::to_string(loss.older) + " as they stood earlier";
        out.line(line);
    }
    if (report.isSound) {
        out.line("sound: every file of this profile is whole");
        return;
    }
    if (report.canBeRepaired) {
        out.line(report.isRepaired ? "Repaired:" : "`sotto doctor --repair` would do this:");
        for (const std::string& action : report.actions) {
            out.line("  " + action);
        }
    }
    for (const std::string& file : report.aside) {
        out.line("kept: " + file);
    }
}

/// On a terminal, a line that replaces itself.
core::DoctorProgress progressOn(const Output& out) {
    if (out.isJson() || ::isatty(STDERR_FILENO) == 0) {
        return {};
    }
    return [](const char* doing, std::uint64_t done, std::uint64_t of) {
        const std::string line = std::string("\r") + doing + ": " + std::to_string(done) +
                                 (of == 0 ? "" : " of " + std::to_string(of)) + "\x1b[K";
        std::fputs(line.c_str(), stderr);
    };
}

rpc::Exit run(Context& context, bool repair) {
    Output& out = context.out();
    const auto place = context.place();
    if (!place) {
        return out.error(place.error());
    }
    const auto secrets = secretsOf(context, place->directory);
    if (!secrets) {
        return out.error(secrets.error());
    }
    const core::DoctorProgress progress = progressOn(out);
    const auto report = repair ? core::repairProfile(place->directory, *secrets, progress)
                               : core::examineProfile(place->directory, *secrets, progress);
    if (progress) {
        out.note("");
    }
    if (!report) {
        return out.error(rpc::errorOf(report.error()));
    }
    if (out.isJson()) {
        out.object(objectOf(*report, place->directory.string()));
    } else {
        print(out, *report);
    }
    if (report->isSound || report->isRepaired) {
        return rpc::Exit::Done;
    }
    return out.error({rpc::Exit::Damaged, "damaged",
                      report->canBeRepaired
                          ? "the profile is damaged; `sotto doctor --repair` brings over what can be "
                            "read and keeps the damaged files"
                          : "the profile is damaged and cannot be repaired from what is there; "
                            "bring its folder back from a backup",
                      std::nullopt});
}

} // namespace

Command doctorCommand() {
    return {{"doctor"},
            "Look for damage in the profile's files and say what is lost; exit code 10 if anything is",
            "sotto doctor                  # changes nothing\n"
            "sotto doctor --repair         # a new database of all that can be read; damaged files are kept",
            [](Synopsis& synopsis) -> Run {
                auto repair = std::make_shared<bool>(false);
                synopsis.flag("--repair", *repair, "Repair what can be repaired");
                return [repair](Context& context) { return run(context, *repair); };
            }};
}

} // namespace sotto::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/paths.h"
#include "cli/command.h"
#include "cli/escape.h"
#include "core/rpc/objects.h"

namespace sotto::cli {

Command pathsCommand() {
    return {{"paths"},
            "Show where things lie on this computer",
            "sotto paths\n"
            "sotto --profile work paths",
            [](Synopsis&) -> Run {
                return [](Context& context) {
                    Output& out = context.out();
                    const auto place = context.place();
                    if (!place) {
                        return out.error(place.error());
                    }
                    const auto paths = core::Paths::fromEnvironment(core::processEnvironment());
                    const std::pair<const char*, std::filesystem::path> all[] = {
                        {"profile", place->directory}, {"socket", place->socket}, {"data", paths.data},
                        {"config", paths.config},      {"state", paths.state},    {"runtime", paths.runtime},
                    };
                    for (const auto& [name, path] : all) {
                        if (out.isJson()) {
                            QJsonObject object =
                                rpc::objectOf("path", name, unixMilliseconds(SystemClock().wall()));
                            object["path"] = QString::fromStdString(path.string());
                            out.object(object);
                        } else {
                            out.line(std::string(name) + ": " + escaped(path.string()));
                        }
                    }
                    return rpc::Exit::Done;
                };
            }};
}

} // namespace sotto::cli

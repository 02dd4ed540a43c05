// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rpc/schema.h"
#include "cli/command.h"
#include "core/rpc/objects.h"

#include <QJsonDocument>

namespace sotto::cli {

namespace {

rpc::Exit run(Context& context, const std::string& wanted) {
    Output& out = context.out();
    bool found = false;
    for (const std::string& type : rpc::schemaTypes()) {
        if (!wanted.empty() && type != wanted) {
            continue;
        }
        found = true;
        const QJsonObject schema = rpc::schemaOf(type);
        if (out.isJson()) {
            QJsonObject object = rpc::objectOf("schema", type, unixMilliseconds(SystemClock().wall()));
            object["schema"] = schema;
            out.object(object);
        } else if (wanted.empty()) {
            out.line(type + ": " + schema["description"].toString().toStdString());
        } else {
            out.line(QJsonDocument(schema).toJson(QJsonDocument::Indented).trimmed().toStdString());
        }
    }
    if (!found) {
        return out.error({rpc::Exit::NotFound,
                          "not_found",
                          "there is no type '" + wanted + "': `sotto schema` lists them",
                          {}});
    }
    return rpc::Exit::Done;
}

} // namespace

Command schemaCommand() {
    return {{"schema"},
            "Describe the JSON objects that --json prints, as JSON Schema",
            "sotto schema                  # all types with a line each\n"
            "sotto schema message          # JSON Schema of one type",
            [](Synopsis& synopsis) -> Run {
                auto type = std::make_shared<std::string>();
                synopsis.option("TYPE", *type, "Name of a type");
                return [type](Context& context) { return run(context, *type); };
            }};
}

} // namespace sotto::cli

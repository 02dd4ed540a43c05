// SPDX-License-Identifier: GPL-3.0-or-later
// config get, set, list and explain
#include "cli/command.h"
#include "cli/escape.h"
#include "core/config_edit.h"
#include "core/rpc/objects.h"

namespace sotto::cli {

namespace {

std::string sourceText(const core::ConfigValue& value) {
    switch (value.source) {
    case core::ConfigSource::Flag:
    case core::ConfigSource::Variable:
    case core::ConfigSource::UserFile:
    case core::ConfigSource::SystemFile:
        return value.where;
    case core::ConfigSource::Default:
        return "default";
    }
    return "default";
}

QJsonObject objectFor(const core::ConfigKey& key, const core::ConfigValue& value) {
    QJsonObject object =
        rpc::objectOf("config", std::string(key.name), unixMilliseconds(SystemClock().wall()));
    object["key"] = QString::fromStdString(std::string(key.name));
    object["value"] = QString::fromStdString(value.text);
    object["source"] = QString::fromStdString(sourceText(value));
    object["help"] = QString::fromStdString(std::string(key.description));
    return object;
}

const core::ConfigKey* keyNamed(const std::string& name) {
    for (const core::ConfigKey& key : core::configKeys()) {
        if (key.name == name) {
            return &key;
        }
    }
    return nullptr;
}

/// Calls show with the values of one key, the one that holds first.
rpc::Exit
withValues(Context& context, const std::string& name,
           const std::function<void(const core::ConfigKey&, const std::vector<core::ConfigValue>&)>& show) {
    const auto values = context.config().explain(name);
    const core::ConfigKey* key = keyNamed(name);
    if (!values || key == nullptr) {
        return context.out().error({rpc::Exit::NotFound,
                                    "not_found",
                                    "there is no setting '" + name + "': `sotto config list` shows all",
                                    {}});
    }
    show(*key, *values);
    return rpc::Exit::Done;
}

Run onKey(Synopsis& synopsis, rpc::Exit (*run)(Context&, const std::string&)) {
    auto key = std::make_shared<std::string>();
    synopsis.option("KEY", *key, "Name of a setting").required();
    return [key, run](Context& context) { return run(context, *key); };
}

rpc::Exit get(Context& context, const std::string& name) {
    return withValues(context, name, [&](const auto& key, const auto& values) {
        if (context.out().isJson()) {
            context.out().object(objectFor(key, values.front()));
        } else {
            context.out().line(escaped(values.front().text));
        }
    });
}

rpc::Exit list(Context& context) {
    for (const core::ConfigKey& key : core::configKeys()) {
        const rpc::Exit exit =
            withValues(context, std::string(key.name), [&](const auto& shown, const auto& values) {
                if (context.out().isJson()) {
                    context.out().object(objectFor(shown, values.front()));
                } else {
                    context.out().line(std::string(shown.name) + " = " + escaped(values.front().text) +
                                       context.out().painted(
                                           Colour::Dim, "  (" + escaped(sourceText(values.front())) + ")"));
                }
            });
        if (exit != rpc::Exit::Done) {
            return exit;
        }
    }
    return rpc::Exit::Done;
}

rpc::Exit explain(Context& context, const std::string& name) {
    return withValues(context, name, [&](const auto& key, const auto& values) {
        Output& out = context.out();
        if (!out.isJson()) {
            out.line(std::string(key.name) + ": " + std::string(key.description));
        }
        bool holds = true;
        for (const core::ConfigValue& value : values) {
            if (out.isJson()) {
                out.object(objectFor(key, value));
            } else {
                out.line((holds ? "  holds: " : "  hidden: ") + escaped(value.text) + "  (" +
                         escaped(sourceText(value)) + ")");
            }
            holds = false;
        }
        if (!out.isJson()) {
            out.line("  environment: " + core::environmentName(key));
            if (!key.choices.empty()) {
                out.line("  one of: " + std::string(key.choices));
            }
        }
    });
}

rpc::Exit set(Context& context, const std::string& name, const std::string& value) {
    const auto paths = core::Paths::fromEnvironment(core::processEnvironment());
    if (const auto written = core::storeSetting(paths, name, value); !written) {
        return context.out().error(rpc::errorOf(written.error()));
    }
    if (const auto read = context.loadConfig(); !read) {
        return context.out().error(read.error());
    }
    return get(context, name);
}

} // namespace

Command configGetCommand() {
    return {{"config", "get"},
            "Print one setting as it applies",
            "sotto config get send.wait",
            [](Synopsis& synopsis) { return onKey(synopsis, get); }};
}

Command configSetCommand() {
    return {{"config", "set"},
            "Write one setting to your config.toml",
            "sotto config set send.wait relay",
            [](Synopsis& synopsis) -> Run {
                auto key = std::make_shared<std::string>();
                auto value = std::make_shared<std::string>();
                synopsis.option("KEY", *key, "Name of a setting").required();
                synopsis.option("VALUE", *value, "Its new value").required();
                return [key, value](Context& context) { return set(context, *key, *value); };
            }};
}

Command configListCommand() {
    return {{"config", "list"},
            "Print all settings and where each comes from",
            "sotto config list\n"
            "sotto --json config list",
            [](Synopsis&) -> Run { return list; }};
}

Command configExplainCommand() {
    return {{"config", "explain"},
            "Say what a setting does and which of several values holds",
            "sotto config explain send.wait",
            [](Synopsis& synopsis) { return onKey(synopsis, explain); }};
}

} // namespace sotto::cli

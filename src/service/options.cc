#include "service/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "base/result.h"
#include "service/config_file.h"
#include "service/logging.h"

namespace ostraka::service {
namespace {

constexpr int k_exit_wrong_usage = 2;

std::string environment_name(std::string_view option) {
  std::string name = "OSTRAKA_";
  for (const char c : option) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

// Whether the environment and the file may set it. Positional arguments say what is done, so only the command line may.
bool is_setting(const CLI::App& command, const CLI::Option* option) {
  return !option->get_lnames().empty() && option != command.get_help_ptr() && option != command.get_version_ptr() &&
         option->get_lnames()[0] != "config";
}

std::vector<CLI::App*> all_commands(CLI::App& app) {
  std::vector<CLI::App*> commands{&app};
  for (CLI::App* sub : app.get_subcommands([](CLI::App*) { return true; })) {
    const auto below = all_commands(*sub);
    commands.insert(commands.end(), below.begin(), below.end());
  }
  return commands;
}

// The command that was given, from the outermost to the innermost.
std::vector<CLI::App*> chosen_commands(CLI::App& app) {
  std::vector<CLI::App*> commands{&app};
  while (!commands.back()->get_subcommands().empty()) {
    commands.push_back(commands.back()->get_subcommands().front());
  }
  return commands;
}

// CLI11 would insist on a required option before the environment and the file were read: takes that over.
std::vector<CLI::Option*> take_over_required(CLI::App& app) {
  std::vector<CLI::Option*> required;
  for (CLI::App* command : all_commands(app)) {
    for (CLI::Option* option : command->get_options()) {
      if (option->get_required() && is_setting(*command, option)) {
        option->required(false);
        required.push_back(option);
      }
    }
  }
  return required;
}

void set_values(CLI::Option* option, std::vector<std::string> values) {
  option->add_result(std::move(values));
  option->run_callback();  // throws when a value does not fit the option
}

// Whether something was given that leaves no room for it: an option of the command line must not lose to the
// environment's idea of another one.
bool is_excluded(const CLI::Option* option) {
  const auto& excludes = option->get_excludes();
  return std::any_of(excludes.begin(), excludes.end(), [](const CLI::Option* other) { return other->count() > 0; });
}

void complete(CLI::App& command, const ConfigFile& file, const std::vector<std::string>& table) {
  for (CLI::Option* option : command.get_options()) {
    if (!is_setting(command, option) || option->count() > 0 || is_excluded(option)) {
      continue;
    }
    const std::string name = option->get_lnames()[0];
    if (const char* value = std::getenv(environment_name(name).c_str()); value != nullptr && *value != '\0') {
      set_values(option, {value});
    } else if (auto values = file.values(table, name); !values.empty()) {
      set_values(option, std::move(values));
    }
  }
}

void refuse_unknown_keys(const CLI::App& command, const ConfigFile& file, const std::vector<std::string>& table) {
  for (const std::string& key : file.keys(table)) {
    const auto options = command.get_options();
    const bool known = std::any_of(options.begin(), options.end(), [&](const CLI::Option* option) {
      return is_setting(command, option) && option->get_lnames()[0] == key;
    });
    if (!known) {
      throw CLI::ConfigError(fmt::format("{}: unknown key {} in [{}]", file.path(), key, fmt::join(table, ".")));
    }
  }
}

void complete_chosen(CLI::App& app, const ConfigFile& file, const std::vector<CLI::Option*>& required) {
  const auto chosen = chosen_commands(app);
  // A service is its own program: its table carries its name. Under `ostraka`, the subcommands name the table.
  std::vector<std::string> table;
  if (chosen.size() == 1) {
    table.push_back(app.get_name());
  }
  for (std::size_t i = 1; i < chosen.size(); ++i) {
    table.push_back(chosen[i]->get_name());
  }
  for (CLI::App* command : chosen) {
    complete(*command, file, table);
  }
  if (!table.empty()) {
    refuse_unknown_keys(*chosen.back(), file, table);
  }
  for (const CLI::App* command : chosen) {
    for (const CLI::Option* option : command->get_options()) {
      if (option->count() == 0 && std::find(required.begin(), required.end(), option) != required.end()) {
        throw CLI::RequiredError(option->get_name());
      }
    }
  }
}

}  // namespace

void add_service_options(CLI::App& app, ServiceOptions& options) {
  app.name(options.name);
  app.add_option("--log", options.log_url, "the log: file://DIR or kafka://…")->required();
  app.add_option("--run", options.run_directory, "directory for sockets and NAME.management")->required();
  app.add_option("--rpc-listen", options.rpc_address, "address for the other services: unix:PATH or host:port");
  app.add_option("--management", options.management_address, "address of /healthz, /readyz, /metrics")
      ->capture_default_str();
  app.add_option("--log-level", options.log_level, "how much is logged")
      ->capture_default_str()
      ->check(CLI::IsMember(log_levels()));
}

std::optional<int> parse_options(CLI::App& app, int argc, const char* const* argv) {
  std::string config;
  app.add_option("--config", config, "TOML file; flags and OSTRAKA_… environment beat it");
  app.set_version_flag("--version", std::string("ostraka " OSTRAKA_VERSION));
  for (CLI::App* command : all_commands(app)) {
    command->fallthrough();  // --config may stand behind the subcommand
  }
  const auto required = take_over_required(app);
  try {
    app.parse(argc, argv);
    if (const char* path = std::getenv("OSTRAKA_CONFIG"); config.empty() && path != nullptr) {
      set_values(app.get_option("--config"), {path});
    }
    auto file = config.empty() ? Result<ConfigFile>(ConfigFile()) : ConfigFile::read(config);
    if (!file) {
      throw CLI::ConfigError(file.error().message);
    }
    complete_chosen(app, *file, required);
  } catch (const CLI::RequiredError& error) {
    // Of a misspelt subcommand CLI11 only says that one is required: the misspelling says more.
    if (const auto unknown = app.remaining(true); !unknown.empty()) {
      app.exit(CLI::ExtrasError(unknown), std::cout, std::cerr);
    } else {
      app.exit(error, std::cout, std::cerr);
    }
    return k_exit_wrong_usage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? 0 : k_exit_wrong_usage;
  }
  return std::nullopt;
}

}  // namespace ostraka::service

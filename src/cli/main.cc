// `ostraka`, the operator's command line: one file a subcommand, wired here.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.h"
#include "cli/terminal.h"
#include "service/options.h"

int main(int argc, char** argv) {
  using namespace ostraka;
  spdlog::set_default_logger(spdlog::stderr_logger_mt("ostraka"));  // stdout is for what was asked for
  CLI::App app("Ostraka: elections on one machine or many.", "ostraka");
  app.require_subcommand(1);
  cli::Commands commands;
  cli::add_up(app, commands);
  cli::add_elections(app, commands);
  cli::add_cast(app, commands);
  cli::add_load(app, commands);
  cli::add_recount(app, commands);
  cli::add_fsck(app, commands);
  cli::add_backup(app, commands);
  cli::add_restore(app, commands);
  cli::add_topics(app, commands);
  if (const auto code = service::parse_options(app, argc, argv)) {
    std::cout.flush();
    return std::cout ? *code : cli::k_exit_failed;
  }
  for (const cli::Command& command : commands) {
    if (command.chosen_by->parsed()) {
      const int code = command.run();
      return code == cli::k_exit_done && cli::stdout_has_failed() ? cli::failed("stdout cannot be written") : code;
    }
  }
  return cli::k_exit_wrong_usage;
}

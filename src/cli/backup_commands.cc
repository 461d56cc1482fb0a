// `ostraka backup` and `ostraka restore`: the commands around backup.h.
#include <CLI/CLI.hpp>

#include "cli/backup.h"
#include "cli/command.h"
#include "cli/terminal.h"

namespace ostraka::cli {
namespace {

struct BackupOptions {
  std::string data;
  std::string file;
};

int report(const Result<BackupReport>& done, const char* what) {
  if (!done) {
    return failed(done.error());
  }
  print(fmt::format("{}: {} records in {} files\n", what, done->records, done->files));
  return k_exit_done;
}

}  // namespace

void add_backup(CLI::App& app, Commands& commands) {
  auto* command =
      app.add_subcommand("backup", "Write log, keys and admin token of a running or stopped system to FILE");
  auto options = std::make_shared<BackupOptions>();
  command->add_option("--data", options->data, "data directory of the system")->required();
  command->add_option("FILE", options->file, "the backup; it holds keys: keep it as safe as the system")->required();
  commands.push_back({command, [options] { return report(write_backup(options->data, options->file), "backed up"); }});
}

void add_restore(CLI::App& app, Commands& commands) {
  auto* command = app.add_subcommand("restore", "Make a data directory out of a backup");
  auto options = std::make_shared<BackupOptions>();
  command->add_option("FILE", options->file, "the backup")->required();
  command->add_option("--data", options->data, "the new data directory; empty or not there")->required();
  commands.push_back({command, [options] { return report(restore_backup(options->file, options->data), "restored"); }});
}

}  // namespace ostraka::cli

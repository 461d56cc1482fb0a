// `ostraka fsck`: every byte of the log, looked at and left alone.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/data_directory.h"
#include "cli/terminal.h"
#include "io/posix_file_system.h"
#include "log/embedded/check.h"

namespace ostraka::cli {
namespace {

struct FsckOptions {
  std::string data;
  bool json = false;
};

std::string_view severity_name(log::Finding::Severity severity) {
  switch (severity) {
    case log::Finding::Severity::damage:
      return "damage";
    case log::Finding::Severity::harmless:
      return "harmless";
  }
  return "unknown";
}

std::string as_json(const log::CheckReport& report) {
  nlohmann::json findings = nlohmann::json::array();
  for (const log::Finding& finding : report.findings) {
    findings.push_back({{"severity", severity_name(finding.severity)},
                        {"path", finding.path},
                        {"byte", finding.byte},
                        {"offset", finding.offset.value},
                        {"what", finding.what}});
  }
  return nlohmann::json{{"damaged", report.damaged()}, {"partitions", report.partitions}, {"segments", report.segments},
                        {"records", report.records},   {"bytes", report.bytes},           {"findings", findings}}
             .dump() +
         "\n";
}

std::string as_text(const log::CheckReport& report) {
  std::string out;
  for (const log::Finding& finding : report.findings) {
    out += fmt::format("{}: {}, byte {} (offset {}): {}\n", severity_name(finding.severity), finding.path, finding.byte,
                       finding.offset.value, finding.what);
  }
  return out + fmt::format("{} partitions, {} segments, {} records, {} bytes: {}\n", report.partitions, report.segments,
                           report.records, report.bytes, report.damaged() ? "DAMAGED" : "good");
}

int run(const FsckOptions& options) {
  const auto directory = DataDirectory::existing(options.data);
  if (!directory) {
    return failed(directory.error());
  }
  const auto report = log::check_log(io::posix_file_system(), directory->log());
  if (!report) {
    return failed(report.error());
  }
  print(options.json ? as_json(*report) : as_text(*report));
  return report->damaged() ? k_exit_failed : k_exit_done;
}

}  // namespace

void add_fsck(CLI::App& app, Commands& commands) {
  auto* command = app.add_subcommand("fsck", "Check every byte of the log, of a running or a stopped system");
  auto options = std::make_shared<FsckOptions>();
  command->add_option("--data", options->data, "data directory of the system")->required();
  command->add_flag("--json", options->json, "print the findings as JSON");
  commands.push_back({command, [options] { return run(*options); }});
}

}  // namespace ostraka::cli

// `ostraka fsck`: every byte of the log and what its records say, looked at and left alone.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <optional>

#include "audit/audit.h"
#include "cli/command.h"
#include "cli/data_directory.h"
#include "cli/terminal.h"
#include "io/posix_file_system.h"
#include "log/embedded/check.h"
#include "log/embedded/layout.h"
#include "service/process.h"

namespace ostraka::cli {
namespace {

struct FsckOptions {
  std::string data;
  bool json = false;
};

// The bytes, and, where they are good, what the records in them say.
struct Checked {
  log::CheckReport bytes;
  std::optional<audit::AuditReport> rules;

  bool is_good() const { return !bytes.damaged() && rules && rules->violations == 0; }
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

std::string_view severity_name(audit::Finding::Severity severity) {
  switch (severity) {
    case audit::Finding::Severity::violation:
      return "violation";
    case audit::Finding::Severity::pending:
      return "pending";
  }
  return "unknown";
}

nlohmann::json bytes_json(const log::CheckReport& report) {
  nlohmann::json findings = nlohmann::json::array();
  for (const log::Finding& finding : report.findings) {
    findings.push_back({{"severity", severity_name(finding.severity)},
                        {"path", finding.path},
                        {"byte", finding.byte},
                        {"offset", finding.offset.value},
                        {"what", finding.what}});
  }
  return {{"damaged", report.damaged()}, {"partitions", report.partitions}, {"segments", report.segments},
          {"records", report.records},   {"bytes", report.bytes},           {"findings", findings}};
}

nlohmann::json rules_json(const audit::AuditReport& report) {
  nlohmann::json findings = nlohmann::json::array();
  for (const audit::Finding& finding : report.findings) {
    findings.push_back({{"severity", severity_name(finding.severity)},
                        {"stream", finding.stream},
                        {"partition", finding.place.partition.value},
                        {"offset", finding.place.offset.value},
                        {"what", finding.what}});
  }
  return {{"violations", report.violations}, {"elections", report.elections},     {"ballot_records", report.records},
          {"counted", report.counted},       {"not_counted", report.not_counted}, {"findings", findings}};
}

std::string as_json(const Checked& checked) {
  nlohmann::json json = bytes_json(checked.bytes);
  json["rules"] = checked.rules ? rules_json(*checked.rules) : nlohmann::json();
  return json.dump() + "\n";
}

std::string bytes_text(const log::CheckReport& report) {
  std::string out;
  for (const log::Finding& finding : report.findings) {
    out += fmt::format("{}: {}, byte {} (offset {}): {}\n", severity_name(finding.severity), finding.path, finding.byte,
                       finding.offset.value, finding.what);
  }
  return out + fmt::format("{} partitions, {} segments, {} records, {} bytes: {}\n", report.partitions, report.segments,
                           report.records, report.bytes, report.damaged() ? "DAMAGED" : "good");
}

std::string rules_text(const audit::AuditReport& report) {
  std::string out;
  for (const audit::Finding& finding : report.findings) {
    out += fmt::format("{}: {}/{}, offset {}: {}\n", severity_name(finding.severity), finding.stream,
                       finding.place.partition.value, finding.place.offset.value, finding.what);
  }
  if (report.violations > report.findings.size()) {
    out += fmt::format("only the first {} are above\n", report.findings.size());
  }
  return out + fmt::format("{} elections opened, {} votes counted, {} not; once rule and marker rule: {}\n",
                           report.elections, report.counted, report.not_counted,
                           report.violations == 0 ? "kept" : fmt::format("BROKEN {} times", report.violations));
}

std::string as_text(const Checked& checked) {
  const std::string bytes = bytes_text(checked.bytes);
  return bytes + (checked.rules ? rules_text(*checked.rules)
                                : "once rule and marker rule: not looked at, for the log is damaged\n");
}

Result<audit::AuditReport> check_rules(const std::string& directory) {
  const auto partitions = log::list_partitions(io::posix_file_system(), directory);
  if (!partitions) {
    return tl::make_unexpected(partitions.error());
  }
  std::vector<Partition> ballots;
  for (const log::PartitionName& name : *partitions) {
    if (name.stream == log::k_ballots_stream) {
      ballots.push_back(name.partition);
    }
  }
  const auto log = service::open_log("file://" + directory);
  if (!log) {
    return tl::make_unexpected(log.error());
  }
  return audit::audit(**log, ballots);
}

int run(const FsckOptions& options) {
  const auto directory = DataDirectory::existing(options.data);
  if (!directory) {
    return failed(directory.error());
  }
  auto bytes = log::check_log(io::posix_file_system(), directory->log(), log::ReadFrom::medium_ahead);
  if (!bytes) {
    return failed(bytes.error());
  }
  Checked checked{std::move(*bytes), {}};
  if (!checked.bytes.damaged()) {
    auto rules = check_rules(directory->log());
    if (!rules) {
      return failed(rules.error());
    }
    checked.rules = std::move(*rules);
  }
  print(options.json ? as_json(checked) : as_text(checked));
  return checked.is_good() ? k_exit_done : k_exit_failed;
}

}  // namespace

void add_fsck(CLI::App& app, Commands& commands) {
  auto* command = app.add_subcommand(
      "fsck", "Check every byte of the log, and the rules of counting once, of a running or a stopped system");
  auto options = std::make_shared<FsckOptions>();
  command->add_option("--data", options->data, "data directory of the system")->required();
  command->add_flag("--json", options->json, "print the findings as JSON");
  commands.push_back({command, [options] { return run(*options); }});
}

}  // namespace ostraka::cli

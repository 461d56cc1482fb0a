// `ostraka recount`: the command around recount/.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/data_directory.h"
#include "cli/terminal.h"
#include "recount/recount.h"
#include "service/process.h"

namespace ostraka::cli {
namespace {

struct RecountCommandOptions {
  std::string election;
  std::string data;
  std::string log_url;
  std::string voters_file;
  bool json = false;
};

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Result<std::unique_ptr<log::Log>> log_of(const RecountCommandOptions& options) {
  if (!options.log_url.empty()) {
    return service::open_log(options.log_url);
  }
  const auto directory = DataDirectory::existing(options.data);
  if (!directory) {
    return tl::make_unexpected(directory.error());
  }
  return service::open_log("file://" + directory->log());
}

int report(const recount::Recount& counted, bool json) {
  if (json) {
    print(counted.document + "\n");
  } else {
    const auto text = results_text(counted.document, stdout_page());
    if (!text) {
      return failed(text.error());
    }
    print(fmt::format("Recounted from the log: {} voters counted, {} were issued a token.\n{}", counted.voters,
                      counted.issued, *text));
  }
  if (counted.unreadable > 0) {
    complain(fmt::format("ostraka: {} records of the ballots stream are neither vote nor marker\n", counted.unreadable));
  }
  if (counted.never_issued_count == 0) {
    return k_exit_done;
  }
  for (const VoterKey& voter : counted.never_issued) {
    complain(voter.hex() + "\n");
  }
  return failed(fmt::format("{} counted voters were never issued a ballot token{}", counted.never_issued_count,
                            counted.never_issued_count > counted.never_issued.size() ? "; the first are above" : ""));
}

int run(const RecountCommandOptions& options) {
  if (options.log_url.empty() && options.data.empty()) {
    failed("--data DIR or --log URL says where the log is");
    return k_exit_wrong_usage;
  }
  auto log = log_of(options);
  if (!log) {
    return failed(log.error());
  }
  std::unique_ptr<std::FILE, Closer> voters;
  recount::RecountOptions recount_options;
  recount_options.as_of = system_clock().wall_now();
  if (!options.voters_file.empty()) {
    voters.reset(std::fopen(options.voters_file.c_str(), "we"));
    if (voters == nullptr) {
      return failed(fmt::format("{} cannot be written", options.voters_file));
    }
    // Whether all of it got out is asked at the end.
    recount_options.on_voter = [&](const VoterKey& voter) { std::fputs((voter.hex() + "\n").c_str(), voters.get()); };
  }
  const auto counted = recount::recount(**log, options.election, recount_options);
  if (!counted) {
    return failed(counted.error());
  }
  if (voters != nullptr && (std::fflush(voters.get()) != 0 || std::ferror(voters.get()) != 0)) {
    return failed(fmt::format("{} cannot be written", options.voters_file));
  }
  return report(*counted, options.json);
}

}  // namespace

void add_recount(CLI::App& app, Commands& commands) {
  auto* command = app.add_subcommand("recount", "Count an election again, from the log alone");
  auto options = std::make_shared<RecountCommandOptions>();
  command->add_option("ID", options->election, "the election")->required();
  auto* data = command->add_option("--data", options->data, "data directory of the system");
  command->add_option("--log", options->log_url, "the log: file://DIR or kafka://…")->excludes(data);
  command->add_option("--voters", options->voters_file, "write the counted voters' keys (hex), one a line");
  command->add_flag("--json", options->json, "print the result as JSON, in the form of /results");
  commands.push_back({command, [options] { return run(*options); }});
}

}  // namespace ostraka::cli

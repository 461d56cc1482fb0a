// `ostraka cast`: the command around cast.h.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/api.h"
#include "cli/cast.h"
#include "cli/command.h"
#include "cli/small_file.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"

namespace ostraka::cli {
namespace {

constexpr std::size_t k_sheet_bytes_max = std::size_t{4} << 30;

struct CastCommandOptions {
  ApiOptions api;
  CastOptions cast;
  std::string ballots;
  std::string contest;
  std::vector<std::string> columns;
  std::string acked;
  bool json = false;
};

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string as_json(const CastCounts& counts, double seconds) {
  return nlohmann::json{{"sent", counts.sent},         {"counted", counts.counted},
                        {"repeated", counts.repeated}, {"conflicted", counts.conflicted},
                        {"refused", counts.refused},   {"failed", counts.failed},
                        {"seconds", seconds}}
             .dump() +
         "\n";
}

std::string as_text(const CastCounts& counts, double seconds) {
  std::string out = fmt::format("{} sent in {:.1f} s: {} counted, {} repeated, {} conflicted, {} failed\n", counts.sent,
                                seconds, counts.counted, counts.repeated, counts.conflicted, counts.failed);
  for (const auto& [reason, count] : counts.refused) {
    out += fmt::format("refused as {}: {}\n", reason, count);
  }
  return out;
}

bool has_development_sign_in(std::string_view issuers) {
  const auto read = nlohmann::json::parse(issuers, nullptr, false);
  return read.is_array() && std::any_of(read.begin(), read.end(), [](const nlohmann::json& issuer) {
           return issuer.is_object() && issuer.value("kind", "") == "development";
         });
}

void tell_of_gateway(GatewayIs state, const std::string& why) {
  if (state == GatewayIs::away) {
    complain(fmt::format("ostraka: the gateway does not answer ({}); trying again\n", why));
  } else {
    complain("ostraka: the gateway answers again\n");
  }
}

Result<ContestChoices> fetch_choices(const CastCommandOptions& options) {
  auto api = Api::connect(options.api);
  if (!api) {
    return tl::make_unexpected(api.error());
  }
  const auto issuers = api->get("/v1/sign-in");
  if (!issuers) {
    return tl::make_unexpected(issuers.error());
  }
  if (!has_development_sign_in(*issuers)) {
    return fail(ErrorKind::denied, "the development sign-in is off here");
  }
  const auto definition = api->get("/v1/elections/" + options.cast.election);
  if (!definition) {
    return tl::make_unexpected(definition.error());
  }
  return contest_choices(*definition, options.contest);
}

int cast(CastCommandOptions& options) {
  const auto text = read_file(options.ballots, k_sheet_bytes_max);
  if (!text) {
    return failed(text.error());
  }
  auto choices = fetch_choices(options);
  if (!choices) {
    return failed(choices.error());
  }
  auto sheet = BallotSheet::open(*text, std::move(*choices), options.columns);
  if (!sheet) {
    return failed(fmt::format("{}: {}", options.ballots, sheet.error().message));
  }
  std::unique_ptr<std::FILE, Closer> acked;
  if (!options.acked.empty()) {
    acked.reset(std::fopen(options.acked.c_str(), "we"));
    if (acked == nullptr) {
      return failed(fmt::format("{} cannot be written", options.acked));
    }
  }
  CastObserver observer;
  if (stderr_is_terminal() && !options.json) {
    observer.on_progress = [](std::uint64_t rows) { complain(fmt::format("\r{} rows", rows)); };
  }
  if (acked != nullptr) {
    observer.on_acknowledged = [&acked](const Acknowledged& vote) {
      // Whether all of it got out is asked at the end.
      std::fputs(fmt::format("{},{},{}\n", vote.voter, vote.partition, vote.offset).c_str(), acked.get());
    };
  }
  options.cast.server = options.api.server;
  options.cast.trust = options.api.trust;
  if (options.cast.voter_prefix.empty()) {
    options.cast.voter_prefix = options.cast.election + "-";
  }
  observer.on_gateway = tell_of_gateway;
  bool is_interrupted = false;
  observer.should_stop = [&] { return is_interrupted = is_interrupted || stop_was_asked(); };
  hold_stop_signals();
  const auto begun = std::chrono::steady_clock::now();
  const auto counts = cast_sheet(*sheet, options.cast, observer);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  if (observer.on_progress) {
    complain("\r");
  }
  if (!counts) {
    return failed(fmt::format("{}: {}", options.ballots, counts.error().message));
  }
  print(options.json ? as_json(*counts, seconds) : as_text(*counts, seconds));
  if (acked != nullptr && (std::fflush(acked.get()) != 0 || std::ferror(acked.get()) != 0)) {
    return failed(fmt::format("{} could not be written", options.acked));
  }
  if (is_interrupted) {
    return failed("interrupted: the rest was not cast; the same command again goes on");
  }
  if (counts->failed > 0) {
    return failed(fmt::format("{} rows got no answer, the last: {}", counts->failed, counts->last_failure));
  }
  return k_exit_done;
}

}  // namespace

void add_cast(CLI::App& app, Commands& commands) {
  auto* command = app.add_subcommand("cast", "Cast the ballots of a CSV file, one development sign-in a row");
  auto options = std::make_shared<CastCommandOptions>();
  command->add_option("ID", options->cast.election, "the election")->required();
  command->add_option("--ballots", options->ballots, "CSV file with a header")->required();
  command->add_option("--contest", options->contest, "the contest that the columns are about")->required();
  command
      ->add_option("--columns", options->columns,
                   "columns that hold options' titles or ids, in order of preference; for a score contest, columns "
                   "named by options, which hold points")
      ->required()
      ->delimiter(',')
      ->allow_extra_args(false);  // one value, split at its commas: ID may follow
  command->add_option("--concurrency", options->cast.concurrency, "requests at a time")
      ->check(CLI::Range(1U, k_concurrency_max))
      ->capture_default_str();
  command->add_option("--voter-prefix", options->cast.voter_prefix,
                      "row n votes as this name and n (default: the election's id and a dash)");
  command->add_option("--acked", options->acked, "write voter,partition,offset of each vote answered 201 or 200");
  command->add_flag("--json", options->json, "print the counts as JSON");
  add_api_options(*command, options->api);
  commands.push_back({command, [options] { return cast(*options); }});
}

}  // namespace ostraka::cli

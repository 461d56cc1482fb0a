// `ostraka load`: the command around load/.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "cli/api.h"
#include "cli/command.h"
#include "cli/data_directory.h"
#include "cli/small_file.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "load/core/ballots.h"
#include "load/load_run.h"
#include "load/process_usage.h"
#include "net/http/url.h"
#include "token/ballot_token.h"

namespace ostraka::cli {
namespace {

constexpr std::size_t k_bodies = 1'024;
constexpr std::uint64_t k_bodies_seed = 1;
constexpr std::size_t k_pids_bytes_max = 4'096;
constexpr std::size_t k_prefix_random_bytes = 4;

struct LoadCommandOptions {
  ApiOptions api;
  std::string election;
  std::string data = "./ostraka-data";
  std::uint64_t voters = 0;
  std::string voter_prefix;
  double rate = 0;
  double seconds = 0;
  std::size_t connections = 64;
  bool is_each_on_its_own = false;
  double resume_share = 0;
  double repeat_share = 0;
  std::size_t tokens_ahead = 1'000'000;
  std::string acked;
  bool json = false;
};

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closer>;

// What a run is made of, found out before it.
struct Preparation {
  DataDirectory directory;
  election::Definition definition;
  load::ServerAddress server;
  std::string host;
  std::string identity;
};

load::Pids pids_of(const DataDirectory& directory) {
  load::Pids pids;
  const auto text = read_file(directory.pids(), k_pids_bytes_max);
  const auto read = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
  if (read.is_object()) {
    for (const auto& [service, pid] : read.items()) {
      if (pid.is_number_integer()) {
        pids[service] = pid.get<int>();
      }
    }
  }
  return pids;
}

Result<election::Definition> fetch_definition(const LoadCommandOptions& options) {
  auto api = Api::connect(options.api);
  if (!api) {
    return tl::make_unexpected(api.error());
  }
  const auto text = api->get("/v1/elections/" + options.election);
  if (!text) {
    return tl::make_unexpected(text.error());
  }
  auto document = nlohmann::json::parse(*text, nullptr, false);
  if (!document.is_object()) {
    return fail(ErrorKind::damaged, "the gateway's answer is not an election");
  }
  // What is said about a definition is not part of one.
  nlohmann::json definition = nlohmann::json::object();
  for (const char* member : {"id", "title", "contests", "eligibility"}) {
    if (document.contains(member)) {
      definition[member] = document[member];
    }
  }
  election::ParsedDefinition parsed = election::parse_canonical_definition(definition.dump());
  if (!parsed.definition) {
    return fail(ErrorKind::damaged, "{}: {}", parsed.mistakes[0].pointer, parsed.mistakes[0].detail);
  }
  return std::move(*parsed.definition);
}

Result<Preparation> prepare(const LoadCommandOptions& options) {
  auto directory = DataDirectory::existing(options.data);
  if (!directory) {
    return tl::make_unexpected(directory.error());
  }
  const auto sockets = directory->sockets();
  if (!sockets) {
    return tl::make_unexpected(sockets.error());
  }
  auto definition = fetch_definition(options);
  if (!definition) {
    return tl::make_unexpected(definition.error());
  }
  const auto url = http::parse_server_url(options.api.server);
  if (!url) {
    return tl::make_unexpected(url.error());
  }
  auto server = load::resolve(url->host, url->port);
  if (!server) {
    return tl::make_unexpected(server.error());
  }
  if (url->scheme == http::Scheme::https) {
    auto context = tls::make_client_context({options.api.trust.ca_file});
    if (!context) {
      return tl::make_unexpected(context.error());
    }
    server->tls = std::move(*context);
    server->tls_name = url->host;
  }
  return Preparation{std::move(*directory), std::move(*definition), *server, url->host_header,
                     "unix:" + *sockets + "/identity.sock"};
}

std::uint64_t microseconds(double milliseconds) { return static_cast<std::uint64_t>(std::llround(milliseconds * 1000)); }

std::string as_json(const load::LoadFigures& figures, const std::map<std::string, double>& cpu, const std::string& acked) {
  nlohmann::ordered_json refused = nlohmann::ordered_json::object();
  for (const auto& [status, count] : figures.refused) {
    refused[status == 0 ? "no answer" : std::to_string(status)] = count;
  }
  return nlohmann::ordered_json{{"sent", figures.sent},
                                {"counted", figures.counted},
                                {"repeated", figures.repeated},
                                {"conflicted", figures.conflicted},
                                {"failed", figures.failed},
                                {"refused", refused},
                                {"sent_again", figures.sent_again},
                                {"seconds", figures.seconds},
                                {"starved_seconds", figures.starved_seconds},
                                {"connections",
                                 {{"opened", figures.connections.opened},
                                  {"handshakes", figures.connections.handshakes},
                                  {"resumed", figures.connections.resumed}}},
                                {"rate", static_cast<double>(figures.counted) / std::max(0.001, figures.seconds)},
                                {"latency_us",
                                 {{"p50", microseconds(figures.latency.quantile_ms(0.5))},
                                  {"p90", microseconds(figures.latency.quantile_ms(0.9))},
                                  {"p99", microseconds(figures.latency.quantile_ms(0.99))},
                                  {"p999", microseconds(figures.latency.quantile_ms(0.999))},
                                  {"max", microseconds(figures.latency.max_ms())}}},
                                {"cpu_seconds", cpu},
                                {"acked_file", acked}}
             .dump() +
         "\n";
}

std::string as_text(const load::LoadFigures& figures, const std::map<std::string, double>& cpu) {
  const load::Histogram& took = figures.latency;
  std::string out = fmt::format(
      "{} sent in {:.1f} s: {} counted ({:.0f} a second), {} repeated, {} conflicted, {} failed\n"
      "latency: p50 {:.1f} ms, p90 {:.1f} ms, p99 {:.1f} ms, p99.9 {:.1f} ms, max {:.1f} ms\n",
      figures.sent, figures.seconds, figures.counted,
      static_cast<double>(figures.counted) / std::max(0.001, figures.seconds), figures.repeated, figures.conflicted,
      figures.failed, took.quantile_ms(0.5), took.quantile_ms(0.9), took.quantile_ms(0.99), took.quantile_ms(0.999),
      took.max_ms());
  double all = 0;
  for (const auto& [service, seconds] : cpu) {
    const double per_vote = seconds * 1e6 / static_cast<double>(std::max<std::uint64_t>(1, figures.counted));
    out += fmt::format("{:<10} {:7.2f} s of processor time, {:6.2f} us a counted vote\n", service, seconds, per_vote);
    all += per_vote;
  }
  out += cpu.empty() ? "" : fmt::format("together   {:6.2f} us a counted vote\n", all);
  if (figures.connections.handshakes > 0) {
    out += fmt::format("{} TLS handshakes, {} of them resumed a session\n", figures.connections.handshakes,
                       figures.connections.resumed);
  }
  for (const auto& [status, count] : figures.refused) {
    out += status == 0 ? fmt::format("no answer in time: {}\n", count) : fmt::format("refused with {}: {}\n", status, count);
  }
  if (figures.starved_seconds > 0) {
    out += fmt::format("voters waited {:.1f} s for tokens: the rate is that of issuing them\n",
                       figures.starved_seconds);
  }
  return out;
}

// The voter's key of a token that was answered, one a line. Nothing else of it leaves this process.
void write_voter(std::FILE* file, std::string_view token, std::string& scratch) {
  if (const auto about = token::peek_ballot_token(token, scratch)) {
    std::fputs((to_hex(about->voter.view()) + "\n").c_str(), file);  // whether it got out is asked at the end
  }
}

int load_votes(LoadCommandOptions& options) {
  File acked;
  if (!options.acked.empty()) {
    acked.reset(std::fopen(options.acked.c_str(), "we"));
    if (acked == nullptr) {
      return failed(fmt::format("{} cannot be written", options.acked));
    }
  }
  const auto prepared = prepare(options);
  if (!prepared) {
    return failed(prepared.error());
  }
  if (options.voter_prefix.empty()) {
    options.voter_prefix = fmt::format("load-{}-", to_hex(system_random().bytes(k_prefix_random_bytes)));
  }
  hold_stop_signals();
  load::TokenSupply tokens({prepared->identity, options.election, options.voter_prefix, options.voters,
                            options.tokens_ahead,
                            options.is_each_on_its_own ? load::TokenKind::id : load::TokenKind::ballot});
  if (const Status ahead = tokens.wait_until_ahead(stop_was_asked); !ahead) {
    return failed(ahead.error());
  }
  std::optional<load::ServicesUsage> usage;
  load::LoadObserver observer;
  observer.on_begun = [&] { usage.emplace(pids_of(prepared->directory)); };
  std::string scratch;
  if (acked != nullptr) {
    observer.on_acknowledged = [&](std::string_view token) { write_voter(acked.get(), token, scratch); };
  }
  const bool is_watched = stderr_is_terminal() && !options.json;
  observer.on_second = [&](const load::LoadFigures& figures) {
    usage->look(pids_of(prepared->directory));
    if (is_watched) {
      complain(fmt::format("\r{} counted", figures.counted));
    }
  };
  bool is_interrupted = false;
  observer.should_stop = [&] { return is_interrupted = is_interrupted || stop_was_asked(); };
  load::LoadOptions run;
  run.connections.server = prepared->server;
  run.connections.count = options.connections;
  run.connections.use = options.is_each_on_its_own ? load::ConnectionUse::once : load::ConnectionUse::kept;
  run.connections.resume_share = options.resume_share;
  run.host = prepared->host;
  run.election = options.election;
  run.bodies = load::random_bodies(prepared->definition, k_bodies, k_bodies_seed);
  run.rate = options.rate;
  run.duration = std::chrono::milliseconds(std::llround(options.seconds * 1000));
  run.repeat_share = options.repeat_share;
  const Result<load::LoadFigures> figures = load::LoadRun(run, tokens, observer)();
  usage->look(pids_of(prepared->directory));
  if (is_watched) {
    complain("\r");
  }
  if (!figures) {
    return failed(figures.error());
  }
  const bool is_acked_whole = acked == nullptr || std::ferror(acked.get()) == 0;
  if (acked != nullptr && (std::fclose(acked.release()) != 0 || !is_acked_whole)) {
    return failed(fmt::format("{} could not be written", options.acked));
  }
  const auto cpu = usage->seconds();
  print(options.json ? as_json(*figures, cpu, options.acked) : as_text(*figures, cpu));
  return is_interrupted ? failed("interrupted") : k_exit_done;
}

}  // namespace

void add_load(CLI::App& app, Commands& commands) {
  auto* command = app.add_subcommand("load", "Vote with many voters of the development issuer, and measure");
  auto options = std::make_shared<LoadCommandOptions>();
  command->add_option("ID", options->election, "an open election")->required();
  command->add_option("--voters", options->voters, "how many, each with one vote")
      ->required()
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  command->add_option("--rate", options->rate, "votes a second, whatever becomes of them (default: as answers come)")
      ->check(CLI::Range(0.1, 1e6));
  command->add_option("--duration", options->seconds, "seconds at most (default: until every voter has voted)")
      ->check(CLI::Range(0.1, 1e6));
  command->add_option("--connections", options->connections, "connections to the gateway at a time")
      ->check(CLI::Range(1, 50'000))
      ->capture_default_str();
  auto* each_on_its_own =
      command->add_flag("--new-connections", options->is_each_on_its_own,
                        "every voter comes on a new connection, exchanges an ID token there, votes and leaves");
  command->add_option("--resume", options->resume_share,
                      "share of the new connections that resume the TLS session of an earlier one")
      ->needs(each_on_its_own)
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--repeat", options->repeat_share, "share of the votes that somebody sends a second time")
      ->check(CLI::Range(0.0, 0.99))
      ->capture_default_str();
  command->add_option("--data", options->data, "data directory of the system under load")->capture_default_str();
  command->add_option("--voter-prefix", options->voter_prefix,
                      "voter n signs in as this name and n (default: another one in each run)");
  command->add_option("--tokens-ahead", options->tokens_ahead, "ballot tokens obtained ahead of need, 0.3 KB each")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command->add_option("--acked", options->acked, "write the voter key of each vote answered 201 or 200, as often as it was");
  command->add_flag("--json", options->json, "print the figures as JSON");
  add_api_options(*command, options->api);
  commands.push_back({command, [options] { return load_votes(*options); }});
}

}  // namespace ostraka::cli

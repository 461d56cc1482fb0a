// ostraka-live-results: watches an election's event stream ten-thousandfold and votes meanwhile; says on stdout, as one
// JSON document, what the viewers, the voters and the processes under test saw. Expects a running system and an open
// election; `run` beside this file makes both.
#include <fmt/core.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "live_results/process_usage.h"
#include "live_results/viewers.h"
#include "live_results/voters.h"

namespace {

using namespace ostraka::bench;
using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

constexpr auto k_turn_max = 10ms;
constexpr auto k_settle = 3s;
constexpr auto k_opening_max = 120s;
constexpr auto k_answers_wait_max = 15s;   // after the last vote was due
constexpr auto k_coverage_wait_max = 10s;  // after the last answer
constexpr unsigned k_samples_per_second = 40;

struct Options {
  Voting voting;
  ViewerOptions viewers;
  std::size_t viewers_count = 10'000;
  double slow_share = 0.01;
  double never_reading_share = 0.001;
  double rate = 2'000;
  unsigned rounds = 6;
  unsigned seconds = 20;
  unsigned baseline_seconds = 20;
  unsigned settle_seconds = 20;
  unsigned warm_up_seconds = 2;
  unsigned stall_seconds = 7;
  std::vector<std::string> processes;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("--port", options.voting.port, "of the gateway, on 127.0.0.1")->required();
  app.add_option("--election", options.voting.election, "an open election")->required();
  app.add_option("--ballot", options.voting.ballot, "body of every vote")->required();
  app.add_option("--connections", options.voting.connections, "that votes come over")->default_val(128);
  app.add_option("--viewers", options.viewers_count)->capture_default_str();
  app.add_option("--slow-share", options.slow_share, "of the viewers: stop reading for seconds")->capture_default_str();
  app.add_option("--never-reading-share", options.never_reading_share)->capture_default_str();
  app.add_option("--stall-seconds", options.stall_seconds)->check(CLI::Range(1, 60))->capture_default_str();
  app.add_option("--sources", options.viewers.sources, "loopback addresses that viewers come from")
      ->check(CLI::Range(1, 250))
      ->default_val(4);
  app.add_option("--rate", options.rate, "votes a second")->check(CLI::Range(1, 100'000))->capture_default_str();
  app.add_option("--rounds", options.rounds, "of votes without viewers, then with them")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "of votes with viewers, a round")
      ->check(CLI::Range(1, 280))
      ->capture_default_str();
  app.add_option("--baseline-seconds", options.baseline_seconds, "of votes without, a round")->capture_default_str();
  app.add_option("--settle-seconds", options.settle_seconds, "of votes before all that, compared with nothing")
      ->capture_default_str();
  app.add_option("--warm-up-seconds", options.warm_up_seconds, "of either, not measured")->capture_default_str();
  app.add_option("--process", options.processes, "NAME=PID: whose memory and processor time to watch");
}

void raise_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void say(const std::string& what) { fmt::print(stderr, "live_results: {}\n", what); }

Json figures(const Histogram& took) {
  return {{"count", took.count()},           {"p50_ms", took.quantile_ms(0.5)},   {"p90_ms", took.quantile_ms(0.9)},
          {"p99_ms", took.quantile_ms(0.99)}, {"p999_ms", took.quantile_ms(0.999)}, {"max_ms", took.max_ms()}};
}

Json figures(const UsageFigures& usage) {
  Json processes = Json::object();
  for (const auto& [name, used] : usage.processes) {
    processes[name] = {{"cpu_seconds", used.cpu_seconds},
                       {"resident_mib_first", used.resident_mib_first},
                       {"resident_mib_last", used.resident_mib_last},
                       {"resident_mib_max", used.resident_mib_max}};
  }
  return {{"seconds", usage.seconds}, {"processes", std::move(processes)}};
}

// Votes of one kind, with viewers or without: all their phases together, and the latency of each.
struct Side {
  Histogram latency;
  std::uint64_t answered = 0;
  std::uint64_t counted = 0;
  std::size_t unanswered_max = 0;
  UsageFigures usage;
  Json phases = Json::array();

  void add(const VoteStream& votes, const UsageFigures& used) {
    latency += votes.latency();
    answered += votes.answered();
    counted += votes.answered(201);
    unanswered_max = std::max(unanswered_max, votes.backlog_max());
    usage += used;
    phases.push_back(figures(votes.latency()));
  }
  Json json() const {
    return {{"answered", answered},         {"counted_201", counted}, {"unanswered_max", unanswered_max},
            {"latency", figures(latency)}, {"usage", figures(usage)}, {"phases", phases}};
  }
};

// Makes time pass for all that goes on.
class Loop {
 public:
  explicit Loop(UsageOverTime& usage) : usage_(usage) {}

  // There may be none.
  void set_viewers(Viewers* viewers) { viewers_ = viewers; }

  // Votes come first in each turn, viewers in pieces between: their documents must not make votes look slow.
  void votes(VoteStream& votes) {
    Poller both;
    both.add(votes.descriptor(), EPOLLIN, 0);
    if (viewers_ != nullptr) {
      both.add(viewers_->descriptor(), EPOLLIN, 1);
    }
    const Time enough = std::chrono::steady_clock::now() + votes.length() + k_answers_wait_max;
    while (!votes.is_done()) {
      if (std::chrono::steady_clock::now() > enough) {
        give_up("votes are not answered");
      }
      votes.turn();
      turn(0ns);
      both.wait(std::min<std::chrono::nanoseconds>(votes.until_next(), k_turn_max), [](auto, auto) {});
    }
  }

  template <class Condition>
  bool until(Condition condition, std::chrono::nanoseconds at_most) {
    const Time enough = std::chrono::steady_clock::now() + at_most;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > enough) {
        return false;
      }
      turn(k_turn_max);
    }
    return true;
  }

  void pause(std::chrono::nanoseconds time) {
    until([] { return false; }, time);
  }

 private:
  void turn(std::chrono::nanoseconds at_most) {
    if (viewers_ != nullptr) {
      viewers_->turn(at_most);
      viewers_->keep_time();
    } else if (at_most > 0ns) {
      std::this_thread::sleep_for(at_most);
    }
    usage_.look_if_due();
  }

  UsageOverTime& usage_;
  Viewers* viewers_ = nullptr;
};

ViewerOptions viewer_kinds(const Options& options) {
  ViewerOptions kinds = options.viewers;
  const auto share_of = [&](double share) {
    return static_cast<std::size_t>(share * static_cast<double>(options.viewers_count));
  };
  kinds.port = options.voting.port;
  kinds.target = fmt::format("/v1/elections/{}/results/stream", options.voting.election);
  kinds.stalling = share_of(options.slow_share);
  kinds.never_reading = share_of(options.never_reading_share);
  kinds.readers = options.viewers_count - kinds.stalling - kinds.never_reading;
  kinds.stall = std::chrono::seconds(options.stall_seconds);
  kinds.stall_every = kinds.stall + 5s;
  return kinds;
}

// Tokens first, so that nothing which issuing them left behind falls on one side only; then votes to settle; then in
// each round votes without viewers and votes with them.
class Run {
 public:
  explicit Run(const Options& options)
      : options_(options), kinds_(viewer_kinds(options)), usage_(options.processes), over_time_(usage_), loop_(over_time_) {}

  Json operator()() {
    tokens_ = tokens();
    Side settling;
    Side without;
    Side with;
    if (options_.settle_seconds > 0) {
      vote(settling, options_.settle_seconds);
    }
    for (unsigned round = 0; round < options_.rounds; ++round) {
      if (options_.baseline_seconds > 0) {
        vote(without, options_.baseline_seconds);
      }
      watched(with);
    }
    Json report = {{"rate", options_.rate},
                   {"rounds", options_.rounds},
                   {"viewers", {{"readers", kinds_.readers}, {"stalling", kinds_.stalling},
                                {"never_reading", kinds_.never_reading}}},
                   {"opening", {{"usage", figures(*opening_)}}},
                   {"with_viewers", with.json()},
                   {"documents", seen_.documents},
                   {"lag", lag()},
                   {"slow_viewers", slow()}};
    if (options_.settle_seconds > 0) {
      report["settling"] = settling.json();
    }
    if (options_.baseline_seconds > 0) {
      report["without_viewers"] = without.json();
    }
    return report;
  }

 private:
  std::size_t votes_in(unsigned seconds) const {
    return seconds == 0 ? 0 : static_cast<std::size_t>(options_.rate * (seconds + options_.warm_up_seconds));
  }

  std::vector<std::string> tokens() const {
    const std::size_t count = votes_in(options_.settle_seconds) +
                              options_.rounds * (votes_in(options_.baseline_seconds) + votes_in(options_.seconds));
    say(fmt::format("{} ballot tokens", count));
    const Time begun = std::chrono::steady_clock::now();
    auto tokens = ballot_tokens(options_.voting, "v", count);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    say(fmt::format("{:.0f} ballot tokens a second", static_cast<double>(count) / took.count()));
    return tokens;
  }

  void vote(Side& side, unsigned seconds) {
    const auto from = tokens_.end() - static_cast<std::ptrdiff_t>(votes_in(seconds));
    std::vector<std::string> with(std::make_move_iterator(from), std::make_move_iterator(tokens_.end()));
    tokens_.erase(from, tokens_.end());
    const VoteStream::Pace pace{options_.rate, std::chrono::seconds(options_.warm_up_seconds),
                                std::max<std::size_t>(1, static_cast<std::size_t>(options_.rate) / k_samples_per_second)};
    VoteStream votes(options_.voting, std::move(with), pace, lag_);
    over_time_.begin();
    loop_.votes(votes);
    side.add(votes, over_time_.figures());
    say(fmt::format("p99 {:.1f} ms, max {:.1f} ms", votes.latency().quantile_ms(0.99), votes.latency().max_ms()));
  }

  void watched(Side& side) {
    Viewers viewers(kinds_, lag_);
    loop_.set_viewers(&viewers);
    open(viewers);
    viewers.begin_measuring();
    const std::uint64_t samples_before = lag_.samples();
    vote(side, options_.seconds);
    viewers.end_stalling();
    loop_.until([&] { return viewers.has_seen_all(); }, k_coverage_wait_max);
    seen_ += viewers.figures();
    sampled_in_sight_ += lag_.samples() - samples_before;
    loop_.set_viewers(nullptr);
  }

  void open(Viewers& viewers) {
    loop_.pause(1s);
    over_time_.begin();
    say(fmt::format("{} viewers", options_.viewers_count));
    if (!loop_.until([&] { return viewers.open_some(); }, k_opening_max)) {
      give_up("not every viewer got its first document");
    }
    loop_.pause(k_settle);
    if (!opening_) {
      opening_ = over_time_.figures();  // later viewers live in memory that the first ones left
    }
  }

  Json lag() const {
    Json json = figures(seen_.lag);
    json["sampled_in_sight"] = sampled_in_sight_;  // votes, while there were viewers
    json["different_documents"] = lag_.documents();
    json["uncovered"] = seen_.uncovered;
    json["viewers_lost"] = seen_.lost;
    json["document_bytes"] = seen_.document_bytes / std::max<std::uint64_t>(1, seen_.documents);
    return json;
  }

  Json slow() const {
    const SlowFigures& slow = seen_.slow;
    return {{"stalls", slow.stalls},
            {"caught_up", slow.caught_up},
            {"broken_documents", slow.broken},
            {"cut_off", slow.cut_off},
            {"older_documents_max", slow.stale_max},
            {"catching_up", figures(slow.catching_up)},
            {"never_reading_cut_off", slow.never_reading_cut_off},
            {"cut_off_after", figures(slow.cut_off_after)}};
  }

  const Options& options_;
  const ViewerOptions kinds_;
  const ProcessUsage usage_;
  UsageOverTime over_time_;
  Loop loop_;
  Lag lag_;
  std::vector<std::string> tokens_;
  std::optional<UsageFigures> opening_;
  ViewerFigures seen_;
  std::uint64_t sampled_in_sight_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Watches live results ten-thousandfold and votes meanwhile.", "ostraka-live-results");
  Options options;
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  raise_file_limit();
  fmt::print("{}\n", Run(options)().dump(1));
  return 0;
}

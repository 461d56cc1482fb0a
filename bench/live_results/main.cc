// ostraka-live-results: watches an election's event stream ten-thousandfold and votes meanwhile; says on stdout, as one
// JSON document, what the viewers, the voters and the processes under test saw. Expects a running system and an open
// election; `run` beside this file makes both.
#include <fmt/core.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "live_results/process_usage.h"
#include "live_results/viewers.h"
#include "live_results/voters.h"

namespace {

using namespace ostraka::bench;
using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

constexpr auto k_turn_max = 10ms;
constexpr auto k_usage_interval = 1s;
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
  unsigned seconds = 60;
  unsigned baseline_seconds = 60;
  unsigned settle_seconds = 60;
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
  app.add_option("--seconds", options.seconds, "of votes with viewers")->check(CLI::Range(1, 280))->capture_default_str();
  app.add_option("--baseline-seconds", options.baseline_seconds, "of votes without, before and after")->capture_default_str();
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

// What the processes used while it lives: their time from the first look to the last, and the range of their memory.
class UsageOverTime {
 public:
  explicit UsageOverTime(const ProcessUsage& usage) : usage_(usage) { begin(); }

  void begin() {
    first_ = last_ = usage_.now();
    begun_ = seen_ = std::chrono::steady_clock::now();
    resident_max_.clear();
    look();
  }
  void look_if_due() {
    if (std::chrono::steady_clock::now() - seen_ >= k_usage_interval) {
      look();
    }
  }
  Json figures() {
    look();
    Json all = Json::object();
    for (const auto& [name, last] : last_) {
      all[name] = {{"cpu_seconds", last.cpu_seconds - first_[name].cpu_seconds},
                   {"resident_mib_first", first_[name].resident_mib},
                   {"resident_mib_last", last.resident_mib},
                   {"resident_mib_max", resident_max_[name]}};
    }
    return {{"seconds", std::chrono::duration<double>(seen_ - begun_).count()}, {"processes", std::move(all)}};
  }

 private:
  void look() {
    last_ = usage_.now();
    seen_ = std::chrono::steady_clock::now();
    for (const auto& [name, last] : last_) {
      resident_max_[name] = std::max(resident_max_[name], last.resident_mib);
    }
  }

  const ProcessUsage& usage_;
  std::map<std::string, Usage> first_, last_;
  std::map<std::string, double> resident_max_;
  Time begun_, seen_;
};

// Votes come first in each turn, viewers in pieces between: their documents must not make votes look slow.
class Turns {
 public:
  explicit Turns(Viewers& viewers) : viewers_(viewers) {}

  void votes(VoteStream& votes) {
    Poller both;
    both.add(votes.descriptor(), EPOLLIN, 0);
    both.add(viewers_.descriptor(), EPOLLIN, 1);
    const Time enough = std::chrono::steady_clock::now() + votes.length() + k_answers_wait_max;
    while (!votes.is_done()) {
      if (std::chrono::steady_clock::now() > enough) {
        give_up("votes are not answered");
      }
      votes.turn();
      viewers_.turn(0ns);
      viewers_.keep_time();
      each_turn();
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
      viewers_.turn(k_turn_max);
      viewers_.keep_time();
      each_turn();
    }
    return true;
  }

  std::function<void()> each_turn = [] {};

 private:
  Viewers& viewers_;
};

Json votes_figures(const VoteStream& votes) {
  return {{"answered", votes.answered()},
          {"counted_201", votes.answered(201)},
          {"unanswered_max", votes.backlog_max()},
          {"latency", figures(votes.latency())}};
}

class Run {
 public:
  explicit Run(const Options& options) : options_(options), usage_(options.processes), over_time_(usage_) {
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
    viewers_ = std::make_unique<Viewers>(kinds, lag_);
    turns_ = std::make_unique<Turns>(*viewers_);
    turns_->each_turn = [this] { over_time_.look_if_due(); };
    report_["viewers"] = {{"readers", kinds.readers}, {"stalling", kinds.stalling},
                          {"never_reading", kinds.never_reading}};
    report_["rate"] = options.rate;
  }

  Json operator()() {
    if (options_.settle_seconds > 0) {
      report_["settling"] = vote("s", options_.settle_seconds);
    }
    if (options_.baseline_seconds > 0) {
      report_["baseline"] = vote("b", options_.baseline_seconds);
    }
    open_viewers();
    report_["with_viewers"] = vote("v", options_.seconds);
    report_["lag"] = lag();
    report_["slow_viewers"] = slow();
    viewers_->leave();
    is_watched_ = false;
    if (options_.baseline_seconds > 0) {
      report_["baseline_after"] = vote("a", options_.baseline_seconds);
    }
    return report_;
  }

 private:
  std::vector<std::string> tokens(const std::string& prefix, unsigned seconds) {
    const auto count = static_cast<std::size_t>(options_.rate * (seconds + options_.warm_up_seconds));
    say(fmt::format("{} ballot tokens", count));
    const Time begun = std::chrono::steady_clock::now();
    auto tokens = ballot_tokens(options_.voting, prefix, count);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    say(fmt::format("{:.0f} ballot tokens a second", static_cast<double>(count) / took.count()));
    return tokens;
  }

  Json vote(const std::string& prefix, unsigned seconds) {
    std::vector<std::string> with = tokens(prefix, seconds);
    turns_->until([] { return false; }, 1s);  // what came meanwhile is read before time counts
    say(fmt::format("{} votes a second for {} s", options_.rate, seconds));
    const VoteStream::Pace pace{options_.rate, std::chrono::seconds(options_.warm_up_seconds),
                                std::max<std::size_t>(1, static_cast<std::size_t>(options_.rate) / k_samples_per_second)};
    if (is_watched_) {
      viewers_->begin_measuring();
      samples_before_ = lag_.samples();
    }
    VoteStream votes(options_.voting, std::move(with), pace, lag_);
    over_time_.begin();
    const std::uint64_t documents_before = viewers_->documents();
    turns_->votes(votes);
    Json json = votes_figures(votes);
    json["documents"] = viewers_->documents() - documents_before;
    json["usage"] = over_time_.figures();
    return json;
  }

  void open_viewers() {
    Json opening;
    turns_->until([] { return false; }, 1s);
    over_time_.begin();
    say(fmt::format("{} viewers", options_.viewers_count));
    const Time begun = std::chrono::steady_clock::now();
    if (!turns_->until([this] { return viewers_->open_some(); }, k_opening_max)) {
      give_up("not every viewer got its first document");
    }
    opening["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    turns_->until([] { return false; }, k_settle);
    opening["usage"] = over_time_.figures();
    over_time_.begin();
    turns_->until([] { return false; }, k_settle);
    opening["idle_usage"] = over_time_.figures();
    report_["opening"] = std::move(opening);
    is_watched_ = true;
  }

  Json lag() {
    viewers_->end_stalling();
    turns_->until([this] { return viewers_->uncovered() == 0 && viewers_->slow().caught_up >= viewers_->slow().stalls; },
                  k_coverage_wait_max);
    Json json = figures(viewers_->lag());
    json["sampled_in_sight"] = lag_.samples() - samples_before_;  // votes, while there were viewers
    json["different_documents"] = lag_.documents();
    json["uncovered"] = viewers_->uncovered();
    json["viewers_lost"] = viewers_->lost();
    const std::uint64_t documents = std::max<std::uint64_t>(1, viewers_->documents());
    json["document_bytes"] = viewers_->document_bytes() / documents;
    return json;
  }

  Json slow() const {
    const SlowFigures& slow = viewers_->slow();
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
  const ProcessUsage usage_;
  UsageOverTime over_time_;
  Lag lag_;
  std::unique_ptr<Viewers> viewers_;
  std::unique_ptr<Turns> turns_;
  bool is_watched_ = false;
  std::uint64_t samples_before_ = 0;
  Json report_;
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

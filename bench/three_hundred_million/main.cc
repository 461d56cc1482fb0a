// ostraka-feed: feeds votes of numbered voters to a running ballot box; what was answered comes out as JSON on stdout, a
// progress bar on stderr. `bench/three-hundred-million` runs it; it expects an open election of one `single` contest.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "three_hundred_million/feeder.h"

namespace {

using namespace ostraka;
using namespace ostraka::bench;
using Json = nlohmann::ordered_json;
using Steady = std::chrono::steady_clock;

struct Options {
  FeedOptions feed;
  std::string mode = "first";
  std::uint64_t votes = 300'000'000;
  std::uint64_t voters = 0;  // that there are; of `first` the votes
  std::string contest;
  std::vector<std::string> choices;
};

// A line that is written over on a terminal, else one every ten seconds.
class Progress {
 public:
  Progress(std::string what, std::uint64_t all) : what_(std::move(what)), all_(all), terminal_(isatty(2) == 1) {}

  void show(std::uint64_t done) {
    const auto now = Steady::now();
    if (now - shown_ < (terminal_ ? std::chrono::seconds(1) : std::chrono::seconds(10))) {
      return;
    }
    shown_ = now;
    const double seconds = std::chrono::duration<double>(now - begun_).count();
    const double rate = static_cast<double>(done) / seconds;
    const double share = static_cast<double>(done) / static_cast<double>(all_);
    const double left = rate > 0 ? static_cast<double>(all_ - done) / rate : 0;
    constexpr int k_width = 30;
    const auto filled = static_cast<std::size_t>(share * k_width);
    fmt::print(stderr, "{}{} [{:<{}}] {:5.1f} %  {} of {}  {:.0f} a second  {:.0f} min {:02.0f} s left{}",
               terminal_ ? "\r" : "", what_, std::string(filled, '#'), k_width, 100 * share, done, all_, rate,
               std::floor(left / 60), std::fmod(left, 60), terminal_ ? "   " : "\n");
    std::fflush(stderr);
  }
  ~Progress() {
    if (terminal_) {
      fmt::print(stderr, "\n");
    }
  }

 private:
  const std::string what_;
  const std::uint64_t all_;
  const bool terminal_;
  const Steady::time_point begun_ = Steady::now();
  Steady::time_point shown_ = begun_;
};

Feed feed_of(const Options& options) {
  Feed feed;
  feed.votes = options.votes;
  feed.ballot = options.mode == "another" ? Ballot::another : Ballot::own;
  feed.are_new = options.mode == "first";
  if (!feed.are_new) {
    // The same for the same number: a vote may have to be sent again.
    feed.voter_of = [salt = options.mode == "same" ? 1U : 2U, voters = options.voters](std::uint64_t i) {
      std::mt19937_64 random(i * 2 + salt);
      return std::uniform_int_distribution<std::uint64_t>(0, voters - 1)(random);
    };
  }
  return feed;
}

Json figures(const Fed& fed, const Options& options) {
  Json answers = Json::object();
  for (std::size_t i = 0; i < fed.answers.size(); ++i) {
    if (fed.answers[i] != 0) {
      answers[v1::CastOutcome_Name(static_cast<int>(i)).substr(std::string("CAST_OUTCOME_").size())] = fed.answers[i];
    }
  }
  Json by_choice = Json::object();
  for (std::size_t i = 0; i < options.choices.size(); ++i) {
    by_choice[options.choices[i]] = fed.counted_by_choice[i];
  }
  return {{"mode", options.mode},
          {"votes", options.votes},
          {"answers", answers},
          {"counted_by_choice", by_choice},
          {"sent_again", fed.sent_again},
          {"already_after_all", fed.already_after_all},
          {"seconds", fed.seconds},
          {"per_second", static_cast<double>(options.votes) / fed.seconds}};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Feeds votes of numbered voters to a running ballot box.");
  Options options;
  app.add_option("--ballotbox", options.feed.ballotbox, "its RPC address")->required();
  app.add_option("--keys", options.feed.keys, "the keys folder")->required();
  app.add_option("--election", options.feed.election, "an open election of one contest")->required();
  app.add_option("--contest", options.contest, "its contest, of method single")->required();
  app.add_option("--choice", options.choices, "its options")->required();
  app.add_option("--votes", options.votes)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--voters", options.voters, "that have voted, for the other modes");
  app.add_option("--mode", options.mode, "first: voter by voter; same: random voters, their ballot once more; another")
      ->check(CLI::IsMember({"first", "same", "another"}))
      ->capture_default_str();
  app.add_option("--seed", options.feed.seed)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (options.mode != "first" && options.voters == 0) {
    fmt::print(stderr, "--mode {} needs --voters\n", options.mode);
    return 2;
  }
  for (const std::string& choice : options.choices) {
    options.feed.bodies.push_back(Json{{"ballot", {{options.contest, Json::array({choice})}}}}.dump());
  }
  auto feeder = Feeder::open(options.feed);
  if (!feeder) {
    fmt::print(stderr, "{}\n", feeder.error().message);
    return 1;
  }
  Progress progress(options.mode, options.votes);
  const auto fed = (*feeder)->run(feed_of(options), [&](std::uint64_t done) { progress.show(done); });
  if (!fed) {
    fmt::print(stderr, "{}\n", fed.error().message);
    return 1;
  }
  fmt::print("{}\n", figures(*fed, options).dump());
  return 0;
}

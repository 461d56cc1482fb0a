// `ostraka topics create|check`: the topics of a Kafka cluster that Ostraka keeps its log in.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/partitions.h"
#include "cli/terminal.h"
#include "log/kafka/streams.h"

namespace ostraka::cli {
namespace {

struct TopicsOptions {
  std::string log_url;
  std::uint32_t partitions = 0;
  int replicas = log::k_replicas_min;
};

std::string as_text(const log::StreamsState& state) {
  std::string out;
  for (const log::StreamState& stream : state.streams) {
    if (!stream.facts) {
      out += fmt::format("{:<28} is not there\n", stream.topic);
      continue;
    }
    out += fmt::format("{:<28} {:>4} partitions, {} replicas: {}\n", stream.topic, stream.facts->partitions,
                       stream.facts->replicas_min, stream.dangers.empty() ? "safe" : "COULD LOSE VOTES");
    for (const std::string& danger : stream.dangers) {
      out += fmt::format("  {}\n", danger);
    }
  }
  return out;
}

int check_topics(const log::KafkaOptions& kafka) {
  const auto state = log::look_at_streams(kafka);
  if (!state) {
    return failed(state.error());
  }
  print(as_text(*state));
  if (const std::string wrong = state->what_is_wrong(); !wrong.empty()) {
    return failed(wrong);
  }
  if (!state->are_safe()) {
    return failed("these topics could lose votes; `kafka-configs --alter` mends settings, a reassignment the replicas");
  }
  return k_exit_done;
}

int create_topics(const log::KafkaOptions& kafka, const TopicsOptions& options) {
  if (options.replicas < log::k_replicas_min && !kafka.development) {
    return failed(fmt::format("with fewer than {} replicas votes can be lost: say development=yes in the URL if that is "
                              "meant",
                              log::k_replicas_min));
  }
  const auto created = log::create_streams(kafka, options.partitions, options.replicas);
  if (!created) {
    return failed(created.error());
  }
  for (const std::string& topic : *created) {
    complain(fmt::format("created {}\n", topic));
  }
  const auto state = log::look_at_streams(kafka);
  if (!state) {
    return failed(state.error());
  }
  if (state->partitions() != options.partitions) {
    return failed(fmt::format("the topics were there before, with {} partitions: their number cannot change",
                              state->partitions()));
  }
  return kafka.development ? k_exit_done : check_topics(kafka);
}

}  // namespace

void add_topics(CLI::App& app, Commands& commands) {
  auto* command = app.add_subcommand("topics", "Make or check the topics of a log on Kafka");
  command->require_subcommand(1);
  auto options = std::make_shared<TopicsOptions>();
  const auto with_log = [&](CLI::App* subcommand, std::function<int(const log::KafkaOptions&)> run) {
    subcommand->add_option("--log", options->log_url, "kafka://host:port,host:port")->required();
    commands.push_back({subcommand, [options, run = std::move(run)] {
                          const auto kafka = log::kafka_options_from_url(options->log_url);
                          if (!kafka) {
                            failed(kafka.error());
                            return k_exit_wrong_usage;
                          }
                          return run(*kafka);
                        }});
  };
  auto* create = command->add_subcommand("create", "Make those that are missing, so that they lose nothing");
  create
      ->add_option("--partitions", options->partitions,
                   "of the ballots: which cannot change afterwards (docs/operating/kafka.md)")
      ->required()
      ->check(CLI::Range(1U, k_partitions_max));
  create->add_option("--replicas", options->replicas, "of each partition")->capture_default_str()->check(CLI::Range(1, 9));
  with_log(create, [options](const log::KafkaOptions& kafka) { return create_topics(kafka, *options); });
  with_log(command->add_subcommand("check", "Whether they could lose anything"), check_topics);
}

}  // namespace ostraka::cli

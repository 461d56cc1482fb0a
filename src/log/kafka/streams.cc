#include "log/kafka/streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace ostraka::log {
namespace {

struct Stream {
  std::string_view name;
  bool is_partitioned;  // by voter; else it has one partition
};

constexpr std::array k_streams = {Stream{k_elections_stream, false}, Stream{k_administration_stream, false},
                                  Stream{k_ballots_stream, true}, Stream{k_issuances_stream, true}};

Result<KafkaClient> connect(const KafkaOptions& options) { return KafkaConfBuilder(options).make(RD_KAFKA_PRODUCER); }

Result<StreamState> look_at(rd_kafka_t* client, const KafkaOptions& options, std::string_view stream) {
  StreamState state{std::string(stream), topic_of(options, stream), {}, {}};
  Result<TopicFacts> facts = describe_new_topic(client, state.topic, options.read_timeout);
  if (facts) {
    state.dangers = dangers_of(*facts);
    state.facts = std::move(*facts);
  } else if (facts.error().kind != ErrorKind::not_found) {
    return tl::make_unexpected(facts.error());
  }
  return state;
}

}  // namespace

bool StreamsState::are_whole() const {
  return std::all_of(streams.begin(), streams.end(), [](const StreamState& state) { return state.facts.has_value(); });
}

bool StreamsState::are_safe() const {
  return are_whole() &&
         std::all_of(streams.begin(), streams.end(), [](const StreamState& state) { return state.dangers.empty(); });
}

std::uint32_t StreamsState::partitions() const {
  for (const StreamState& state : streams) {
    if (state.stream == k_ballots_stream && state.facts) {
      return state.facts->partitions;
    }
  }
  return 0;
}

std::string StreamsState::what_is_wrong() const {
  std::vector<std::string> wrong;
  for (const StreamState& state : streams) {
    const auto stream = std::find_if(k_streams.begin(), k_streams.end(),
                                     [&](const Stream& known) { return known.name == state.stream; });
    const std::uint32_t expected = stream->is_partitioned ? partitions() : 1;
    if (!state.facts) {
      wrong.push_back(fmt::format("topic {} is not there", state.topic));
    } else if (state.facts->partitions != expected) {
      wrong.push_back(fmt::format("topic {} has {} partitions instead of {}", state.topic, state.facts->partitions,
                                  expected));
    }
  }
  return fmt::format("{}", fmt::join(wrong, "; "));
}

Result<StreamsState> look_at_streams(const KafkaOptions& options) {
  const Result<KafkaClient> client = connect(options);
  if (!client) {
    return tl::make_unexpected(client.error());
  }
  StreamsState state;
  for (const Stream& stream : k_streams) {
    Result<StreamState> looked = look_at(client->get(), options, stream.name);
    if (!looked) {
      return tl::make_unexpected(looked.error());
    }
    state.streams.push_back(std::move(*looked));
  }
  return state;
}

Result<std::vector<std::string>> create_streams(const KafkaOptions& options, std::uint32_t partitions, int replicas) {
  const Result<KafkaClient> client = connect(options);
  if (!client) {
    return tl::make_unexpected(client.error());
  }
  std::vector<std::string> created;
  for (const Stream& stream : k_streams) {
    const NewTopic topic{topic_of(options, stream.name), stream.is_partitioned ? partitions : 1, replicas};
    const Status made = create_topic(client->get(), topic, options.read_timeout);
    if (!made && made.error().kind != ErrorKind::conflict) {
      return tl::make_unexpected(made.error());
    }
    if (made) {
      created.push_back(topic.topic);
    }
    const Result<TopicFacts> facts = describe_new_topic(client->get(), topic.topic, options.read_timeout);
    if (!facts) {
      return tl::make_unexpected(facts.error());
    }
  }
  return created;
}

}  // namespace ostraka::log

#include "log/kafka/topics.h"

#include <array>
#include <charconv>

#include "log/kafka/limits.h"

namespace ostraka::log {
namespace {

using Configs = std::unique_ptr<rd_kafka_ConfigResource_t, KafkaDestroy<rd_kafka_ConfigResource_destroy>>;
using Admin = std::unique_ptr<rd_kafka_AdminOptions_t, KafkaDestroy<rd_kafka_AdminOptions_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, KafkaDestroy<rd_kafka_event_destroy>>;
using Topic = std::unique_ptr<rd_kafka_NewTopic_t, KafkaDestroy<rd_kafka_NewTopic_destroy>>;

std::string setting(const TopicFacts& facts, const char* name) {
  const auto found = facts.settings.find(name);
  return found == facts.settings.end() ? std::string() : found->second;
}

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Result<Admin> admin_options(rd_kafka_t* client, rd_kafka_admin_op_t operation, Milliseconds at_most) {
  Admin options(rd_kafka_AdminOptions_new(client, operation));
  char why[256];
  if (rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(at_most.count()), why, sizeof why) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return fail(ErrorKind::internal, "kafka: {}", why);
  }
  return options;
}

Status count_partitions(rd_kafka_t* client, TopicFacts& facts, Milliseconds at_most) {
  const KafkaTopic topic(rd_kafka_topic_new(client, facts.topic.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t code =
      rd_kafka_metadata(client, 0, topic.get(), &metadata, static_cast<int>(at_most.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return tl::make_unexpected(kafka_error(code, fmt::format("asking for topic {}", facts.topic)));
  }
  const std::unique_ptr<const rd_kafka_metadata_t, KafkaDestroy<rd_kafka_metadata_destroy>> owned(metadata);
  if (metadata->topic_cnt != 1 || metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const rd_kafka_resp_err_t of_topic =
        metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    return tl::make_unexpected(kafka_error(of_topic, fmt::format("topic {}", facts.topic)));
  }
  const rd_kafka_metadata_topic& found = metadata->topics[0];
  facts.partitions = static_cast<std::uint32_t>(found.partition_cnt);
  for (int i = 0; i < found.partition_cnt; ++i) {
    const int replicas = found.partitions[i].replica_cnt;
    facts.replicas_min = i == 0 ? replicas : std::min(facts.replicas_min, replicas);
  }
  return {};
}

// Waits for the one event that an admin request is answered with.
Result<Event> answer(rd_kafka_queue_t* queue, Milliseconds at_most) {
  Event event(rd_kafka_queue_poll(queue, static_cast<int>(at_most.count()) + 1'000));
  if (!event) {
    return fail(ErrorKind::unavailable, "kafka: no answer to an administrative request");
  }
  if (const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return tl::make_unexpected(kafka_error(code, "an administrative request"));
  }
  return event;
}

Status read_settings(rd_kafka_t* client, TopicFacts& facts, Milliseconds at_most) {
  const Configs resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, facts.topic.c_str()));
  Result<Admin> options = admin_options(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, at_most);
  if (!options) {
    return tl::make_unexpected(options.error());
  }
  const KafkaQueue queue(rd_kafka_queue_new(client));
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  rd_kafka_DescribeConfigs(client, resources, 1, options->get(), queue.get());
  Result<Event> event = answer(queue.get(), at_most);
  if (!event) {
    return tl::make_unexpected(event.error());
  }
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** described =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto code = rd_kafka_ConfigResource_error(described[i]); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return tl::make_unexpected(kafka_error(code, fmt::format("the settings of topic {}", facts.topic)));
    }
    std::size_t entries = 0;
    const rd_kafka_ConfigEntry_t** entry = rd_kafka_ConfigResource_configs(described[i], &entries);
    for (std::size_t j = 0; j < entries; ++j) {
      const char* value = rd_kafka_ConfigEntry_value(entry[j]);
      facts.settings[rd_kafka_ConfigEntry_name(entry[j])] = value == nullptr ? "" : value;
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> dangers_of(const TopicFacts& facts) {
  std::vector<std::string> dangers;
  const auto danger = [&](bool is_one, std::string what) {
    if (is_one) {
      dangers.push_back(std::move(what));
    }
  };
  const std::string in_sync = setting(facts, "min.insync.replicas");
  danger(facts.replicas_min < k_replicas_min,
         fmt::format("a partition has {} replicas, and {} are needed", facts.replicas_min, k_replicas_min));
  danger(number(in_sync) < k_replicas_in_sync_min,
         fmt::format("min.insync.replicas is {}, and {} are needed: what one broker alone acknowledged goes with it",
                     in_sync, k_replicas_in_sync_min));
  danger(setting(facts, "unclean.leader.election.enable") != "false",
         "unclean.leader.election.enable is not false: a replica that lags may become the leader, and the rest goes");
  danger(setting(facts, "cleanup.policy") != "delete",
         fmt::format("cleanup.policy is {}: compaction removes records (delete, without a time, removes none)",
                     setting(facts, "cleanup.policy")));
  danger(setting(facts, "retention.ms") != "-1", "retention.ms is not -1: records are removed after a while");
  danger(setting(facts, "retention.bytes") != "-1",
         "retention.bytes is not -1: records are removed when there are many");
  danger(number(setting(facts, "max.message.bytes")) < static_cast<std::int64_t>(k_message_bytes_max),
         fmt::format("max.message.bytes is less than {}: the largest records are refused", k_message_bytes_max));
  return dangers;
}

Result<TopicFacts> describe_topic(rd_kafka_t* client, const std::string& topic, Milliseconds at_most) {
  TopicFacts facts;
  facts.topic = topic;
  if (const Status counted = count_partitions(client, facts, at_most); !counted) {
    return tl::make_unexpected(counted.error());
  }
  if (const Status read = read_settings(client, facts, at_most); !read) {
    return tl::make_unexpected(read.error());
  }
  return facts;
}

Result<TopicFacts> describe_new_topic(rd_kafka_t* client, const std::string& topic, Milliseconds at_most) {
  return until_known([&] { return describe_topic(client, topic, at_most); });
}

Status create_topic(rd_kafka_t* client, const NewTopic& wanted, Milliseconds at_most) {
  char why[512];
  const Topic topic(rd_kafka_NewTopic_new(wanted.topic.c_str(), static_cast<int>(wanted.partitions), wanted.replicas,
                                          why, sizeof why));
  if (!topic) {
    return fail(ErrorKind::invalid, "kafka: topic {}: {}", wanted.topic, why);
  }
  const std::array<std::pair<const char*, std::string>, 6> settings = {{
      {"min.insync.replicas", std::to_string(std::min(wanted.replicas, k_replicas_in_sync_min))},
      {"unclean.leader.election.enable", "false"},
      {"cleanup.policy", "delete"},
      {"retention.ms", "-1"},
      {"retention.bytes", "-1"},
      {"max.message.bytes", std::to_string(k_message_bytes_max)},
  }};
  for (const auto& [name, value] : settings) {
    rd_kafka_NewTopic_set_config(topic.get(), name, value.c_str());
  }
  Result<Admin> options = admin_options(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, at_most);
  if (!options) {
    return tl::make_unexpected(options.error());
  }
  const KafkaQueue queue(rd_kafka_queue_new(client));
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  rd_kafka_CreateTopics(client, topics, 1, options->get(), queue.get());
  Result<Event> event = answer(queue.get(), at_most);
  if (!event) {
    return tl::make_unexpected(event.error());
  }
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      return fail(ErrorKind::conflict, "kafka: topic {} is there already", wanted.topic);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const char* said = rd_kafka_topic_result_error_string(results[i]);
      const Error error = kafka_error(code, fmt::format("making topic {}", wanted.topic));
      return fail(code == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR ? ErrorKind::invalid : error.kind, "{} ({})",
                  error.message, said == nullptr ? "" : said);
    }
  }
  return {};
}

}  // namespace ostraka::log

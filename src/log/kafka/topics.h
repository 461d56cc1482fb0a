// The topics that hold the streams: made so that they lose nothing, and held to it before anybody writes to them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "log/kafka/client.h"

namespace ostraka::log {

inline constexpr int k_replicas_min = 3;
inline constexpr int k_replicas_in_sync_min = 2;

// What Kafka says of one topic.
struct TopicFacts {
  std::string topic;
  std::uint32_t partitions = 0;
  int replicas_min = 0;                         // of the partition that has the fewest
  std::map<std::string, std::string> settings;  // retention.ms and so on
};

// What could lose records that were acknowledged, one sentence each; empty: nothing. Pure.
std::vector<std::string> dangers_of(const TopicFacts& facts);

// Asks the cluster. Errors: not_found (no such topic), denied, unavailable.
Result<TopicFacts> describe_topic(rd_kafka_t* client, const std::string& topic, Milliseconds at_most);

// The same of one that may be new: not every broker knows of it at once.
Result<TopicFacts> describe_new_topic(rd_kafka_t* client, const std::string& topic, Milliseconds at_most);

struct NewTopic {
  std::string topic;
  std::uint32_t partitions = 1;
  int replicas = k_replicas_min;
};

// Errors: conflict when it is there already; denied; unavailable; invalid (what the cluster says).
Status create_topic(rd_kafka_t* client, const NewTopic& topic, Milliseconds at_most);

}  // namespace ostraka::log

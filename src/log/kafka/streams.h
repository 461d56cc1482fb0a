// The streams of an Ostraka as topics of a cluster, all together: for who sets one up, and for a start that wants to know
// whether it is set up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/kafka/options.h"
#include "log/kafka/topics.h"

namespace ostraka::log {

struct StreamState {
  std::string stream;
  std::string topic;
  std::optional<TopicFacts> facts;  // none: there is no such topic
  std::vector<std::string> dangers;
};

struct StreamsState {
  std::vector<StreamState> streams;

  bool are_whole() const;             // every topic is there
  bool are_safe() const;              // and none has a danger
  std::uint32_t partitions() const;   // of `ballots`; 0 when it is not there
  // What stands against using them, in words; empty: nothing.
  std::string what_is_wrong() const;
};

// Errors: denied, unavailable, invalid.
Result<StreamsState> look_at_streams(const KafkaOptions& options);

// Makes the topics that are not there; `ballots` and `issuances` get so many partitions. What is there stays as it is.
// The topics' names. Errors: as above, and what the cluster refuses.
Result<std::vector<std::string>> create_streams(const KafkaOptions& options, std::uint32_t partitions, int replicas);

}  // namespace ostraka::log

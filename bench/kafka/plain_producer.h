// librdkafka's producer as its documentation would have one written, with the guarantees that we ask for: idempotent,
// acks=all, and a delivery report for every message. It waits for nothing but its own queue.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "log/kafka/options.h"

namespace ostraka::bench {

struct ProducerRun {
  std::string topic;
  std::int32_t partition = 0;
  std::size_t record_bytes = 0;
  std::size_t batch = 0;           // records that belong together
  bool waits_for_batches = false;  // for the reports of one batch before the next: what we do
  std::chrono::milliseconds at_most{0};
};

// Records that were acknowledged a second.
double run_plain_producer(const log::KafkaOptions& options, const ProducerRun& run);

}  // namespace ostraka::bench

// The log on Apache Kafka: a topic for each stream, a partition for each partition, a message for each record.
//
// What the contract's words mean here. Durable: on every replica in sync, of which there are at least two
// (min.insync.replicas), in failure domains of their own; Kafka does not wait for a disk. One writer: nobody enforces
// it. Two appenders of one partition may live at once, in one process or in two; each is told by its offsets that the
// other wrote (kafka_appender.h). A mark: there are no batches to take a running check sum over, so it stands for the
// last record before the offset and its time, and any offset has one.
//
// Opening it asks the cluster, and refuses topics that could lose what was acknowledged (topics.h).
#pragma once

#include <memory>

#include "log/kafka/options.h"
#include "log/log.h"

namespace ostraka::log {

// `clock` outlives it. Errors: invalid (settings), denied, unavailable (nobody answers).
Result<std::unique_ptr<Log>> open_kafka_log(KafkaOptions options, const Clock& clock = system_clock());

}  // namespace ostraka::log

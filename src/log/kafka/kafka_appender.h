// Writes to one partition of a topic, by an idempotent producer of its own: acks=all, so that what is answered is on
// every replica in sync.
//
// Kafka has no sole writer: another process may write to the partition at any time, between any two records of one
// append, for librdkafka may send them in several requests. So
//   - an append is answered with its first offset only if every record has a valid one and they are contiguous. Whoever
//     finds the first to be behind what it expected reads the records in between before it answers anybody.
//   - everything else is uncertain (unavailable): a foreign record in the middle, a report without an offset (a
//     duplicate sequence number, after a report that was lost), a time-out. The caller reads on from where it knows the
//     partition: to find a record proves that it is there, not to find it proves nothing.
// After anything uncertain the producer is thrown away, with what it has not sent, and another one made: its sequence
// numbers have lost their meaning.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/kafka/client.h"

namespace ostraka::log {

class KafkaAppender final : public Appender {
 public:
  // Asks for the partition's end. Errors: not_found, denied, unavailable.
  static Result<std::unique_ptr<KafkaAppender>> open(SharedKafkaOptions options, const Clock& clock,
                                                     const PartitionName& name);
  ~KafkaAppender() override;

  Result<Offset> append(std::span<const std::string_view> records) override;
  Offset end() const override { return end_; }

  // Producers that were thrown away since the start.
  std::uint64_t producers_lost() const { return producers_lost_; }

 private:
  // What became of one record.
  struct Delivery {
    std::size_t* reported = nullptr;  // of the append
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::int64_t offset = RD_KAFKA_OFFSET_INVALID;
  };

  KafkaAppender(SharedKafkaOptions options, const Clock& clock, const PartitionName& name);

  Status make_producer();
  Status hand_over(std::span<const std::string_view> records, MonotonicTime deadline);
  Status wait_for_reports(MonotonicTime deadline);
  Result<Offset> first_of_contiguous() const;
  void throw_producer_away();
  tl::unexpected<Error> uncertain(std::string_view why) const;

  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*);

  const SharedKafkaOptions options_;  // the producer looks at them until it is gone
  const Clock& clock_;
  const std::string topic_;
  const Partition partition_;
  KafkaClient producer_;
  KafkaTopic handle_;  // the producer's, of the topic
  Offset end_;
  std::uint64_t producers_lost_ = 0;
  std::vector<Delivery> deliveries_;  // of the append that is under way
  std::size_t reported_ = 0;
};

}  // namespace ostraka::log

// Reads one partition of a topic from an offset on, by a consumer of its own that belongs to no group: positions are
// kept with what was read, never by Kafka.
//
// What it hands over is committed: a broker gives no consumer what a new leader might not have. Offsets are held to be
// contiguous; a topic in which they are not was compacted, cut or written to in transactions, and that is damage.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/kafka/client.h"

namespace ostraka::log {

class KafkaReader final : public Reader {
 public:
  // Asks for the partition's end: a topic that is not there is not_found.
  static Result<std::unique_ptr<KafkaReader>> open(SharedKafkaOptions options, const Clock& clock,
                                                   const PartitionName& name, Offset from);
  ~KafkaReader() override;

  Result<Records> read() override;
  Offset position() const override { return position_; }
  Result<Offset> end() override;
  bool wait(Milliseconds at_most) override;
  void interrupt() override;

 private:
  KafkaReader(SharedKafkaOptions options, const Clock& clock, const PartitionName& name, Offset from);

  Status begin_fetching();
  void fetch(Milliseconds at_most);
  void take(KafkaMessage message);
  Result<bool> has_more();

  const SharedKafkaOptions options_;  // the consumer looks at them until it is gone
  const Clock& clock_;
  const std::string topic_;
  const Partition partition_;
  KafkaClient consumer_;
  KafkaQueue queue_;  // the consumer's
  bool fetches_ = false;
  Offset position_;
  std::deque<KafkaMessage> ahead_;          // from position_ on
  std::vector<KafkaMessage> handed_over_;   // what the last read() gave points into them
  std::optional<Error> error_;              // to be told by the next read()
  std::atomic<bool> interrupted_{false};
};

}  // namespace ostraka::log

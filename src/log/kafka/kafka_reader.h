// Reads one partition of a topic from an offset on, by a consumer of its own that belongs to no group: positions are
// kept with what was read, never by Kafka.
//
// What it hands over is committed: a broker gives no consumer what a new leader might not have. Offsets are held to be
// contiguous; a topic in which they are not was compacted, cut or written to in transactions, and that is damage: this
// reader says so for good. What a broker says in passing (`unavailable`) is forgotten: the next read() asks afresh.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/kafka/partition_bounds.h"

namespace ostraka::log {

class KafkaReader final : public Reader {
 public:
  enum class From {
    an_end_once,   // an end before it is that of a leader that does not know better yet, and not believed
    perhaps_more,  // nobody knows that the partition reaches there
  };
  // Asks where the partition begins. Errors: not_found (no such topic or partition), damaged (it does not begin at 0),
  // denied, unavailable.
  static Result<std::unique_ptr<KafkaReader>> open(SharedKafkaOptions options, const Clock& clock,
                                                   const PartitionName& name, Offset from,
                                                   From known = From::an_end_once);
  ~KafkaReader() override;

  Result<Records> read() override;
  Offset position() const override { return position_; }
  Result<Offset> end() override;
  bool wait(Milliseconds at_most) override;
  void interrupt() override;

  // When the first record of the last read() was written, as Kafka keeps it. REQUIRES: there was one.
  std::int64_t timestamp_of_first() const;

 private:
  KafkaReader(SharedKafkaOptions options, const Clock& clock, const PartitionName& name, Offset from);

  Status open_consumer();
  Status begin_fetching();
  void look_again_at(Offset offset, const Error& error);
  void fetch(Milliseconds at_most);
  void take(KafkaMessage message);
  Result<bool> has_more(Milliseconds at_most, const std::atomic<bool>* interrupted);
  Offset next_ahead() const { return position_.plus(ahead_.size()); }

  const SharedKafkaOptions options_;  // the consumer looks at them until it is gone
  const Clock& clock_;
  const std::string topic_;
  const Partition partition_;
  KafkaClient consumer_;
  KafkaQueue queue_;                      // the consumer's
  std::optional<PartitionBounds> bounds_;  // its too
  bool fetches_ = false;
  Offset position_;
  std::deque<KafkaMessage> ahead_;          // from position_ on
  std::vector<KafkaMessage> handed_over_;   // what the last read() gave points into them
  std::optional<Error> damage_;             // at next_ahead()
  std::optional<Offset> bad_once_;          // what came there was not what was sent: perhaps only on the way
  std::atomic<bool> interrupted_{false};
};

}  // namespace ostraka::log

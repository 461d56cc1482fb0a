// Where a partition begins and ends, as its leader says.
//
// A leader may be away, may have changed, or may be new and not know yet how far its followers are: then it is asked
// again until the time is over. An end never goes back: one that lies before an earlier one is a leader that does not
// know yet, and what it said is not believed.
#pragma once

#include <atomic>

#include "log/kafka/client.h"

namespace ostraka::log {

// Owned by one thread at a time; the client outlives it.
class PartitionBounds {
 public:
  PartitionBounds(rd_kafka_t* client, std::string topic, Partition partition, const Clock& clock);

  // The committed end. Blocks. Ends early once `interrupted` (which may be null) becomes true. Errors: not_found (before
  // the partition was ever seen), denied, unavailable.
  Result<Offset> end(Milliseconds at_most, const std::atomic<bool>* interrupted = nullptr);

  // Errors: damaged when the first offset is not 0: records were removed; and as above.
  Status check_begin(Milliseconds at_most);

  // Somebody knows that the partition reaches there.
  void reaches(Offset end) { known_end_ = std::max(known_end_, end); }
  Offset known_end() const { return known_end_; }

 private:
  // Whether the cluster knows of the partition, with a leader or without.
  bool is_there(Milliseconds at_most) const;
  // One question, to who is believed to be the leader.
  Result<std::int64_t> ask(std::int64_t which, Milliseconds at_most);
  Result<std::int64_t> ask_until_answered(std::int64_t which, std::int64_t at_least, Milliseconds at_most,
                                          const std::atomic<bool>* interrupted);

  rd_kafka_t* const client_;
  const std::string topic_;
  const Partition partition_;
  const Clock& clock_;
  const KafkaTopic handle_;  // with it the client looks for the partition's leader by itself
  bool was_seen_ = false;
  Offset known_end_;
};

}  // namespace ostraka::log

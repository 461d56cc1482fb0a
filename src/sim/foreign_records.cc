#include "sim/foreign_records.h"

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "ostraka/v1/ballot_records.pb.h"
#include "sim/observer.h"

namespace ostraka::sim {
namespace {

// One that is to be found in no other partition either: nothing but its partition keeps it from counting.
std::string of_another_partition(v1::BallotRecord record, Partition partition, std::uint32_t partitions, Rng& rng) {
  std::string& key = *record.mutable_vote()->mutable_voter_key();
  do {
    key[7] = static_cast<char>(rng.next());  // the last of the bytes that choose the partition
    key[15] = static_cast<char>(rng.next());
  } while (partition_of(*VoterKey::from_bytes(key), partitions) == partition);
  return record.SerializeAsString();
}

std::string without_ballot(v1::BallotRecord record, Rng& rng) {
  record.mutable_vote()->mutable_voter_key()->back() = static_cast<char>(rng.next());
  record.mutable_vote()->set_ballot(std::string("\x02\x01\x01", 3));  // by no method: an option twice
  return record.SerializeAsString();
}

std::string foreign_record(const std::string& found, Partition partition, std::uint32_t partitions, Rng& rng) {
  v1::BallotRecord record;
  if (rng.chance(0.1)) {
    return "no record";
  }
  if (!record.ParseFromString(found) || !record.has_vote() || rng.chance(0.4)) {
    return found;
  }
  return partitions > 1 && rng.chance(0.5) ? of_another_partition(std::move(record), partition, partitions, rng)
                                           : without_ballot(std::move(record), rng);
}

}  // namespace

void write_foreign_records(Backend& backend, Partition partition, std::uint32_t partitions, Rng& rng,
                           History& history) {
  const auto found = Observer::read_all(backend, partition, history);
  if (found.empty()) {
    return;
  }
  std::vector<std::string> records;
  for (std::uint64_t left = 1 + rng.below(4); left > 0; --left) {
    records.push_back(foreign_record(found[rng.below(found.size())], partition, partitions, rng));
  }
  try {
    auto process = backend.start_process();
    if (!process) {
      return;
    }
    const auto appender = (*process)->log().open_appender({std::string(log::k_ballots_stream), partition});
    if (appender) {
      const std::vector<std::string_view> views(records.begin(), records.end());
      // Whatever becomes of it.
      [[maybe_unused]] const auto appended = (*appender)->append(views);
      ++history.foreign_writes;
    }
  } catch (const ProcessDied&) {
    return;
  }
}

}  // namespace ostraka::sim

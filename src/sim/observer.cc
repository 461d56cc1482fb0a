#include "sim/observer.h"

#include "ostraka/v1/ballot_records.pb.h"

namespace ostraka::sim {

void Observer::start() {
  auto process = backend_.start_process();
  if (!process) {
    history_.violations.push_back("a reading process: " + process.error().message);
    return;
  }
  process_ = std::move(*process);
  for (std::uint32_t partition = 0; partition < partitions_; ++partition) {
    auto reader =
        process_->log().open_reader({std::string(log::k_ballots_stream), Partition{partition}}, positions_[partition]);
    if (!reader) {
      history_.violations.push_back("a reader: " + reader.error().message);
      continue;
    }
    readers_[partition] = std::move(*reader);
  }
}

void Observer::power_lost() {
  readers_.clear();
  if (process_) {
    process_->kill();
  }
  process_.reset();
}

void Observer::look(Partition partition) {
  const auto reader = readers_.find(partition.value);
  if (reader == readers_.end()) {
    return;
  }
  while (true) {
    const auto read = reader->second->read();
    if (!read) {
      history_.violations.push_back("reading along: " + read.error().message);
      return;
    }
    if (read->records.empty()) {
      break;
    }
    for (const std::string_view bytes : read->records) {
      v1::BallotRecord record;
      if (record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && record.has_closed()) {
        history_.closed_seen.emplace(std::pair(record.closed().election(), partition.value), time_.wall());
      }
    }
  }
  positions_[partition.value] = reader->second->position();
}

std::vector<std::string> Observer::read_all(Backend& backend, Partition partition, History& history) {
  std::vector<std::string> records;
  auto process = backend.start_process();
  if (!process) {
    history.violations.push_back("the last reader: " + process.error().message);
    return records;
  }
  {
    auto reader = (*process)->log().open_reader({std::string(log::k_ballots_stream), partition}, Offset{0});
    while (reader) {
      const auto read = (*reader)->read();
      if (!read) {
        history.violations.push_back("the last reader: " + read.error().message);
        break;
      }
      if (read->records.empty()) {
        break;
      }
      records.insert(records.end(), read->records.begin(), read->records.end());
    }
  }
  (*process)->kill();
  return records;
}

}  // namespace ostraka::sim

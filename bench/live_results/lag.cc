#include "live_results/lag.h"

#include "base/check.h"

namespace ostraka::bench {

void Lag::sample(std::uint64_t partition, std::uint64_t offset, Time answered) {
  check(partition < k_partitions_max, "a receipt's partition");
  samples_[partition].push_back({offset, answered});
}

Lag::Document Lag::document(std::string_view covers_text) {
  if (covers_text == last_text_) {
    return last_;
  }
  auto found = ids_.find(covers_text);
  if (found == ids_.end()) {
    found = ids_.emplace(std::string(covers_text), static_cast<Document>(documents_.size())).first;
    documents_.push_back(parse_covers(covers_text));
  }
  last_text_ = covers_text;
  last_ = found->second;
  return last_;
}

void Lag::begin(Viewer& viewer) const {
  for (std::size_t partition = 0; partition < k_partitions_max; ++partition) {
    viewer.covered[partition] = static_cast<std::uint32_t>(samples_[partition].size());
  }
}

void Lag::arrived(Viewer& viewer, Document document, Time now, Histogram& waits) const {
  const Covers& before = documents_[viewer.document];
  const Covers& after = documents_[document];
  for (std::size_t partition = 0; partition < k_partitions_max; ++partition) {
    const std::vector<Sample>& samples = samples_[partition];
    std::uint32_t& next = viewer.covered[partition];
    while (next < samples.size() && samples[next].offset < after[partition]) {
      const bool was_covered = samples[next].offset < before[partition];
      waits.add(was_covered ? std::chrono::nanoseconds(0) : now - samples[next].answered);
      ++next;
    }
  }
  viewer.document = document;
}

std::uint64_t Lag::uncovered(const Viewer& viewer) const {
  std::uint64_t count = 0;
  for (std::size_t partition = 0; partition < k_partitions_max; ++partition) {
    // Covered by the document at hand counts as seen: no later one had to say it again.
    for (std::size_t i = viewer.covered[partition]; i < samples_[partition].size(); ++i) {
      count += samples_[partition][i].offset < documents_[viewer.document][partition] ? 0 : 1;
    }
  }
  return count;
}

bool Lag::has_reached(const Viewer& viewer, const Viewer& moment) const {
  for (std::size_t partition = 0; partition < k_partitions_max; ++partition) {
    for (std::size_t i = viewer.covered[partition]; i < moment.covered[partition]; ++i) {
      if (samples_[partition][i].offset >= documents_[viewer.document][partition]) {
        return false;
      }
    }
  }
  return true;
}

std::uint64_t Lag::samples() const {
  std::uint64_t count = 0;
  for (const auto& of_partition : samples_) {
    count += of_partition.size();
  }
  return count;
}

}  // namespace ostraka::bench

// From a vote's 201 to the document that covers it, for every viewer. Pure: time is handed in.
//
// Of the votes some are sampled: partition, offset, and when their 201 came. Each viewer keeps, a partition, how many
// of the samples its documents have covered. A document that covers the next ones ends their wait; a sample that the
// viewer's document covered already when its 201 came has waited for nothing. Samples of a partition are gone through
// in the order in which their answers came; where two answers overtook each other the first is said to wait for the
// second, so that a lag may be overstated by a few milliseconds and is never understated.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "live_results/event_scan.h"
#include "load/core/histogram.h"

namespace ostraka::bench {

using load::Histogram;

using Time = std::chrono::steady_clock::time_point;

class Lag {
 public:
  using Document = std::uint32_t;

  // What one viewer has seen.
  struct Viewer {
    Document document = 0;
    std::array<std::uint32_t, k_partitions_max> covered{};  // samples, by partition
  };

  // Document 0 covers nothing.
  Lag() : documents_(1) {}

  void sample(std::uint64_t partition, std::uint64_t offset, Time answered);

  // The same text is the same document.
  Document document(std::string_view covers_text);
  const Covers& covers(Document document) const { return documents_[document]; }

  // A viewer that begins now waits for none of the samples so far.
  void begin(Viewer& viewer) const;
  // The document reached the viewer. `waits` gets the lag of every sample that it covers first.
  void arrived(Viewer& viewer, Document document, Time now, Histogram& waits) const;
  // Samples that the viewer has not seen covered.
  std::uint64_t uncovered(const Viewer& viewer) const;
  // Whether the viewer's document covers all samples up to a moment that begin() marked.
  bool has_reached(const Viewer& viewer, const Viewer& moment) const;

  std::uint64_t samples() const;
  std::size_t documents() const { return documents_.size() - 1; }

 private:
  struct Sample {
    std::uint64_t offset;
    Time answered;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  std::array<std::vector<Sample>, k_partitions_max> samples_;
  std::vector<Covers> documents_;
  std::unordered_map<std::string, Document, TextHash, std::equal_to<>> ids_;
  std::string last_text_;
  Document last_ = 0;
};

}  // namespace ostraka::bench

#include "tally/exact_rounds.h"

#include "tally/core/tally.h"

namespace ostraka::tally {

namespace {

Status read_partition(log::Log& log, const election::Catalogue& catalogue, TallyPartition& counted,
                      const std::atomic<bool>& stop) {
  auto reader = log.open_reader({std::string(log::k_ballots_stream), counted.partition()}, Offset{0});
  if (!reader) {
    return tl::make_unexpected(reader.error());
  }
  for (;;) {
    if (stop) {
      return fail(ErrorKind::unavailable, "stopped");
    }
    const Result<log::Records> batch = (*reader)->read();
    if (!batch) {
      return tl::make_unexpected(batch.error());
    }
    if (batch->records.empty()) {
      return {};
    }
    for (const std::string_view record : batch->records) {
      if (const auto verdict = counted.apply(catalogue, counted.next(), record); !verdict) {
        return tl::make_unexpected(verdict.error());
      }
    }
  }
}

}  // namespace

Result<election::results::ElectionCounts> count_exactly(log::Log& log, const election::Catalogue& catalogue,
                                                        const std::string& election, std::uint32_t partitions,
                                                        const std::atomic<bool>& stop) {
  TallyOptions options;
  options.only_election = election;
  options.distinct_rankings_max = election::counting::k_distinct_rankings_unlimited;
  Tally tally(partitions, options);
  for (std::uint32_t i = 0; i < partitions; ++i) {
    if (const Status read = read_partition(log, catalogue, tally.partition(Partition{i}), stop); !read) {
      return tl::make_unexpected(read.error());
    }
  }
  return tally.of(election, catalogue);
}

}  // namespace ostraka::tally

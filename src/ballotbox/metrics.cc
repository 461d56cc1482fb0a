#include "ballotbox/metrics.h"

#include <functional>
#include <string>

namespace ostraka::ballotbox {

namespace {

// Of a partition that is not here: what one says that has just been begun.
using StatusOf = std::function<PartitionStatus()>;

void add_counters(service::Metrics& metrics, const StatusOf& status, const std::string& label) {
  for (std::size_t i = 1; i < k_cast_outcomes; ++i) {
    metrics.counter_of(
        "ostraka_ballotbox_answers_total", "Votes answered, by outcome.",
        [status, i] { return static_cast<double>(status().counters.answers[i]); },
        {{"partition", label}, {"outcome", std::string(cast_outcome_name(static_cast<CastOutcome>(i)))}});
  }
  for (std::size_t i = 0; i < once::k_verdicts; ++i) {
    metrics.counter_of(
        "ostraka_ballotbox_records_total", "Vote records of the log, by the fold's verdict.",
        [status, i] { return static_cast<double>(status().verdicts.by_verdict[i]); },
        {{"partition", label}, {"verdict", std::string(once::verdict_name(static_cast<once::Verdict>(i)))}});
  }
  const auto counter = [&](const char* name, const char* help, auto read) {
    metrics.counter_of(name, help, [status, read] { return static_cast<double>(read(status())); },
                       {{"partition", label}});
  };
  counter("ostraka_ballotbox_appends_total", "Appends to the log.",
          [](const PartitionStatus& s) { return s.counters.appends; });
  counter("ostraka_ballotbox_appends_refused_total", "Appends that the log refused: disk full.",
          [](const PartitionStatus& s) { return s.counters.appends_refused; });
  counter("ostraka_ballotbox_appends_uncertain_total", "Appends whose outcome is unknown.",
          [](const PartitionStatus& s) { return s.counters.appends_uncertain; });
  counter("ostraka_ballotbox_records_unreadable_total", "Records of the log that are neither vote nor marker.",
          [](const PartitionStatus& s) { return s.unreadable; });
}

void add_gauges(service::Metrics& metrics, const StatusOf& status, const std::string& label) {
  const auto gauge = [&](const char* name, const char* help, auto read) {
    metrics.gauge_of(name, help, [status, read] { return static_cast<double>(read(status())); },
                     {{"partition", label}});
  };
  gauge("ostraka_ballotbox_index_entries", "Voters in the who-has-voted index.",
        [](const PartitionStatus& s) { return s.index_entries; });
  gauge("ostraka_ballotbox_queued_votes", "Votes that wait for the partition's thread.",
        [](const PartitionStatus& s) { return s.queued; });
  gauge("ostraka_ballotbox_end_offset", "Records applied.", [](const PartitionStatus& s) { return s.end; });
  gauge("ostraka_ballotbox_replayed_from_offset", "Where reading the log began at the start: what the snapshot covered.",
        [](const PartitionStatus& s) { return s.replayed_from; });
  gauge("ostraka_ballotbox_closing_waits", "1 while an end by schedule waits because the clocks disagree: an alarm.",
        [](const PartitionStatus& s) { return s.closing_waits ? 1 : 0; });
  gauge("ostraka_ballotbox_serves", "1 while votes of this partition are answered here.",
        [](const PartitionStatus& s) { return s.serves ? 1 : 0; });
  gauge("ostraka_ballotbox_election_faults", "Elections whose opened marker contradicts the elections stream: an alarm.",
        [](const PartitionStatus& s) { return s.faults; });
}

}  // namespace

void add_partition_metrics(service::Metrics& metrics, const Partitions& partitions, std::uint32_t partitions_count,
                           const CastStream& stream) {
  for (std::uint32_t i = 0; i < partitions_count; ++i) {
    const StatusOf status = [&partitions, i] {
      const auto partition = partitions.find(Partition{i});
      return partition ? partition->status() : PartitionStatus{};
    };
    const std::string label = std::to_string(i);
    add_counters(metrics, status, label);
    add_gauges(metrics, status, label);
  }
  metrics.gauge_of("ostraka_ballotbox_partitions_held", "Partitions that are served here, those that left included.",
                   [&partitions] { return static_cast<double>(partitions.held().size()); });
  metrics.counter_of("ostraka_ballotbox_votes_refused_at_once_total", "Votes refused because a queue was full.",
                     [&stream] { return static_cast<double>(stream.votes_refused_at_once()); });
  metrics.counter_of("ostraka_ballotbox_votes_not_taken_total", "Votes of partitions that are not served here.",
                     [&stream] { return static_cast<double>(stream.votes_not_taken()); });
}

}  // namespace ostraka::ballotbox

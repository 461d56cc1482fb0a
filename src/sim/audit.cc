#include "sim/audit.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "election/results/document.h"
#include "election/results/merger.h"
#include "recount/recount.h"
#include "sim/counting_log.h"
#include "tally/core/tally.h"

namespace ostraka::sim {
namespace {

using election::results::ElectionCounts;
using election::results::PartitionCounts;

class Audit {
 public:
  Audit(NodeWorld& world, log::Log& log) : world_(world), log_(log) {}

  // False: see audit().
  Result<bool> run(Offset elections_end);

 private:
  Status read_and_fold();
  Result<tally::Tally> tally_all();
  Status recount_and_compare(const election::Entry& entry, const ElectionCounts& counted);
  void compare_voters(const std::string& id, const recount::Recount& recounted, const std::set<VoterKey>& voters);
  void compare_documents(const election::Entry& entry, const ElectionCounts& counted, const std::string& document);
  template <class... Args>
  void violated(fmt::format_string<Args...> format, Args&&... args) {
    world_.history.violations.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  NodeWorld& world_;
  log::Log& log_;
  std::shared_ptr<const election::Catalogue> catalogue_;
  std::vector<NaivePartition> folds_;
};

Result<bool> Audit::run(Offset elections_end) {
  auto reader = CatalogueReader::open(log_, world_.catalogue_memo);
  if (!reader) {
    return tl::make_unexpected(reader.error());
  }
  auto catalogue = (*reader)->caught_up();
  if (!catalogue) {
    return tl::make_unexpected(catalogue.error());
  }
  catalogue_ = std::move(*catalogue);
  if (catalogue_->position() != elections_end) {
    return false;
  }
  if (const Status read = read_and_fold(); !read) {
    return tl::make_unexpected(read.error());
  }
  auto tally = tally_all();
  if (!tally) {
    return tl::make_unexpected(tally.error());
  }
  for (const ElectionCounts& counted : tally->all(*catalogue_)) {
    for (const std::string& difference : differences(counted, folds_)) {
      world_.history.violations.push_back(difference);
    }
    const auto entry = catalogue_->find(counted.election);
    if (const Status compared = recount_and_compare(*entry, counted); !compared) {
      return tl::make_unexpected(compared.error());
    }
  }
  return true;
}

Status Audit::read_and_fold() {
  for (std::uint32_t partition = 0; partition < world_.plan.partitions; ++partition) {
    auto reader = log_.open_reader({std::string(log::k_ballots_stream), Partition{partition}}, Offset{0});
    if (!reader) {
      return tl::make_unexpected(reader.error());
    }
    std::vector<std::string> records;
    while (true) {
      const auto read = (*reader)->read();
      if (!read) {
        return tl::make_unexpected(read.error());
      }
      if (read->records.empty()) {
        break;
      }
      records.insert(records.end(), read->records.begin(), read->records.end());
    }
    folds_.push_back(naive_fold(records, Partition{partition}, world_.history.elections));
  }
  return {};
}

Result<tally::Tally> Audit::tally_all() {
  const auto log = counting_log(world_.variant, Counter::tally, log_);
  tally::Tally tally(world_.plan.partitions);
  for (std::uint32_t number = 0; number < tally.partitions(); ++number) {
    auto& partition = tally.partition(Partition{number});
    auto reader = log->open_reader({std::string(log::k_ballots_stream), Partition{number}}, Offset{0});
    if (!reader) {
      return tl::make_unexpected(reader.error());
    }
    while (true) {
      const auto read = (*reader)->read();
      if (!read) {
        return tl::make_unexpected(read.error());
      }
      if (read->records.empty()) {
        break;
      }
      for (const std::string_view record : read->records) {
        if (const auto verdict = partition.apply(*catalogue_, partition.next(), record); !verdict) {
          return tl::make_unexpected(verdict.error());
        }
      }
    }
    if (partition.unreadable() != folds_[number].unreadable || partition.voters() != folds_[number].counted.size()) {
      violated(
          "promise 6: in partition {} the tally has {} voters and {} unreadable records, the naive count {} and {}",
          number, partition.voters(), partition.unreadable(), folds_[number].counted.size(), folds_[number].unreadable);
    }
  }
  return tally;
}

Status Audit::recount_and_compare(const election::Entry& entry, const ElectionCounts& counted) {
  const auto log = counting_log(world_.variant, Counter::recount, log_);
  std::set<VoterKey> voters;
  recount::RecountOptions options;
  options.as_of = world_.time.wall();
  options.on_voter = [&](const VoterKey& voter) { voters.insert(voter); };
  const auto recounted = recount::recount(*log, entry.definition.id, options);
  if (!recounted) {
    return tl::make_unexpected(recounted.error());
  }
  if (entry.partitions == 0) {
    return {};  // never opened: there is nothing to count, and nobody covers anything
  }
  compare_voters(entry.definition.id, *recounted, voters);
  compare_documents(entry, counted, recounted->document);
  return {};
}

void Audit::compare_voters(const std::string& id, const recount::Recount& recounted, const std::set<VoterKey>& voters) {
  std::set<VoterKey> expected;
  std::uint64_t unreadable = 0;
  for (const NaivePartition& fold : folds_) {
    unreadable += fold.unreadable;
    for (const auto& [who, at] : fold.counted) {
      if (who.first == id) {
        expected.insert(who.second);
      }
    }
  }
  if (voters != expected || recounted.voters != expected.size()) {
    violated("promise 6: the recount of {} has {} voters, and the naive count {}, or others", id, voters.size(),
             expected.size());
  }
  if (recounted.unreadable != unreadable) {
    violated("promise 6: the recount of {} finds {} unreadable records, the naive count {}", id, recounted.unreadable,
             unreadable);
  }
  // The simulated identity service writes no issues: the recount must say so of every voter.
  if (recounted.issued != 0 || recounted.never_issued_count != recounted.voters) {
    violated("promise 4: the recount of {} finds issues that nobody made", id);
  }
}

void Audit::compare_documents(const election::Entry& entry, const ElectionCounts& counted,
                              const std::string& document) {
  election::results::ResultMerger merger;
  merger.merge(counted);
  const std::string live = results_json(entry.definition, {entry.state, entry.partitions, world_.time.wall()},
                                        merger.of(entry.definition.id));
  auto recounted = nlohmann::json::parse(document);
  for (const char* own : {"recounted", "voters", "issued"}) {
    recounted.erase(own);
  }
  if (nlohmann::json::parse(live) != recounted) {
    violated("promise 6: the recount of {} says {}, and the tally {}", entry.definition.id, document, live);
  }
}

}  // namespace

std::vector<std::string> differences(const ElectionCounts& counts, const std::vector<NaivePartition>& folds) {
  std::vector<std::string> differences;
  if (counts.partitions.size() != folds.size()) {
    differences.push_back(
        fmt::format("promise 6: the tally of {} has {} partitions", counts.election, counts.partitions.size()));
    return differences;
  }
  for (std::size_t i = 0; i < folds.size(); ++i) {
    const PartitionCounts& tally = counts.partitions[i];
    const NaiveCounts naive = naive_counts(folds[i], counts.election);
    if (tally.opened != folds[i].opened.contains(counts.election) || tally.closed != naive.closed) {
      differences.push_back(
          fmt::format("promise 5: the tally of {} misses a marker in partition {}", counts.election, i));
    }
    const std::vector<std::uint64_t> none(k_options, 0);
    const auto& votes = tally.contests.empty() ? none : tally.contests[0];
    if (tally.counted != naive.counted || tally.repeated != naive.repeated || tally.outside != naive.outside ||
        votes != naive.votes) {
      differences.push_back(
          fmt::format("promise 6: the tally of {} in partition {} has {} counted, {} repeated, {} outside, votes {}; "
                      "the naive count "
                      "{}, {}, {}, votes {}",
                      counts.election, i, tally.counted, tally.repeated, tally.outside, fmt::join(votes, " "),
                      naive.counted, naive.repeated, naive.outside, fmt::join(naive.votes, " ")));
    }
    if (tally.counted + tally.repeated + tally.held + tally.outside != naive.records) {
      differences.push_back(
          fmt::format("promise 6: the tally's verdicts on {} in partition {} do not add up to its {} "
                      "vote records",
                      counts.election, i, naive.records));
    }
  }
  return differences;
}

bool audit(NodeWorld& world, Offset elections_end) {
  try {
    auto process = world.backend.start_process();
    if (!process) {
      return false;
    }
    const auto audited = Audit(world, (*process)->log()).run(elections_end);
    if (!audited) {
      world.history.violations.push_back("an audit: " + audited.error().message);
    }
    return audited && *audited;
  } catch (const ProcessDied&) {
    return false;
  }
}

}  // namespace ostraka::sim

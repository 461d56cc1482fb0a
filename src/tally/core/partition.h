// One partition of `ballots`, as the tally reads it: a verdict for each record, and the counts that follow.
//
// The same rules as the once-ledger's, in code of its own (docs/decisions/0032): markers first, of which the first of
// each kind counts and an opened one behind a closed one does not; then for a vote the window, the partition, the
// ballot, the voter, in this order.
//
// Guarantees: verdicts depend on the records before and on the definitions only; counted + repeated + held + outside of
// an election are its vote records, and with the markers and the unreadable ones they are all records before next().
//
// Owned by one thread. Pure. Memory: the voters of all its elections (about 17 bytes each), and the rankings since the
// last take_change(), at most `distinct_rankings_max` a contest.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "election/ballot.h"
#include "election/catalogue.h"
#include "election/counting/ranking_counts.h"
#include "election/results/counts.h"
#include "ostraka/v1/ballot_records.pb.h"
#include "tally/core/plain_vote.h"
#include "tally/core/voter_set.h"

namespace ostraka::tally {

enum class Verdict {
  counted,
  repeated,        // the voter has a ballot that counts
  outside_window,  // before the opened marker, behind the closed one, or never opened here
  misplaced,       // the voter belongs to another partition
  invalid_ballot,  // not a ballot that the definition allows
  marker,          // opened or closed, the first of its kind
  ignored_marker,
  unreadable,  // neither vote nor marker
  skipped,     // of an election that this tally does not count (TallyOptions::only_election)
};

struct TallyOptions {
  std::size_t distinct_rankings_max = election::counting::k_distinct_rankings_max;
  std::string only_election;  // empty: all
};

// What became known of one election in one partition since the last time: absolute counts, and the rankings that came.
struct PartitionChange {
  election::results::PartitionCounts counts;
  std::vector<election::counting::RankingCounts> rankings;  // one a contest; empty until opened
};

// What is told of each voter whose ballot counts, when it begins to; `voters` is the set that the voter was put in.
class VoterWatcher {
 public:
  virtual ~VoterWatcher() = default;
  virtual void on_voter(const VoterSet& voters, const VoterKey& voter) = 0;
};

// A partition as it was at an offset, for one that is to go on from there.
struct PartitionImage {
  struct Election {
    std::string id;
    std::optional<v1::OpenedMarker> marker;
    election::results::PartitionCounts counts;
    VoterSet voters;
  };
  Offset next;
  std::uint64_t markers = 0;
  std::uint64_t unreadable = 0;
  std::vector<Election> elections;
};

class TallyPartition {
 public:
  explicit TallyPartition(Partition partition, TallyOptions options = {});

  // The record at `at`. REQUIRES: at == next(), for a gap would be a forgotten vote.
  // Errors leave everything as it was. not_found: an opened marker of an election whose opening the catalogue does not
  // know yet; the opening was durable before the marker, so let the catalogue catch up and apply the record again.
  // damaged: the marker contradicts the opening (or the opening is not there, after catching up): stop, loudly.
  Result<Verdict> apply(const election::Catalogue& catalogue, Offset at, std::string_view record);

  // Has the memory brought nearer that a record will need which is applied soon: k_look_ahead records later is a good
  // time. Never needed for what apply() says.
  static constexpr std::size_t k_look_ahead = 8;
  void prefetch(std::string_view record) const;

  Partition partition() const { return partition_; }
  Offset next() const { return next_; }

  // The elections that records were about since the last call.
  std::set<std::string> take_changed_elections();
  // Rankings are handed over: two calls never give the same ones.
  PartitionChange take_change(std::string_view election);

  // Index snapshots (tally_snapshots.h).
  struct ElectionView {
    const std::string& id;
    const std::optional<v1::OpenedMarker>& marker;
    const election::results::PartitionCounts& counts;
    const VoterSet& voters;
  };
  std::vector<ElectionView> elections() const;
  // At most one; null for none.
  void watch(VoterWatcher* watcher) { watcher_ = watcher; }
  // Goes on from an image of this partition. Errors leave everything as it was: not_found as apply(); invalid when the
  // image contradicts itself or the catalogue.
  Status adopt(PartitionImage image, const election::Catalogue& catalogue);

  std::uint64_t markers() const { return markers_; }
  std::uint64_t unreadable() const { return unreadable_; }
  std::uint64_t skipped() const { return skipped_; }
  std::size_t voters() const;

 private:
  struct Election {
    std::optional<v1::OpenedMarker> marker;        // the first opened one
    std::shared_ptr<const election::Entry> entry;  // from it on
    election::results::PartitionCounts counts;
    std::vector<election::counting::RankingCounts> rankings;  // since the last take_change()
    VoterSet voters;
    bool is_changed = false;  // since the last take_changed_elections()
  };

  bool is_wanted(std::string_view election) const;
  Election& election(std::string_view id);
  Result<std::shared_ptr<const election::Entry>> opening_of(const election::Catalogue& catalogue,
                                                            const v1::OpenedMarker& marker) const;
  Result<Verdict> judge(const election::Catalogue& catalogue);
  Result<Verdict> open(const election::Catalogue& catalogue, const v1::OpenedMarker& marker);
  Verdict close(const v1::ClosedMarker& marker);
  Verdict vote(const VoteView& vote);
  Verdict judge_vote(Election& election, const VoteView& vote);
  void count(Election& election, const VoteView& vote) const;
  std::vector<election::counting::RankingCounts> no_rankings(const Election& election) const;

  Partition partition_;
  TallyOptions options_;
  Offset next_;
  std::map<std::string, std::unique_ptr<Election>, std::less<>> elections_;
  Election* last_ = nullptr;  // the one that a record was about last, or none; and its id
  std::string_view last_id_;
  v1::BallotRecord record_;    // reused: parsing into it again keeps its buffers
  election::Choices choices_;  // of the ballot that is judged; reused
  std::uint64_t markers_ = 0;
  std::uint64_t unreadable_ = 0;
  std::uint64_t skipped_ = 0;
  VoterWatcher* watcher_ = nullptr;
};

}  // namespace ostraka::tally

// The fold: the records of one partition of `ballots`, in log order, in; the one true verdict of each, out.
//
// Intuition: the log is a queue at a polling station. Whoever stands first in it for a voter has voted; everyone behind
// is a repeat. The doors (the markers) stand in the same queue, so "in time" is a place, not an hour. Anybody who walks
// along the queue from its start comes to the same decisions: the owner of the partition, the next owner, the tally.
//
// Guarantees: a verdict depends on the records at smaller offsets and on nothing else; the first opened and the first
// closed marker of an election count, and an opened one behind a closed one does not (a closed election never reopens);
// per election the verdict counters add up to its vote records.
//
// Owned by one thread. Pure. Holds state for as many elections and voters as the log names.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "once/verdict.h"
#include "once/voter_index.h"

namespace ostraka::once {

// Whether the record's bytes are a ballot that the election's definition allows: the caller knows definitions, the
// ledger does not.
enum class BallotForm : std::uint8_t { valid, invalid };

struct VoteView {
  std::string_view election;
  VoterKey voter;
  std::uint64_t ballot_hash = 0;  // short_ballot_hash()
  BallotForm form = BallotForm::valid;
};

// A record's ballot_hash as the ledger keeps it: its first six bytes. REQUIRES: at least 8 bytes.
std::uint64_t short_ballot_hash(std::string_view ballot_hash);

struct Judgement {
  Verdict verdict = Verdict::malformed;
  Offset counts_at;  // counted: its own offset; a repeat: of the ballot that counts
};

enum class MarkerEffect : std::uint8_t { takes_effect, ignored };

// Where an election stands in this partition.
struct Window {
  std::optional<Offset> opened;
  std::optional<Offset> closed;
  std::uint32_t partitions = 0;  // as frozen by the opened marker
  bool is_open() const { return opened && !closed; }
};

// A number for an election inside one ledger, cheaper to carry than its id.
struct ElectionNumber {
  std::uint32_t value = 0;
  auto operator<=>(const ElectionNumber&) const = default;
};

// What is told of each ballot that counts, when it begins to.
class CountedWatcher {
 public:
  virtual ~CountedWatcher() = default;
  virtual void on_counted(ElectionNumber election, const VoterKey& voter, const CountedBallot& ballot) = 0;
};

// A fold as it was at an offset, for one that is to go on from there.
struct FoldImage {
  struct Election {
    std::string id;
    Window window;
    VerdictCounts counts;
    VoterIndex voters;
  };
  Offset next;
  std::uint64_t unreadable = 0;
  std::uint64_t markers = 0;
  std::vector<Election> elections;  // by number
};

class Fold {
 public:
  explicit Fold(Partition partition) : partition_(partition) {}

  // Empty when the image contradicts itself: its counters do not add up to its records, an election has not as many
  // voters as ballots that count, or two have one id.
  static std::optional<Fold> from_image(Partition partition, FoldImage image);

  // At most one; null for none. It has to outlive the fold, or to be taken away.
  void watch(CountedWatcher* watcher) { watcher_ = watcher; }

  // Every apply is for the record at next(). REQUIRES: at == next(), for a gap would be a forgotten vote.
  Judgement apply_vote(const VoteView& vote, Offset at);
  // A marker of zero partitions is ignored: nobody could be in the right one.
  MarkerEffect apply_opened(std::string_view election, std::uint32_t partitions, Offset at);
  MarkerEffect apply_closed(std::string_view election, Offset at);
  // A record that is neither vote nor marker: it takes its offset and is reported.
  void apply_unreadable(Offset at);

  // Everything before this offset has been applied.
  Offset next() const { return next_; }
  Partition partition() const { return partition_; }

  std::optional<ElectionNumber> number_of(std::string_view election) const;
  std::optional<CountedBallot> find(ElectionNumber election, const VoterKey& voter) const;
  // The voter will be looked up, or counted, in a moment.
  void prefetch(std::string_view election, const VoterKey& voter) const;
  const Window& window(ElectionNumber election) const { return elections_[election.value]->window; }
  const VerdictCounts& counts(ElectionNumber election) const { return elections_[election.value]->counts; }
  const VoterIndex& voters(ElectionNumber election) const { return elections_[election.value]->voters; }

  // By id, and all zero for an election that no record names.
  Window window_of(std::string_view election) const;
  VerdictCounts counts_of(std::string_view election) const;

  std::uint64_t unreadable_records() const { return unreadable_; }
  // Opened and closed markers, also those without effect.
  std::uint64_t marker_records() const { return markers_; }
  // The ids that records named so far.
  const std::map<std::string, ElectionNumber, std::less<>>& elections() const { return numbers_; }

  std::size_t index_entries() const;
  std::size_t index_bytes() const;

 private:
  struct Election {
    Window window;
    VerdictCounts counts;
    VoterIndex voters;
  };

  void advance(Offset at);
  Election& election(std::string_view id);
  Judgement judge(Election& election, const VoteView& vote, Offset at) const;

  Partition partition_;
  Offset next_;
  std::map<std::string, ElectionNumber, std::less<>> numbers_;
  std::vector<std::unique_ptr<Election>> elections_;  // by number
  std::uint64_t unreadable_ = 0;
  std::uint64_t markers_ = 0;
  CountedWatcher* watcher_ = nullptr;
};

}  // namespace ostraka::once

// The fold over record bytes: reads each record of the partition, judges its ballot by the definition that the opened
// marker fixed, and hands it to the once-ledger's fold. Replay, own markers and records of somebody else come this way.
//
// A definition is pinned when its election's opened marker takes effect. If the marker does not fit what the
// `elections` stream says (another definition, pepper or partition count, or an election that nobody opened), the
// election has a *fault*: the fold goes on, but its ballots cannot be judged, so nothing is accepted or answered for it
// here.
//
// Owned by the owner's thread. Pure.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ballotbox/core/ballot_record.h"
#include "ballotbox/core/rules.h"
#include "base/result.h"
#include "election/catalogue.h"
#include "once/fold.h"

namespace ostraka::ballotbox {

class RecordFold {
 public:
  // The entry of an election whose opened marker has been read; it is fresh enough to know of the opening. Null when
  // the stream does not know the election.
  using FindOpened = std::function<Result<std::shared_ptr<const election::Entry>>(std::string_view election)>;

  // REQUIRES: `rules` outlives it.
  RecordFold(Partition partition, std::uint32_t partitions, VoteRules& rules, FindOpened find_opened)
      : fold_(partition), partitions_(partitions), rules_(rules), find_opened_(std::move(find_opened)) {}

  // Applies the records from next() on. Errors: of find_opened, or unavailable as above; the record at next() is the one
  // that could not be applied then.
  Status apply(std::span<const std::string_view> records);

  // Applies a vote that was just appended, whose ballot has been judged already.
  once::Judgement apply_own(const once::VoteView& vote, Offset at) { return fold_.apply_vote(vote, at); }

  // Goes on from a fold of this partition as it was at its next(), with the markers that had taken effect. Errors: as
  // apply(); everything is as it was then.
  Status adopt(once::Fold fold, const std::vector<v1::OpenedMarker>& opened);

  // Of the fold: see there.
  void watch(once::CountedWatcher* watcher) { fold_.watch(watcher); }

  const once::Fold& fold() const { return fold_; }
  Offset next() const { return fold_.next(); }

  // As of the opened marker; null when the election is not opened here, or has a fault.
  const election::Entry* pinned(std::string_view election) const;
  // The one that took effect. REQUIRES: one did.
  const v1::OpenedMarker& opened_marker(std::string_view election) const;
  // Election id -> what is wrong.
  const std::map<std::string, std::string, std::less<>>& faults() const { return faults_; }
  void report_fault(std::string_view election, std::string what);

 private:
  // Read before they are applied, some at a time, so that the memory of their voters is on its way.
  static constexpr std::size_t k_read_ahead = 16;
  struct Read {
    RecordReader reader;
    RecordKind kind = RecordKind::unreadable;
  };
  void read_ahead(std::string_view record, Read& read) const;
  Status apply(const Read& read, Offset at);
  Status apply_opened(const v1::OpenedMarker& opened, Offset at);
  Result<std::shared_ptr<const election::Entry>> opening_of(const v1::OpenedMarker& opened);
  void pin(const v1::OpenedMarker& opened, std::shared_ptr<const election::Entry> entry);
  once::BallotForm form_of(const VoteFields& vote) const;

  once::Fold fold_;
  std::uint32_t partitions_;
  VoteRules& rules_;
  FindOpened find_opened_;
  std::array<Read, k_read_ahead> ahead_;
  std::map<std::string, v1::OpenedMarker, std::less<>> opened_;  // those that took effect
  std::map<std::string, std::shared_ptr<const election::Entry>, std::less<>> pinned_;
  std::map<std::string, std::string, std::less<>> faults_;
};

}  // namespace ostraka::ballotbox

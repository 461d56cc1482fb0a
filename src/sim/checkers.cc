#include "sim/checkers.h"

#include <fmt/core.h>

#include "once/verdict.h"
#include "sim/audit.h"
#include "sim/ballots.h"

namespace ostraka::sim {
namespace {

using ballotbox::CastOutcome;

// How much too early a close by schedule may be: a clock that was off at the start, and what the guard lets pass.
constexpr Milliseconds k_early_max = Milliseconds(400) + k_clock_disagreement_max;

class Checkers {
 public:
  explicit Checkers(World& world) : world_(world), history_(world.history()) {
    for (std::uint32_t partition = 0; partition < world.logs().size(); ++partition) {
      folds_.push_back(naive_fold(world.logs()[partition], Partition{partition}, history_.elections));
    }
  }

  std::vector<std::string> run() {
    violations_ = history_.violations;
    for (const Answered& answered : history_.answers) {
      check_answer(answered);
    }
    check_once();
    check_entitled();
    check_window();
    check_accounts();
    check_published();
    return std::move(violations_);
  }

 private:
  template <class... Args>
  void violated(fmt::format_string<Args...> format, Args&&... args) {
    violations_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  void violated_by(const Answered& answered, std::string_view what) {
    violated("{}: answer {} at partition {} offset {} to voter {} in {}", what,
             ballotbox::cast_outcome_name(answered.answer.outcome), answered.asked.value, answered.answer.offset.value,
             answered.request.voter.hex(), answered.request.election);
  }

  const NaiveVote* ballot_that_counts(const Answered& answered) const {
    const NaivePartition& fold = folds_[answered.asked.value];
    const auto found = fold.counted.find({answered.request.election, answered.request.voter});
    return found == fold.counted.end() ? nullptr : &fold.votes.at(found->second);
  }
  bool counts_at(const Answered& answered) const {
    const NaivePartition& fold = folds_[answered.asked.value];
    const auto found = fold.counted.find({answered.request.election, answered.request.voter});
    return found != fold.counted.end() && found->second == answered.answer.offset.value;
  }

  void check_answer(const Answered& answered) {
    const Request& request = answered.request;
    switch (answered.answer.outcome) {
      case CastOutcome::counted:
      case CastOutcome::already_counts:
        return check_same_ballot(answered);
      case CastOutcome::already_voted:
        return check_other_ballot(answered);
      case CastOutcome::not_open:
        return check_not_open(answered);
      case CastOutcome::unknown_election:
        return check_unknown(answered);
      case CastOutcome::invalid_token:
        // Where a clock jumped, good tokens look expired, or not valid yet.
        if (request.kind != RequestKind::forged_token && request.revision == answered.revision_then &&
            std::chrono::abs(answered.clock_off) < std::chrono::minutes(1)) {
          violated_by(answered, "a good token refused");
        }
        return;
      case CastOutcome::invalid_ballot:
        if (request.kind != RequestKind::invalid_ballot) {
          violated_by(answered, "a good ballot refused");
        }
        return;
      case CastOutcome::malformed_body:
        if (request.kind != RequestKind::malformed_body) {
          violated_by(answered, "a good body refused");
        }
        return;
      case CastOutcome::unavailable:
      case CastOutcome::not_taken:
        if (answered.request.quiet) {
          violated_by(answered, "no answer although nothing is wrong");
        }
        return;
    }
  }

  // 201 and 200: this very ballot is in the log and counts, at the place that the receipt names.
  void check_same_ballot(const Answered& answered) {
    const NaiveVote* vote = ballot_that_counts(answered);
    if (answered.request.kind != RequestKind::honest && answered.request.kind != RequestKind::misrouted) {
      violated_by(answered, "a request that is no vote was counted");
    } else if (vote == nullptr || !counts_at(answered)) {
      violated_by(answered, "promise 1: no ballot counts there");
    } else if (vote->ballot != canonical_of(answered.request.ballot, vote->method)) {
      violated_by(answered, "promise 3: another ballot counts");
    } else if (vote->ballot_hash != answered.answer.ballot_hash.view()) {
      violated_by(answered, "promise 3: the receipt's hash is not the record's");
    }
  }

  // 409: another ballot of the voter counts, at that place.
  void check_other_ballot(const Answered& answered) {
    const NaiveVote* vote = ballot_that_counts(answered);
    if (vote == nullptr || !counts_at(answered)) {
      violated_by(answered, "promise 3: no ballot counts there");
    } else if (answered.request.kind == RequestKind::forged_token ||
               answered.request.kind == RequestKind::malformed_body) {
      violated_by(answered, "promise 4: told somebody without a token");
    } else if (answered.request.kind != RequestKind::invalid_ballot &&
               vote->ballot == canonical_of(answered.request.ballot, vote->method)) {
      violated_by(answered, "promise 3: it is the same ballot that counts");
    }
  }

  // 403: not opened yet when the ballot box took the vote up; or closed here, and none of the voter's ballots counts.
  void check_not_open(const Answered& answered) {
    const auto facts = history_.elections.find(answered.request.election);
    if (facts == history_.elections.end()) {
      return violated_by(answered, "not open, but not defined either");
    }
    const auto& opened_at = facts->second.opened_at;
    if (!opened_at || *opened_at >= answered.elections_end) {
      return;
    }
    const NaivePartition& fold = folds_[answered.asked.value];
    const auto closed = fold.closed.find(answered.request.election);
    if (closed == fold.closed.end() || closed->second >= answered.partition_end.value) {
      violated_by(answered, "promise 3: refused although the election was open");
    } else if (ballot_that_counts(answered) != nullptr) {
      violated_by(answered, "promise 3: refused although the voter has a ballot that counts");
    }
  }

  void check_unknown(const Answered& answered) {
    const auto facts = history_.elections.find(answered.request.election);
    if (facts != history_.elections.end() && facts->second.defined_at < answered.elections_end) {
      violated_by(answered, "an election that exists is unknown");
    }
  }

  // Promise 2, across partitions too.
  void check_once() {
    std::set<std::pair<std::string, VoterKey>> seen;
    for (const NaivePartition& fold : folds_) {
      for (const auto& [who, at] : fold.counted) {
        if (!seen.insert(who).second) {
          violated("promise 2: voter {} is counted twice in {}", who.second.hex(), who.first);
        }
      }
    }
  }

  // Promise 4: counted is a part of issued.
  void check_entitled() {
    for (const NaivePartition& fold : folds_) {
      for (const auto& [who, at] : fold.counted) {
        if (!history_.issued.contains(who)) {
          violated("promise 4: voter {} in {} was never issued a token", who.second.hex(), who.first);
        }
      }
    }
  }

  // Promise 5: every partition is closed in the end, and none was before its time.
  void check_window() {
    for (const auto& [id, facts] : history_.elections) {
      for (std::uint32_t partition = 0; partition < folds_.size(); ++partition) {
        if (!folds_[partition].opened.contains(id) || !folds_[partition].closed.contains(id)) {
          violated("promise 5: {} has not both its markers in partition {}", id, partition);
          continue;
        }
        check_not_early(facts, partition);
      }
    }
  }

  void check_not_early(const ElectionFacts& facts, std::uint32_t partition) {
    const auto seen = history_.closed_seen.find({facts.id, partition});
    if (seen == history_.closed_seen.end()) {
      return violated("promise 5: nobody saw {} close in partition {}", facts.id, partition);
    }
    if (facts.closed_by_command && *facts.closed_by_command <= seen->second) {
      return;
    }
    // Whether some end that was in force had come before it was moved: a close that was on its way then may still land,
    // and the first closed marker counts.
    for (std::size_t i = 0; i < facts.ends.size(); ++i) {
      const WallTime until = i + 1 < facts.ends.size() ? std::min(facts.ends[i + 1].first, seen->second) : seen->second;
      const auto& end = facts.ends[i].second;
      if (facts.ends[i].first <= seen->second && end && *end <= until + k_early_max) {
        return;
      }
    }
    violated("promise 5: {} closed in partition {} at {}, before its end", facts.id, partition,
             to_rfc3339(seen->second));
  }

  // Promise 6: the owners' ledgers say what the plain recount says, record by record.
  void check_accounts() {
    for (const auto& node : world_.owners()) {
      if (node->owner() == nullptr) {
        violated("partition {} has no owner in the end: {}", node->partition().value, node->start_error());
        continue;
      }
      const once::Fold& ledger = node->owner()->fold();
      const NaivePartition& fold = folds_[node->partition().value];
      if (ledger.next().value != fold.end) {
        violated("promise 6: the ledger of partition {} is at {}, the log at {}", node->partition().value,
                 ledger.next().value, fold.end);
        continue;
      }
      check_accounts_of(ledger, fold);
    }
  }

  void check_accounts_of(const once::Fold& ledger, const NaivePartition& fold) {
    std::uint64_t votes = 0;
    for (const auto& [id, facts] : history_.elections) {
      const once::VerdictCounts counts = ledger.counts_of(id);
      votes += counts.total();
      for (std::size_t i = 0; i < once::k_verdicts; ++i) {
        const auto verdict = static_cast<once::Verdict>(i);
        const std::string name(once::verdict_name(verdict));
        const auto of_election = fold.verdicts.find(id);
        const bool known = of_election != fold.verdicts.end() && of_election->second.contains(name);
        const std::uint64_t expected = known ? of_election->second.at(name) : 0;
        if (counts.of(verdict) != expected) {
          violated("promise 6: {} {} in partition {}: the ledger has {}, the recount {}", id, name,
                   ledger.partition().value, counts.of(verdict), expected);
        }
      }
    }
    if (votes != fold.votes.size() || ledger.index_entries() != fold.counted.size()) {
      violated("promise 6: partition {} has {} vote records and {} counted, the ledger {} and {}",
               ledger.partition().value, fold.votes.size(), fold.counted.size(), votes, ledger.index_entries());
    }
  }

  // What the tally that followed along has published in the end; the rest is found while running (audit.h,
  // published_counts.h).
  void check_published() {
    const auto& latest = world_.tally().published().latest();
    for (const auto& [id, facts] : history_.elections) {
      const auto published = latest.find(id);
      if (published == latest.end()) {
        violated("promise 6: the result of {} was never published", id);
        continue;
      }
      for (std::string& difference : differences(published->second, folds_)) {
        violations_.push_back(std::move(difference));
      }
    }
  }

  World& world_;
  History& history_;
  std::vector<NaivePartition> folds_;
  std::vector<std::string> violations_;
};

}  // namespace

std::vector<std::string> check_promises(World& world) {
  return Checkers(world).run();
}

}  // namespace ostraka::sim

#include "tally/core/partition.h"

#include "base/broken.h"
#include "base/check.h"
#include "election/counting/votes.h"

namespace ostraka::tally {

namespace counting = election::counting;
using election::Catalogue;
using election::Definition;
using election::Method;

namespace {

constexpr std::size_t k_ballot_hash_bytes = 16;

const std::string* election_of(const v1::BallotRecord& record) {
  switch (record.kind_case()) {
    case v1::BallotRecord::kVote:
      return &record.vote().election();
    case v1::BallotRecord::kOpened:
      return &record.opened().election();
    case v1::BallotRecord::kClosed:
      return &record.closed().election();
    case v1::BallotRecord::KIND_NOT_SET:
      break;
  }
  return nullptr;
}

// Fields of the wrong length, or an election that no election can be called, are no fields of this format.
bool is_readable(const v1::BallotRecord& record) {
  const std::string* const election = election_of(record);
  if (election == nullptr || !is_identifier(*election)) {
    return false;
  }
  if (record.kind_case() != v1::BallotRecord::kVote) {
    return true;
  }
  return record.vote().voter_key().size() == VoterKey::k_bytes &&
         record.vote().ballot_hash().size() == k_ballot_hash_bytes;
}

}  // namespace

TallyPartition::TallyPartition(Partition partition, TallyOptions options)
    : partition_(partition), options_(std::move(options)) {}

Result<Verdict> TallyPartition::apply(const Catalogue& catalogue, Offset at, std::string_view record) {
  check(at == next_, "records are applied in log order, without a gap");
  if (const std::optional<VoteView> plain = read_plain_vote(record, last_id_); plain && is_wanted(plain->election)) {
    const Verdict verdict = vote(*plain);
    next_ = next_.next();
    return verdict;
  }
  if (!record_.ParseFromArray(record.data(), static_cast<int>(record.size())) || !is_readable(record_)) {
    ++unreadable_;
    next_ = next_.next();
    return Verdict::unreadable;
  }
  const std::string& id = *election_of(record_);
  if (!is_wanted(id)) {
    ++skipped_;
    next_ = next_.next();
    return Verdict::skipped;
  }
  Result<Verdict> verdict = judge(catalogue);
  if (verdict) {
    election(id).is_changed = true;
    next_ = next_.next();
  }
  return verdict;
}

Result<Verdict> TallyPartition::judge(const Catalogue& catalogue) {
  if (record_.kind_case() == v1::BallotRecord::kVote) {
    const v1::Vote& given = record_.vote();
    return vote({given.election(), *VoterKey::from_bytes(given.voter_key()), given.ballot(), given.development()});
  }
  if (record_.kind_case() == v1::BallotRecord::kClosed) {
    return close(record_.closed());
  }
  return open(catalogue, record_.opened());
}

bool TallyPartition::is_wanted(std::string_view election) const {
  return options_.only_election.empty() || election == options_.only_election;
}

void TallyPartition::prefetch(std::string_view record) const {
  const std::optional<VoteView> vote = read_plain_vote(record, last_id_);
  if (vote && last_ != nullptr && vote->election == last_id_) {
    last_->voters.prefetch(vote->voter);
  }
}

TallyPartition::Election& TallyPartition::election(std::string_view id) {
  if (last_ != nullptr && id == last_id_) {
    return *last_;
  }
  auto found = elections_.find(id);
  if (found == elections_.end()) {
    found = elections_.emplace(id, std::make_unique<Election>()).first;
    found->second->counts.partition = partition_;
  }
  last_ = found->second.get();
  last_id_ = found->first;
  return *last_;
}

Result<std::shared_ptr<const election::Entry>> TallyPartition::opening_of(const Catalogue& catalogue,
                                                                          const v1::OpenedMarker& marker) const {
  std::shared_ptr<const election::Entry> entry = catalogue.find(marker.election());
  if (entry == nullptr || entry->partitions == 0) {
    return fail(ErrorKind::not_found, "partition {}, offset {}: election {} was opened behind the catalogue's position",
                partition_.value, next_.value, marker.election());
  }
  if (entry->hash != marker.definition_hash() || entry->partitions != marker.partitions() ||
      entry->pepper_commitment != marker.pepper_commitment()) {
    return fail(ErrorKind::damaged, "partition {}, offset {}: the opened marker of {} contradicts its opening",
                partition_.value, next_.value, marker.election());
  }
  return entry;
}

Result<Verdict> TallyPartition::open(const Catalogue& catalogue, const v1::OpenedMarker& marker) {
  Election& state = election(marker.election());
  if (state.counts.opened || state.counts.closed || marker.partitions() == 0) {
    ++markers_;
    return Verdict::ignored_marker;
  }
  auto entry = opening_of(catalogue, marker);
  if (!entry) {
    return tl::make_unexpected(entry.error());
  }
  ++markers_;
  state.marker = marker;
  state.entry = std::move(*entry);
  state.counts.opened = true;
  for (const election::Contest& contest : state.entry->definition.contests) {
    state.counts.contests.emplace_back(contest.options.size(), 0);
  }
  state.rankings = no_rankings(state);
  return Verdict::marker;
}

Verdict TallyPartition::close(const v1::ClosedMarker& marker) {
  ++markers_;
  Election& state = election(marker.election());
  if (state.counts.closed) {
    return Verdict::ignored_marker;
  }
  state.counts.closed = true;
  return Verdict::marker;
}

Verdict TallyPartition::vote(const VoteView& vote) {
  Election& state = election(vote.election);
  state.is_changed = true;
  const Verdict verdict = judge_vote(state, vote);
  switch (verdict) {
    case Verdict::counted:
      count(state, vote);
      if (watcher_ != nullptr) {
        watcher_->on_voter(state.voters, vote.voter);
      }
      break;
    case Verdict::repeated:
      ++state.counts.repeated;
      break;
    default:
      ++state.counts.outside;
      break;
  }
  return verdict;
}

Verdict TallyPartition::judge_vote(Election& state, const VoteView& vote) {
  if (!state.counts.opened || (state.counts.closed && !broken(Break::tally_counts_behind_the_marker))) {
    return Verdict::outside_window;
  }
  if (partition_of(vote.voter, state.entry->partitions) != partition_ && !broken(Break::tally_counts_the_misplaced)) {
    return Verdict::misplaced;
  }
  if (!election::decode_ballot_into(state.entry->definition, vote.ballot, choices_)) {
    return Verdict::invalid_ballot;
  }
  const bool is_first = state.voters.add(vote.voter) == Arrival::first;
  return is_first || broken(Break::tally_counts_repeats) ? Verdict::counted : Verdict::repeated;
}

// Its choices are what judge_vote() left.
void TallyPartition::count(Election& state, const VoteView& vote) const {
  const Definition& definition = state.entry->definition;
  ++state.counts.counted;
  state.counts.development |= vote.development;
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    counting::add_choices(definition.contests[i], choices_[i], state.counts.contests[i]);
    if (definition.contests[i].method == Method::ranked) {
      state.rankings[i].add(counting::ranking_key(choices_[i]), broken(Break::tally_ranks_a_ballot_twice) ? 2 : 1);
    }
  }
}

std::vector<counting::RankingCounts> TallyPartition::no_rankings(const Election& state) const {
  const std::size_t contests = state.entry ? state.entry->definition.contests.size() : 0;
  return std::vector<counting::RankingCounts>(contests, counting::RankingCounts(options_.distinct_rankings_max));
}

std::set<std::string> TallyPartition::take_changed_elections() {
  std::set<std::string> changed;
  for (const auto& [id, state] : elections_) {
    if (std::exchange(state->is_changed, false)) {
      changed.insert(id);
    }
  }
  return changed;
}

PartitionChange TallyPartition::take_change(std::string_view id) {
  PartitionChange change;
  const auto found = elections_.find(id);
  if (found != elections_.end()) {
    Election& state = *found->second;
    change.counts = state.counts;
    change.rankings = std::exchange(state.rankings, no_rankings(state));
  }
  change.counts.partition = partition_;
  change.counts.covers = next_;
  return change;
}

std::size_t TallyPartition::voters() const {
  std::size_t voters = 0;
  for (const auto& [id, state] : elections_) {
    voters += state->voters.size();
  }
  return voters;
}

}  // namespace ostraka::tally

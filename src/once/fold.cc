#include "once/fold.h"

#include "base/broken.h"
#include "base/bytes.h"
#include "base/check.h"

namespace ostraka::once {

std::uint64_t short_ballot_hash(std::string_view ballot_hash) {
  check(ballot_hash.size() >= sizeof(std::uint64_t), "ballot hash of at least eight bytes");
  return load_le<std::uint64_t>(ballot_hash.data()) & k_short_hash_mask;
}

std::optional<Fold> Fold::from_image(Partition partition, FoldImage image) {
  Fold fold(partition);
  std::uint64_t records = image.unreadable + image.markers;
  for (FoldImage::Election& given : image.elections) {
    records += given.counts.total();
    const ElectionNumber number{static_cast<std::uint32_t>(fold.elections_.size())};
    if (given.voters.entries() != given.counts.of(Verdict::counted) ||
        !fold.numbers_.emplace(std::move(given.id), number).second) {
      return std::nullopt;
    }
    fold.elections_.push_back(std::make_unique<Election>(Election{given.window, given.counts, std::move(given.voters)}));
  }
  if (records != image.next.value && !broken(Break::trusts_a_snapshot_beyond_its_offset)) {
    return std::nullopt;
  }
  fold.next_ = image.next;
  fold.unreadable_ = image.unreadable;
  fold.markers_ = image.markers;
  return fold;
}

void Fold::advance(Offset at) {
  check(at == next_, "records are folded in log order, without a gap");
  next_ = at.next();
}

Fold::Election& Fold::election(std::string_view id) {
  const auto found = numbers_.find(id);
  if (found != numbers_.end()) {
    return *elections_[found->second.value];
  }
  numbers_.emplace(id, ElectionNumber{static_cast<std::uint32_t>(elections_.size())});
  elections_.push_back(std::make_unique<Election>());
  return *elections_.back();
}

Judgement Fold::judge(Election& election, const VoteView& vote, Offset at) const {
  const Window& window = election.window;
  if (!window.is_open() && !(broken(Break::counts_behind_the_marker) && window.opened)) {
    return {Verdict::outside_window, {}};
  }
  if (partition_of(vote.voter, window.partitions) != partition_) {
    // The voter's own partition knows nothing of this record: counting it here could count the voter twice.
    return {Verdict::misplaced, {}};
  }
  if (vote.form == BallotForm::invalid) {
    return {Verdict::malformed, {}};
  }
  const auto inserted = election.voters.insert_first(vote.voter, {at, vote.ballot_hash});
  if (inserted.is_first) {
    return {Verdict::counted, at};
  }
  const bool same = inserted.counts.ballot_hash == vote.ballot_hash;
  return {same ? Verdict::repeat_same : Verdict::repeat_other, inserted.counts.offset};
}

Judgement Fold::apply_vote(const VoteView& vote, Offset at) {
  advance(at);
  Election& state = election(vote.election);
  const Judgement judgement = judge(state, vote, at);
  state.counts.add(judgement.verdict);
  if (watcher_ != nullptr && judgement.verdict == Verdict::counted) {
    watcher_->on_counted(numbers_.find(vote.election)->second, vote.voter, {at, vote.ballot_hash});
  }
  return judgement;
}

MarkerEffect Fold::apply_opened(std::string_view id, std::uint32_t partitions, Offset at) {
  advance(at);
  ++markers_;
  Window& window = election(id).window;
  if (broken(Break::opens_again)) {
    window = {};
  }
  if (window.opened || window.closed || partitions == 0) {
    return MarkerEffect::ignored;
  }
  window.opened = at;
  window.partitions = partitions;
  return MarkerEffect::takes_effect;
}

MarkerEffect Fold::apply_closed(std::string_view id, Offset at) {
  advance(at);
  ++markers_;
  Window& window = election(id).window;
  if (window.closed) {
    return MarkerEffect::ignored;
  }
  window.closed = at;
  return MarkerEffect::takes_effect;
}

void Fold::apply_unreadable(Offset at) {
  advance(at);
  ++unreadable_;
}

std::optional<ElectionNumber> Fold::number_of(std::string_view election) const {
  const auto found = numbers_.find(election);
  if (found == numbers_.end()) {
    return std::nullopt;
  }
  return found->second;
}

std::optional<CountedBallot> Fold::find(ElectionNumber election, const VoterKey& voter) const {
  return elections_[election.value]->voters.find(voter);
}

void Fold::prefetch(std::string_view election, const VoterKey& voter) const {
  if (const auto number = number_of(election)) {
    elections_[number->value]->voters.prefetch(voter);
  }
}

Window Fold::window_of(std::string_view election) const {
  const auto number = number_of(election);
  return number ? window(*number) : Window{};
}

VerdictCounts Fold::counts_of(std::string_view election) const {
  const auto number = number_of(election);
  return number ? counts(*number) : VerdictCounts{};
}

std::size_t Fold::index_entries() const {
  std::size_t entries = 0;
  for (const auto& election : elections_) {
    entries += election->voters.entries();
  }
  return entries;
}

std::size_t Fold::index_bytes() const {
  std::size_t bytes = 0;
  for (const auto& election : elections_) {
    bytes += election->voters.bytes();
  }
  return bytes;
}

}  // namespace ostraka::once

// Deciding about votes and answering them.
#include <algorithm>
#include <utility>

#include "ballotbox/core/partition_owner.h"
#include "base/broken.h"
#include "base/check.h"

namespace ostraka::ballotbox {
namespace {

void refuse(CastAnswer& answer, CastOutcome outcome, std::string_view detail) {
  answer.outcome = outcome;
  answer.detail = detail;
  answer.ballot_hash.clear();
}

CastOutcome outcome_of(once::Outcome outcome) {
  switch (outcome) {
    case once::Outcome::counted:
      return CastOutcome::counted;
    case once::Outcome::already_counts:
      return CastOutcome::already_counts;
    case once::Outcome::already_voted:
      return CastOutcome::already_voted;
    case once::Outcome::not_open:
      return CastOutcome::not_open;
    case once::Outcome::unavailable:
      return CastOutcome::unavailable;
  }
  return CastOutcome::unavailable;
}

}  // namespace

std::size_t PartitionOwner::fits_one_append(std::span<const CastInput> inputs) {
  std::size_t bytes = 0;
  std::size_t votes = 0;
  for (const CastInput& input : inputs) {
    // A body past the limit is refused and leaves no record.
    bytes += std::min(input.body.size(), election::k_vote_body_bytes_max) + k_record_overhead_bytes_max;
    if (votes == k_batch_votes_max || bytes > log::k_batch_bytes_max) {
      break;
    }
    ++votes;
  }
  return votes;
}

std::vector<CastAnswer> PartitionOwner::cast(std::span<const CastInput> inputs) {
  check(batches_.empty(), "cast() has the owner for itself");
  std::vector<CastAnswer> answers;
  answers.reserve(inputs.size());
  while (!inputs.empty()) {
    const std::size_t votes = fits_one_append(inputs);
    const Begun begun = begin(inputs.first(votes));
    inputs = inputs.subspan(votes);
    if (!begun.records.empty()) {
      auto appended = appender_->append(begun.records);
      if (appended && *appended < records_.next()) {
        break_down(offset_given_twice(*appended));
      }
      complete(begun.batch, appended);
    }
    auto finished = take_finished();
    check(finished.size() == 1 && finished[0].batch == begun.batch, "a batch by itself waits for no other");
    std::move(finished[0].answers.begin(), finished[0].answers.end(), std::back_inserter(answers));
  }
  return answers;
}

PartitionOwner::Begun PartitionOwner::begin(std::span<const CastInput> inputs) {
  check(fits_one_append(inputs) == inputs.size(), "the votes fit one append");
  auto owned = std::make_unique<Batch>();
  Batch& batch = *owned;
  batch.serial = next_batch_++;
  batch.answers.resize(inputs.size());
  batch.unanswered = inputs.size();
  batches_.emplace(batch.serial, std::move(owned));

  (void)read_on();  // decide() sees whether it did
  verify_tokens(inputs);
  std::vector<std::size_t> perhaps_stale;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!decide(batch, i, inputs[i], Freshness::as_it_is)) {
      perhaps_stale.push_back(i);
    }
  }
  if (!perhaps_stale.empty()) {
    const Status refreshed = refresh();
    if (refreshed) {
      // Whether it works does not matter here: decide() sees which markers are missing, and says unavailable then.
      [[maybe_unused]] const Status settled = append_due_markers();
    }
    for (const std::size_t i : perhaps_stale) {
      if (refreshed) {
        decide(batch, i, inputs[i], Freshness::fresh);
      } else {
        refuse(batch.answers[i], CastOutcome::unavailable, "the elections cannot be read now");
        --batch.unanswered;
      }
    }
  }
  std::size_t from = 0;
  for (const std::size_t end : batch.record_ends) {
    batch.views.push_back(std::string_view(batch.record_bytes).substr(from, end - from));
    from = end;
  }
  const Begun begun{batch.serial, batch.views};
  finish_if_answered(batch);
  return begun;
}

// All of them before anything is decided: the index has its lines in the cache by the time each voter is looked up.
void PartitionOwner::verify_tokens(std::span<const CastInput> inputs) {
  const WallTime now = clock_.wall_now();
  verified_.clear();
  for (const CastInput& input : inputs) {
    const token::VerifiedBallotToken& verified =
        verified_.emplace_back(rules_.verify_token(input.ballot_token, now));
    if (verified.verdict == token::TokenVerdict::valid) {
      records_.fold().prefetch(verified.token.election, verified.token.voter);
    }
  }
}

bool PartitionOwner::decide(Batch& batch, std::size_t index, const CastInput& input, Freshness freshness) {
  CastAnswer& answer = batch.answers[index];
  answer.partition = options_.partition;
  if (!health_ || !abreast_) {
    if (health_) {
      refuse(answer, CastOutcome::not_taken, "the partition has to read the log first");
    } else {
      refuse(answer, CastOutcome::unavailable, "the partition is out of service");
    }
    --batch.unanswered;
    return true;
  }
  const auto entry = find(input.election);
  if (!entry) {
    if (freshness == Freshness::as_it_is) {
      return false;
    }
    refuse(answer, CastOutcome::unknown_election, "no such election");
    --batch.unanswered;
    return true;
  }
  const token::VerifiedBallotToken& verified = verified_[index];
  if (verified.verdict != token::TokenVerdict::valid || verified.token.election != input.election) {
    refuse(answer, CastOutcome::invalid_token, "the ballot token is not valid for this election now");
    --batch.unanswered;
    return true;
  }
  return decide_entitled(batch, index, input, *entry, verified.token, freshness);
}

bool PartitionOwner::decide_entitled(Batch& batch, std::size_t index, const CastInput& input,
                                     const election::Entry& entry, const token::BallotToken& token,
                                     Freshness freshness) {
  CastAnswer& answer = batch.answers[index];
  if (token.revision != entry.revision) {
    if (freshness == Freshness::as_it_is) {
      return false;
    }
    refuse(answer, CastOutcome::invalid_token, "the ballot token is of another revision of the election");
  } else if (partition_of(token.voter, options_.partitions) != options_.partition) {
    refuse(answer, CastOutcome::unavailable, "this voter's ballots belong to another partition");
  } else if (faults().contains(input.election)) {
    refuse(answer, CastOutcome::unavailable, "the election is out of service in this partition");
  } else if (auto candidate = read_ballot(input, entry, token, answer)) {
    return propose(batch, index, std::move(*candidate), freshness);
  }
  --batch.unanswered;
  return true;
}

std::optional<PartitionOwner::Candidate> PartitionOwner::read_ballot(const CastInput& input,
                                                                     const election::Entry& entry,
                                                                     const token::BallotToken& token,
                                                                     CastAnswer& answer) {
  if (input.body.size() > election::k_vote_body_bytes_max) {
    refuse(answer, CastOutcome::malformed_body, "the body is too large");
    return std::nullopt;
  }
  // What the opened marker fixed, once there is one: that is what the fold judges the record by.
  const election::Entry* pinned = records_.pinned(input.election);
  const election::Definition& definition = pinned == nullptr ? entry.definition : pinned->definition;
  election::ParsedBallot parsed = rules_.parse_ballot(definition, input.body);
  if (parsed.malformed) {
    refuse(answer, CastOutcome::malformed_body, parsed.mistakes.empty() ? "" : parsed.mistakes[0].detail);
    return std::nullopt;
  }
  Candidate candidate{&entry, token.voter, token.development, std::move(parsed.canonical), {}};
  answer.mistakes = std::move(parsed.mistakes);
  if (!answer.mistakes.empty()) {
    return candidate;
  }
  // The parser writes canonical ballots and the fold reads them; were they ever to disagree, a vote would be answered
  // as counted and be malformed after the next restart.
  if (!rules_.is_valid_ballot(definition, candidate.canonical)) {
    refuse(answer, CastOutcome::unavailable, "the ballot cannot be judged");
    return std::nullopt;
  }
  // An answer that may not say it takes it back.
  answer.ballot_hash = ballot_hash_of(input.election, token.voter, candidate.canonical);
  candidate.ballot_hash = answer.ballot_hash.view();
  return candidate;
}

BallotHash PartitionOwner::ballot_hash_of(std::string_view election, const VoterKey& voter,
                                          std::string_view canonical) {
  scratch_.assign(election);
  scratch_.push_back('\0');
  scratch_.append(voter.view());
  scratch_.append(canonical);
  static_assert(BallotHash::k_bytes == k_ballot_hash_bytes);
  return BallotHash(view_of(rules_.receipt_mac(scratch_)));
}

bool PartitionOwner::propose(Batch& batch, std::size_t index, Candidate candidate, Freshness freshness) {
  CastAnswer& answer = batch.answers[index];
  const std::string& election = candidate.entry->definition.id;
  const bool valid = !candidate.ballot_hash.empty();
  const once::VoteView vote{election, candidate.voter, valid ? once::short_ballot_hash(candidate.ballot_hash) : 0,
                            valid ? once::BallotForm::valid : once::BallotForm::invalid};
  const once::Proposed proposed = door_.propose(vote);
  if (proposed.decision != once::Decision::invalid_ballot) {
    answer.mistakes.clear();
  }
  switch (proposed.decision) {
    case once::Decision::append:
      let_through(batch, candidate, proposed.ticket);
      [[fallthrough]];
    case once::Decision::wait:
      slots_.emplace(proposed.ticket.serial, Slot{&batch, index});
      return true;
    case once::Decision::already_counts:
      answer.outcome = CastOutcome::already_counts;
      answer.offset = proposed.offset;
      break;
    case once::Decision::already_voted:
      answer.outcome = CastOutcome::already_voted;
      answer.offset = proposed.offset;
      answer.ballot_hash.clear();
      break;
    case once::Decision::not_open: {
      const bool closed = records_.fold().window_of(election).closed.has_value();
      if (freshness == Freshness::as_it_is && !closed && !broken(Break::refuses_on_a_stale_view)) {
        return false;
      }
      if (has_opened(*candidate.entry) && !closed) {
        refuse(answer, CastOutcome::unavailable, "the opening has not reached this partition");
      } else {
        refuse(answer, CastOutcome::not_open, "the election is not open");
      }
      break;
    }
    case once::Decision::misplaced:
      refuse(answer, CastOutcome::unavailable, "this voter's ballots belong to another partition");
      break;
    case once::Decision::invalid_ballot:
      refuse(answer, CastOutcome::invalid_ballot, "the ballot is not one that this election allows");
      break;
    case once::Decision::busy:
      refuse(answer, CastOutcome::unavailable, "too many votes of this voter are on their way");
      break;
  }
  --batch.unanswered;
  return true;
}

void PartitionOwner::let_through(Batch& batch, const Candidate& candidate, const once::Ticket& ticket) {
  const auto id = records_.fold().elections().find(candidate.entry->definition.id);
  check(id != records_.fold().elections().end(), "an open election is in the fold");
  encoder_.append({id->first, candidate.voter, candidate.canonical, candidate.ballot_hash, candidate.development},
                  batch.record_bytes);
  batch.record_ends.push_back(batch.record_bytes.size());
  batch.new_votes.push_back(
      {ticket, {id->first, candidate.voter, once::short_ballot_hash(candidate.ballot_hash), once::BallotForm::valid}});
}

void PartitionOwner::complete(std::uint64_t serial, const Result<Offset>& appended) {
  const auto found = batches_.find(serial);
  check(found != batches_.end() && !found->second->new_votes.empty(), "a batch with records, begun and not completed");
  ++counters_.appends;
  // Taken out: the answer to its last vote ends the batch.
  const std::vector<NewVote> new_votes = std::exchange(found->second->new_votes, {});
  const bool unchecked = broken(Break::no_check_for_foreign_records);
  const Offset first = appended && !unchecked ? *appended : records_.next();
  if (appended) {
    if (abreast_ && first > records_.next()) {
      // Somebody else wrote in between: their records come first, whatever they say.
      if (const Status read = read_to(first); !read) {
        fall_behind(read.error());
      }
    }
    if (!abreast_) {
      at_least_to_ = std::max(at_least_to_, first.plus(new_votes.size()));
    }
  } else if (appended.error().kind == ErrorKind::disk_full || appended.error().kind == ErrorKind::invalid) {
    ++counters_.appends_refused;
  } else {
    ++counters_.appends_uncertain;
    if (const Status read = abreast_ ? read_to(std::nullopt) : Status{}; !read) {
      fall_behind(read.error());
    }
  }
  const bool landed = appended && health_ && abreast_;
  if (landed) {
    apply_appended(new_votes, first);
  }
  for (std::size_t i = 0; i < new_votes.size(); ++i) {
    const once::Ticket& ticket = new_votes[i].ticket;
    const auto resolutions = landed ? door_.resolve(ticket, first.plus(i)) : door_.give_up(ticket);
    for (const once::Resolution& resolution : resolutions) {
      answer(resolution);
    }
  }
}

void PartitionOwner::apply_appended(std::span<const NewVote> new_votes, Offset first) {
  counters_.votes_appended += new_votes.size();
  for (std::size_t i = 0; i < new_votes.size(); ++i) {
    const Offset at = first.plus(i);
    // Else it was read back already, between the append and this call.
    if (at == records_.next()) {
      records_.apply_own(new_votes[i].vote, at);
    }
  }
}

void PartitionOwner::answer(const once::Resolution& resolution) {
  const auto found = slots_.find(resolution.serial);
  check(found != slots_.end(), "a vote that waits for an answer");
  const Slot slot = found->second;
  slots_.erase(found);
  CastAnswer& answer = slot.batch->answers[slot.index];
  // An owner that is broken or behind does not know any more what the log says.
  answer.outcome = health_ && abreast_ ? outcome_of(resolution.outcome) : CastOutcome::unavailable;
  if (answer.outcome == CastOutcome::unavailable) {
    answer.detail = "it is not known whether the vote was written";
  } else {
    answer.offset = resolution.offset;
  }
  if (answer.outcome != CastOutcome::counted && answer.outcome != CastOutcome::already_counts) {
    answer.ballot_hash.clear();
  }
  --slot.batch->unanswered;
  finish_if_answered(*slot.batch);
}

void PartitionOwner::finish_if_answered(Batch& batch) {
  if (batch.unanswered > 0) {
    return;
  }
  for (const CastAnswer& answer : batch.answers) {
    ++counters_.answers[static_cast<std::size_t>(answer.outcome)];
  }
  finished_.push_back({batch.serial, std::move(batch.answers)});
  batches_.erase(batch.serial);
}

std::vector<PartitionOwner::Finished> PartitionOwner::take_finished() {
  return std::exchange(finished_, {});
}

}  // namespace ostraka::ballotbox

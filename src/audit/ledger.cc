#include "audit/ledger.h"

#include "election/ballot.h"

namespace ostraka::audit {

LedgerSays Ledger::apply(std::string_view record, const FindOpened& find_opened) {
  const Offset at = fold_.next();
  switch (reader_.read(record)) {
    case ballotbox::RecordKind::vote:
      return apply_vote(reader_.vote(), find_opened);
    case ballotbox::RecordKind::opened:
      fold_.apply_opened(reader_.opened().election(), reader_.opened().partitions(), at);
      break;
    case ballotbox::RecordKind::closed:
      fold_.apply_closed(reader_.closed().election(), at);
      break;
    case ballotbox::RecordKind::unreadable:
      fold_.apply_unreadable(at);
      break;
  }
  return LedgerSays::does_not_count;
}

LedgerSays Ledger::apply_vote(const ballotbox::VoteFields& vote, const FindOpened& find_opened) {
  const auto entry = find_opened(vote.election);
  const bool valid = entry != nullptr && election::is_valid_ballot(entry->definition, vote.ballot);
  const auto form = valid ? once::BallotForm::valid : once::BallotForm::invalid;
  const once::Judgement judgement =
      fold_.apply_vote({vote.election, vote.voter, once::short_ballot_hash(vote.ballot_hash), form}, fold_.next());
  return judgement.verdict == once::Verdict::counted ? LedgerSays::counts : LedgerSays::does_not_count;
}

}  // namespace ostraka::audit

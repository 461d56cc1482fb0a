// What the system decides about the records of one partition: the ballot box's own reading of them, and the
// once-ledger's fold. Every election's ballots are judged by the definition that the `elections` stream has, also where
// the partition's opened marker is another's: what would count then is what the rules have to find.
//
// Owned by one thread. Holds the voters of its partition whose ballots count.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "ballotbox/core/ballot_record.h"
#include "election/catalogue.h"
#include "once/fold.h"

namespace ostraka::audit {

// Null for an election that the stream does not know, or that was never opened.
using FindOpened = std::function<std::shared_ptr<const election::Entry>(std::string_view election)>;

enum class LedgerSays : std::uint8_t { counts, does_not_count };

class Ledger {
 public:
  explicit Ledger(Partition partition) : fold_(partition) {}

  // The next record. What is no vote does not count.
  LedgerSays apply(std::string_view record, const FindOpened& find_opened);

  Offset next() const { return fold_.next(); }

 private:
  LedgerSays apply_vote(const ballotbox::VoteFields& vote, const FindOpened& find_opened);

  once::Fold fold_;
  ballotbox::RecordReader reader_;
};

}  // namespace ostraka::audit

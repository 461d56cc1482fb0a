// The once rule and the marker rule, held against what the ledger says of every record of the log.
//
// Intuition: somebody who was never in the polling station goes through its records with a list of the voters. Each
// ballot that was counted must have a name that is not yet ticked off, whichever station it was cast in; the station
// must have been open, and be that voter's. And every station must have opened for the same election, and closed.
//
// The rules: of each election and voter at most one ballot counts, in all partitions together, and it is the first in
// its partition that may; a vote stands only in its voter's partition; nothing counts outside the first opened and the
// first closed marker; all opened markers say what the opening in `elections` says (definition, partitions, pepper); a
// closed election is closed in every partition, where its certificate says; every record can be read.
//
// Owned by one thread. Holds a place for every voter whose ballot counts.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "audit/finding.h"
#include "audit/ledger.h"
#include "ostraka/v1/ballot_records.pb.h"

namespace ostraka::audit {

class Rules {
 public:
  // `find_opened` and `report` outlive it.
  Rules(const FindOpened& find_opened, AuditReport& report) : find_opened_(find_opened), report_(report) {}

  // REQUIRES: the records of a partition come in log order, the partitions one after the other.
  void take(std::string_view record, Place place, LedgerSays ledger);

  // Once every partition was taken. `before`: the `elections` stream as it was before the first of them was read, so
  // that whatever was closed then shows its markers.
  void finish(const election::Catalogue& before);

 private:
  struct Window {
    std::optional<Offset> opened;
    std::optional<Offset> closed;
  };
  // What every partition has to have opened with.
  struct Opening {
    std::string definition_hash;
    std::uint32_t partitions = 0;
    std::string pepper_commitment;
  };
  struct Election {
    std::optional<Opening> opening;  // by the stream; where that shows none, by the first marker
    std::map<std::uint32_t, Window> windows;
    boost::unordered_flat_map<VoterKey, Place, std::hash<VoterKey>> counted;
  };

  void take_opened(const v1::OpenedMarker& marker, Place place);
  void take_closed(const v1::ClosedMarker& marker, Place place);
  void take_vote(const v1::Vote& vote, Place place, LedgerSays ledger);
  void check_closed(const election::Entry& entry);
  // Why the vote may not count where it stands; empty when it may.
  std::string_view objection(const Election& election, const v1::Vote& vote, Place place) const;
  void violated(Place place, std::string what);

  const FindOpened& find_opened_;
  AuditReport& report_;
  v1::BallotRecord record_;
  std::map<std::string, Election, std::less<>> elections_;
};

}  // namespace ostraka::audit

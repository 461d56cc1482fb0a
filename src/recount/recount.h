// Counts one election again, from the log alone.
//
// It reads the streams `elections`, `ballots` and `issuances` to the durable ends that it finds, also of a system that
// runs: the ballots of a partition before its issues, so that every issue behind a vote that it saw is there. Then a
// counted voter without an issue means that somebody cast who was never issued a token.
//
// An issue outside its voter's partition is no issue. An election that was never opened gives zeros.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "log/log.h"

namespace ostraka::recount {

struct RecountOptions {
  WallTime as_of;                                 // what the document says about its time
  std::function<void(const VoterKey&)> on_voter;  // each voter whose ballot counts, once, in no order; may be empty
};

inline constexpr std::size_t k_never_issued_listed_max = 10'000;

struct Recount {
  std::string document;  // JSON in the form of /results
  std::uint64_t voters = 0;
  std::uint64_t issued = 0;
  std::uint64_t never_issued_count = 0;
  std::vector<VoterKey> never_issued;  // counted voters without an issue: the first k_never_issued_listed_max of them
  std::uint64_t unreadable = 0;        // records of `ballots` that are neither vote nor marker
};

// Errors: not_found when there is no such election; damaged, and what reading the log fails with.
Result<Recount> recount(log::Log& log, std::string_view election, const RecountOptions& options);

}  // namespace ostraka::recount

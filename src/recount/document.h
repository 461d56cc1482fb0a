// The recount's own writing of a result document: the form of /results, with "recounted", "voters" and "issued".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "election/catalogue.h"
#include "recount/arithmetic.h"
#include "recount/verdicts.h"

namespace ostraka::recount {

struct Findings {
  std::vector<ContestCount> counts;               // one a contest
  std::map<std::uint32_t, std::uint64_t> covers;  // per partition, how many records were read
  Accounts accounts;                              // of all partitions; closed: every one of them is
  std::uint64_t voters = 0;
  std::uint64_t issued = 0;
};

std::string document_json(const election::Entry& entry, const Findings& findings, WallTime as_of);

}  // namespace ostraka::recount

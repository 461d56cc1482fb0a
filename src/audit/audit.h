// Holds the whole log against the once rule and the marker rule (rules.h), also that of a system that runs: every
// partition is read to the durable end that it has when its turn comes.
#pragma once

#include <vector>

#include "audit/finding.h"
#include "base/result.h"
#include "log/log.h"

namespace ostraka::audit {

// `ballots`: every partition of that stream which the log has. An `elections` stream that contradicts itself is a
// violation, and nothing behind it is looked at. Errors: damaged, and what reading the log fails with.
Result<AuditReport> audit(log::Log& log, const std::vector<Partition>& ballots);

}  // namespace ostraka::audit

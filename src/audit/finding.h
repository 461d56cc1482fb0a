// What the audit has to say. Value types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace ostraka::audit {

// A record of a partition of `ballots`.
struct Place {
  Partition partition;
  Offset offset;
};

struct Finding {
  enum class Severity : std::uint8_t {
    violation,  // a rule is broken
    pending,    // a ballot box that ended too early writes it at its next start
  };
  Severity severity = Severity::violation;
  std::string_view stream;  // of static life
  Place place;
  std::string what;  // never a voter key or a ballot
};

inline constexpr std::size_t k_findings_listed_max = 1000;

struct AuditReport {
  std::uint64_t elections = 0;  // that were opened
  std::uint64_t records = 0;    // of `ballots`
  std::uint64_t counted = 0;    // votes, by the ledger's word
  std::uint64_t not_counted = 0;
  std::uint64_t violations = 0;   // all of them
  std::vector<Finding> findings;  // the first k_findings_listed_max

  void add(Finding finding) {
    violations += finding.severity == Finding::Severity::violation ? 1 : 0;
    if (findings.size() < k_findings_listed_max) {
      findings.push_back(std::move(finding));
    }
  }
};

}  // namespace ostraka::audit

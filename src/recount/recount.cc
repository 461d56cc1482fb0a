#include "recount/recount.h"

#include <memory>

#include "election/catalogue.h"
#include "ostraka/v1/issuance_records.pb.h"
#include "recount/document.h"
#include "recount/verdicts.h"

namespace ostraka::recount {

namespace {

using election::Catalogue;
using election::Entry;

// Gives `visit` every record up to the end that is there now, and returns how many there were.
template <class Visit>
Result<std::uint64_t> read_all(log::Log& log, std::string_view stream, Partition partition, Visit&& visit) {
  auto reader = log.open_reader({std::string(stream), partition}, Offset{0});
  if (!reader) {
    return tl::make_unexpected(reader.error());
  }
  const auto end = (*reader)->end();
  if (!end) {
    return tl::make_unexpected(end.error());
  }
  while ((*reader)->position() < *end) {
    const auto batch = (*reader)->read();
    if (!batch) {
      return tl::make_unexpected(batch.error());
    }
    if (batch->records.empty()) {
      return fail(ErrorKind::damaged, "{}/{} ends at {}, before its own end {}", stream, partition.value,
                  (*reader)->position().value, end->value);
    }
    for (const std::string_view record : batch->records) {
      if (Status status = visit(record); !status) {
        return tl::make_unexpected(status.error());
      }
    }
  }
  return (*reader)->position().value;
}

Result<Voters> read_issued(log::Log& log, const Entry& entry, Partition partition) {
  Voters issued;
  const auto read = read_all(log, log::k_issuances_stream, partition, [&](std::string_view bytes) -> Status {
    v1::Issuance issuance;
    if (!issuance.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return fail(ErrorKind::damaged, "issuances/{}: not an Issuance", partition.value);
    }
    const auto voter = VoterKey::from_bytes(issuance.voter_key());
    if (issuance.election() == entry.definition.id && voter && partition_of(*voter, entry.partitions) == partition) {
      issued.insert(*voter);
    }
    return {};
  });
  if (!read) {
    return tl::make_unexpected(read.error());
  }
  return issued;
}

void hold_against(const Voters& counted, const Voters& issued, const RecountOptions& options, Recount& result) {
  for (const VoterKey& voter : counted) {
    if (options.on_voter) {
      options.on_voter(voter);
    }
    if (!issued.contains(voter)) {
      ++result.never_issued_count;
      if (result.never_issued.size() < k_never_issued_listed_max) {
        result.never_issued.push_back(voter);
      }
    }
  }
  result.voters += counted.size();
  result.issued += issued.size();
}

void add_up(const Accounts& of_partition, Accounts& total) {
  total.counted += of_partition.counted;
  total.repeated += of_partition.repeated;
  total.outside += of_partition.outside;
  total.unreadable += of_partition.unreadable;
  total.development |= of_partition.development;
  total.closed &= of_partition.closed;
}

}  // namespace

Result<Recount> recount(log::Log& log, std::string_view id, const RecountOptions& options) {
  Catalogue catalogue;
  const auto elections = read_all(log, log::k_elections_stream, Partition{0},
                                  [&](std::string_view record) { return catalogue.apply(record); });
  if (!elections) {
    return tl::make_unexpected(elections.error());
  }
  const std::shared_ptr<const Entry> entry = catalogue.find(id);
  if (entry == nullptr) {
    return fail(ErrorKind::not_found, "there is no election {} in this log", id);
  }
  Recount result;
  Findings findings;
  for (const election::Contest& contest : entry->definition.contests) {
    findings.counts.emplace_back(entry->definition, contest);
  }
  findings.accounts.closed = entry->partitions > 0;
  for (std::uint32_t number = 0; number < entry->partitions; ++number) {
    const Partition partition{number};
    PartitionWalk walk(*entry, partition, findings.counts);
    const auto read =
        read_all(log, log::k_ballots_stream, partition, [&](std::string_view record) { return walk.next(record); });
    if (!read) {
      return tl::make_unexpected(read.error());
    }
    findings.covers[number] = *read;
    add_up(walk.accounts(), findings.accounts);
    const auto issued = read_issued(log, *entry, partition);
    if (!issued) {
      return tl::make_unexpected(issued.error());
    }
    hold_against(walk.voters(), *issued, options, result);
  }
  findings.voters = result.voters;
  findings.issued = result.issued;
  result.unreadable = findings.accounts.unreadable;
  result.document = document_json(*entry, findings, options.as_of);
  return result;
}

}  // namespace ostraka::recount

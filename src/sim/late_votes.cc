#include "sim/late_votes.h"

#include "ostraka/v1/ballot_records.pb.h"
#include "sim/observer.h"

namespace ostraka::sim {
namespace {

std::vector<std::string> late_votes_for(const std::vector<std::string>& records) {
  std::set<std::pair<std::string, std::string>> voters;
  std::map<std::string, v1::BallotRecord> first;
  for (const std::string& bytes : records) {
    v1::BallotRecord record;
    if (record.ParseFromString(bytes) && record.has_vote()) {
      voters.emplace(record.vote().election(), record.vote().voter_key());
      first.emplace(record.vote().election(), record);
    }
  }
  std::vector<std::string> late;
  for (auto& [election, record] : first) {
    late.push_back(record.SerializeAsString());
    std::string& voter = *record.mutable_vote()->mutable_voter_key();
    while (voters.contains({election, voter})) {
      ++voter.back();  // behind the bytes that choose the partition
    }
    late.push_back(record.SerializeAsString());
  }
  return late;
}

}  // namespace

std::uint64_t cast_late_votes(Backend& backend, std::uint32_t partitions, History& history) {
  std::uint64_t cast = 0;
  for (std::uint32_t partition = 0; partition < partitions; ++partition) {
    const auto late = late_votes_for(Observer::read_all(backend, Partition{partition}, history));
    if (late.empty()) {
      continue;
    }
    auto process = backend.start_process();
    if (!process) {
      history.violations.push_back("without faults a process starts: " + process.error().message);
      continue;
    }
    const auto appender = (*process)->log().open_appender({std::string(log::k_ballots_stream), Partition{partition}});
    const std::vector<std::string_view> views(late.begin(), late.end());
    if (!appender || !(*appender)->append(views)) {
      history.violations.push_back("without faults an append succeeds");
      continue;
    }
    cast += late.size();
  }
  return cast;
}

}  // namespace ostraka::sim

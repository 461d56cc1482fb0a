// Whatever records stand in the `ballots` stream, the ledger's verdicts keep the rules, three readings of a record
// agree (the ballot box's, the audit's own, the recount's), and so do the counts of audit and recount.
//
// The input is a list of records in two partitions of one election: by its first byte a record is raw bytes, a marker
// or a vote, the last two with what the following bytes say.
#include <fuzzer/FuzzedDataProvider.h>

#include <map>

#include "audit/audit.h"
#include "ballotbox/core/ballot_record.h"
#include "base/check.h"
#include "election/definition.h"
#include "ostraka/v1/election_records.pb.h"
#include "recount/recount.h"

namespace ostraka::audit {
namespace {

constexpr std::uint32_t k_partitions = 2;

class StoredLog final : public log::Log {
 public:
  std::map<std::pair<std::string, std::uint32_t>, std::vector<std::string>> streams;

  Result<std::unique_ptr<log::Appender>> open_appender(const log::PartitionName&) override {
    return fail(ErrorKind::denied, "nothing writes here");
  }
  Result<std::unique_ptr<log::Reader>> open_reader(const log::PartitionName& name, Offset) override {
    return std::make_unique<StoredReader>(streams[{name.stream, name.partition.value}]);
  }

 private:
  class StoredReader final : public log::Reader {
   public:
    explicit StoredReader(const std::vector<std::string>& records) : records_(records) {}
    Result<log::Records> read() override {
      log::Records rest{position_, {records_.begin() + static_cast<std::ptrdiff_t>(position_.value), records_.end()}};
      position_ = Offset{records_.size()};
      return rest;
    }
    Offset position() const override { return position_; }
    Result<Offset> end() override { return Offset{records_.size()}; }
    bool wait(Milliseconds) override { return position_.value < records_.size(); }
    void interrupt() override {}

   private:
    const std::vector<std::string>& records_;
    Offset position_;
  };
};

const election::Definition& definition() {
  static const election::Definition k_definition =
      *election::parse_definition(R"({"id":"song","title":"Song","contests":[
      {"id":"a","title":"A","method":"ranked","min_choices":0,"max_choices":3,
       "options":[{"id":"a","title":"A"},{"id":"b","title":"B"},{"id":"c","title":"C"}]},
      {"id":"b","title":"B","method":"score","min_choices":0,"max_choices":2,"max_score":200,
       "options":[{"id":"a","title":"A"},{"id":"b","title":"B"}]}]})")
           .definition;
  return k_definition;
}

std::vector<std::string> elections_stream() {
  v1::ElectionRecord record;
  record.set_election("song");
  record.mutable_defined()->set_definition(to_canonical_json(definition()));
  record.mutable_defined()->set_revision(1);
  std::vector<std::string> records{record.SerializeAsString()};
  record.mutable_opened()->set_definition_hash(definition_hash(definition()));
  record.mutable_opened()->set_partitions(k_partitions);
  record.mutable_opened()->set_pepper_commitment(std::string(32, 'p'));
  records.push_back(record.SerializeAsString());
  record.mutable_closed();
  records.push_back(record.SerializeAsString());
  return records;
}

std::string election_of(FuzzedDataProvider& input) {
  return input.ConsumeBool() ? "song" : "film";
}

std::string record_of(FuzzedDataProvider& input) {
  switch (input.ConsumeIntegralInRange<int>(0, 5)) {
    case 0:
      return input.ConsumeRandomLengthString(64);
    case 1:
      return ballotbox::encode_opened({"song", definition_hash(definition()), k_partitions, std::string(32, 'p'), {}});
    case 2:
      return ballotbox::encode_closed(election_of(input), {});
    default:
      break;
  }
  VoterKey voter;
  voter.bytes[7] = input.ConsumeIntegralInRange<std::uint8_t>(0, 7);
  // Few strings are ballots: some that are, one that names an option twice, and whatever else.
  static const std::string k_picks[] = {{0, 0}, {1, 0, 0}, {2, 1, 0, 1, 0, 100}, {2, 1, 1, 0}, {1, 3, 0}};
  const std::string ballot = input.ConsumeBool()
                                 ? k_picks[input.ConsumeIntegralInRange<std::size_t>(0, std::size(k_picks) - 1)]
                                 : input.ConsumeRandomLengthString(12);
  return ballotbox::encode_vote({election_of(input), voter, ballot, "sixteen bytes, 1", input.ConsumeBool()});
}

void check_reading(std::string_view record) {
  ballotbox::RecordReader reader;
  if (reader.read(record) == ballotbox::RecordKind::vote) {
    const std::string written = ballotbox::encode_vote(reader.vote());
    check(reader.read(written) == ballotbox::RecordKind::vote, "a vote that is written again is a vote");
    check(ballotbox::encode_vote(reader.vote()) == written, "and the same one");
  }
}

}  // namespace

void fuzz_audit(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  StoredLog log;
  static const std::vector<std::string> k_elections = elections_stream();
  log.streams[{"elections", 0}] = k_elections;
  std::uint64_t records = 0;
  while (input.remaining_bytes() > 0 && records < 64) {
    const std::uint32_t partition = input.ConsumeIntegralInRange<std::uint32_t>(0, k_partitions - 1);
    std::string record = record_of(input);
    check_reading(record);
    log.streams[{"ballots", partition}].push_back(std::move(record));
    ++records;
  }
  const auto report = audit(log, {Partition{0}, Partition{1}});
  check(report && report->records == records, "every record is looked at");
  std::uint64_t unreadable = 0;
  bool markers_contradict = false;  // then the ledger goes by the marker, and the rules by the opening
  bool ledger_blamed = false;
  for (const Finding& finding : report->findings) {
    const auto says = [&](std::string_view what) { return finding.what.find(what) != std::string::npos; };
    unreadable += says("neither a vote nor a marker") ? 1 : 0;
    markers_contradict |= says("opened marker");
    ledger_blamed |= says("count");
  }
  check(markers_contradict || !ledger_blamed, "the ledger keeps the rules");
  const auto recounted = recount::recount(log, "song", {});
  if (recounted) {
    check(markers_contradict || recounted->voters == report->counted, "audit and recount count the same voters");
    check(recounted->unreadable == unreadable, "audit and recount read the same records");
  } else {
    check(markers_contradict && recounted.error().kind == ErrorKind::damaged,
          "a recount fails at a marker that contradicts the opening");
  }
}

}  // namespace ostraka::audit

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::audit::fuzz_audit(data, size);
  return 0;
}

#include "recount/recount.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "election/testing/minneapolis.h"
#include "election/testing/random_log.h"
#include "election/results/document.h"
#include "tally/core/tally.h"

namespace ostraka::recount {
namespace {

using election::State;
using election::testing::EveryoneIsIssued;
using election::testing::LogMaker;
using election::testing::RandomLog;
using nlohmann::json;

// A log in memory, handed out in small batches. Reading only.
class RecordsReader final : public log::Reader {
 public:
  explicit RecordsReader(const std::vector<std::string>& records) : records_(records) {}

  Result<log::Records> read() override {
    constexpr std::size_t k_batch_records = 7;
    log::Records batch;
    batch.first = position_;
    while (position_.value < records_.size() && batch.records.size() < k_batch_records) {
      batch.records.push_back(records_[position_.value]);
      position_ = position_.next();
    }
    return batch;
  }
  Offset position() const override { return position_; }
  Result<Offset> end() override { return Offset{records_.size()}; }
  bool wait(Milliseconds) override { return position_.value < records_.size(); }
  void interrupt() override {}

 private:
  const std::vector<std::string>& records_;
  Offset position_;
};

class RecordsLog final : public log::Log {
 public:
  explicit RecordsLog(const RandomLog& log) {
    streams_[{"elections", 0}] = log.elections;
    for (std::uint32_t partition = 0; partition < log.partitions; ++partition) {
      streams_[{"ballots", partition}] = log.ballots[partition];
      streams_[{"issuances", partition}] = log.issuances[partition];
    }
  }

  Result<std::unique_ptr<log::Appender>> open_appender(const log::PartitionName&) override {
    return fail(ErrorKind::denied, "a recount writes nothing");
  }
  Result<std::unique_ptr<log::Reader>> open_reader(const log::PartitionName& name, Offset) override {
    return std::make_unique<RecordsReader>(streams_[{name.stream, name.partition.value}]);
  }

  std::map<std::pair<std::string, std::uint32_t>, std::vector<std::string>> streams_;
};

std::string tally_document(const RandomLog& log, const std::string& id) {
  election::Catalogue catalogue;
  for (const std::string& record : log.elections) {
    EXPECT_TRUE(catalogue.apply(record));
  }
  tally::Tally tally(log.partitions);
  for (std::uint32_t number = 0; number < log.partitions; ++number) {
    tally::TallyPartition& partition = tally.partition(Partition{number});
    for (const std::string& record : log.ballots[number]) {
      EXPECT_TRUE(partition.apply(catalogue, partition.next(), record));
    }
  }
  election::results::ResultMerger merger;
  merger.merge(tally.of(id, catalogue));
  const auto entry = catalogue.find(id);
  return results_json(entry->definition, {entry->state, entry->partitions, wall_time(7)}, merger.of(id));
}

TEST(Recount, IsWhatTheTallySaysOnRandomLogs) {
  EXPECT_TRUE(rc::check("recount equals tally", [](std::uint64_t seed) {
    const RandomLog random = LogMaker(seed, EveryoneIsIssued::yes).make(300);
    RecordsLog log(random);
    for (const auto& [id, expected] : random.expected) {
      std::set<std::string> voters;
      const auto result = recount(
          log, id, {wall_time(7), [&](const VoterKey& voter) { RC_ASSERT(voters.emplace(voter.view()).second); }});
      RC_ASSERT(result.has_value());
      RC_ASSERT(voters == expected.voters);
      RC_ASSERT(result->voters == expected.voters.size());
      const auto issued = random.issued.find(id);
      RC_ASSERT(result->issued == (issued == random.issued.end() ? 0 : issued->second.size()));
      RC_ASSERT(result->never_issued_count == 0U);
      RC_ASSERT(result->unreadable == random.unreadable);
      json document = json::parse(result->document);
      RC_ASSERT(document["recounted"] == true);
      RC_ASSERT(document["voters"] == expected.counted);
      RC_ASSERT(document["issued"] == result->issued);
      for (const char* own : {"recounted", "voters", "issued"}) {
        document.erase(own);
      }
      RC_ASSERT(document == json::parse(tally_document(random, id)));
    }
  }));
}

TEST(Recount, CountedVotersWithoutAnIssueAreListed) {
  const RandomLog random = LogMaker(11, EveryoneIsIssued::some_are_not).make(600);
  RecordsLog log(random);
  const auto result = recount(log, "election-0", {});
  ASSERT_TRUE(result);
  std::set<std::string> listed;
  for (const VoterKey& voter : result->never_issued) {
    listed.emplace(voter.view());
  }
  std::set<std::string> expected;
  for (const std::string& voter : random.expected.at("election-0").voters) {
    if (voter[15] == 1) {
      expected.insert(voter);
    }
  }
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(listed, expected);
  EXPECT_EQ(result->never_issued_count, expected.size());
}

TEST(Recount, AnIssueInAnotherPartitionIsNoIssue) {
  RandomLog random;
  for (std::uint64_t seed = 1; random.partitions < 2 || random.expected["election-0"].voters.empty(); ++seed) {
    random = LogMaker(seed, EveryoneIsIssued::yes).make(300);
  }
  std::rotate(random.issuances.begin(), random.issuances.begin() + 1, random.issuances.end());
  RecordsLog log(random);
  const auto result = recount(log, "election-0", {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->issued, 0U);
  EXPECT_EQ(result->never_issued_count, result->voters);
}

TEST(Recount, SaysWhatStopsIt) {
  const RandomLog random = LogMaker(5, EveryoneIsIssued::yes).make(100);
  RecordsLog log(random);
  EXPECT_EQ(recount(log, "nowhere", {}).error().kind, ErrorKind::not_found);
  RecordsLog broken_issue(random);
  broken_issue.streams_[{"issuances", 0}].push_back("\xff\xff");
  EXPECT_EQ(recount(broken_issue, "election-0", {}).error().kind, ErrorKind::damaged);
  RecordsLog broken_marker(random);
  v1::BallotRecord marker;
  marker.mutable_opened()->set_election("election-0");
  marker.mutable_opened()->set_partitions(random.partitions);
  marker.mutable_opened()->set_definition_hash("another");
  auto& ballots = broken_marker.streams_[{"ballots", 0}];
  ballots.insert(ballots.begin(), marker.SerializeAsString());
  EXPECT_EQ(recount(broken_marker, "election-0", {}).error().kind, ErrorKind::damaged);
}

TEST(Recount, ARecordOfAnElectionThatNoneCanBeCalledIsUnreadable) {
  const RandomLog random = LogMaker(5, EveryoneIsIssued::yes).make(100);
  RecordsLog log(random);
  v1::BallotRecord record;
  record.mutable_closed()->set_election("UP");
  log.streams_[{"ballots", 0}].push_back(record.SerializeAsString());
  EXPECT_EQ(recount(log, "election-0", {})->unreadable, random.unreadable + 1);
}

TEST(Recount, AnElectionThatNeverOpenedGivesZeros) {
  RandomLog random = LogMaker(5, EveryoneIsIssued::yes).make(50);
  random.elections.resize(1);
  RecordsLog log(random);
  const auto result = recount(log, "election-0", {});
  ASSERT_TRUE(result);
  const json document = json::parse(result->document);
  EXPECT_EQ(document["ballots"]["counted"], 0);
  EXPECT_EQ(document["final"], false);
  EXPECT_EQ(document["covers"], json::object());
}

TEST(Recount, MinneapolisComesOutAsItWasCertified) {
  const auto data = election::testing::load_minneapolis();
  if (!data) {
    GTEST_SKIP() << "the real ballots are not at " << election::testing::minneapolis_folder();
  }
  const RandomLog real = LogMaker(2013, EveryoneIsIssued::yes).make(data->definition, 4, data->rankings);
  RecordsLog log(real);
  const auto result = recount(log, data->definition.id, {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->voters, 79'312U);
  const json contest = json::parse(result->document)["contests"][0];
  EXPECT_EQ(contest["winners"], json::array({data->winner}));
  std::vector<std::map<std::string, std::uint64_t>> rounds;
  for (const json& round : contest["rounds"]) {
    rounds.push_back(round["tally"].get<std::map<std::string, std::uint64_t>>());
  }
  for (const auto& certified : data->rounds) {
    EXPECT_THAT(rounds, ::testing::Contains(certified));
  }
  EXPECT_EQ(rounds.back(), data->final_round);
}

// What makes the recount worth something: of what counts, it may include formats and definitions only.
TEST(Recount, SharesNoCountingCodeWithTheTally) {
  const std::set<std::string> allowed = {"crypto/digest.h", "log/log.h", "election/definition.h",
                                         "election/catalogue.h"};
  const std::vector<std::string> allowed_folders = {"base/", "recount/", "ostraka/v1/"};
  constexpr std::string_view k_include = "#include \"";
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(OSTRAKA_SOURCE_DIR "/src/recount")) {
    const std::string name = file.path().filename();
    if ((!name.ends_with(".h") && !name.ends_with(".cc")) || name.ends_with("_test.cc") || name.ends_with("_fuzz.cc")) {
      continue;
    }
    ++files;
    std::ifstream source(file.path());
    for (std::string line; std::getline(source, line);) {
      if (!line.starts_with(k_include)) {
        continue;
      }
      const std::string header = line.substr(k_include.size(), line.rfind('"') - k_include.size());
      const bool fine = allowed.contains(header) ||
                        std::any_of(allowed_folders.begin(), allowed_folders.end(),
                                    [&](const std::string& folder) { return header.starts_with(folder); });
      EXPECT_TRUE(fine) << name << " includes " << header;
    }
  }
  EXPECT_GE(files, 9U);
}

}  // namespace
}  // namespace ostraka::recount

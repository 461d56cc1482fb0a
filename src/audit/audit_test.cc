#include "audit/audit.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <map>

#include "audit/rules.h"
#include "ballotbox/core/ballot_record.h"
#include "election/testing/random_log.h"

namespace ostraka::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Severity = Finding::Severity;

// Streams in memory, handed out in small batches.
class StoredLog final : public log::Log {
 public:
  std::map<std::pair<std::string, std::uint32_t>, std::vector<std::string>> streams;

  Result<std::unique_ptr<log::Appender>> open_appender(const log::PartitionName&) override {
    return fail(ErrorKind::denied, "an audit writes nothing");
  }
  Result<std::unique_ptr<log::Reader>> open_reader(const log::PartitionName& name, Offset) override {
    return std::make_unique<StoredReader>(streams[{name.stream, name.partition.value}]);
  }

 private:
  class StoredReader final : public log::Reader {
   public:
    explicit StoredReader(const std::vector<std::string>& records) : records_(records) {}
    Result<log::Records> read() override {
      log::Records batch{position_, {}};
      for (int i = 0; i < 3 && position_.value < records_.size(); ++i) {
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
};

// One election, "song", in two partitions, from its definition to its certificate; each test breaks one thing.
class CraftedLog : public ::testing::Test {
 protected:
  CraftedLog() {
    definition_ = *election::parse_definition(R"({"id":"song","title":"Song","contests":[
        {"id":"song","title":"Song","method":"single","options":[{"id":"a","title":"A"},{"id":"b","title":"B"}]}]})")
                       .definition;
    v1::ElectionRecord defined;
    defined.set_election("song");
    defined.mutable_defined()->set_definition(to_canonical_json(definition_));
    defined.mutable_defined()->set_revision(1);
    change(defined);
    v1::ElectionRecord opened;
    opened.mutable_opened()->set_definition_hash(hash());
    opened.mutable_opened()->set_partitions(2);
    opened.mutable_opened()->set_pepper_commitment(pepper());
    change(opened);
    for (std::uint32_t partition : {0U, 1U}) {
      ballots(partition).push_back(marker());
      ballots(partition).push_back(vote(2 + partition));
      ballots(partition).push_back(vote(4 + partition));
      ballots(partition).push_back(vote(2 + partition, "\x01\x01"));  // changes his mind, too late
    }
  }

  std::string hash() const { return definition_hash(definition_); }
  static std::string pepper() { return std::string(32, 'p'); }
  std::vector<std::string>& ballots(std::uint32_t partition) { return log_.streams[{"ballots", partition}]; }

  void change(v1::ElectionRecord record) {
    record.set_election("song");
    log_.streams[{"elections", 0}].push_back(record.SerializeAsString());
  }
  void close_election() {
    v1::ElectionRecord record;
    record.mutable_closed();
    change(record);
  }
  void certify(std::uint64_t closed_at_first, std::uint64_t closed_at_second) {
    v1::ElectionRecord record;
    (*record.mutable_certified()->mutable_closed_at())[0] = closed_at_first;
    (*record.mutable_certified()->mutable_closed_at())[1] = closed_at_second;
    change(record);
  }

  std::string marker(std::uint32_t partitions = 2) const { return opened({"song", hash(), partitions, pepper(), {}}); }
  static std::string opened(const ballotbox::OpenedFields& fields) { return ballotbox::encode_opened(fields); }
  static std::string closed() { return ballotbox::encode_closed("song", {}); }

  // Of two partitions the home is the number's last bit.
  static VoterKey voter(std::uint8_t number) {
    VoterKey key;
    key.bytes[7] = number;
    return key;
  }
  static std::string vote(std::uint8_t number, std::string_view ballot = {"\x01\x00", 2}) {
    return ballotbox::encode_vote({"song", voter(number), ballot, "sixteen bytes, 1", false});
  }

  AuditReport run() {
    const Result<AuditReport> report = audit(log_, {Partition{0}, Partition{1}});
    EXPECT_TRUE(report) << report.error().message;
    return *report;
  }
  // "partition/offset what", for each.
  std::vector<std::string> found() {
    std::vector<std::string> lines;
    for (const Finding& finding : run().findings) {
      lines.push_back(fmt::format("{} {}/{} {}", finding.severity == Severity::pending ? "pending" : finding.stream,
                                  finding.place.partition.value, finding.place.offset.value, finding.what));
    }
    return lines;
  }

  election::Definition definition_;
  StoredLog log_;
};

TEST_F(CraftedLog, AGoodOnePasses) {
  AuditReport report = run();
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(report.elections, 1U);
  EXPECT_EQ(report.records, 8U);
  EXPECT_EQ(report.counted, 4U);
  EXPECT_EQ(report.not_counted, 2U);
  for (std::uint32_t partition : {0U, 1U}) {
    ballots(partition).push_back(marker());  // again: does nothing
    ballots(partition).push_back(closed());
    ballots(partition).push_back(vote(6 + partition));  // too late
    ballots(partition).push_back(closed());
    ballots(partition).push_back(marker());
  }
  close_election();
  certify(5, 5);
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(run().counted, 4U);
}

TEST_F(CraftedLog, AVoterCountedInTwoPartitions) {
  ballots(1)[0] = marker(1);  // then partition 1 takes everybody for its own... of one partition that is 0
  ballots(0)[0] = marker(3);  // voter 3 is at home in 0 of three, and in 1 of two
  ballots(0).push_back(vote(3));
  ballots(1)[0] = marker(2);
  EXPECT_THAT(found(),
              ::testing::IsSupersetOf(
                  {HasSubstr("0/0 opened marker of song with 3 partitions instead of 2"),
                   HasSubstr("0/4 a vote in song of a voter whose partition is 1"),
                   HasSubstr("1/1 a second ballot of one voter is counted in song: the first is at partition 0, "
                             "offset 4")}));
}

TEST_F(CraftedLog, AVoteInAnotherPartitionThanItsVoters) {
  ballots(0).push_back(vote(3));
  EXPECT_THAT(found(), ElementsAre("ballots 0/4 a vote in song of a voter whose partition is 1"));
  EXPECT_EQ(run().counted, 4U);
}

TEST_F(CraftedLog, AnOpenedMarkerOfAnotherDefinition) {
  ballots(1)[0] = opened({"song", "another", 2, pepper(), {}});
  EXPECT_THAT(found(), ElementsAre("ballots 1/0 opened marker of song with another definition"));
}

TEST_F(CraftedLog, AnOpenedMarkerWithAnotherPepper) {
  ballots(1)[0] = opened({"song", hash(), 2, std::string(32, 'q'), {}});
  EXPECT_THAT(found(), ElementsAre("ballots 1/0 opened marker of song with another pepper commitment"));
}

TEST_F(CraftedLog, AnOpenedMarkerWithAnotherPartitionCount) {
  ballots(1)[0] = marker(4);  // 3 and 5 are at home in 3 and 1 of four
  EXPECT_THAT(found(), ElementsAre("ballots 1/0 opened marker of song with 4 partitions instead of 2",
                                   "ballots 1/1 a vote in song does not count, although it is its voter's first",
                                   "ballots 1/3 a vote in song does not count, although it is its voter's first"));
}

TEST_F(CraftedLog, MarkersOfAnElectionThatTheStreamDoesNotShowAreHeldAgainstTheFirst) {
  ballots(0).push_back(opened({"film", "hash", 2, pepper(), {}}));
  ballots(1).push_back(opened({"film", "other", 2, pepper(), {}}));
  EXPECT_THAT(found(),
              ElementsAre("ballots 0/4 opened marker of film, which the elections stream does not show as opened",
                          "ballots 1/4 opened marker of film with another definition"));
}

TEST_F(CraftedLog, AnOpenedMarkerInAPartitionThatTheElectionDoesNotHave) {
  log_.streams[{"ballots", 2}] = {marker()};
  const auto report = audit(log_, {Partition{0}, Partition{1}, Partition{2}});
  ASSERT_EQ(report->findings.size(), 1U);
  EXPECT_EQ(report->findings[0].what, "opened marker of song, which has only 2 partitions");
}

TEST_F(CraftedLog, AVoteOfAnElectionWithoutAnOpenedMarkerDoesNotCount) {
  ballots(0).push_back(ballotbox::encode_vote({"film", voter(2), "\x01\x01", "sixteen bytes, 1", false}));
  ballots(1).erase(ballots(1).begin());
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(run().counted, 2U);
  EXPECT_EQ(run().not_counted, 5U);
}

TEST_F(CraftedLog, WhatIsNeitherVoteNorMarker) {
  ballots(0).push_back("\xff\xff");
  ballots(1).push_back("");
  v1::BallotRecord record;
  record.mutable_vote()->set_election("song");
  record.mutable_vote()->set_voter_key("short");
  ballots(1).push_back(record.SerializeAsString());
  EXPECT_THAT(found(), ElementsAre("ballots 0/4 neither a vote nor a marker", "ballots 1/4 neither a vote nor a marker",
                                   "ballots 1/5 neither a vote nor a marker"));
}

TEST_F(CraftedLog, ABallotThatTheDefinitionDoesNotAllowDoesNotCount) {
  ballots(0).push_back(vote(6, "\x01\x07"));
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(run().counted, 4U);
}

TEST_F(CraftedLog, ACertifiedElectionWithoutAllItsClosedMarkers) {
  ballots(0).push_back(closed());
  close_election();
  EXPECT_THAT(found(), ElementsAre(HasSubstr("pending 1/0 song is closed, but 1 of its 2 partitions")));
  EXPECT_EQ(run().violations, 0U);
  certify(4, 4);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("ballots 1/0 song is certified, but 1 of its 2 partitions")));
}

TEST_F(CraftedLog, AClosedMarkerAtAnotherPlaceThanWasCertified) {
  ballots(0).push_back(closed());
  ballots(1).push_back(closed());
  close_election();
  certify(4, 9);
  EXPECT_THAT(found(), ElementsAre("ballots 1/4 closed marker of song, which was certified as closed at offset 9"));
}

TEST_F(CraftedLog, AnElectionsStreamThatContradictsItself) {
  log_.streams[{"elections", 0}].insert(log_.streams[{"elections", 0}].begin(), "\xff\xff");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("elections 0/0 ")));
  EXPECT_EQ(run().violations, 1U);
}

TEST_F(CraftedLog, TheListIsBoundedAndTheSumIsNot) {
  for (std::size_t i = 0; i < k_findings_listed_max + 5; ++i) {
    ballots(0).push_back("nonsense");
  }
  const AuditReport report = run();
  EXPECT_EQ(report.violations, k_findings_listed_max + 5);
  EXPECT_EQ(report.findings.size(), k_findings_listed_max);
}

// The rules against ledgers that are wrong: each has to be caught, also what the real fold would never do.
class BrokenLedger : public CraftedLog {
 protected:
  std::vector<std::string> found_when(std::string_view record, LedgerSays says, std::uint64_t offset) {
    report_.findings.clear();
    rules_.take(record, {Partition{0}, Offset{offset}}, says);
    std::vector<std::string> what;
    for (const Finding& finding : report_.findings) {
      what.push_back(finding.what);
    }
    return what;
  }

  std::shared_ptr<const election::Entry> entry_ = [this] {
    auto entry = std::make_shared<election::Entry>();
    entry->definition = definition_;
    entry->hash = hash();
    entry->partitions = 2;
    entry->pepper_commitment = pepper();
    return entry;
  }();
  AuditReport report_;
  FindOpened find_opened_ = [this](std::string_view id) { return id == "song" ? entry_ : nullptr; };
  Rules rules_{find_opened_, report_};
};

TEST_F(BrokenLedger, IsCaughtWhateverItCountsWrongly) {
  EXPECT_THAT(found_when(vote(2), LedgerSays::counts, 0),
              ElementsAre("a vote in song is counted before the election was opened here"));
  EXPECT_THAT(found_when(marker(), LedgerSays::does_not_count, 1), IsEmpty());
  EXPECT_THAT(found_when(vote(2), LedgerSays::counts, 2), ElementsAre(HasSubstr("a second ballot of one voter")));
  EXPECT_THAT(found_when(vote(4), LedgerSays::does_not_count, 3),
              ElementsAre("a vote in song does not count, although it is its voter's first"));
  EXPECT_THAT(found_when(vote(4), LedgerSays::counts, 4), IsEmpty());
  EXPECT_THAT(found_when(vote(4, "\x01\x01"), LedgerSays::counts, 5),
              ElementsAre("a second ballot of one voter is counted in song: the first is at partition 0, offset 4"));
  EXPECT_THAT(found_when(vote(6, "\x01\x07"), LedgerSays::counts, 6),
              ElementsAre("a vote in song is counted with a ballot that the definition does not allow"));
  EXPECT_THAT(found_when("\xff", LedgerSays::counts, 7), ElementsAre("counted, but neither a vote nor a marker"));
  EXPECT_THAT(found_when(closed(), LedgerSays::does_not_count, 8), IsEmpty());
  EXPECT_THAT(found_when(vote(8), LedgerSays::counts, 9),
              ElementsAre("a vote in song is counted after the election was closed here"));
  EXPECT_THAT(found_when(marker(), LedgerSays::does_not_count, 10), IsEmpty());
  EXPECT_THAT(found_when(vote(10), LedgerSays::counts, 11),
              ElementsAre("a vote in song is counted after the election was closed here"));
}

TEST(Audit, CountsWhatWasWrittenIntoRandomLogsAndBlamesTheLedgerForNothing) {
  EXPECT_TRUE(rc::check("the audit of random logs", [](std::uint64_t seed) {
    using election::testing::LogMaker;
    const auto random = LogMaker(seed, election::testing::EveryoneIsIssued::yes).make(300);
    StoredLog log;
    log.streams[{"elections", 0}] = random.elections;
    std::vector<Partition> partitions;
    for (std::uint32_t partition = 0; partition < random.partitions; ++partition) {
      log.streams[{"ballots", partition}] = random.ballots[partition];
      partitions.push_back(Partition{partition});
    }
    const auto report = audit(log, partitions);
    RC_ASSERT(report.has_value());
    std::uint64_t counted = 0;
    std::uint64_t not_counted = 0;
    for (const auto& [id, expected] : random.expected) {
      counted += expected.counted;
      not_counted += expected.repeated + expected.outside;
    }
    RC_ASSERT(report->counted == counted);
    RC_ASSERT(report->not_counted == not_counted);
    std::uint64_t unreadable = 0;
    for (const Finding& finding : report->findings) {
      unreadable += finding.what == "neither a vote nor a marker" ? 1 : 0;
      RC_ASSERT(finding.what.find("count") == std::string::npos);
      RC_ASSERT(finding.what.find("marker of") == std::string::npos);
    }
    RC_ASSERT(unreadable == random.unreadable);
  }));
}

}  // namespace
}  // namespace ostraka::audit

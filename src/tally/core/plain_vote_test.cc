#include "tally/core/plain_vote.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ostraka/v1/ballot_records.pb.h"

namespace ostraka::tally {
namespace {

v1::BallotRecord record_of(const std::string& election, const std::string& ballot, bool development) {
  v1::BallotRecord record;
  v1::Vote& vote = *record.mutable_vote();
  vote.set_election(election);
  vote.set_voter_key("0123456789abcdef");
  vote.set_ballot(ballot);
  vote.set_ballot_hash("hash of a ballot");
  vote.set_development(development);
  return record;
}

// What the parser says of the same bytes.
void expect_same(const VoteView& vote, const std::string& bytes) {
  v1::BallotRecord record;
  RC_ASSERT(record.ParseFromString(bytes));
  RC_ASSERT(record.has_vote());
  RC_ASSERT(vote.election == record.vote().election());
  RC_ASSERT(vote.voter.view() == record.vote().voter_key());
  RC_ASSERT(vote.ballot == record.vote().ballot());
  RC_ASSERT(vote.development == record.vote().development());
  RC_ASSERT(record.vote().ballot_hash().size() == 16U);
}

TEST(PlainVote, IsWhatBallotBoxesWrite) {
  for (const bool development : {false, true}) {
    for (const std::size_t ballot_bytes : {0U, 1U, 127U, 128U, 300U}) {
      const std::string bytes =
          record_of("best-song", std::string(ballot_bytes, 'b'), development).SerializeAsString();
      const auto vote = read_plain_vote(bytes);
      ASSERT_TRUE(vote) << ballot_bytes;
      expect_same(*vote, bytes);
    }
  }
}

TEST(PlainVote, MeansTheSameToTheParserWhateverTheBytes) {
  std::size_t read = 0;
  EXPECT_TRUE(rc::check("changed bytes", [&](std::string ballot, bool development) {
    std::string bytes = record_of("a", ballot, development).SerializeAsString();
    const int changes = *rc::gen::inRange(0, 3);
    for (int i = 0; i < changes; ++i) {
      bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    }
    if (const auto vote = read_plain_vote(bytes)) {
      ++read;
      expect_same(*vote, bytes);
    }
  }));
  EXPECT_GT(read, 10U);
}

TEST(PlainVote, LeavesOtherSpellingsAndRecordsToTheParser) {
  const std::string plain = record_of("a", "b", false).SerializeAsString();
  EXPECT_FALSE(read_plain_vote(""));
  EXPECT_FALSE(read_plain_vote(plain + '\0'));
  EXPECT_FALSE(read_plain_vote(plain.substr(0, plain.size() - 1)));
  EXPECT_FALSE(read_plain_vote(plain + plain));  // merged by the parser
  EXPECT_FALSE(read_plain_vote(record_of("No Id", "b", false).SerializeAsString()));
  v1::BallotRecord closed;
  closed.mutable_closed()->set_election("a");
  EXPECT_FALSE(read_plain_vote(closed.SerializeAsString()));
  v1::BallotRecord short_key = record_of("a", "b", false);
  short_key.mutable_vote()->set_voter_key("short");
  EXPECT_FALSE(read_plain_vote(short_key.SerializeAsString()));
}

TEST(PlainVote, ReadsTheSameWhateverElectionIsKnown) {
  for (const std::string known : {"", "a", "b", "No Id"}) {
    const std::string bytes = record_of("a", "b", false).SerializeAsString();
    const auto vote = read_plain_vote(bytes, known);
    ASSERT_TRUE(vote) << known;
    expect_same(*vote, bytes);
  }
  // An election without a name, spelled out: no writer does, and no known one makes it an id.
  std::string nameless = record_of("a", "b", false).SerializeAsString();
  nameless[1] = static_cast<char>(nameless[1] - 1);
  nameless.replace(2, 3, std::string("\x0a\x00", 2));
  EXPECT_FALSE(read_plain_vote(nameless, ""));
}

}  // namespace
}  // namespace ostraka::tally

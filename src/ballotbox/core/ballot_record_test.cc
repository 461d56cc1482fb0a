#include "ballotbox/core/ballot_record.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace ostraka::ballotbox {
namespace {

// The fenced blocks of the format page.
std::vector<std::string> worked_examples() {
  std::ifstream page(OSTRAKA_SOURCE_DIR "/docs/formats/ballot-record.md");
  std::vector<std::string> examples;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
    } else if (inside) {
      examples.push_back(line);
    }
  }
  return examples;
}

std::string counting_up(char from, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>(from + static_cast<char>(i)));
  }
  return out;
}

TEST(BallotRecord, IsWhatTheFormatPageShows) {
  const auto examples = worked_examples();
  ASSERT_EQ(examples.size(), 2U);
  const std::string key = counting_up(0, 16);
  const std::string hash = counting_up(0x10, 16);
  EXPECT_EQ(to_hex(encode_vote({"song", *VoterKey::from_bytes(key), "\x01\x02", hash, false})), examples[0]);
  EXPECT_EQ(to_hex(encode_closed("song", wall_time(1000))), examples[1]);
}

TEST(BallotRecord, AVoteRoundTrips) {
  const std::string key = counting_up(0, 16);
  const std::string hash = counting_up(0x10, 16);
  RecordReader reader;
  ASSERT_EQ(reader.read(encode_vote({"song", *VoterKey::from_bytes(key), "\x01", hash, true})), RecordKind::vote);
  const VoteFields vote = reader.vote();
  EXPECT_EQ(vote.election, "song");
  EXPECT_EQ(vote.voter.view(), key);
  EXPECT_EQ(vote.ballot, "\x01");
  EXPECT_EQ(vote.ballot_hash, hash);
  EXPECT_TRUE(vote.development);
}

TEST(BallotRecord, EverythingElseIsUnreadable) {
  RecordReader reader;
  EXPECT_EQ(reader.read(""), RecordKind::unreadable);
  EXPECT_EQ(reader.read("\xff\xff"), RecordKind::unreadable);
  EXPECT_EQ(reader.read(encode_closed("Not An Id", {})), RecordKind::unreadable);
  EXPECT_EQ(reader.read(encode_opened({"", "h", 1, "p", {}})), RecordKind::unreadable);
  EXPECT_EQ(reader.read(encode_vote({"song", {}, "1", "short", false})), RecordKind::unreadable);
  EXPECT_EQ(reader.read(encode_opened({"song", "h", 1, "p", {}})), RecordKind::opened);
}

}  // namespace
}  // namespace ostraka::ballotbox

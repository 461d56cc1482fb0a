#include "net/rpc/cast_codec.h"

#include <gtest/gtest.h>

#include "net/batch/frame.h"

namespace ostraka::rpc {
namespace {

const std::string k_hash("\x00\x01\xff hash of 16 b", 16);

v1::CastReplies replies_of_all_kinds() {
  v1::CastReplies replies;
  v1::CastReply& counted = *replies.add_replies();
  counted.set_outcome(v1::CAST_OUTCOME_COUNTED);
  counted.set_partition(4'095);
  counted.set_offset(std::uint64_t{1} << 40);
  counted.set_ballot_hash(k_hash);
  replies.add_replies();  // everything left out
  v1::CastReply& invalid = *replies.add_replies();
  invalid.set_outcome(v1::CAST_OUTCOME_INVALID_BALLOT);
  invalid.set_detail(std::string(300, 'd'));
  for (const char* pointer : {"", "/choices/0"}) {
    v1::Mistake& mistake = *invalid.add_mistakes();
    mistake.set_pointer(pointer);
    mistake.set_detail(std::string(200, 'm'));
  }
  return replies;
}

TEST(CastCodec, WritesRequestsAsProtocolBuffersDo) {
  v1::CastBatch batch;
  std::string written;
  for (const std::size_t bytes : {0, 1, 127, 128, 20'000}) {
    v1::CastRequest& vote = *batch.add_votes();
    vote.set_election(std::string(bytes % 200, 'e'));
    vote.set_ballot_token(std::string(bytes, 't'));
    vote.set_body(std::string(bytes, '\0'));
    append_cast_request({vote.election(), vote.ballot_token(), vote.body()}, written);
  }
  EXPECT_EQ(written, batch.SerializeAsString());
}

TEST(CastCodec, ReadsRequestsThatProtocolBuffersWrote) {
  v1::CastBatch batch;
  for (int i = 0; i < 300; ++i) {
    v1::CastRequest& vote = *batch.add_votes();
    vote.set_election("e" + std::to_string(i));
    vote.set_ballot_token(std::string(static_cast<std::size_t>(i), 't'));
  }
  const std::string bytes = batch.SerializeAsString();
  std::vector<CastRequest> requests;
  ASSERT_TRUE(read_cast_requests(bytes, requests));
  ASSERT_EQ(requests.size(), 300U);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(requests[static_cast<std::size_t>(i)].election, batch.votes(i).election());
    EXPECT_EQ(requests[static_cast<std::size_t>(i)].ballot_token, batch.votes(i).ballot_token());
    EXPECT_EQ(requests[static_cast<std::size_t>(i)].body, "");
  }
}

TEST(CastCodec, RepliesGoThereAndBackAsProtocolBuffersWriteThem) {
  const v1::CastReplies replies = replies_of_all_kinds();
  const std::string bytes = replies.SerializeAsString();
  std::vector<CastReply> read;
  ASSERT_TRUE(read_cast_replies(bytes, read));
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].outcome, v1::CAST_OUTCOME_COUNTED);
  EXPECT_EQ(read[0].partition, 4'095U);
  EXPECT_EQ(read[0].offset, std::uint64_t{1} << 40);
  EXPECT_EQ(read[0].ballot_hash, k_hash);
  EXPECT_EQ(read[1].outcome, v1::CAST_OUTCOME_UNSPECIFIED);
  ASSERT_EQ(read[2].mistakes.size(), 2U);
  EXPECT_EQ(read[2].mistakes[1].pointer, "/choices/0");
  EXPECT_EQ(read[2].mistakes[1].detail, std::string(200, 'm'));
  EXPECT_EQ(read[2].detail, std::string(300, 'd'));
  std::string written;
  for (const CastReply& reply : read) {
    append_cast_reply(reply, written);
  }
  EXPECT_EQ(written, bytes);
}

TEST(CastCodec, WhatIsCutOffAnywhereIsNoBatchOrOneOfFewer) {
  const std::string bytes = replies_of_all_kinds().SerializeAsString();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    std::vector<CastReply> read;
    v1::CastReplies parsed;
    EXPECT_EQ(read_cast_replies(std::string_view(bytes).substr(0, length), read),
              parsed.ParseFromArray(bytes.data(), static_cast<int>(length)))
        << length;
  }
}

TEST(CastCodec, ABatchOfMoreRequestsThanThereMayBeIsNone) {
  std::string batch;
  for (std::size_t i = 0; i < batch::k_batch_requests_max; ++i) {
    batch.append("\x0a\x00", 2);
  }
  std::vector<CastRequest> requests;
  EXPECT_TRUE(read_cast_requests(batch, requests));
  batch.append("\x0a\x00", 2);
  requests.clear();
  EXPECT_FALSE(read_cast_requests(batch, requests));
}

TEST(CastCodec, FieldsOfTheFutureAreSkippedAndOfTheWrongKindAsWell) {
  std::string entry = "\x0a\x01" "e" "\xa2\x06\x02" "ab" "\x18\x05";  // election, field 100, `body` as a number
  std::string bytes = std::string("\x0a") + static_cast<char>(entry.size()) + entry + "\x10\x07";
  std::vector<CastRequest> requests;
  ASSERT_TRUE(read_cast_requests(bytes, requests));
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].election, "e");
  EXPECT_EQ(requests[0].body, "");
}

}  // namespace
}  // namespace ostraka::rpc

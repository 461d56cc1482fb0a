#include <gtest/gtest.h>

#include <set>

#include "election/ballot.h"
#include "load/core/ballots.h"
#include "load/core/histogram.h"
#include "load/core/pace.h"
#include "load/core/reply_scanner.h"

namespace ostraka::load {
namespace {

using namespace std::chrono_literals;

TEST(Pace, VotesAreDueByTheRateAlone) {
  const Time begins{};
  const Pace pace(2'000, begins, begins + 10s);
  EXPECT_EQ(pace.due(0), begins);
  EXPECT_EQ(pace.due(1), begins + 500us);
  EXPECT_EQ(pace.due(20'000), begins + 10s);
  EXPECT_FALSE(pace.is_over(pace.due(19'999)));
  EXPECT_TRUE(pace.is_over(pace.due(20'000)));
  EXPECT_FALSE(Pace(0, begins, begins).is_open_loop());
}

TEST(Ballots, AreAllowedAndNotAllTheSame) {
  const std::string options = R"("options":[{"id":"a","title":"A"},{"id":"b","title":"B"},{"id":"c","title":"C"}])";
  const election::ParsedDefinition parsed = election::parse_definition(
      R"({"id":"e","title":"E","contests":[{"id":"one","title":"1","method":"single",)" + options +
      R"(},{"id":"some","title":"2","method":"approval","max_choices":2,)" + options +
      R"(},{"id":"order","title":"3","method":"ranked","max_choices":3,)" + options +
      R"(},{"id":"points","title":"4","method":"score","max_score":5,"max_choices":3,)" + options + "}]}");
  ASSERT_TRUE(parsed.definition) << parsed.mistakes[0].pointer << " " << parsed.mistakes[0].detail;
  election::BallotParser parser;
  const std::vector<std::string> bodies = random_bodies(*parsed.definition, 200, 7);
  ASSERT_EQ(bodies.size(), 200U);
  for (const std::string& body : bodies) {
    const election::ParsedBallot ballot = parser.parse(*parsed.definition, body);
    EXPECT_TRUE(!ballot.malformed && ballot.mistakes.empty()) << body;
  }
  EXPECT_GT(std::set<std::string>(bodies.begin(), bodies.end()).size(), 100U);
  EXPECT_EQ(random_bodies(*parsed.definition, 200, 7), bodies) << "the same seed";
}

TEST(ReplyScanner, FindsTheEndAtEverySplit) {
  const std::string reply =
      "HTTP/1.1 201 Created\r\nDate: now\r\nContent-Length: 5\r\nConnection: close\r\n\r\n{...}";
  for (std::size_t i = 0; i < reply.size(); ++i) {
    EXPECT_EQ(scan_reply(std::string_view(reply).substr(0, i)).state, ScannedReply::State::incomplete) << i;
  }
  const ScannedReply scanned = scan_reply(reply + "HTTP");
  EXPECT_EQ(scanned.state, ScannedReply::State::complete);
  EXPECT_EQ(scanned.status, 201U);
  EXPECT_EQ(scanned.bytes, reply.size());
  EXPECT_TRUE(scanned.is_last);
}

TEST(ReplyScanner, FieldNamesMayBeInAnyLetters) {
  const std::string_view reply =
      "HTTP/1.1 201 Created\r\nx-content-length: 7\r\ncontent-Length: 2\r\nCONNECTION: close\r\n\r\n{}";
  const ScannedReply scanned = scan_reply(reply);
  EXPECT_EQ(scanned.state, ScannedReply::State::complete);
  EXPECT_EQ(scanned.bytes, reply.size());
  EXPECT_TRUE(scanned.is_last);
}

TEST(ReplyScanner, WhatIsNotAReplyIsUnreadable) {
  for (const char* bytes : {"HTTP/2", "SSH-2.0", "HTTP/1.1 201 Created\r\n\r\n", "HTTP/1.1 x\r\nContent-Length: 0\r\n\r\n"}) {
    EXPECT_EQ(scan_reply(bytes).state, ScannedReply::State::unreadable) << bytes;
  }
}

TEST(Histogram, QuantilesAreWithinABin) {
  Histogram took;
  for (int i = 1; i <= 1000; ++i) {
    took.add(std::chrono::microseconds(i * 100));
  }
  EXPECT_NEAR(took.quantile_ms(0.5), 50, 50.0 / 32);
  EXPECT_NEAR(took.quantile_ms(0.99), 99, 99.0 / 32);
  EXPECT_EQ(took.quantile_ms(1), 100);
  EXPECT_EQ(took.max_ms(), 100);
  EXPECT_EQ(Histogram().quantile_ms(0.99), 0);
  Histogram twice = took;
  twice += took;
  EXPECT_EQ(twice.count(), 2000U);
  EXPECT_EQ(twice.quantile_ms(0.5), took.quantile_ms(0.5));
}

TEST(Histogram, EveryMicrosecondHasABinThatHoldsIt) {
  for (std::uint64_t us = 1; us < (1ULL << 33); us += us / 7 + 1) {
    Histogram took;
    took.add(std::chrono::microseconds(us));
    took.add(std::chrono::hours(10));  // so that the bin's edge and not the largest value shows
    const double expected = static_cast<double>(std::min<std::uint64_t>(us, 0xffffffffU)) / 1000;
    EXPECT_GE(took.quantile_ms(0.5), expected * 0.999999) << us;
    EXPECT_LE(took.quantile_ms(0.5), expected * (1 + 1.0 / 32) + 0.001) << us;
  }
}

}  // namespace
}  // namespace ostraka::load

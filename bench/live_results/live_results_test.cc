// What the load generator measures with: a wrong ruler would make every figure wrong.
#include <gtest/gtest.h>

#include "live_results/event_scan.h"
#include "live_results/lag.h"

namespace ostraka::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view k_event =
    "2f\r\nevent: results\ndata: {\"covers\":{\"0\":7,\"2\":12},\"contests\":[]}\n\n\r\n";

TEST(EventScan, ADocumentIsFoundHoweverItsBytesAreCut) {
  for (std::size_t cut = 0; cut <= k_event.size(); ++cut) {
    std::string held;
    int found = 0;
    for (const std::string_view part : {k_event.substr(0, cut), k_event.substr(cut), k_event}) {
      held += part;
      for (ScannedEvent event = next_event(held);; event = next_event(held)) {
        found += event.is_found ? 1 : 0;
        if (event.is_found) {
          EXPECT_EQ(covers_text(event.json), "\"0\":7,\"2\":12");
        }
        held.erase(0, event.taken);
        if (!event.is_found) {
          break;
        }
      }
    }
    EXPECT_EQ(found, 2) << cut;
    EXPECT_LT(held.size(), 10u);
  }
}

TEST(EventScan, PingsAreNoDocuments) { EXPECT_FALSE(next_event("8\r\n: ping\n\n\r\n8\r\n: ping\n\n\r\n").is_found); }

TEST(EventScan, CoversAndNumbers) {
  EXPECT_EQ(parse_covers("\"0\":7,\"2\":12"), (Covers{7, 0, 12, 0}));
  EXPECT_EQ(parse_covers(""), Covers{});
  EXPECT_EQ(number_behind(R"({"partition":3,"offset":44})", "\"offset\":", 0), 44u);
  EXPECT_EQ(number_behind("{}", "\"offset\":", 9), 9u);
  EXPECT_EQ(string_behind(R"({"id_token":"a.b"})", "\"id_token\":"), "a.b");
}

class LagOfOneViewer : public testing::Test {
 protected:
  void arrives(std::string_view covers, std::chrono::milliseconds at) {
    lag_.arrived(viewer_, lag_.document(covers), zero_ + at, waits_);
  }

  const Time zero_{};
  Lag lag_;
  Lag::Viewer viewer_;
  Histogram waits_;
};

TEST_F(LagOfOneViewer, EndsWithTheFirstDocumentThatCoversTheVote) {
  lag_.sample(1, 5, zero_ + 100ms);
  arrives("\"1\":5", 150ms);  // up to 5, not 5 itself
  EXPECT_EQ(waits_.count(), 0u);
  EXPECT_EQ(lag_.uncovered(viewer_), 1u);
  arrives("\"1\":6", 300ms);
  EXPECT_EQ(waits_.count(), 1u);
  EXPECT_EQ(waits_.max_ms(), 200);
  EXPECT_EQ(lag_.uncovered(viewer_), 0u);
}

TEST_F(LagOfOneViewer, AVoteThatWasCoveredBeforeItsAnswerWaitedForNothing) {
  arrives("\"1\":6", 50ms);
  lag_.sample(1, 5, zero_ + 100ms);
  EXPECT_EQ(lag_.uncovered(viewer_), 0u);
  arrives("\"1\":9", 900ms);
  EXPECT_EQ(waits_.count(), 1u);
  EXPECT_EQ(waits_.max_ms(), 0);
}

TEST_F(LagOfOneViewer, PartitionsDoNotWaitForEachOther) {
  lag_.sample(0, 5, zero_);
  lag_.sample(1, 5, zero_);
  arrives("\"0\":1,\"1\":9", 10ms);
  EXPECT_EQ(waits_.count(), 1u);
  EXPECT_EQ(lag_.uncovered(viewer_), 1u);
}

TEST_F(LagOfOneViewer, WhoBeginsLaterWaitsForNothingOlder) {
  lag_.sample(0, 5, zero_);
  lag_.begin(viewer_);
  arrives("\"0\":9", 10ms);
  EXPECT_EQ(waits_.count(), 0u);
}

TEST_F(LagOfOneViewer, AMomentIsReachedByTheDocumentThatCoversIt) {
  lag_.sample(0, 5, zero_);
  Lag::Viewer moment;
  lag_.begin(moment);
  lag_.sample(0, 50, zero_);
  arrives("\"0\":3", 10ms);
  EXPECT_FALSE(lag_.has_reached(viewer_, moment));
  arrives("\"0\":6", 20ms);
  EXPECT_TRUE(lag_.has_reached(viewer_, moment));
}

}  // namespace
}  // namespace ostraka::bench

// Who has which partition, among processes that come and go; by librdkafka's mock of brokers.
#include "log/kafka/kafka_sharing.h"

#include <condition_variable>
#include <mutex>

#include "log/kafka/mock_cluster.h"

namespace ostraka::log {
namespace {

class Member {
 public:
  explicit Member(Log& log) {
    ShareOptions options;
    options.stream = "ballots";
    options.group = "ballotbox";
    options.partitions = MockCluster::k_partitions;
    options.on_share = [this](const Share& share) {
      const std::lock_guard lock(mutex_);
      share_ = share.partitions;
      changed_.notify_all();
    };
    auto joined = log.share(std::move(options));
    EXPECT_TRUE(joined) << joined.error().message;
    sharing_ = std::move(*joined);
  }

  std::set<Partition> share_of(std::size_t partitions) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return share_.size() == partitions; });
    return share_;
  }

 private:
  std::mutex mutex_;  // guards share_
  std::condition_variable changed_;
  std::set<Partition> share_;
  std::unique_ptr<Sharing> sharing_;
};

std::set<Partition> together(const std::set<Partition>& a, const std::set<Partition>& b) {
  std::set<Partition> both = a;
  both.insert(b.begin(), b.end());
  return both;
}

TEST(KafkaSharing, OneAloneHasEverythingTwoHaveHalfEachAndOneThatLeavesGivesItsHalfBack) {
  MockCluster cluster;
  const auto log = cluster.open();
  auto first = std::make_unique<Member>(*log);
  EXPECT_EQ(first->share_of(10).size(), 10U);
  Member second(*log);
  const auto half = second.share_of(5);
  EXPECT_EQ(half.size(), 5U);
  EXPECT_EQ(together(half, first->share_of(5)).size(), 10U);
  first.reset();
  EXPECT_EQ(second.share_of(10).size(), 10U);
}

}  // namespace
}  // namespace ostraka::log

#include "log/contract_tests.h"

#include "log/kafka/mock_cluster.h"

namespace ostraka::log {
namespace {

struct MockWorld {
  static constexpr bool k_threads = true;
  static constexpr bool k_one_writer = false;
  static constexpr bool k_marks_at_appends = false;
  std::unique_ptr<Log> open() { return cluster.open(); }
  MockCluster cluster;
};

INSTANTIATE_TYPED_TEST_SUITE_P(KafkaMock, LogContract, MockWorld);

}  // namespace
}  // namespace ostraka::log

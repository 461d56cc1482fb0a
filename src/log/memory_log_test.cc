#include "log/memory_log.h"

#include "log/contract_tests.h"

namespace ostraka::log {
namespace {

// Hands every caller the same log.
class Handle final : public Log {
 public:
  explicit Handle(Log& log) : log_(log) {}
  Result<std::unique_ptr<Appender>> open_appender(const PartitionName& name) override {
    return log_.open_appender(name);
  }
  Result<std::unique_ptr<Reader>> open_reader(const PartitionName& name, Offset from) override {
    return log_.open_reader(name, from);
  }
  Result<Mark> mark(const PartitionName& name, Offset at) override { return log_.mark(name, at); }

 private:
  Log& log_;
};

struct MemoryWorld {
  static constexpr bool k_threads = true;
  static constexpr bool k_one_writer = true;
  static constexpr bool k_marks_at_appends = true;
  std::unique_ptr<Log> open() { return std::make_unique<Handle>(*log); }
  std::unique_ptr<Log> log = make_memory_log();
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, LogContract, MemoryWorld);

}  // namespace
}  // namespace ostraka::log

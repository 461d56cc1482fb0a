// The contract, on the machine's disk and on the simulated one.
#include "io/simulated/disk.h"
#include "log/contract_tests.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/test_directory.h"

namespace ostraka::log {
namespace {

struct PosixWorld {
  static constexpr bool k_threads = true;
  static constexpr bool k_one_writer = true;
  static constexpr bool k_marks_at_appends = true;
  std::unique_ptr<Log> open() {
    EmbeddedOptions options;
    options.writer.sizes.fixed_bytes = 64U << 10;  // roll over often
    options.seal_after = Milliseconds{5};
    return std::move(open_embedded_log(directory.path() + "/log", options).value());
  }
  TestDirectory directory;
};

struct SimulatedWorld {
  static constexpr bool k_threads = false;
  static constexpr bool k_one_writer = true;
  static constexpr bool k_marks_at_appends = true;
  std::unique_ptr<Log> open() {
    processes.push_back(disk.start_process());
    EmbeddedOptions options;
    options.files = processes.back().get();
    options.threads = Threads::none;
    options.writer.sizes.fixed_bytes = 64U << 10;
    return std::move(open_embedded_log("/log", options).value());
  }
  io::SimulatedDisk disk{1};
  std::vector<std::unique_ptr<io::SimulatedProcess>> processes;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Posix, LogContract, PosixWorld);
INSTANTIATE_TYPED_TEST_SUITE_P(Simulated, LogContract, SimulatedWorld);

}  // namespace
}  // namespace ostraka::log

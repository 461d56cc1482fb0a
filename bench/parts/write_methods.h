// Ways to make a batch durable in a file: what the part `writes` compares.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ostraka::bench {

enum class FileAtFirst { empty, zeros };
enum class HandedOver { by_calls, by_ring };

struct WriteMethod {
  const char* name;
  FileAtFirst file;
  int open_flags;  // with O_DSYNC a write is durable when it is done; without, a sync follows it
  HandedOver how;
  std::size_t in_flight_max;
};
std::span<const WriteMethod> write_methods();

// Writes batches to one file. Used by one thread: a ring by the one that opened it. A step that fails ends the process,
// for nothing here is anybody's.
class BatchWriter {
 public:
  virtual ~BatchWriter() = default;

  // Hands a batch over. May take until it is durable. REQUIRES: `bytes` is whole blocks, begins on one in memory too,
  // and stays until the batch is durable; fewer than the ring's batches in flight are on their way.
  virtual void begin(std::uint64_t at, std::string_view bytes) = 0;

  // Returns when the oldest batch that has begun and was not waited for is durable.
  virtual void finish() = 0;
};

// unavailable: the file system, the kernel or this build does not have what the method needs.
Result<std::unique_ptr<BatchWriter>> open_batch_writer(const WriteMethod& method, const std::string& path);

// The ring's: at most so many batches on their way at once.
inline constexpr std::size_t k_ring_batches_max = 2;
Result<std::unique_ptr<BatchWriter>> open_ring_writer(const WriteMethod& method, const std::string& path);

}  // namespace ostraka::bench

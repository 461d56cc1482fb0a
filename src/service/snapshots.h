// Index snapshots of one process: where they are, who writes them, and what is told of them. For main.cc of the services
// that keep an index.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "service/metrics.h"
#include "snapshot/sink.h"
#include "snapshot/source.h"

namespace CLI {
class App;
}

namespace ostraka::service {

struct SnapshotOptions {
  std::string directory{};            // --snapshots DIR; empty: none are written or looked for
  std::uint64_t records = 1'000'000;  // --snapshot-records
};

// REQUIRES: options outlives the parsing.
void add_snapshot_options(CLI::App& app, SnapshotOptions& options);

snapshot::Policy policy_of(const SnapshotOptions& options);

// Thread-safe but for sink(). Destroy it when nobody uses its sinks any more; what it has not finished is dropped.
class Snapshots {
 public:
  // Makes the directory when there is none; when it cannot, none are written, and that is said. `metrics` outlives it.
  static std::unique_ptr<Snapshots> start(SnapshotOptions options, Metrics& metrics);
  virtual ~Snapshots() = default;

  // Of the snapshot in the file NAME.snapshot. Null when none are written. The sink lives as long as this.
  virtual snapshot::Sink* sink(const std::string& name) = 0;
  // Empty when none are looked for.
  virtual snapshot::OpenSource open_source(const std::string& name) = 0;

  // To be told what became of a snapshot at a start, and what it spared reading, in words.
  virtual void tell(const std::string& name, const snapshot::Restored& restored, const std::string& covered) = 0;
};

}  // namespace ostraka::service

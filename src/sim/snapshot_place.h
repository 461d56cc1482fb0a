// Where a simulated process keeps its index snapshot: on the simulated disk, beside the log, or nowhere when the log has
// no disk. The product's files, sinks and sources; small slices, so that much happens between two of them.
#pragma once

#include <optional>
#include <string>

#include "sim/backend.h"
#include "snapshot/files/file_sink.h"
#include "snapshot/files/file_source.h"

namespace ostraka::sim {

class SnapshotPlace {
 public:
  // REQUIRES: `process` outlives it. May throw ProcessDied.
  SnapshotPlace(LogProcess& process, const std::string& name) {
    if (io::FileSystem* files = process.files()) {
      (void)files->create_directory(k_directory);  // it may be there
      place_ = {k_directory, name};
      sink_.emplace(*files, place_);
      files_ = files;
    }
  }

  snapshot::Sink* sink() { return sink_ ? &*sink_ : nullptr; }
  snapshot::OpenSource open_source() const {
    if (files_ == nullptr) {
      return {};
    }
    return [files = files_, place = place_] { return snapshot::open_file_source(*files, place); };
  }
  static snapshot::Policy policy() { return {.records_min = 3, .entries_per_record = 1'000, .slice_bytes = 300}; }

  static constexpr char k_directory[] = "snapshots";

 private:
  snapshot::Place place_;
  io::FileSystem* files_ = nullptr;
  std::optional<snapshot::FileSink> sink_;
};

}  // namespace ostraka::sim

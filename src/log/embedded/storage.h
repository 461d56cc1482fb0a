// A file system together with what happens when one of its syncs fails: the log's durable steps go through here.
#pragma once

#include <string>

#include "io/fatal.h"
#include "io/file_system.h"

namespace ostraka::log {

// Outlives whoever uses it. Thread-safe when its handler is.
struct Storage {
  io::FileSystem& files;
  io::FatalHandler fatal;

  // A sync that fails ends in `fatal`, which does not return; should it, the error says so and the caller stops.
  Status sync(io::File& file, const std::string& path) const;
  Status sync_directory(const std::string& directory) const;

  // The directory exists, and its name is durable, with all its parents'.
  Status ensure_directory(const std::string& directory) const;

  // For a step other than a sync that leaves the medium unknown. Always an error.
  tl::unexpected<Error> broken(const Error& error) const;
};

}  // namespace ostraka::log

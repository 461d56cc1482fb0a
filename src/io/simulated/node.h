// A file or directory of the simulated disk: the page cache's view, the medium's, and what lies between.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace ostraka::io {

struct SimulatedNode {
  using Entries = std::map<std::string, std::shared_ptr<SimulatedNode>>;
  // One change of a directory; its entries change together. A null node takes the name away.
  using Change = std::vector<std::pair<std::string, std::shared_ptr<SimulatedNode>>>;

  bool is_directory = false;

  // A file.
  std::string cache;
  std::string medium;
  std::set<std::size_t> dirty_sectors;
  bool size_dirty = false;

  // A directory.
  Entries entries;
  Entries medium_entries;
  std::vector<Change> changes;

  void write(std::size_t at, std::string_view bytes);
  void grow(std::size_t bytes);
  // What a read past the page cache gives: it first sends what is dirty on its way, which does not make it durable.
  std::string through_the_cache() const;
  // Everything dirty reaches the medium; or counts as clean without having done so.
  void sync();
  void forget_dirt();
  // The change happens now, and is durable when the directory is synced.
  void change(Change change);
};

// Applies it to one of a directory's two views.
void apply_change(const SimulatedNode::Change& change, SimulatedNode::Entries& entries);

}  // namespace ostraka::io

#include "io/simulated/node.h"

#include <algorithm>

#include "io/simulated/disk.h"

namespace ostraka::io {

void SimulatedNode::write(std::size_t at, std::string_view bytes) {
  grow(at + bytes.size());
  std::copy(bytes.begin(), bytes.end(), cache.begin() + static_cast<std::ptrdiff_t>(at));
  for (std::size_t sector = at / k_sector_bytes; sector * k_sector_bytes < at + bytes.size(); ++sector) {
    dirty_sectors.insert(sector);
  }
}

void SimulatedNode::grow(std::size_t bytes) {
  if (bytes > cache.size()) {
    cache.resize(bytes, '\0');
    size_dirty = true;
  }
}

std::string SimulatedNode::through_the_cache() const {
  std::string seen = medium;
  seen.resize(cache.size(), '\0');
  for (const std::size_t sector : dirty_sectors) {
    const std::size_t at = sector * k_sector_bytes;
    seen.replace(at, k_sector_bytes, cache, at, k_sector_bytes);
  }
  return seen;
}

void SimulatedNode::sync() {
  medium = through_the_cache();
  forget_dirt();
}

void SimulatedNode::forget_dirt() {
  dirty_sectors.clear();
  size_dirty = false;
}

void SimulatedNode::change(Change change) {
  apply_change(change, entries);
  changes.push_back(std::move(change));
}

void apply_change(const SimulatedNode::Change& change, SimulatedNode::Entries& entries) {
  for (const auto& [name, node] : change) {
    if (node) {
      entries[name] = node;
    } else {
      entries.erase(name);
    }
  }
}

}  // namespace ostraka::io

#include "io/simulated/disk.h"

#include "base/check.h"
#include "io/simulated/node.h"

namespace ostraka::io {

namespace {

void drop_caches_of(SimulatedNode& node) {
  if (!node.is_directory) {
    node.cache = node.through_the_cache();
    return;
  }
  for (const auto& [name, child] : node.entries) {
    drop_caches_of(*child);
  }
}

void sync_all_of(SimulatedNode& node) {
  for (const SimulatedNode::Change& change : node.changes) {
    apply_change(change, node.medium_entries);
  }
  node.changes.clear();
  node.sync();
  for (const auto& [name, child] : node.entries) {
    sync_all_of(*child);
  }
}

std::uint64_t bytes_in(const SimulatedNode& node) {
  std::uint64_t bytes = node.cache.size();
  for (const auto& [name, child] : node.entries) {
    bytes += bytes_in(*child);
  }
  return bytes;
}

}  // namespace

const char* to_string(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::create:
      return "create";
    case Step::Kind::write:
      return "write";
    case Step::Kind::allocate:
      return "allocate";
    case Step::Kind::sync:
      return "sync";
    case Step::Kind::write_back:
      return "write back";
    case Step::Kind::rename:
      return "rename";
    case Step::Kind::remove:
      return "remove";
    case Step::Kind::create_directory:
      return "create directory";
    case Step::Kind::sync_directory:
      return "sync directory";
    case Step::Kind::store_words:
      return "store words";
    case Step::Kind::sync_words:
      return "sync words";
  }
  return "unknown";
}

SimulatedDisk::SimulatedDisk(std::uint64_t seed) : root_(std::make_shared<SimulatedNode>()), random_(seed) {
  root_->is_directory = true;
}

std::unique_ptr<SimulatedProcess> SimulatedDisk::start_process() {
  auto liveness = std::make_shared<Liveness>();
  processes_.push_back(liveness);
  return std::unique_ptr<SimulatedProcess>(new SimulatedProcess(*this, std::move(liveness)));
}

void SimulatedDisk::lose_power() {
  for (const std::weak_ptr<Liveness>& process : processes_) {
    if (const std::shared_ptr<Liveness> liveness = process.lock()) {
      liveness->alive = false;
    }
  }
  processes_.clear();
  locks_.clear();
  settle_after_power_loss(*root_);
}

void SimulatedDisk::settle_after_power_loss(SimulatedNode& node) {
  if (!node.is_directory) {
    // The size comes with the last sector that is kept, or by itself.
    if (node.size_dirty && coin()) {
      node.medium.resize(node.cache.size(), '\0');
    }
    for (const std::size_t sector : node.dirty_sectors) {
      if (!coin()) {
        continue;
      }
      const std::size_t at = sector * k_sector_bytes;
      const std::string_view bytes = std::string_view(node.cache).substr(at, k_sector_bytes);
      if (node.medium.size() < at + bytes.size()) {
        node.medium.resize(at + bytes.size(), '\0');
      }
      node.medium.replace(at, bytes.size(), bytes);
    }
    node.cache = node.medium;
    node.forget_dirt();
    return;
  }
  for (const SimulatedNode::Change& change : node.changes) {
    if (coin()) {
      apply_change(change, node.medium_entries);
    }
  }
  node.changes.clear();
  node.entries = node.medium_entries;
  for (const auto& [name, child] : node.entries) {
    settle_after_power_loss(*child);
  }
}

void SimulatedDisk::drop_caches() {
  drop_caches_of(*root_);
}

void SimulatedDisk::sync_all() {
  sync_all_of(*root_);
}

void SimulatedDisk::on_step(Hook hook) {
  hook_ = std::move(hook);
  steps_ = 0;
}

std::uint64_t SimulatedDisk::used_bytes() const {
  return bytes_in(*root_);
}

std::shared_ptr<SimulatedNode> SimulatedDisk::find(const std::string& path) const {
  std::shared_ptr<SimulatedNode> node = root_;
  for (std::size_t at = 0; at < path.size() && node;) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string name = path.substr(at, slash - at);
    if (!name.empty() && name != ".") {
      const auto found = node->entries.find(name);
      node = found == node->entries.end() ? nullptr : found->second;
    }
    at = slash + 1;
  }
  return node;
}

StepOutcome SimulatedDisk::step(Step::Kind kind, const std::string& path, Liveness& process,
                                const std::function<void()>& before_crash) {
  const StepOutcome outcome = hook_ ? hook_({kind, path, steps_}) : StepOutcome::proceed;
  ++steps_;
  if (outcome == StepOutcome::crash) {
    if (before_crash) {
      before_crash();
    }
    process.alive = false;
    throw SimulatedCrash{};
  }
  return outcome;
}

std::optional<std::string> SimulatedDisk::content(const std::string& path) const {
  const std::shared_ptr<SimulatedNode> node = find(path);
  return node && !node->is_directory ? std::optional(node->medium) : std::nullopt;
}

void SimulatedDisk::set_content(const std::string& path, const std::string& bytes) {
  std::shared_ptr<SimulatedNode> node = find(path);
  if (!node) {
    const std::shared_ptr<SimulatedNode> directory = find(parent_directory(path));
    check(directory && directory->is_directory, "a directory");
    node = std::make_shared<SimulatedNode>();
    const SimulatedNode::Change link{{path.substr(path.rfind('/') + 1), node}};
    apply_change(link, directory->entries);
    apply_change(link, directory->medium_entries);
  }
  node->cache = bytes;
  node->medium = bytes;
  node->forget_dirt();
}

}  // namespace ostraka::io

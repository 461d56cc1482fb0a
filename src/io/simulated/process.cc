// The simulated disk as a process sees it: its files, locks, shared words.
#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "io/simulated/disk.h"
#include "io/simulated/node.h"

namespace ostraka::io {

namespace {

tl::unexpected<Error> dead() {
  return fail(ErrorKind::unavailable, "the simulated process is dead");
}
tl::unexpected<Error> broken(const std::string& path) {
  return fail(ErrorKind::unavailable, "{}: simulated failure", path);
}
tl::unexpected<Error> full(const std::string& path) {
  return fail(ErrorKind::disk_full, "{}: no space", path);
}
tl::unexpected<Error> missing(const std::string& path) {
  return fail(ErrorKind::not_found, "{}: no such file", path);
}

std::string name_in_directory(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

class SimulatedFile final : public File {
 public:
  SimulatedFile(SimulatedDisk& disk, std::shared_ptr<SimulatedDisk::Liveness> liveness,
                std::shared_ptr<SimulatedNode> node, std::string path)
      : disk_(disk), liveness_(std::move(liveness)), node_(std::move(node)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t at, std::span<char> into) override { return read(node_->cache, at, into); }

  Result<std::size_t> read_from_medium(std::uint64_t at, std::span<char> into) override {
    return read(node_->through_the_cache(), at, into);
  }

  Status write_at(std::uint64_t at, std::string_view bytes) override {
    if (!liveness_->alive) {
      return dead();
    }
    const auto part_of_it = [&] {
      const std::size_t sectors = bytes.size() / k_sector_bytes;
      node_->write(at, bytes.substr(0, disk_.random_() % (sectors + 1) * k_sector_bytes));
    };
    const StepOutcome outcome = disk_.step(Step::Kind::write, path_, *liveness_, part_of_it);
    if (outcome == StepOutcome::disk_full || !has_room(at + bytes.size())) {
      part_of_it();
      return full(path_);
    }
    if (outcome == StepOutcome::fail) {
      return broken(path_);
    }
    node_->write(at, bytes);
    return outcome == StepOutcome::proceed ? Status{} : Status(broken(path_));
  }

  Status allocate(std::uint64_t bytes) override {
    if (!liveness_->alive) {
      return dead();
    }
    const StepOutcome outcome = disk_.step(Step::Kind::allocate, path_, *liveness_);
    if (outcome == StepOutcome::disk_full || !has_room(bytes)) {
      return full(path_);
    }
    if (outcome != StepOutcome::fail) {
      node_->grow(bytes);
    }
    return outcome == StepOutcome::proceed ? Status{} : Status(broken(path_));
  }

  Status sync() override {
    if (!liveness_->alive) {
      return dead();
    }
    const StepOutcome outcome = disk_.step(Step::Kind::sync, path_, *liveness_);
    if (outcome == StepOutcome::lie) {
      return {};
    }
    if (outcome == StepOutcome::proceed || outcome == StepOutcome::fail_but_done) {
      node_->sync();
    } else {
      node_->forget_dirt();
    }
    if (outcome == StepOutcome::disk_full) {
      return full(path_);
    }
    return outcome == StepOutcome::proceed ? Status{} : Status(broken(path_));
  }

  // The medium may have had them all along: what changes is only what its failure does to the page cache.
  Status write_back(std::uint64_t, std::uint64_t) override {
    if (!liveness_->alive) {
      return dead();
    }
    const StepOutcome outcome = disk_.step(Step::Kind::write_back, path_, *liveness_);
    if (outcome == StepOutcome::fail || outcome == StepOutcome::disk_full) {
      node_->forget_dirt();
    }
    if (outcome == StepOutcome::disk_full) {
      return full(path_);
    }
    return outcome == StepOutcome::proceed || outcome == StepOutcome::lie ? Status{} : Status(broken(path_));
  }

  Result<std::uint64_t> size() override {
    return liveness_->alive ? Result<std::uint64_t>(node_->cache.size()) : dead();
  }

 private:
  Result<std::size_t> read(const std::string& bytes, std::uint64_t at, std::span<char> into) const {
    if (!liveness_->alive) {
      return dead();
    }
    if (at >= bytes.size()) {
      return 0U;
    }
    const std::size_t count = std::min<std::uint64_t>(into.size(), bytes.size() - at);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), count, into.begin());
    return count;
  }
  bool has_room(std::uint64_t bytes) const {
    return bytes <= node_->cache.size() || disk_.used_bytes() + bytes - node_->cache.size() <= disk_.capacity_;
  }

  SimulatedDisk& disk_;
  std::shared_ptr<SimulatedDisk::Liveness> liveness_;
  std::shared_ptr<SimulatedNode> node_;
  std::string path_;
};

class SimulatedLock final : public FileLock {
 public:
  SimulatedLock(SimulatedDisk& disk, std::shared_ptr<SimulatedDisk::Liveness> liveness, std::string path)
      : disk_(disk), liveness_(std::move(liveness)), path_(std::move(path)) {
    disk_.locks_[path_] = liveness_;
  }
  SimulatedLock(const SimulatedLock&) = delete;
  SimulatedLock& operator=(const SimulatedLock&) = delete;
  ~SimulatedLock() override {
    const auto held = disk_.locks_.find(path_);
    if (held != disk_.locks_.end() && held->second == liveness_) {
      disk_.locks_.erase(held);
    }
  }

 private:
  SimulatedDisk& disk_;
  std::shared_ptr<SimulatedDisk::Liveness> liveness_;
  std::string path_;
};

// Nothing waits here: whoever steps the simulation decides when to look again.
class SimulatedWords final : public SharedWords {
 public:
  SimulatedWords(SimulatedDisk& disk, std::shared_ptr<SimulatedDisk::Liveness> liveness,
                 std::shared_ptr<SimulatedNode> node, std::string path)
      : disk_(disk), liveness_(std::move(liveness)), node_(std::move(node)), path_(std::move(path)) {}

  std::uint64_t load(std::size_t index) const override {
    check(index < k_words);
    return load_le<std::uint64_t>(node_->cache.data() + index * 8);
  }
  void store(std::size_t index, std::uint64_t value) override {
    check(index < k_words);
    // A store into memory cannot fail; a process can die before it.
    if (liveness_->alive) {
      disk_.step(Step::Kind::store_words, path_, *liveness_);
      char bytes[8];
      store_le(bytes, value);
      node_->write(index * 8, {bytes, sizeof bytes});
    }
  }
  Status sync() override {
    if (!liveness_->alive) {
      return dead();
    }
    const StepOutcome outcome = disk_.step(Step::Kind::sync_words, path_, *liveness_);
    if (outcome == StepOutcome::lie) {
      return {};
    }
    if (outcome == StepOutcome::proceed || outcome == StepOutcome::fail_but_done) {
      node_->sync();
    } else {
      node_->forget_dirt();
    }
    return outcome == StepOutcome::proceed ? Status{} : Status(broken(path_));
  }
  std::uint32_t wakes() const override { return static_cast<std::uint32_t>(load(k_words - 1)); }
  void wake_all() override {
    if (liveness_->alive) {
      char bytes[8];
      store_le(bytes, load(k_words - 1) + 1);
      node_->write((k_words - 1) * 8, {bytes, sizeof bytes});
    }
  }
  void wake_waiting() override {}
  void wait(std::uint32_t, Milliseconds) override {}

 private:
  SimulatedDisk& disk_;
  std::shared_ptr<SimulatedDisk::Liveness> liveness_;
  std::shared_ptr<SimulatedNode> node_;
  std::string path_;
};

Status SimulatedProcess::perform(Step::Kind kind, const std::string& path, const std::function<void()>& done) {
  const StepOutcome outcome = disk_.step(kind, path, *liveness_);
  if (outcome == StepOutcome::disk_full) {
    return full(path);
  }
  if (outcome != StepOutcome::fail) {
    done();
  }
  return outcome == StepOutcome::proceed ? Status{} : Status(broken(path));
}

Result<std::shared_ptr<SimulatedNode>> SimulatedProcess::directory_of(const std::string& path) const {
  if (!liveness_->alive) {
    return dead();
  }
  std::shared_ptr<SimulatedNode> node = disk_.find(parent_directory(path));
  if (!node || !node->is_directory) {
    return missing(path);
  }
  return node;
}

Result<std::unique_ptr<File>> SimulatedProcess::open(const std::string& path, OpenFile how) {
  const Result<std::shared_ptr<SimulatedNode>> directory = directory_of(path);
  if (!directory) {
    return tl::make_unexpected(directory.error());
  }
  std::shared_ptr<SimulatedNode> node = disk_.find(path);
  if (how == OpenFile::create_new) {
    if (node) {
      return fail(ErrorKind::conflict, "{} exists", path);
    }
    node = std::make_shared<SimulatedNode>();
    const auto link = [&] { (*directory)->change({{name_in_directory(path), node}}); };
    if (Status created = perform(Step::Kind::create, path, link); !created) {
      return tl::make_unexpected(created.error());
    }
  }
  if (!node || node->is_directory) {
    return missing(path);
  }
  return std::make_unique<SimulatedFile>(disk_, liveness_, std::move(node), path);
}

Status SimulatedProcess::rename(const std::string& from, const std::string& to, IfTargetExists how) {
  const Result<std::shared_ptr<SimulatedNode>> directory = directory_of(from);
  if (!directory) {
    return tl::make_unexpected(directory.error());
  }
  check(parent_directory(from) == parent_directory(to), "in the same directory");
  const std::shared_ptr<SimulatedNode> node = disk_.find(from);
  if (!node) {
    return missing(from);
  }
  if (how == IfTargetExists::refuse && disk_.find(to)) {
    return fail(ErrorKind::conflict, "{} exists", to);
  }
  return perform(Step::Kind::rename, to,
                 [&] { (*directory)->change({{name_in_directory(from), nullptr}, {name_in_directory(to), node}}); });
}

Status SimulatedProcess::remove(const std::string& path) {
  const Result<std::shared_ptr<SimulatedNode>> directory = directory_of(path);
  if (!directory) {
    return tl::make_unexpected(directory.error());
  }
  if (!disk_.find(path)) {
    return missing(path);
  }
  return perform(Step::Kind::remove, path, [&] { (*directory)->change({{name_in_directory(path), nullptr}}); });
}

Result<std::vector<std::string>> SimulatedProcess::list(const std::string& directory) {
  if (!liveness_->alive) {
    return dead();
  }
  const std::shared_ptr<SimulatedNode> node = disk_.find(directory);
  if (!node || !node->is_directory) {
    return missing(directory);
  }
  std::vector<std::string> names;
  for (const auto& [name, child] : node->entries) {
    names.push_back(name);
  }
  return names;
}

Status SimulatedProcess::create_directory(const std::string& directory) {
  const Result<std::shared_ptr<SimulatedNode>> parent = directory_of(directory);
  if (!parent) {
    return tl::make_unexpected(parent.error());
  }
  if (disk_.find(directory)) {
    return fail(ErrorKind::conflict, "{} exists", directory);
  }
  return perform(Step::Kind::create_directory, directory, [&] {
    auto node = std::make_shared<SimulatedNode>();
    node->is_directory = true;
    (*parent)->change({{name_in_directory(directory), std::move(node)}});
  });
}

Status SimulatedProcess::sync_directory(const std::string& directory) {
  if (!liveness_->alive) {
    return dead();
  }
  const std::shared_ptr<SimulatedNode> node = disk_.find(directory);
  if (!node || !node->is_directory) {
    return missing(directory);
  }
  const StepOutcome outcome = disk_.step(Step::Kind::sync_directory, directory, *liveness_);
  if (outcome == StepOutcome::lie) {
    return {};
  }
  if (outcome == StepOutcome::proceed || outcome == StepOutcome::fail_but_done) {
    for (const SimulatedNode::Change& change : node->changes) {
      apply_change(change, node->medium_entries);
    }
  }
  node->changes.clear();
  return outcome == StepOutcome::proceed ? Status{} : Status(broken(directory));
}

Result<std::unique_ptr<FileLock>> SimulatedProcess::lock(const std::string& path) {
  if (!liveness_->alive) {
    return dead();
  }
  const auto held = disk_.locks_.find(path);
  if (held != disk_.locks_.end() && held->second->alive) {
    return fail(ErrorKind::conflict, "{} is locked", path);
  }
  if (!disk_.find(path)) {
    if (const Result<std::unique_ptr<File>> made = open(path, OpenFile::create_new); !made) {
      return tl::make_unexpected(made.error());
    }
  }
  return std::make_unique<SimulatedLock>(disk_, liveness_, path);
}

Result<std::unique_ptr<SharedWords>> SimulatedProcess::open_shared_words(const std::string& path, OpenWords how) {
  const bool creating = how == OpenWords::creating_writable;
  Result<std::unique_ptr<File>> file = open(path, OpenFile::writing);
  if (!file && file.error().kind == ErrorKind::not_found && creating) {
    file = open(path, OpenFile::create_new);
  }
  if (!file) {
    return tl::make_unexpected(file.error());
  }
  std::shared_ptr<SimulatedNode> node = disk_.find(path);
  if (node->cache.size() < k_block_bytes) {
    if (!creating) {
      return missing(path);
    }
    Status filled = (*file)->write_at(0, std::string(k_block_bytes, '\0'));
    if (filled) {
      filled = (*file)->sync();
    }
    if (filled) {
      filled = sync_directory(parent_directory(path));
    }
    if (!filled) {
      return tl::make_unexpected(filled.error());
    }
  }
  return std::make_unique<SimulatedWords>(disk_, liveness_, std::move(node), path);
}

}  // namespace ostraka::io

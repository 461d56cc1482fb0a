#include "disk.h"

#include <sys/stat.h>

#include <cerrno>
#include <ctime>

namespace forgetful {

timespec Disk::now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

Disk::Disk() {
  Node& root = nodes_[k_root];
  root.attributes = {.id = k_root, .mode = S_IFDIR | 0755, .changed = now()};
  root.kept = 1;  // for ever
}

Disk::Node* Disk::node(Id id) {
  const auto found = nodes_.find(id);
  return found == nodes_.end() ? nullptr : &found->second;
}

Disk::Node* Disk::directory(Id id, int& error) {
  Node* found = node(id);
  error = found == nullptr ? ENOENT : S_ISDIR(found->attributes.mode) ? 0 : ENOTDIR;
  return error == 0 ? found : nullptr;
}

Attributes Disk::describe(const Node& node) const {
  Attributes attributes = node.attributes;
  attributes.size = S_ISLNK(attributes.mode) ? node.target.size() : node.content.size();
  return attributes;
}

int Disk::hand_out(Node& node, Attributes& attributes) {
  ++node.kept;
  attributes = describe(node);
  return 0;
}

int Disk::attributes(Id id, Attributes& found) {
  const std::lock_guard lock(mutex_);
  const Node* asked = node(id);
  if (asked == nullptr) {
    return ENOENT;
  }
  found = describe(*asked);
  return 0;
}

int Disk::set_mode(Id id, mode_t mode) {
  const std::lock_guard lock(mutex_);
  Node* found = node(id);
  if (found == nullptr) {
    return ENOENT;
  }
  found->attributes.mode = (found->attributes.mode & S_IFMT) | (mode & ~static_cast<mode_t>(S_IFMT));
  return 0;
}

int Disk::set_owner(Id id, std::optional<uid_t> owner, std::optional<gid_t> group) {
  const std::lock_guard lock(mutex_);
  Node* found = node(id);
  if (found == nullptr) {
    return ENOENT;
  }
  found->attributes.owner = owner.value_or(found->attributes.owner);
  found->attributes.group = group.value_or(found->attributes.group);
  return 0;
}

int Disk::resize(Id id, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  Node* found = node(id);
  if (found == nullptr) {
    return ENOENT;
  }
  if (faults_.is_full && size > found->content.size()) {
    return ENOSPC;
  }
  found->content.resize(size);
  found->attributes.changed = now();
  return 0;
}

int Disk::target(Id id, std::string& target) {
  const std::lock_guard lock(mutex_);
  const Node* found = node(id);
  if (found == nullptr || !S_ISLNK(found->attributes.mode)) {
    return found == nullptr ? ENOENT : EINVAL;
  }
  target = found->target;
  return 0;
}

int Disk::read(Id id, std::uint64_t at, Source source, std::string& bytes) {
  const std::lock_guard lock(mutex_);
  const Node* found = node(id);
  if (found == nullptr) {
    return ENOENT;
  }
  bytes.resize(found->content.read(at, bytes, source));
  return 0;
}

int Disk::write(Id id, std::uint64_t at, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  Node* found = node(id);
  if (found == nullptr) {
    return ENOENT;
  }
  if (faults_.is_full && at + bytes.size() > found->content.size()) {
    return ENOSPC;
  }
  found->content.write(at, bytes);
  found->attributes.changed = now();
  return 0;
}

}  // namespace forgetful

#include "disk.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <set>

namespace forgetful {

namespace {

timespec now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

}  // namespace

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

void Disk::apply(std::map<std::string, Id>& names, const NameChange& change) {
  for (const auto& [name, id] : change) {
    if (id) {
      names[name] = *id;
    } else {
      names.erase(name);
    }
  }
}

void Disk::change_names(Node& directory, NameChange change) {
  apply(directory.names, change);
  directory.unsynced.push_back(std::move(change));
  directory.attributes.changed = now();
}

int Disk::look_up(Id id, const std::string& name, Attributes& found) {
  const std::lock_guard lock(mutex_);
  int error = 0;
  Node* parent = directory(id, error);
  if (parent == nullptr) {
    return error;
  }
  const auto entry = parent->names.find(name);
  return entry == parent->names.end() ? ENOENT : hand_out(*node(entry->second), found);
}

void Disk::forget(Id id, std::uint64_t times) {
  const std::lock_guard lock(mutex_);
  if (Node* found = node(id); found != nullptr && id != k_root) {
    found->kept -= std::min(found->kept, times);
  }
}

int Disk::make(Id id, const std::string& name, const Attributes& like, const std::string& target, Attributes& made) {
  const std::lock_guard lock(mutex_);
  int error = 0;
  Node* parent = directory(id, error);
  if (parent == nullptr) {
    return error;
  }
  if (parent->names.contains(name)) {
    return EEXIST;
  }
  if (faults_.is_full) {
    return ENOSPC;
  }
  Node& fresh = nodes_[next_];
  fresh.attributes = like;
  fresh.attributes.id = next_++;
  fresh.attributes.links = 1;
  fresh.attributes.changed = now();
  fresh.target = target;
  change_names(*parent, {{name, fresh.attributes.id}});
  return hand_out(fresh, made);
}

int Disk::link(Id id, Id directory_id, const std::string& name, Attributes& linked) {
  const std::lock_guard lock(mutex_);
  int error = 0;
  Node* parent = directory(directory_id, error);
  Node* found = node(id);
  if (parent == nullptr || found == nullptr) {
    return parent == nullptr ? error : ENOENT;
  }
  if (parent->names.contains(name)) {
    return EEXIST;
  }
  ++found->attributes.links;
  change_names(*parent, {{name, id}});
  return hand_out(*found, linked);
}

int Disk::remove(Id id, const std::string& name, bool is_directory) {
  const std::lock_guard lock(mutex_);
  int error = 0;
  Node* parent = directory(id, error);
  if (parent == nullptr) {
    return error;
  }
  const auto entry = parent->names.find(name);
  if (entry == parent->names.end()) {
    return ENOENT;
  }
  Node& found = *node(entry->second);
  if (S_ISDIR(found.attributes.mode) != is_directory) {
    return is_directory ? ENOTDIR : EISDIR;
  }
  if (!found.names.empty()) {
    return ENOTEMPTY;
  }
  found.attributes.links -= found.attributes.links > 0 ? 1 : 0;
  change_names(*parent, {{name, std::nullopt}});
  return 0;
}

int Disk::rename(Id from, const std::string& name, Id to, const std::string& new_name, bool refuse_existing) {
  const std::lock_guard lock(mutex_);
  int error = 0;
  Node* parent = directory(from, error);
  if (parent == nullptr || from != to) {
    return parent == nullptr ? error : EXDEV;
  }
  const auto entry = parent->names.find(name);
  if (entry == parent->names.end()) {
    return ENOENT;
  }
  const Id moved = entry->second;
  if (const auto existing = parent->names.find(new_name); existing != parent->names.end()) {
    Node& replaced = *node(existing->second);
    if (refuse_existing || !replaced.names.empty()) {
      return refuse_existing ? EEXIST : ENOTEMPTY;
    }
    if (existing->second == moved) {
      return 0;
    }
    replaced.attributes.links -= replaced.attributes.links > 0 ? 1 : 0;
  }
  change_names(*parent, {{name, std::nullopt}, {new_name, moved}});
  return 0;
}

int Disk::list(Id id, std::vector<Entry>& entries) {
  const std::lock_guard lock(mutex_);
  int error = 0;
  Node* parent = directory(id, error);
  if (parent == nullptr) {
    return error;
  }
  for (const auto& [name, child] : parent->names) {
    entries.push_back({name, child, node(child)->attributes.mode});
  }
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

// -- durability ------------------------------------------------------------------------------------------------------

int Disk::sync(Id id) {
  const std::lock_guard lock(mutex_);
  Node* found = node(id);
  if (found == nullptr) {
    return ENOENT;
  }
  if (faults_.lies) {
    return 0;
  }
  const bool has_failed = fails(id);
  if (has_failed) {
    found->content.fail_sync();
  } else {
    found->content.sync();
    for (const NameChange& change : found->unsynced) {
      apply(found->durable_names, change);
    }
  }
  found->unsynced.clear();
  if (S_ISDIR(found->attributes.mode)) {
    free_unreachable();
  }
  return has_failed ? EIO : 0;
}

bool Disk::fails(Id id) {
  if (faults_.failing_syncs == 0 || path_of(id).find(faults_.failing_under) == std::string::npos) {
    return false;
  }
  --faults_.failing_syncs;
  ++failed_syncs_;
  return true;
}

// By its first name; "" for one that has none any more.
std::string Disk::path_of(Id id) const {
  if (id == k_root) {
    return "/";
  }
  for (const auto& [parent, node] : nodes_) {
    for (const auto& [name, child] : node.names) {
      if (child == id) {
        return path_of(parent) + name + (S_ISDIR(nodes_.at(child).attributes.mode) ? "/" : "");
      }
    }
  }
  return "";
}

Unsynced Disk::lose_power() {
  return lose([] { return false; });
}

Unsynced Disk::tear_and_lose_power(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  // How much remains differs from time to time, too.
  std::bernoulli_distribution remains(std::uniform_real_distribution<>(0, 1)(random));
  return lose([&] { return remains(random); });
}

Unsynced Disk::lose(const Coin& remains) {
  const std::lock_guard lock(mutex_);
  Unsynced unsynced;
  for (auto& [id, node] : nodes_) {
    unsynced.pages += node.content.lose_power(remains);
    unsynced.names += node.unsynced.size();
    for (const NameChange& change : node.unsynced) {
      if (!remains()) {
        break;  // and nothing later either
      }
      apply(node.durable_names, change);
    }
    node.unsynced.clear();
    node.names = node.durable_names;
    node.attributes.links = 0;
  }
  for (auto& [id, node] : nodes_) {
    for (const auto& [name, child] : node.names) {
      ++nodes_.at(child).attributes.links;
    }
  }
  free_unreachable();
  return unsynced;
}

// What no name leads to, seen or durable, and nobody was handed.
void Disk::free_unreachable() {
  std::set<Id> reachable;
  for (const auto& [id, node] : nodes_) {
    if (node.kept > 0) {
      reachable.insert(id);
    }
    for (const auto* names : {&node.names, &node.durable_names}) {
      for (const auto& [name, child] : *names) {
        reachable.insert(child);
      }
    }
    for (const NameChange& change : node.unsynced) {
      for (const auto& [name, child] : change) {
        reachable.insert(child.value_or(id));
      }
    }
  }
  std::erase_if(nodes_, [&](const auto& one) { return !reachable.contains(one.first); });
}

// -- faults ----------------------------------------------------------------------------------------------------------

Faults Disk::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

void Disk::set_faults(const Faults& faults) {
  const std::lock_guard lock(mutex_);
  faults_ = faults;
}

std::uint64_t Disk::failed_syncs() const {
  const std::lock_guard lock(mutex_);
  return failed_syncs_;
}

std::vector<Id> Disk::ids() const {
  const std::lock_guard lock(mutex_);
  std::vector<Id> ids;
  for (const auto& [id, node] : nodes_) {
    ids.push_back(id);
  }
  return ids;
}

}  // namespace forgetful

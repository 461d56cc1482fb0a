// The disk's directories: what is in them, made, linked, renamed and removed.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "disk.h"

namespace forgetful {

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

}  // namespace forgetful

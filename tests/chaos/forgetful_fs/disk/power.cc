// What becomes durable, what does not, and what is left when the power fails.
#include <sys/stat.h>

#include <cerrno>
#include <set>

#include "disk.h"

namespace forgetful {

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

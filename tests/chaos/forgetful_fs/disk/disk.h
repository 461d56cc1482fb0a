// A disk in memory that forgets what was not synced: a tree of files and directories, and what the medium holds of it.
//
// Like the strictest file system that POSIX allows: a file's sync makes its bytes durable, not its name; a name is
// durable after a sync of its directory. A loss of power takes everything else; torn, it leaves any of the unsynced
// sectors, and of the unsynced changes of each directory those up to some moment, as a journal does.
//
// Errors are errno values, 0 is success. Thread-safe: one lock.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "content.h"

namespace forgetful {

using Id = std::uint64_t;
inline constexpr Id k_root = 1;

struct Attributes {
  Id id = 0;
  mode_t mode = 0;  // with the kind of file
  uid_t owner = 0;
  gid_t group = 0;
  std::uint64_t size = 0;
  unsigned links = 0;
  timespec changed{};
};

struct Entry {
  std::string name;
  Id id = 0;
  mode_t mode = 0;
};

// What a loss of power met that was not synced: some of it may have remained.
struct Unsynced {
  std::size_t pages = 0;
  std::size_t names = 0;
};

// What is wrong with the disk.
struct Faults {
  unsigned failing_syncs = 0;      // so many of the next syncs fail, and what they should have saved is gone
  std::string failing_under = {};  // only syncs of what has this in its path
  bool is_full = false;            // nothing is made and nothing grows
  bool lies = false;               // syncs succeed and do nothing
};

class Disk {
 public:
  Disk();

  // -- names. `kept` counts how often the caller was handed an id; forget() takes that back. --
  int look_up(Id directory, const std::string& name, Attributes& found);
  void forget(Id id, std::uint64_t times);
  int make(Id directory, const std::string& name, const Attributes& like, const std::string& target, Attributes& made);
  int link(Id id, Id directory, const std::string& name, Attributes& linked);
  int remove(Id directory, const std::string& name, bool is_directory);
  // Within one directory; EXDEV otherwise.
  int rename(Id from, const std::string& name, Id to, const std::string& new_name, bool refuse_existing);
  int list(Id directory, std::vector<Entry>& entries);

  // -- content --
  int attributes(Id id, Attributes& found);
  int set_mode(Id id, mode_t mode);
  int set_owner(Id id, std::optional<uid_t> owner, std::optional<gid_t> group);
  int resize(Id id, std::uint64_t size);
  int target(Id id, std::string& target);
  int read(Id id, std::uint64_t at, Source source, std::string& bytes);  // into all of `bytes`, cut to what is there
  int write(Id id, std::uint64_t at, std::string_view bytes);

  // A file's bytes, or a directory's names.
  int sync(Id id);

  // -- faults --
  // Everything unsynced is gone.
  Unsynced lose_power();
  // Some of it is not: the same seed on the same state leaves the same.
  Unsynced tear_and_lose_power(std::uint64_t seed);
  Faults faults() const;
  void set_faults(const Faults& faults);
  bool is_full() const { return faults().is_full; }
  std::vector<Id> ids() const;
  std::uint64_t failed_syncs() const;

 private:
  // Several for what happens at once.
  using NameChange = std::vector<std::pair<std::string, std::optional<Id>>>;
  struct Node {
    Attributes attributes;
    Content content;
    std::string target;
    std::map<std::string, Id> names;
    std::map<std::string, Id> durable_names;
    std::vector<NameChange> unsynced;
    std::uint64_t kept = 0;
  };

  static timespec now();
  Node* node(Id id);
  Node* directory(Id id, int& error);
  static void apply(std::map<std::string, Id>& names, const NameChange& change);
  void change_names(Node& directory, NameChange change);
  int hand_out(Node& node, Attributes& attributes);
  Attributes describe(const Node& node) const;
  bool fails(Id id);
  std::string path_of(Id id) const;
  Unsynced lose(const Coin& remains);
  void free_unreachable();

  mutable std::mutex mutex_;  // guards everything below
  std::map<Id, Node> nodes_;
  Id next_ = k_root + 1;
  Faults faults_;
  std::uint64_t failed_syncs_ = 0;
};

}  // namespace forgetful

// A simulated disk: files in memory that behave as badly as real ones may.
//
//   SimulatedDisk disk(seed);
//   disk.on_step([&](const Step& step) { return step.number == 17 ? StepOutcome::crash : StepOutcome::proceed; });
//   auto process = disk.start_process();          // an io::FileSystem
//   try { ... use it ... } catch (const SimulatedCrash&) {}
//   disk.lose_power();                            // or process->kill(): the machine goes on, its page cache stays
//   auto again = disk.start_process();            // reopen
//
// What it keeps apart: what a process reads (the page cache), what the medium holds, and which 512-byte sectors and
// directory entries are on their way from one to the other. Losing power keeps or drops each of those by itself, at
// random from the seed. A failed sync leaves the page cache claiming what the medium does not hold, as Linux does.
// Sectors themselves are written whole or not at all.
//
// The same seed, the same calls and the same hook give the same bytes. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "io/file_system.h"

namespace ostraka::io {

inline constexpr std::size_t k_sector_bytes = 512;

// A step that changes the disk, or promises something about it.
struct Step {
  enum class Kind {
    create,
    write,
    allocate,
    sync,
    write_back,
    rename,
    remove,
    create_directory,
    sync_directory,
    store_words,
    sync_words,
  };
  Kind kind;
  std::string path;
  std::uint64_t number;  // from 0, since the hook was set
};

const char* to_string(Step::Kind kind);

enum class StepOutcome {
  proceed,
  fail,           // an error, and it was not done; a sync: what was dirty counts as clean, and is not on the medium
  fail_but_done,  // an error, and it was done
  disk_full,      // the error disk_full, and it was not done
  lie,            // a sync: success, and nothing became durable; for proving that a checker notices
  crash,          // the process dies before it (in a write: somewhere in it) and SimulatedCrash is thrown
};

// The process died at a step. Unwinds the code that ran in it; its file system answers nothing any more.
struct SimulatedCrash {};

// The innards: a file or a directory.
struct SimulatedNode;

class SimulatedProcess;

class SimulatedDisk {
 public:
  explicit SimulatedDisk(std::uint64_t seed);

  // The file system as one process sees it. The disk outlives it.
  std::unique_ptr<SimulatedProcess> start_process();

  // Kills every process. What was not synced is there afterwards or not.
  void lose_power();

  // The page cache forgets what it may: everything that counts as clean is read from the medium again.
  void drop_caches();

  // Everything reaches the medium, as time would have it.
  void sync_all();

  using Hook = std::function<StepOutcome(const Step&)>;
  // Replaces the hook and counts steps from 0 again. An empty one lets everything proceed.
  void on_step(Hook hook);
  std::uint64_t steps() const { return steps_; }

  // Growing a file beyond this sum of file sizes fails with disk_full.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  std::uint64_t used_bytes() const;

  // For tests: what the medium holds of a file (empty when it does not exist), and what it and the cache hold from
  // now on, made when it does not exist.
  std::optional<std::string> content(const std::string& path) const;
  void set_content(const std::string& path, const std::string& bytes);

 private:
  friend class SimulatedProcess;
  friend class SimulatedFile;
  friend class SimulatedLock;
  friend class SimulatedWords;

  struct Liveness {
    bool alive = true;
  };

  std::shared_ptr<SimulatedNode> find(const std::string& path) const;
  // What the hook says; throws for crash, after killing the process.
  StepOutcome step(Step::Kind kind, const std::string& path, Liveness& process,
                   const std::function<void()>& before_crash = {});
  void settle_after_power_loss(SimulatedNode& node);
  bool coin() { return (random_() & 1) != 0; }

  std::shared_ptr<SimulatedNode> root_;
  std::mt19937_64 random_;
  Hook hook_;
  std::uint64_t steps_ = 0;
  std::uint64_t capacity_ = std::uint64_t{1} << 62;
  std::map<std::string, std::shared_ptr<Liveness>> locks_;  // path to the process that holds it
  std::vector<std::weak_ptr<Liveness>> processes_;
};

// One process's view of the disk.
class SimulatedProcess final : public FileSystem {
 public:
  // The process ends here and now: its locks are free, its handles and this object answer only errors.
  void kill() { liveness_->alive = false; }

  Result<std::unique_ptr<File>> open(const std::string& path, OpenFile how) override;
  Status rename(const std::string& from, const std::string& to, IfTargetExists how) override;
  Status remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status create_directory(const std::string& directory) override;
  Status sync_directory(const std::string& directory) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<std::unique_ptr<SharedWords>> open_shared_words(const std::string& path, OpenWords how) override;

 private:
  friend class SimulatedDisk;
  SimulatedProcess(SimulatedDisk& disk, std::shared_ptr<SimulatedDisk::Liveness> liveness)
      : disk_(disk), liveness_(std::move(liveness)) {}

  // Runs a step that is `done` or not, as the hook says.
  Status perform(Step::Kind kind, const std::string& path, const std::function<void()>& done);
  Result<std::shared_ptr<SimulatedNode>> directory_of(const std::string& path) const;

  SimulatedDisk& disk_;
  std::shared_ptr<SimulatedDisk::Liveness> liveness_;
};

}  // namespace ostraka::io

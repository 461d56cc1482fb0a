#include "log/memory_log.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include "base/crc32c.h"

namespace ostraka::log {

namespace {

// A read hands over at most this many records.
constexpr std::size_t k_read_records_max = 4096;

struct MemoryPartition {
  std::mutex mutex;  // guards all below
  std::condition_variable changed;
  std::deque<std::string> records;  // never moved: readers keep views
  std::map<std::uint64_t, std::uint32_t> running_crcs;  // by the offset at which an append ended
  bool has_writer = false;
};

class MemoryAppender final : public Appender {
 public:
  explicit MemoryAppender(std::shared_ptr<MemoryPartition> partition) : partition_(std::move(partition)) {
    const std::lock_guard lock(partition_->mutex);
    end_ = Offset{partition_->records.size()};
  }
  ~MemoryAppender() override {
    const std::lock_guard lock(partition_->mutex);
    partition_->has_writer = false;
  }

  Result<Offset> append(std::span<const std::string_view> records) override {
    std::size_t bytes = 0;
    for (const std::string_view record : records) {
      bytes += record.size();
      if (record.size() > k_record_bytes_max) {
        return fail(ErrorKind::invalid, "a record of {} bytes is larger than {}", record.size(), k_record_bytes_max);
      }
    }
    if (bytes > k_batch_bytes_max) {
      return fail(ErrorKind::invalid, "a batch of {} bytes is larger than {}", bytes, k_batch_bytes_max);
    }
    const Offset first = end_;
    {
      const std::lock_guard lock(partition_->mutex);
      auto& crcs = partition_->running_crcs;
      std::uint32_t running = crcs.empty() ? 0 : crcs.rbegin()->second;
      for (const std::string_view record : records) {
        partition_->records.emplace_back(record);
        running = crc32c(fmt::format("{:08x}{:08x}", running, crc32c(record)));
      }
      end_ = Offset{partition_->records.size()};
      if (!records.empty()) {
        crcs[end_.value] = running;
      }
    }
    partition_->changed.notify_all();
    return first;
  }

  Offset end() const override { return end_; }

 private:
  std::shared_ptr<MemoryPartition> partition_;
  Offset end_;
};

class MemoryReader final : public Reader {
 public:
  MemoryReader(std::shared_ptr<MemoryPartition> partition, Offset from)
      : partition_(std::move(partition)), position_(from) {}

  Result<Records> read() override {
    Records records{position_, {}};
    const std::lock_guard lock(partition_->mutex);
    while (position_.value < partition_->records.size() && records.records.size() < k_read_records_max) {
      records.records.emplace_back(partition_->records[position_.value]);
      position_ = position_.next();
    }
    return records;
  }

  Offset position() const override { return position_; }

  Result<Offset> end() override {
    const std::lock_guard lock(partition_->mutex);
    return Offset{partition_->records.size()};
  }

  bool wait(Milliseconds at_most) override {
    std::unique_lock lock(partition_->mutex);
    const auto readable = [this] { return position_.value < partition_->records.size(); };
    partition_->changed.wait_for(lock, at_most, [&] { return readable() || interrupted_; });
    if (interrupted_) {
      interrupted_ = false;
      return false;
    }
    return readable();
  }

  void interrupt() override {
    {
      const std::lock_guard lock(partition_->mutex);
      interrupted_ = true;
    }
    partition_->changed.notify_all();
  }

 private:
  std::shared_ptr<MemoryPartition> partition_;
  Offset position_;
  bool interrupted_ = false;  // guarded by the partition's mutex
};

class MemoryLog final : public Log {
 public:
  Result<std::unique_ptr<Appender>> open_appender(const PartitionName& name) override {
    std::shared_ptr<MemoryPartition> partition = find(name);
    {
      const std::lock_guard lock(partition->mutex);
      if (partition->has_writer) {
        return fail(ErrorKind::conflict, "{}/{} has a writer", name.stream, name.partition.value);
      }
      partition->has_writer = true;
    }
    return std::make_unique<MemoryAppender>(std::move(partition));
  }

  Result<std::unique_ptr<Reader>> open_reader(const PartitionName& name, Offset from) override {
    return std::make_unique<MemoryReader>(find(name), from);
  }

  Result<Mark> mark(const PartitionName& name, Offset at) override {
    const std::shared_ptr<MemoryPartition> partition = find(name);
    const std::lock_guard lock(partition->mutex);
    if (at.value > partition->records.size()) {
      return fail(ErrorKind::not_found, "the log ends before offset {}", at.value);
    }
    const auto found = partition->running_crcs.find(at.value);
    if (at != Offset{} && found == partition->running_crcs.end()) {
      return fail(ErrorKind::invalid, "no append ended at offset {}", at.value);
    }
    return Mark{"in memory, once.", at, at == Offset{} ? 0 : found->second};
  }

 private:
  std::shared_ptr<MemoryPartition> find(const PartitionName& name) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<MemoryPartition>& partition = partitions_[{name.stream, name.partition.value}];
    if (!partition) {
      partition = std::make_shared<MemoryPartition>();
    }
    return partition;
  }

  std::mutex mutex_;
  std::map<std::pair<std::string, std::uint32_t>, std::shared_ptr<MemoryPartition>> partitions_;  // guarded by mutex_
};

}  // namespace

std::unique_ptr<Log> make_memory_log() {
  return std::make_unique<MemoryLog>();
}

}  // namespace ostraka::log

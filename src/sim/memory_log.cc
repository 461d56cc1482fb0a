#include "sim/memory_log.h"

namespace ostraka::sim {

class MemoryAppender final : public log::Appender {
 public:
  MemoryAppender(MemoryBackend& backend, MemoryBackend::PartitionStore& store,
                 std::shared_ptr<MemoryBackend::Liveness> process)
      : backend_(backend), store_(store), process_(std::move(process)) {}

  Result<Offset> append(std::span<const std::string_view> records) override {
    return backend_.append(store_, *process_, {records.begin(), records.end()});
  }
  Offset end() const override { return Offset{backend_.readable(store_)}; }

 private:
  MemoryBackend& backend_;
  MemoryBackend::PartitionStore& store_;
  std::shared_ptr<MemoryBackend::Liveness> process_;
};

class MemoryReader final : public log::Reader {
 public:
  MemoryReader(MemoryBackend& backend, MemoryBackend::PartitionStore& store, Offset from, bool of_an_owner)
      : backend_(backend), store_(store), of_an_owner_(of_an_owner), position_(from) {}

  Result<log::Records> read() override {
    if (has_misfortune(backend_.odds_.no_leader)) {
      return fail(ErrorKind::unavailable, "no leader");
    }
    log::Records read{position_, {}};
    std::size_t end = backend_.readable(store_);
    if (end > position_.value && store_.end_may_lag && has_misfortune(backend_.odds_.end_lags)) {
      end = position_.value + backend_.rng_.below(end - position_.value);
    }
    while (position_.value < end && read.records.size() < k_records_per_read_max) {
      read.records.emplace_back(store_.records[position_.value]);
      position_ = position_.next();
    }
    return read;
  }
  Offset position() const override { return position_; }
  Result<Offset> end() override { return Offset{backend_.readable(store_)}; }
  bool wait(Milliseconds) override { return position_.value < backend_.readable(store_); }
  void interrupt() override {}

 private:
  static constexpr std::size_t k_records_per_read_max = 7;  // small, so that a limit falls inside of one

  bool has_misfortune(double odds) {
    return of_an_owner_ && store_.may_be_uncertain && backend_.rng_.chance(odds);
  }

  MemoryBackend& backend_;
  MemoryBackend::PartitionStore& store_;
  const bool of_an_owner_;
  Offset position_;
};

class MemoryLog final : public log::Log, public LogProcess {
 public:
  MemoryLog(MemoryBackend& backend, std::shared_ptr<MemoryBackend::Liveness> process)
      : backend_(backend), process_(std::move(process)) {}
  ~MemoryLog() override { process_->alive = false; }

  log::Log& log() override { return *this; }
  void kill() override {
    process_->alive = false;
    if (backend_.returns_ == AppendReturns::before_durable) {
      backend_.lose_what_is_not_durable();
    }
  }

  Result<std::unique_ptr<log::Appender>> open_appender(const log::PartitionName& name) override {
    auto& store = backend_.partition(name);
    if (backend_.writers_ == Writers::one && store.writer && store.writer->alive && store.writer != process_) {
      return fail(ErrorKind::conflict, "{}-{} has a writer", name.stream, name.partition.value);
    }
    store.writer = process_;
    writes_ = true;
    return std::make_unique<MemoryAppender>(backend_, store, process_);
  }
  Result<std::unique_ptr<log::Reader>> open_reader(const log::PartitionName& name, Offset from) override {
    return std::make_unique<MemoryReader>(backend_, backend_.partition(name), from, writes_);
  }
  bool end_may_lag() const override { return backend_.writers_ == Writers::many; }

 private:
  MemoryBackend& backend_;
  std::shared_ptr<MemoryBackend::Liveness> process_;
  bool writes_ = false;
};

MemoryBackend::PartitionStore& MemoryBackend::partition(const log::PartitionName& name) {
  PartitionStore& store = partitions_[{name.stream, name.partition.value}];
  // The issuances have one writer that does nothing before it knows what became of its last append.
  store.may_be_uncertain = writers_ == Writers::many && name.stream != log::k_issuances_stream;
  // That a voter may be told "not open" by an old end of the elections is a known limit (docs/operating).
  store.end_may_lag = writers_ == Writers::many && name.stream == log::k_ballots_stream;
  return store;
}

Result<std::unique_ptr<LogProcess>> MemoryBackend::start_process() {
  auto process = std::make_shared<Liveness>();
  processes_.push_back(process);
  return std::make_unique<MemoryLog>(*this, std::move(process));
}

void MemoryBackend::lose_power() {
  for (const auto& process : processes_) {
    if (const auto alive = process.lock()) {
      alive->alive = false;
    }
  }
  processes_.clear();
  lose_what_is_not_durable();
}

void MemoryBackend::lose_what_is_not_durable() {
  for (auto& [key, store] : partitions_) {
    store.records.resize(store.durable);
  }
}

Offset MemoryBackend::land(PartitionStore& store, const std::vector<std::string>& records) {
  const Offset first{store.records.size()};
  // What an earlier append left behind is durable with the next one, as in a file.
  store.durable = store.records.size();
  store.records.insert(store.records.end(), records.begin(), records.end());
  if (returns_ == AppendReturns::when_durable) {
    store.durable = store.records.size();
  }
  return first;
}

void MemoryBackend::land_some_late(PartitionStore& store) {
  auto late = std::move(store.late);
  store.late.clear();
  for (auto& records : late) {
    if (rng_.chance(0.5)) {
      land(store, records);
    } else {
      store.late.push_back(std::move(records));
    }
  }
}

Result<Offset> MemoryBackend::append(PartitionStore& store, Liveness& process,
                                     const std::vector<std::string>& records) {
  if (!process.alive) {
    return fail(ErrorKind::unavailable, "this process is dead");
  }
  land_some_late(store);
  if (rng_.chance(odds_.disk_full)) {
    return fail(ErrorKind::disk_full, "no space");
  }
  if (rng_.chance(odds_.crash) || rng_.chance(odds_.sync_fails)) {
    if (rng_.chance(0.5)) {
      land(store, records);
    }
    throw ProcessDied{};
  }
  if (store.may_be_uncertain && rng_.chance(odds_.uncertain)) {
    switch (rng_.below(4)) {
      case 0:
        break;
      case 1:
        land(store, records);
        break;
      case 2: {
        // In two requests, the second of which is on its way still.
        const auto middle = records.begin() + static_cast<std::ptrdiff_t>(rng_.below(records.size()) + 1);
        land(store, {records.begin(), middle});
        store.late.emplace_back(middle, records.end());
        break;
      }
      default:
        store.late.push_back(records);
    }
    return fail(ErrorKind::unavailable, "timed out");
  }
  return land(store, records);
}

}  // namespace ostraka::sim

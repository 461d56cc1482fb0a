// The ways of writing, one after the other in many short rounds: whatever else the machine does meets all of them.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/check.h"
#include "io/descriptor.h"
#include "io/posix_file_system.h"
#include "log/embedded/batch.h"
#include "log/embedded/segment_file.h"
#include "parts/parts.h"
#include "parts/write_turn.h"

namespace ostraka::bench {

namespace {

constexpr std::uint64_t k_file_bytes = 1U << 27;
constexpr double k_share_of_a_turn = 0.2;  // of Size::seconds

// What the log writes for so many records, in memory that direct writes can be made from.
class Batch {
 public:
  explicit Batch(std::size_t records) {
    const std::string record(k_record_bytes, 'r');
    log::BatchHeader header;
    std::string bytes;
    log::encode_batch(header, std::vector<std::string_view>(records, record), bytes);
    bytes_ = bytes.size();
    memory_.reset(static_cast<char*>(std::aligned_alloc(log::k_block_bytes, bytes_)));
    std::memcpy(memory_.get(), bytes.data(), bytes_);
  }
  std::string_view view() const { return {memory_.get(), bytes_}; }

 private:
  struct FreeAligned {
    void operator()(char* memory) const { std::free(memory); }
  };
  std::unique_ptr<char, FreeAligned> memory_;
  std::size_t bytes_ = 0;
};

// A plan, and what its turns came to.
struct Contender {
  TurnPlan plan;
  std::vector<Json> turns;
};

bool is_direct(const WriteMethod& method) { return (method.open_flags & O_DIRECT) != 0; }

void drop_pages(const std::string& path) {
  const auto file = io::open_descriptor(path, O_RDONLY);
  check(file && posix_fadvise(file->get(), 0, 0, POSIX_FADV_DONTNEED) == 0, "pages dropped");
}

void make_file(const WriteMethod& method, const std::string& path) {
  const log::Storage storage{io::posix_file_system(), [](const std::string&) { check(false, "storage"); }};
  // Of one that is to be empty a block is enough: each turn cuts it off.
  const std::uint64_t bytes = method.file == FileAtFirst::zeros ? k_file_bytes : log::k_block_bytes;
  check(log::prepare_segment(storage, path, bytes).has_value(), "a file");
}

Json figures_of(const TurnFigures& turn) {
  const auto batches = static_cast<double>(turn.took.count());
  return {{"batches_per_second", batches / turn.seconds},
          {"p50_us", turn.took.quantile_ms(0.5) * 1000},
          {"p99_us", turn.took.quantile_ms(0.99) * 1000},
          {"cpu_us_per_batch", turn.cpu_seconds * 1e6 / batches},
          {"read_p50_us", turn.reads.quantile_ms(0.5) * 1000}};
}

void add_turn(Contender& contender, std::string_view batch, const TurnLimits& limits) {
  const TurnPlan& plan = contender.plan;
  if (plan.method->file == FileAtFirst::empty) {
    check(::truncate(plan.path.c_str(), 0) == 0, "an empty file");
  }
  if (is_direct(*plan.method)) {
    // Else a write would have to throw out pages of an earlier turn, which a log that is written once never does.
    drop_pages(plan.path);
  }
  contender.turns.push_back(figures_of(take_turn(plan, batch, limits)));
}

double median_of(const std::vector<Json>& turns, const char* figure) {
  std::vector<double> values;
  for (const Json& turn : turns) {
    values.push_back(turn[figure]);
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Json medians_of(const Contender& contender, std::size_t records) {
  const bool is_followed = contender.plan.follower == Follower::reads;
  Json figures{{"method", contender.plan.method->name},
               {"in_flight", contender.plan.in_flight},
               {"followed", is_followed},
               {"batch", records}};
  for (const char* figure : {"batches_per_second", "p50_us", "p99_us", "cpu_us_per_batch"}) {
    figures[figure] = median_of(contender.turns, figure);
  }
  figures["records_per_second"] = figures["batches_per_second"].get<double>() * static_cast<double>(records);
  if (is_followed) {
    figures["read_p50_us"] = median_of(contender.turns, "read_p50_us");
  }
  return figures;
}

// Those that this machine can do; the others are named in `figures`, with the reason.
std::vector<Contender> contenders(const std::string& folder, Json& figures) {
  std::vector<Contender> found;
  for (const WriteMethod& method : write_methods()) {
    const std::string path = folder + "/" + method.name;
    make_file(method, path);
    if (const auto writer = open_batch_writer(method, path); !writer) {
      figures.push_back({{"method", method.name}, {"not_available", writer.error().message}});
      continue;
    }
    for (std::size_t in_flight = 1; in_flight <= method.in_flight_max; ++in_flight) {
      for (const Follower follower : {Follower::none, Follower::reads}) {
        found.push_back({{&method, in_flight, follower, path}, {}});
      }
    }
  }
  return found;
}

}  // namespace

Json log_writes(const Size& size, const std::string& directory) {
  const std::string folder =
      std::filesystem::absolute(directory) / ("ostraka-parts-writes-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  Json figures = Json::array();
  std::vector<Contender> compared = contenders(folder, figures);
  for (const std::size_t records : {1, 64, 512, 4096}) {
    const Batch batch(records);
    for (Contender& contender : compared) {
      contender.turns.clear();
    }
    for (std::uint64_t round = 0; round < size.rounds; ++round) {
      for (Contender& contender : compared) {
        add_turn(contender, batch.view(), {k_share_of_a_turn * size.seconds, k_file_bytes});
      }
    }
    for (const Contender& contender : compared) {
      figures.push_back(medians_of(contender, records));
    }
  }
  std::filesystem::remove_all(folder);
  return figures;
}

}  // namespace ostraka::bench

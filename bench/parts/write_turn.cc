#include "parts/write_turn.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "io/descriptor.h"
#include "io/posix_file_system.h"
#include "parts/parts.h"

namespace ostraka::bench {

namespace {

using Time = std::chrono::steady_clock::time_point;

constexpr std::uint64_t k_over = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t k_lanes_max = 2;

// What the threads of a turn share. A lane is a thread that writes.
struct Turn {
  const std::string_view batch;
  const double seconds;
  const std::uint64_t batches_max;
  Stopwatch watch{};
  std::atomic<std::uint64_t> next = 0;
  // The oldest batch of each lane that may not be durable yet: all before the least of them are.
  std::array<std::atomic<std::uint64_t>, k_lanes_max> oldest{};
  std::atomic<std::uint32_t> changes = 0;

  std::uint64_t take() { return watch.seconds() < seconds ? next++ : batches_max; }

  void tell(std::size_t lane, std::uint64_t number) {
    oldest[lane] = number;
    ++changes;
    changes.notify_one();
  }
};

struct InFlight {
  std::uint64_t number;
  Time begun;
};

void write_batches(Turn& turn, BatchWriter& writer, std::size_t lane, std::size_t in_flight, load::Histogram& took) {
  std::deque<InFlight> pending;
  for (bool goes_on = true; goes_on || !pending.empty();) {
    while (goes_on && pending.size() < in_flight) {
      const std::uint64_t number = turn.take();
      goes_on = number < turn.batches_max;
      if (!goes_on) {
        break;
      }
      if (pending.empty()) {
        turn.tell(lane, number);
      }
      pending.push_back({number, std::chrono::steady_clock::now()});
      writer.begin(number * turn.batch.size(), turn.batch);
    }
    if (!pending.empty()) {
      writer.finish();
      took.add(std::chrono::steady_clock::now() - pending.front().begun);
      pending.pop_front();
      if (!pending.empty()) {
        turn.tell(lane, pending.front().number);
      }
    }
  }
  turn.tell(lane, k_over);
}

void read_batches(Turn& turn, int file, load::Histogram& reads) {
  std::string into(turn.batch.size(), '\0');
  std::uint64_t done = 0;
  for (;;) {
    const std::uint32_t seen = turn.changes;
    std::uint64_t durable = std::min(turn.oldest[0].load(), turn.oldest[1].load());
    const bool is_last = durable == k_over;
    durable = is_last ? std::min(turn.next.load(), turn.batches_max) : durable;
    for (; done < durable; ++done) {
      const Time before = std::chrono::steady_clock::now();
      const ssize_t got = ::pread(file, into.data(), into.size(), static_cast<off_t>(done * into.size()));
      check(std::cmp_equal(got, into.size()) && into == turn.batch, "the batch that was written");
      reads.add(std::chrono::steady_clock::now() - before);
    }
    if (is_last) {
      return;
    }
    turn.changes.wait(seen);
  }
}

// What a direct write left is not in memory; reading ahead would fetch blocks that the next write throws out again.
io::Descriptor open_for_reading(const TurnPlan& plan) {
  io::Descriptor file = std::move(io::open_descriptor(plan.path, O_RDONLY).value());
  const int advice = (plan.method->open_flags & O_DIRECT) != 0 ? POSIX_FADV_RANDOM : POSIX_FADV_NORMAL;
  check(posix_fadvise(file.get(), 0, 0, advice) == 0, "advice taken");
  return file;
}

void check_first_batch(const std::string& path, std::string_view batch) {
  const auto file = io::posix_file_system().open(path, io::OpenFile::reading);
  check(file.has_value(), "the file again");
  std::string medium(batch.size(), '\0');
  check((*file)->read_from_medium(0, medium) == medium.size() && medium == batch, "the first batch on the medium");
}

}  // namespace

TurnFigures take_turn(const TurnPlan& plan, std::string_view batch, const TurnLimits& limits) {
  // A ring has several batches in flight by itself; calls need a thread for each.
  const bool by_ring = plan.method->how == HandedOver::by_ring;
  const std::size_t lanes = by_ring ? 1 : plan.in_flight;
  check(lanes <= k_lanes_max, "as many lanes as there is room for");
  std::array<std::unique_ptr<BatchWriter>, k_lanes_max> writers;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    writers[lane] = std::move(open_batch_writer(*plan.method, plan.path).value());
  }
  const io::Descriptor file = open_for_reading(plan);
  TurnFigures figures;
  std::array<load::Histogram, k_lanes_max> took;
  Turn turn{batch, limits.seconds, limits.file_bytes / batch.size()};
  for (std::size_t lane = lanes; lane < k_lanes_max; ++lane) {
    turn.oldest[lane] = k_over;
  }
  {
    std::vector<std::jthread> others;
    if (plan.follower == Follower::reads) {
      others.emplace_back([&] { read_batches(turn, file.get(), figures.reads); });
    }
    for (std::size_t lane = 1; lane < lanes; ++lane) {
      others.emplace_back([&, lane] { write_batches(turn, *writers[lane], lane, 1, took[lane]); });
    }
    write_batches(turn, *writers[0], 0, by_ring ? plan.in_flight : 1, took[0]);
  }
  figures.seconds = turn.watch.seconds();
  figures.cpu_seconds = turn.watch.cpu_seconds();
  figures.took += took[0];
  figures.took += took[1];
  check_first_batch(plan.path, batch);
  return figures;
}

}  // namespace ostraka::bench

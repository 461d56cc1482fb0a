// Metrics of one process, rendered in the Prometheus text format. Names start with ostraka_, end with their unit.
//
// Registering takes a lock and returns a reference that lives as long as the registry; counting is one relaxed atomic
// operation from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ostraka::service {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Cumulative buckets with fixed upper bounds.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds);
  void observe(double value);
  const std::vector<double>& bounds() const { return bounds_; }
  // Not cumulative; one more than bounds, the last for what is above all of them.
  std::vector<std::uint64_t> counts() const;
  double sum() const;

 private:
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<double> sum_{0};
};

// Bounds for seconds, 50 µs to 10 s, and for sizes, 1 to 4,096.
std::vector<double> latency_bounds();
std::vector<double> size_bounds();

using Labels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
 public:
  Metrics();
  ~Metrics();
  // The same name and labels give the same object. REQUIRES: one kind and one help text a name.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                       const Labels& labels = {});
  // Read when rendered, from the rendering thread, with the registry's lock held: `read` must not block, must not
  // register anything, and what it reads must outlive the last render().
  void gauge_of(std::string_view name, std::string_view help, std::function<double()> read, const Labels& labels = {});
  void counter_of(std::string_view name, std::string_view help, std::function<double()> read,
                  const Labels& labels = {});
  std::string render() const;  // any thread

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ostraka::service

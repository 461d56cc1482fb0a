#include "service/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <variant>

#include "base/check.h"

namespace ostraka::service {
namespace {

enum class Kind { counter, gauge, histogram };

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::counter:
      return "counter";
    case Kind::gauge:
      return "gauge";
    case Kind::histogram:
      return "histogram";
  }
  return "untyped";
}

struct Read {
  std::function<double()> value;
};
// Each behind a pointer: registering more must not move what somebody holds a reference to.
using Instrument =
    std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>, std::unique_ptr<Read>>;

struct Family {
  std::string help;
  Kind kind;
  std::map<std::string, Instrument> series;  // by rendered labels
};

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name(std::string_view name) {
  return !name.empty() && is_name_start(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_name_start(c) || (c >= '0' && c <= '9'); });
}

enum class Quotes { escaped, plain };

std::string escaped(std::string_view text, Quotes quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes == Quotes::escaped) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

// name="value",… in the order of the names, so that one set of labels has one spelling.
std::string rendered_labels(Labels labels) {
  std::sort(labels.begin(), labels.end());
  std::string out;
  for (const auto& [name, value] : labels) {
    check(is_name(name) && name != "le", "a label's name is [a-zA-Z_][a-zA-Z0-9_]*, and le is the histogram's own");
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, escaped(value, Quotes::escaped));
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "+Inf" : "-Inf";
  }
  return fmt::format("{}", value);
}

template <class Value>
void append_sample(std::string& out, std::string_view name, std::string_view labels, const Value& value) {
  out += name;
  if (!labels.empty()) {
    out += fmt::format("{{{}}}", labels);
  }
  out += fmt::format(" {}\n", value);
}

void append_histogram(std::string& out, const std::string& name, const std::string& labels,
                      const Histogram& histogram) {
  const auto counts = histogram.counts();
  const std::string before = labels.empty() ? "" : labels + ",";
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    so_far += counts[i];
    const std::string bound = i < histogram.bounds().size() ? number(histogram.bounds()[i]) : "+Inf";
    append_sample(out, name + "_bucket", fmt::format("{}le=\"{}\"", before, bound), so_far);
  }
  append_sample(out, name + "_sum", labels, number(histogram.sum()));
  // From the buckets, not from a counter of its own: +Inf and _count must agree in every scrape.
  append_sample(out, name + "_count", labels, so_far);
}

void append_instrument(std::string& out, const std::string& name, const std::string& labels, const Instrument& one) {
  if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&one)) {
    append_sample(out, name, labels, (*counter)->value());
  } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&one)) {
    append_sample(out, name, labels, number((*gauge)->value()));
  } else if (const auto* read = std::get_if<std::unique_ptr<Read>>(&one)) {
    append_sample(out, name, labels, number((*read)->value()));
  } else {
    append_histogram(out, name, labels, *std::get<std::unique_ptr<Histogram>>(one));
  }
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(new std::atomic<std::uint64_t>[bounds_.size() + 1]()) {
  check(std::is_sorted(bounds_.begin(), bounds_.end()), "bounds ascend");
}

void Histogram::observe(double value) {
  // le: a value on a bound belongs to that bound's bucket.
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<std::uint64_t> Histogram::counts() const {
  std::vector<std::uint64_t> counts(bounds_.size() + 1);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] = counts_[i].load(std::memory_order_relaxed);
  }
  return counts;
}

double Histogram::sum() const {
  return sum_.load(std::memory_order_relaxed);
}

std::vector<double> latency_bounds() {
  return {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

std::vector<double> size_bounds() {
  return {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
}

struct Metrics::State {
  std::mutex mutex;
  std::map<std::string, Family, std::less<>> families;  // guarded by mutex; nothing is ever removed

  template <class Kept, class Make>
  Kept& find_or_make(std::string_view name, std::string_view help, Kind kind, const Labels& labels, const Make& make) {
    check(is_name(name), "a metric's name is [a-zA-Z_][a-zA-Z0-9_]*");
    const std::lock_guard lock(mutex);
    auto& family = families.try_emplace(std::string(name), Family{std::string(help), kind, {}}).first->second;
    check(family.kind == kind && family.help == help, "one kind and one help text a metric's name");
    auto [found, is_new] = family.series.try_emplace(rendered_labels(labels));
    if (is_new) {
      found->second = make();
    }
    auto* kept = std::get_if<std::unique_ptr<Kept>>(&found->second);
    check(kept != nullptr, "a metric is either counted or read");
    return **kept;
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return state_->find_or_make<Counter>(name, help, Kind::counter, labels, [] { return std::make_unique<Counter>(); });
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  return state_->find_or_make<Gauge>(name, help, Kind::gauge, labels, [] { return std::make_unique<Gauge>(); });
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                              const Labels& labels) {
  return state_->find_or_make<Histogram>(name, help, Kind::histogram, labels,
                                         [&] { return std::make_unique<Histogram>(std::move(bounds)); });
}

void Metrics::gauge_of(std::string_view name, std::string_view help, std::function<double()> read,
                       const Labels& labels) {
  state_->find_or_make<Read>(name, help, Kind::gauge, labels,
                             [&] { return std::make_unique<Read>(Read{std::move(read)}); });
}

void Metrics::counter_of(std::string_view name, std::string_view help, std::function<double()> read,
                         const Labels& labels) {
  state_->find_or_make<Read>(name, help, Kind::counter, labels,
                             [&] { return std::make_unique<Read>(Read{std::move(read)}); });
}

std::string Metrics::render() const {
  std::string out;
  const std::lock_guard lock(state_->mutex);
  for (const auto& [name, family] : state_->families) {
    out += fmt::format("# HELP {} {}\n", name, escaped(family.help, Quotes::plain));
    out += fmt::format("# TYPE {} {}\n", name, kind_name(family.kind));
    for (const auto& [labels, instrument] : family.series) {
      append_instrument(out, name, labels, instrument);
    }
  }
  return out;
}

}  // namespace ostraka::service

// ostraka-sim: runs whole elections, with everything that goes wrong, from seeds.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "sim/run.h"

namespace ostraka::sim {
namespace {

struct Range {
  std::uint64_t from = 1;
  std::uint64_t to = 1;
};

std::optional<Range> range_of(const std::string& text) {
  Range range;
  const std::size_t dots = text.find("..");
  try {
    range.from = std::stoull(text.substr(0, dots));
    range.to = dots == std::string::npos ? range.from : std::stoull(text.substr(dots + 2));
  } catch (const std::exception&) {
    return std::nullopt;
  }
  return range.from <= range.to ? std::optional(range) : std::nullopt;
}

struct Totals {
  std::uint64_t runs = 0;
  std::uint64_t violated = 0;
  std::uint64_t answers = 0;
  std::uint64_t counted = 0;
  std::uint64_t records = 0;
  std::uint64_t restored = 0;  // owners and tallies that began from a snapshot
};

void run_one(std::uint64_t seed, Variant variant, std::optional<BackendKind> backend, bool verbose, Totals& totals) {
  const RunResult result = run({.seed = seed, .variant = variant, .backend = backend});
  ++totals.runs;
  totals.answers += result.answers;
  totals.counted += result.counted;
  totals.records += result.records;
  totals.restored += result.owners_restored + result.tallies_restored;
  if (verbose) {
    fmt::print("seed {}: {} answers, {} counted, {} records, trace {:016x}\n", seed, result.answers, result.counted,
               result.records, result.trace);
  }
  if (!result.violations.empty()) {
    ++totals.violated;
    constexpr std::size_t k_shown_max = 5;
    for (std::size_t i = 0; i < result.violations.size() && i < k_shown_max; ++i) {
      fmt::print("seed {}: {}\n", seed, result.violations[i]);
    }
    fmt::print("seed {}: {} violations; again with: ostraka-sim --seed {} --variant {}\n", seed,
               result.violations.size(), seed, variant_name(variant));
  }
}

int main_with(int argc, char** argv) {
  CLI::App app{
      "Runs whole elections in one thread, with crashes, lost messages and wrong clocks, and checks every promise"};
  app.set_version_flag("--version", OSTRAKA_VERSION);
  std::uint64_t seed = 1;
  std::string seeds;
  std::string variant_text = "none";
  std::string backend_text;
  bool verbose = false;
  auto* one = app.add_option("--seed", seed, "run this seed");
  app.add_option("--seeds", seeds, "run the seeds FROM..TO")->excludes(one);
  app.add_option("--variant", variant_text, "a broken variant that the checkers must catch (none: the product)");
  app.add_option("--backend", backend_text, "memory, shared (many writers) or embedded; else drawn from the seed");
  app.add_flag("-v,--verbose", verbose, "a line for every seed");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  const auto variant = variant_of(variant_text);
  const auto range = seeds.empty() ? std::optional(Range{seed, seed}) : range_of(seeds);
  std::optional<BackendKind> backend;
  if (backend_text == "memory") {
    backend = BackendKind::memory_one_writer;
  } else if (backend_text == "shared") {
    backend = BackendKind::memory_many_writers;
  } else if (backend_text == "embedded") {
    backend = BackendKind::embedded;
  }
  if (!variant || !range || (!backend && !backend_text.empty())) {
    fmt::print(stderr, "no such variant, backend or range of seeds; see --help\n");
    return 2;
  }
  Totals totals;
  for (std::uint64_t next = range->from; next <= range->to; ++next) {
    run_one(next, *variant, backend, verbose || seeds.empty(), totals);
  }
  fmt::print("{} runs, {} answers, {} counted, {} records, {} starts from snapshots; {} runs with violations\n",
             totals.runs, totals.answers, totals.counted, totals.records, totals.restored, totals.violated);
  return totals.violated == 0 ? 0 : 1;
}

}  // namespace
}  // namespace ostraka::sim

int main(int argc, char** argv) {
  return ostraka::sim::main_with(argc, argv);
}

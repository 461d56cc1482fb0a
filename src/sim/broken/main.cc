// ostraka-sim-broken: the simulator on a product that is broken on purpose, one break after the other, and the first
// seed that catches each. Not a part of the product.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "sim/broken/breaks.h"

int main(int argc, char** argv) {
  using namespace ostraka::sim;
  CLI::App app{"Runs whole elections on a product that is broken on purpose, until a checker notices"};
  std::string only;
  std::uint64_t seeds_max = 1000;
  app.add_option("--break", only, "this one (else each)");
  app.add_option("--seeds-max", seeds_max, "give up after so many seeds")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  int tried = 0;
  int missed = 0;
  for (const KnownBreak& known : known_breaks()) {
    if (!only.empty() && known.name != only) {
      continue;
    }
    ++tried;
    if (const auto caught = catch_break(known, seeds_max)) {
      fmt::print("{:32} seed {:4}  {}\n", known.name, caught->seed, caught->violation);
    } else {
      ++missed;
      fmt::print("{:32} NOT CAUGHT by {} seeds\n", known.name, seeds_max);
    }
    std::fflush(stdout);
  }
  if (tried == 0) {
    fmt::print(stderr, "no such break: {}\n", only);
    return 2;
  }
  return missed == 0 ? 0 : 1;
}

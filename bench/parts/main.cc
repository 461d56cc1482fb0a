// ostraka-parts: what each part of a vote costs by itself, as JSON.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "parts/parts.h"

int main(int argc, char** argv) {
  using namespace ostraka::bench;
  CLI::App app("What each part of a vote costs by itself.", "ostraka-parts");
  std::string only;
  std::string directory = ".";
  bool is_small = false;
  app.add_option("--part", only, "this one alone");
  app.add_option("--directory", directory, "where the log is written, and removed again")->check(CLI::ExistingDirectory);
  app.add_flag("--small", is_small, "seconds in place of minutes: to see that it works");
  CLI11_PARSE(app, argc, argv);
  const Size size = is_small ? k_small : Size{};
  const std::pair<const char*, std::function<Json()>> parts[] = {
      {"ledger", [&] { return ledger(size); }},
      {"token_check", [&] { return token_check(size); }},
      {"token_issue", [&] { return token_issue(size); }},
      {"tally", [&] { return tally_replay(size); }},
      {"ranked", [&] { return ranked_count(size); }},
      {"log", [&] { return log_appends(size, directory); }},
      {"writes", [&] { return log_writes(size, directory); }},
      {"hop", [&] { return rpc_hop(size); }},
  };
  Json figures = Json::object();
  for (const auto& [name, part] : parts) {
    if (only.empty() || only == name) {
      fmt::print(stderr, "{}\n", name);
      figures[name] = part();
    }
  }
  fmt::print("{}\n", figures.dump(1));
  return figures.empty() ? 2 : 0;
}

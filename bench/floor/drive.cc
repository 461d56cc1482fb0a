// ostraka-drive: the same request over kept connections, as fast as answers come; what that cost the server.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "load/connections.h"
#include "load/core/histogram.h"
#include "load/process_usage.h"

namespace {

using namespace ostraka;
using namespace std::chrono_literals;

std::string request_of(std::size_t bytes) {
  std::string filling;
  const std::string body = R"({"ballot":{"song":["a"]}})";
  const auto request = [&] {
    return fmt::format("POST /v1/elections/song/votes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                       "Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{}",
                       filling, body.size(), body);
  };
  while (request().size() < bytes) {
    filling += 'x';
  }
  return request();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Sends the same request, as fast as answers come.", "ostraka-drive");
  std::string port;
  int pid = 0;
  std::size_t connections_count = 256;
  std::size_t request_bytes = 300;
  double seconds = 5;
  app.add_option("--port", port)->required();
  app.add_option("--pid", pid, "of the server")->required();
  app.add_option("--connections", connections_count)->check(CLI::Range(1, 10'000));
  app.add_option("--request-bytes", request_bytes)->check(CLI::Range(200, 8'000));
  app.add_option("--seconds", seconds)->check(CLI::Range(0.1, 600.0));
  CLI11_PARSE(app, argc, argv);
  const Result<load::ServerAddress> server = load::resolve("127.0.0.1", port);
  if (!server) {
    fmt::print(stderr, "{}\n", server.error().message);
    return 1;
  }
  const std::string request = request_of(request_bytes);
  load::Histogram took;
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;
  std::vector<load::Time> sent_at(connections_count);
  load::Connections connections(*server, connections_count,
                                {[&](std::size_t connection, unsigned status) {
                                   ++(status == 201 ? answered : failed);
                                   took.add(std::chrono::steady_clock::now() - sent_at[connection]);
                                 },
                                 [&](std::size_t) { ++failed; }});
  const double cpu_before = load::cpu_seconds(pid);
  const load::Time begun = std::chrono::steady_clock::now();
  const load::Time ends = begun + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  for (load::Time now = begun; now < ends; now = std::chrono::steady_clock::now()) {
    while (connections.has_free()) {
      sent_at[connections.next_free()] = now;
      connections.send({request}, now);
    }
    connections.poll(10ms);
  }
  const double cpu = load::cpu_seconds(pid) - cpu_before;
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const nlohmann::ordered_json figures = {{"answered", answered},
                                          {"failed", failed},
                                          {"rate", static_cast<double>(answered) / elapsed},
                                          {"cpu_us", cpu * 1e6 / static_cast<double>(std::max<std::uint64_t>(1, answered))},
                                          {"p50_us", took.quantile_ms(0.5) * 1000},
                                          {"p99_us", took.quantile_ms(0.99) * 1000}};
  fmt::print("{}\n", figures.dump());
  return failed == 0 ? 0 : 1;
}

// ostraka-drive: the same request, or one a token, over kept connections, as fast as answers come; what that cost the
// server.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "load/connections.h"
#include "load/core/histogram.h"
#include "load/process_usage.h"

namespace {

using namespace ostraka;
using namespace std::chrono_literals;

constexpr std::string_view k_head =
    "POST /v1/elections/song/votes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Authorization: Bearer ";
constexpr std::string_view k_tail = "\r\nContent-Length: 25\r\n\r\n{\"ballot\":{\"song\":[\"a\"]}}";
static_assert(k_tail.size() - k_tail.find('{') == 25);
constexpr auto k_last_answers_within = 10s;

// One for each request, in turn: those of the file, or the same again and again. Ends with the file.
class Tokens {
 public:
  static Tokens filling(std::size_t request_bytes) {
    const std::size_t others = k_head.size() + k_tail.size();
    return Tokens(std::string(std::max(request_bytes, others) - others, 'x'), true);
  }
  static Tokens of_file(const std::string& path) {
    std::ifstream file(path);
    return Tokens(std::string(std::istreambuf_iterator<char>(file), {}), false);
  }

  bool has_next() const { return next_ < text_.size(); }
  std::string_view next() {
    if (is_constant_) {
      return text_;
    }
    const std::size_t begins = next_;
    const std::size_t ends = std::min(text_.find('\n', begins), text_.size());
    next_ = ends + 1;
    return std::string_view(text_).substr(begins, ends - begins);
  }

 private:
  Tokens(std::string text, bool is_constant) : text_(std::move(text)), is_constant_(is_constant) {}

  std::string text_;
  bool is_constant_;
  std::size_t next_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Sends votes, as fast as answers come.", "ostraka-drive");
  std::string port;
  int pid = 0;
  std::size_t connections_count = 256;
  std::size_t request_bytes = 300;
  std::string tokens_file;
  double seconds = 5;
  app.add_option("--port", port)->required();
  app.add_option("--pid", pid, "of the server")->required();
  app.add_option("--connections", connections_count)->check(CLI::Range(1, 10'000));
  app.add_option("--request-bytes", request_bytes)->check(CLI::Range(200, 8'000));
  app.add_option("--tokens", tokens_file, "one a line: each is sent once; ends with them")->check(CLI::ExistingFile);
  app.add_option("--seconds", seconds)->check(CLI::Range(0.1, 600.0));
  CLI11_PARSE(app, argc, argv);
  const Result<load::ServerAddress> server = load::resolve("127.0.0.1", port);
  if (!server) {
    fmt::print(stderr, "{}\n", server.error().message);
    return 1;
  }
  Tokens tokens = tokens_file.empty() ? Tokens::filling(request_bytes) : Tokens::of_file(tokens_file);
  load::Histogram took;
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;
  std::vector<load::Time> sent_at(connections_count);
  load::Connections connections({.server = *server, .count = connections_count},
                                {[&](std::size_t connection, const load::Reply& reply) {
                                   ++(reply.status == 201 ? answered : failed);
                                   took.add(std::chrono::steady_clock::now() - sent_at[connection]);
                                 },
                                 [&](std::size_t) { ++failed; }});
  const double cpu_before = load::cpu_seconds(pid);
  const load::Time begun = std::chrono::steady_clock::now();
  const load::Time ends = begun + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  const auto may_send = [&](load::Time now) { return now < ends && tokens.has_next(); };
  for (load::Time now = begun; may_send(now) || (connections.busy() > 0 && now < ends + k_last_answers_within);
       now = std::chrono::steady_clock::now()) {
    while (may_send(now) && connections.has_free()) {
      sent_at[connections.next_free()] = now;
      connections.send({k_head, tokens.next(), k_tail}, now);
    }
    connections.poll(10ms);
  }
  failed += connections.busy();
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

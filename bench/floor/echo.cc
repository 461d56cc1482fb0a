// ostraka-echo: a bare HTTP server, to measure against. One thread a core, each with a listener of its own.
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <thread>
#include <vector>

#include "floor/echo.h"

namespace {

constexpr int k_backlog = 4'096;
constexpr std::size_t k_reply_bytes_min = 64;

// Port 0: any; the port in use comes back in it.
int listen_on(std::uint16_t& port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, k_backlog) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("ostraka-echo");
    std::exit(1);
  }
  port = ntohs(address.sin_port);
  return listener;
}

std::string reply_of(std::size_t bytes) {
  std::string body = "{}";
  const auto reply = [&body] {
    return fmt::format("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                       body.size(), body);
  };
  while (reply().size() < bytes) {
    body.insert(1, 1, ' ');
  }
  return reply();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A bare HTTP server to measure against.", "ostraka-echo");
  std::string kind = "beast";
  std::size_t reply_bytes = 200;
  unsigned threads = 2;
  app.add_option("--kind", kind)->check(CLI::IsMember({"beast", "epoll"}));
  app.add_option("--reply-bytes", reply_bytes, "of the whole reply")->check(CLI::Range(k_reply_bytes_min, std::size_t{65'536}));
  app.add_option("--threads", threads)->check(CLI::Range(1, 64));
  CLI11_PARSE(app, argc, argv);
  const std::string reply = reply_of(reply_bytes);
  std::uint16_t port = 0;
  std::vector<int> listeners;
  for (unsigned i = 0; i < threads; ++i) {
    listeners.push_back(listen_on(port));
  }
  fmt::print("{}\n", port);
  std::fflush(stdout);
  std::vector<std::jthread> running;
  for (const int listener : listeners) {
    running.emplace_back([&, listener] {
      kind == "beast" ? ostraka::bench::echo_with_beast(listener, reply) : ostraka::bench::echo_with_epoll(listener, reply);
    });
  }
  return 0;
}

// Kept HTTP/1.1 connections to one server over epoll: one request at a time on each, opened again by themselves after
// they break. One thread.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "load/core/pace.h"

namespace ostraka::load {

struct ServerAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};
// Of "127.0.0.1" or "localhost" and a port. Errors: unavailable.
Result<ServerAddress> resolve(const std::string& host, const std::string& port);

class Connections {
 public:
  using Index = std::size_t;
  struct Handlers {
    std::function<void(Index, unsigned status)> on_reply;  // then the connection is free again, if it lives
    std::function<void(Index)> on_broken;                  // there was a request on it: its outcome is unknown
  };

  Connections(const ServerAddress& server, std::size_t count, Handlers handlers);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  bool has_free() const { return !free_.empty(); }
  // The one that the next send() takes. REQUIRES: has_free().
  Index next_free() const { return free_.back(); }
  // The request is the pieces one behind the other. on_broken may be called before it returns. REQUIRES: has_free().
  void send(std::initializer_list<std::string_view> pieces, Time now);

  // Takes what has come; waits for at most that long when nothing has. Opens again what is due.
  void poll(std::chrono::nanoseconds at_most);
  // Breaks those that have waited for their reply since before that.
  void break_waiting_since(Time before);

  std::size_t busy() const { return busy_; }

 private:
  enum class State : std::uint8_t { closed, connecting, free, busy };
  struct Connection {
    int fd = -1;
    State state = State::closed;
    bool awaits_room = false;
    Time sent_at{};
    std::string output;
    std::size_t output_sent = 0;
    std::string input;
  };

  void open(Index index);
  void open_those_due(Time now);
  void on_event(Index index, std::uint32_t events);
  void write(Index index);
  void read(Index index);
  void become_free(Index index);
  void break_off(Index index);
  void watch(Index index, int operation, std::uint32_t events);

  const ServerAddress server_;
  const Handlers handlers_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::vector<Index> free_;
  std::vector<Index> closed_;
  std::size_t busy_ = 0;
  Time open_at_{};  // those that are closed
};

}  // namespace ostraka::load

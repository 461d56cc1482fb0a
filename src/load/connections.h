// HTTP/1.1 connections to one server over epoll, one request at a time on each. Kept ones are opened before they are
// needed, and again by themselves after they break; those of one use are opened for a request and closed behind its
// reply. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/client_socket.h"
#include "load/core/pace.h"

namespace ostraka::load {

enum class ConnectionUse { kept, once };

struct ConnectionsOptions {
  ServerAddress server;
  std::size_t count = 64;  // at a time
  ConnectionUse use = ConnectionUse::kept;
  // Of those used once: how many resume the TLS session of an earlier one. Kept ones always do when they are opened
  // again.
  double resume_share = 0;
};

struct ConnectionsFigures {
  std::uint64_t opened = 0;
  std::uint64_t handshakes = 0;  // of TLS, that came to their end
  std::uint64_t resumed = 0;     // of these
};

struct Reply {
  unsigned status = 0;
  std::string_view bytes;  // all of it, until the handler returns
};

class Connections {
 public:
  using Index = std::size_t;
  struct Handlers {
    // Then the connection is free again, if it lives. One that is used once is still the caller's meanwhile, for
    // go_on().
    std::function<void(Index, const Reply&)> on_reply;
    std::function<void(Index)> on_broken;  // there was a request on it: its outcome is unknown
  };

  Connections(const ConnectionsOptions& options, Handlers handlers);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  bool has_free() const { return !free_.empty() && !is_shut_out_; }
  std::size_t free() const { return free_.size(); }
  // The one that the next send() takes. REQUIRES: has_free().
  Index next_free() const { return free_.back(); }
  // The request is the pieces one behind the other. on_broken may be called before it returns. REQUIRES: has_free().
  void send(std::initializer_list<std::string_view> pieces, Time now);
  // One more request on the connection that on_reply was called for. REQUIRES: within on_reply, connections used once,
  // and the reply did not end the connection; false when it did, and nothing was sent.
  bool go_on(Index index, std::initializer_list<std::string_view> pieces, Time now);

  // Takes what has come; waits for at most that long when nothing has. Opens again what is due.
  void poll(std::chrono::nanoseconds at_most);
  // Breaks those that have waited for their reply since before that.
  void break_waiting_since(Time before);

  std::size_t busy() const { return busy_; }
  const ConnectionsFigures& figures() const { return figures_; }

 private:
  enum class State : std::uint8_t { closed, connecting, shaking_hands, open };
  struct Connection {
    ClientSocket socket;
    State state = State::closed;
    bool is_busy = false;  // there is a request on it, sent or waiting for it to open
    bool is_last_reply = false;
    std::uint32_t watched = 0;
    Time sent_at{};
    std::string output;
    std::size_t output_sent = 0;
    std::string input;
    tls::Resumption resumption;
  };

  void open(Index index);
  void open_those_due(Time now);
  void on_event(Index index, std::uint32_t events);
  void establish(Index index);
  void fill(Connection& connection, std::initializer_list<std::string_view> pieces, Time now);
  void write(Index index);
  void read(Index index);
  void take(Index index, std::string_view bytes);
  void answer(Index index, const Reply& reply);
  void break_off(Index index);
  void close(Index index);
  void watch(Index index, std::uint32_t events);
  const tls::Resumption& resumption_for(const Connection& connection);

  const ConnectionsOptions options_;
  const Handlers handlers_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::vector<Index> free_;    // of those used once: all that are closed
  std::vector<Index> closed_;  // of the kept ones
  std::size_t busy_ = 0;
  std::uint64_t resumptions_begun_ = 0;
  Time open_at_{};  // those that are closed
  bool is_shut_out_ = false;  // one of those used once could not be opened: none is tried until then
  ConnectionsFigures figures_;
};

}  // namespace ostraka::load

// One thread of the server: its doors, its connections, their deadlines, and the replies that other threads send.
//
// Deadlines cost a request nothing but a store: a sweep over all connections, some times per shortest deadline, closes
// what is late (at most one sweep late). Replies from other threads go through one inbox, which wakes the thread once
// for all that are in it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/http/door.h"
#include "net/http/readiness.h"
#include "net/http/server_state.h"

namespace ostraka::http {

class Connection;

struct Delivery {
  enum class Kind { reply, start_stream, stream_bytes, end_stream, cut_off };
  std::shared_ptr<Connection> to;
  Kind kind = Kind::reply;
  Response response;
  std::shared_ptr<const std::string> bytes;
};

class Worker : public std::enable_shared_from_this<Worker> {
 public:
  using Tick = std::uint64_t;  // sweeps since the start
  static constexpr Tick k_never = ~Tick{0};

  Worker(unsigned index, std::shared_ptr<ServerState> state, std::shared_ptr<boost::asio::io_context> io);

  // One door more; before run(). The port. Errors: unavailable, invalid.
  Result<std::uint16_t> listen(const DoorAddress& address, PortSharing sharing, DoorKind kind);

  // Serves on the calling thread until stop().
  void run();

  enum class Delivered { yes, stopped };
  // Any thread. Dropped when the worker has stopped.
  Delivered deliver(Delivery delivery);
  void drain();
  void stop();
  bool is_own_thread() const;

  // The rest: own thread only.
  ServerState& state() { return *state_; }
  unsigned index() const { return index_; }
  std::string_view date() const { return date_; }
  Tick tick_after(std::chrono::milliseconds span) const;
  void remove(Connection& connection);
  // Hands a request to the handler.
  void handle(const Request& request, Responder responder);

 private:
  void welcome(boost::asio::ip::tcp::socket socket, DoorKind door);
  void add(boost::asio::ip::tcp::socket socket, DoorKind door);
  void drain_connections();
  void sweep_later();
  void sweep();
  void empty_inbox();
  void shut_down();

  const unsigned index_;
  const std::shared_ptr<ServerState> state_;
  const std::chrono::milliseconds sweep_period_;
  const std::shared_ptr<boost::asio::io_context> shared_io_;
  boost::asio::io_context& io_{*shared_io_};
  Readiness readiness_{io_};
  std::deque<Door> doors_;  // they stay where they are
  boost::asio::steady_timer sweep_timer_{io_};
  bool are_doors_closed_ = false;
  bool is_turn_open_ = false;      // something was handled, and its end is posted
  bool is_shutting_down_ = false;  // nothing new is begun: what was due when the end came must not go on
  Tick now_ = 0;
  std::string date_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<Delivery> unpacked_;  // the inbox being worked through

  std::mutex inbox_mutex_;  // guards the three below
  std::vector<Delivery> inbox_;
  bool is_wake_up_posted_ = false;
  bool is_stopped_ = false;
};

}  // namespace ostraka::http

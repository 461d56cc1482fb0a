// Kept HTTP connections, one request at a time on each. Requests beyond the free connections wait in order; how many
// may wait is the caller's business, who sends at a rate and counts the wait.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "live_results/socket.h"

namespace ostraka::bench {

class RequestPool {
 public:
  using Done = std::function<void(std::uint64_t tag, int status, std::string_view body)>;

  RequestPool(std::uint16_t port, std::size_t connections, Done done);

  void send(std::uint64_t tag, std::string request);
  // Takes what has come. The poller's descriptor is readable when there is something to take.
  void turn(std::chrono::nanoseconds at_most);

  int descriptor() const { return poller_.descriptor(); }
  std::size_t unanswered() const { return waiting_.size() + connections_.size() - free_.size(); }

 private:
  struct Connection {
    Descriptor socket;
    std::uint64_t tag = 0;
    std::string output;
    std::size_t sent = 0;
    bool is_room_awaited = false;
    std::string input;
  };
  struct Waiting {
    std::uint64_t tag;
    std::string request;
  };

  void begin(std::size_t index, Waiting next);
  void write(std::size_t index);
  void read(std::size_t index);

  Done done_;
  Poller poller_;
  std::vector<Connection> connections_;
  std::deque<std::size_t> free_;  // in turn, so that none is idle for long
  std::deque<Waiting> waiting_;
};

// A request with a JSON body, or without any.
struct Ask {
  std::string_view target;
  std::string_view bearer;
  std::string_view body;
};
std::string post(const Ask& ask);

}  // namespace ostraka::bench

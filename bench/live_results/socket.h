// Sockets and epoll, as little of them as the load generator needs. Whatever the system refuses ends the program with
// a message: a measurement with a part missing is none.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ostraka::bench {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

struct Dial {
  std::uint16_t port = 0;
  unsigned source = 0;           // 127.0.0.(1 + source): each has ephemeral ports of its own
  int receive_buffer_bytes = 0;  // 0: the system's
};
// A non-blocking socket on its way to 127.0.0.1:port.
Descriptor dial(const Dial& options);

// What came of one attempt: bytes, nothing yet, or the end.
struct Transferred {
  std::size_t bytes = 0;
  bool is_over = false;
};
Transferred read_some(int fd, char* into, std::size_t bytes);
Transferred write_some(int fd, std::string_view bytes);

// Level-triggered; `tag` comes back with the event.
class Poller {
 public:
  Poller();
  void add(int fd, std::uint32_t events, std::uint64_t tag);
  void change(int fd, std::uint32_t events, std::uint64_t tag);
  int descriptor() const { return epoll_.get(); }

  static constexpr int k_events_max = 64;  // a turn, so that no side keeps the other waiting for long
  // Calls visit(tag, events) for what has happened; waits for at most that long.
  template <class Visit>
  int wait(std::chrono::nanoseconds at_most, Visit&& visit) {
    epoll_event events[k_events_max];
    const int count = wait_for(events, at_most);
    for (int i = 0; i < count; ++i) {
      visit(events[i].data.u64, events[i].events);
    }
    return count;
  }

 private:
  int wait_for(epoll_event* events, std::chrono::nanoseconds at_most);
  Descriptor epoll_;
};

[[noreturn]] void give_up(std::string_view what);
// With errno's word.
[[noreturn]] void give_up_on(std::string_view call);

}  // namespace ostraka::bench

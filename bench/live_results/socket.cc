#include "live_results/socket.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace ostraka::bench {

void give_up(std::string_view what) {
  fmt::print(stderr, "live_results: {}\n", what);
  std::exit(1);
}

void give_up_on(std::string_view call) { give_up(fmt::format("{}: {}", call, std::strerror(errno))); }

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) {
      ::close(fd_);
    }
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Descriptor dial(const Dial& options) {
  Descriptor made(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.is_open()) {
    give_up_on("socket");
  }
  const int one = 1;
  setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  // The port is chosen when it connects, when it is known whom it must differ from.
  setsockopt(made.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (options.receive_buffer_bytes > 0) {
    setsockopt(made.get(), SOL_SOCKET, SO_RCVBUF, &options.receive_buffer_bytes, sizeof options.receive_buffer_bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + options.source);
  if (::bind(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    give_up_on("bind");
  }
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(options.port);
  if (::connect(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
    give_up_on("connect");
  }
  return made;
}

Transferred read_some(int fd, char* into, std::size_t bytes) {
  const ssize_t count = ::recv(fd, into, bytes, 0);
  if (count > 0) {
    return {static_cast<std::size_t>(count), false};
  }
  return {0, count == 0 || (errno != EAGAIN && errno != EINTR)};
}

Transferred write_some(int fd, std::string_view bytes) {
  const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count >= 0) {
    return {static_cast<std::size_t>(count), false};
  }
  return {0, errno != EAGAIN && errno != EINTR};
}

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.is_open()) {
    give_up_on("epoll_create1");
  }
}

void Poller::add(int fd, std::uint32_t events, std::uint64_t tag) {
  epoll_event event{.events = events, .data = {.u64 = tag}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    give_up_on("epoll_ctl");
  }
}

void Poller::change(int fd, std::uint32_t events, std::uint64_t tag) {
  epoll_event event{.events = events, .data = {.u64 = tag}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) {
    give_up_on("epoll_ctl");
  }
}

int Poller::wait_for(epoll_event* events, std::chrono::nanoseconds at_most) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(at_most);
  const timespec time{.tv_sec = whole.count(), .tv_nsec = (at_most - whole).count()};
  const int count = ::epoll_pwait2(epoll_.get(), events, k_events_max, &time, nullptr);
  if (count < 0 && errno != EINTR) {
    give_up_on("epoll_pwait2");
  }
  return std::max(count, 0);
}

}  // namespace ostraka::bench

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

#include "floor/echo.h"

namespace ostraka::bench {

namespace {

constexpr std::string_view k_length = "\r\nContent-Length: ";

bool is_whole(std::string_view bytes) {
  const std::size_t head = bytes.find("\r\n\r\n");
  const std::size_t at = bytes.find(k_length);
  std::size_t length = 0;
  if (head == std::string_view::npos || at == std::string_view::npos) {
    return false;
  }
  std::from_chars(bytes.data() + at + k_length.size(), bytes.data() + head, length);
  return bytes.size() == head + 4 + length;
}

void watch(int epoll, int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

void accept_one(int epoll, int listener) {
  const int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  const int one = 1;
  setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  watch(epoll, accepted);
}

}  // namespace

void echo_with_epoll(int listener, const std::string& reply) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener);
  std::array<epoll_event, 64> events;
  std::array<char, 8192> buffer;
  while (true) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        accept_one(epoll, listener);
        continue;
      }
      const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
      const bool answers = got > 0 && is_whole({buffer.data(), static_cast<std::size_t>(got)});
      if (!answers || send(fd, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) {
        close(fd);
      }
    }
  }
}

}  // namespace ostraka::bench

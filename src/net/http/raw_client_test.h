// A socket for tests: sends exactly the bytes it is told to, and reads what comes, with a deadline.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <string>
#include <string_view>

namespace ostraka::http {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer_bytes > 0) {
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    const int one = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return;  // the server has had enough: what it answered says why
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void finish_sending() { shutdown(fd_, SHUT_WR); }

  // Everything until the server closes. A server that does not fails the test.
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }
  // Everything up to and including `mark`.
  std::string read_until(std::string_view mark) {
    while (received_.find(mark) == std::string::npos) {
      if (!receive()) {
        ADD_FAILURE() << "closed before: " << mark << " after: " << received_;
        return std::exchange(received_, {});
      }
    }
    const std::size_t end = received_.find(mark) + mark.size();
    std::string front = received_.substr(0, end);
    received_.erase(0, end);
    return front;
  }

 private:
  bool receive() {
    constexpr int k_patience_ms = 20'000;
    pollfd poll_fd{fd_, POLLIN, 0};
    if (poll(&poll_fd, 1, k_patience_ms) != 1) {
      ADD_FAILURE() << "the server neither answers nor closes";
      return false;
    }
    char piece[16 * 1024];
    const ssize_t count = recv(fd_, piece, sizeof piece, 0);
    if (count <= 0) {
      return false;
    }
    received_.append(piece, static_cast<std::size_t>(count));
    return true;
  }

  int fd_;
  std::string received_;
};

}  // namespace ostraka::http

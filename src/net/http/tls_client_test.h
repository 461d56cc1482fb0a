// A TLS client for tests, over a blocking socket: sends exactly the records it is told to, and reads what comes, with a
// deadline.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "net/tls/certificate_for_test.h"
#include "net/tls/session.h"

namespace ostraka::http {

class TlsClient {
 public:
  // Shakes hands at once.
  TlsClient(std::uint16_t port, const tls::Context& context, const tls::Resumption& resumption = {},
            int receive_buffer_bytes = 0)
      : fd_(connected(port, receive_buffer_bytes)),
        session_(tls::Session::connect(context, fd_, "localhost", resumption)),
        has_shaken_hands_(session_->handshake() == tls::Outcome::done) {}
  ~TlsClient() { hang_up(); }
  TlsClient(const TlsClient&) = delete;

  bool has_shaken_hands() const { return has_shaken_hands_; }
  tls::Session& session() { return *session_; }

  // One record for each 16 KiB.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const tls::Transfer sent = session_->write(bytes);
      if (sent.outcome != tls::Outcome::done) {
        return;
      }
      bytes.remove_prefix(sent.bytes);
    }
  }
  // Without a word of TLS's.
  void hang_up() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

  std::string read_until(std::string_view mark) {
    while (received_.find(mark) == std::string::npos) {
      if (receive() != tls::Outcome::done) {
        ADD_FAILURE() << "ended before: " << mark << " after: " << received_;
        return {};
      }
    }
    const std::size_t end = received_.find(mark) + mark.size();
    std::string front = received_.substr(0, end);
    received_.erase(0, end);
    return front;
  }
  // Everything up to the server's goodbye; a connection that is cut without one fails the test.
  std::string read_to_goodbye() {
    tls::Outcome outcome = tls::Outcome::done;
    while (outcome == tls::Outcome::done) {
      outcome = receive();
    }
    EXPECT_EQ(outcome, tls::Outcome::ended) << session_->failure();
    return std::exchange(received_, {});
  }
  tls::Outcome receive() {
    char piece[16 * 1024];
    const tls::Transfer got = session_->read(piece, sizeof piece);
    received_.append(piece, got.bytes);
    return got.outcome;
  }

 private:
  static int connected(std::uint16_t port, int receive_buffer_bytes) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer_bytes > 0) {
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    const timeval patience{.tv_sec = 20, .tv_usec = 0};  // then reading says wants_read, which no test expects
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  int fd_;
  const std::unique_ptr<tls::Session> session_;
  const bool has_shaken_hands_;
  std::string received_;
};

}  // namespace ostraka::http

// What a connection's bytes go through: TCP as it is, or TLS over it. Says would_block when nothing can be done now, eof
// when the peer is done.
//
// One owner, one thread. After close() everything fails, and nobody is told of anything any more.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "io/descriptor.h"
#include "net/http/readiness.h"
#include "net/tls/session.h"

namespace ostraka::http {

class Transport {
 public:
  using Error = boost::system::error_code;

  // `socket` does not block. A null context: no TLS.
  Transport(io::Descriptor socket, Readiness::Watch watch, const tls::Context& context);
  Transport(Transport&&) = default;
  ~Transport() { let_go(); }

  bool is_tls() const { return tls_ != nullptr; }
  // One step. REQUIRES: is_tls().
  tls::Outcome handshake();
  const tls::Session& session() const { return *tls_; }
  // What comes now goes over TCP as it is: the handshake failed.
  void forget_tls() { tls_.reset(); }

  std::size_t read_some(char* room, std::size_t bytes, Error& ec);
  // After it took a part, the next call must begin with the rest.
  std::size_t write_some(std::span<const boost::asio::const_buffer> buffers, Error& ec) {
    return is_tls() ? write_records(buffers, ec) : write_plain(buffers, ec);
  }

  // See readiness.h. REQUIRES: not closed; to write: the last write did not take all, or the handshake wants to.
  void wait_readable(Readiness::Waiter& waiter) { watch_->wait_readable(waiter); }
  void wait_writable(Readiness::Waiter& waiter) { watch_->wait_writable(waiter); }

  // Says that nothing more comes.
  void shutdown_send(Error& ec);
  void close();
  // What was not sent yet is dropped at the close.
  void drop_unsent_at_close();
  // How much the kernel takes that it cannot send yet.
  void set_unsent_max(int bytes);

  static constexpr std::size_t k_record_bytes = 16 * 1024;  // as much as one TLS record carries

 private:
  std::size_t read_records(char* room, std::size_t bytes, Error& ec);
  std::size_t write_plain(std::span<const boost::asio::const_buffer> buffers, Error& ec);
  std::size_t write_records(std::span<const boost::asio::const_buffer> buffers, Error& ec);
  int socket() const { return socket_ ? socket_->get() : -1; }
  void let_go();

  std::optional<io::Descriptor> socket_;
  std::optional<Readiness::Watch> watch_;
  std::unique_ptr<tls::Session> tls_;
};

// Takes `count` bytes off the front.
template <std::size_t size>
void drop_front(std::array<boost::asio::const_buffer, size>& buffers, std::size_t count) {
  for (boost::asio::const_buffer& buffer : buffers) {
    const std::size_t of_this = std::min(count, buffer.size());
    buffer += of_this;
    count -= of_this;
  }
}

}  // namespace ostraka::http

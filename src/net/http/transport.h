// What a connection's bytes go through: TCP as it is, or TLS over it. Says what Asio's sockets say: would_block when
// nothing can be done now, eof when the peer is done. Without TLS each call is the socket's own.
//
// One owner, one thread; handlers are called from that thread, never before the call returns. After close() everything
// fails, and what was being waited for comes to its handler with an error.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "net/tls/session.h"

namespace ostraka::http {

class Transport {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Error = boost::system::error_code;

  // Non-blocking is the caller's to set. A null context: no TLS.
  Transport(Socket socket, const tls::Context& context);

  bool is_tls() const { return tls_ != nullptr; }
  // One step. REQUIRES: is_tls().
  tls::Outcome handshake() { return tls_->handshake(); }
  const tls::Session& session() const { return *tls_; }
  // What comes now goes over TCP as it is: the handshake failed. REQUIRES: nothing is waited for.
  void forget_tls() { tls_.reset(); }

  std::size_t read_some(char* room, std::size_t bytes, Error& ec);
  template <std::size_t count>
  std::size_t write_some(const std::array<boost::asio::const_buffer, count>& buffers, Error& ec) {
    return is_tls() ? write_records(buffers, ec) : socket_.write_some(buffers, ec);
  }
  std::size_t write_some(const boost::asio::const_buffer& buffer, Error& ec) {
    return is_tls() ? write_records({&buffer, 1}, ec) : socket_.write_some(buffer, ec);
  }

  // REQUIRES: `room` stays, and the transport with it, until the handler (error, count) was called.
  template <class Handler>
  void async_read_some(char* room, std::size_t bytes, Handler handler);
  // All of it; then the handler (error). After write_some() took a part, it must begin with the rest.
  template <std::size_t count, class Handler>
  void async_write(std::array<boost::asio::const_buffer, count> buffers, Handler handler);
  template <class Handler>
  void async_wait(Socket::wait_type what, Handler handler) {
    socket_.async_wait(what, std::move(handler));
  }

  // Says that nothing more comes.
  void shutdown_send(Error& ec);
  void cancel();
  void close();
  Socket& socket() { return socket_; }

  static constexpr std::size_t k_record_bytes = 16 * 1024;  // as much as one TLS record carries

 private:
  std::size_t write_records(std::span<const boost::asio::const_buffer> buffers, Error& ec);

  Socket socket_;
  std::unique_ptr<tls::Session> tls_;
  bool is_starved_ = false;  // what the session holds is the beginning of a record: only the socket has the rest
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

template <class Handler>
void Transport::async_read_some(char* room, std::size_t bytes, Handler handler) {
  if (!is_tls()) {
    return socket_.async_read_some(boost::asio::buffer(room, bytes), std::move(handler));
  }
  auto attempt = [this, room, bytes, handler = std::move(handler)](const Error& waited) mutable {
    Error ec = waited;
    const std::size_t count = ec ? 0 : read_some(room, bytes, ec);
    if (ec == boost::asio::error::would_block) {
      return async_read_some(room, bytes, std::move(handler));
    }
    handler(ec, count);
  };
  if (tls_->has_pending() && !is_starved_) {
    return boost::asio::post(socket_.get_executor(), [attempt = std::move(attempt)]() mutable { attempt(Error()); });
  }
  socket_.async_wait(Socket::wait_read, std::move(attempt));
}

template <std::size_t count, class Handler>
void Transport::async_write(std::array<boost::asio::const_buffer, count> buffers, Handler handler) {
  if (!is_tls()) {
    return boost::asio::async_write(
        socket_, buffers, [handler = std::move(handler)](const Error& ec, std::size_t) mutable { handler(ec); });
  }
  socket_.async_wait(Socket::wait_write, [this, buffers, handler = std::move(handler)](const Error& waited) mutable {
    Error ec = waited;
    drop_front(buffers, ec ? 0 : write_some(buffers, ec));
    if (ec && ec != boost::asio::error::would_block) {
      return handler(ec);
    }
    if (boost::asio::buffer_size(buffers) == 0) {
      return handler(Error());
    }
    async_write(buffers, std::move(handler));
  });
}

}  // namespace ostraka::http

#include "net/http/transport.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace ostraka::http {
namespace {

constexpr std::size_t k_buffers_max = 4;

// Of the system call that just failed.
Transport::Error last_error() { return {errno, boost::system::system_category()}; }

Transport::Error error_of(tls::Outcome outcome) {
  switch (outcome) {
    case tls::Outcome::done:
      return {};
    case tls::Outcome::wants_read:
    case tls::Outcome::wants_write:
      return boost::asio::error::would_block;
    case tls::Outcome::ended:
      return boost::asio::error::eof;
    case tls::Outcome::failed:
      break;
  }
  return boost::asio::error::connection_reset;
}

// The next record's worth of the buffers from `offset` on: where it stands, or put together in `scratch`.
std::string_view next_record(std::span<const boost::asio::const_buffer> buffers, std::size_t offset,
                             std::span<char, Transport::k_record_bytes> scratch) {
  std::size_t filled = 0;
  for (const boost::asio::const_buffer& buffer : buffers) {
    if (offset >= buffer.size()) {
      offset -= buffer.size();
      continue;
    }
    const std::string_view rest(static_cast<const char*>(buffer.data()) + offset, buffer.size() - offset);
    offset = 0;
    if (filled == 0 && (rest.size() >= scratch.size() || &buffer == &buffers.back())) {
      return rest.substr(0, scratch.size());
    }
    const std::size_t taken = std::min(rest.size(), scratch.size() - filled);
    std::memcpy(scratch.data() + filled, rest.data(), taken);
    filled += taken;
  }
  return {scratch.data(), filled};
}

}  // namespace

Transport::Transport(io::Descriptor socket, Readiness::Watch watch, const tls::Context& context)
    : socket_(std::move(socket)),
      watch_(std::move(watch)),
      tls_(context ? tls::Session::accept(context, socket_->get()) : nullptr) {}

tls::Outcome Transport::handshake() {
  const tls::Outcome outcome = tls_->handshake();
  if (outcome == tls::Outcome::wants_read) {
    watch_->was_emptied();
  } else if (outcome == tls::Outcome::done) {
    watch_->has_more();  // the first request may have come with the peer's last word, and have been read with it
  }
  return outcome;
}

// A session reads ahead, up to a whole record of the largest size. When it held nothing before and nothing afterwards,
// and what it gave is small, then the socket gave less than it was asked for.
std::size_t Transport::read_records(char* room, std::size_t bytes, Error& ec) {
  const bool held_some = tls_->has_pending();
  const tls::Transfer got = tls_->read(room, bytes);
  const bool is_done = got.outcome == tls::Outcome::done;
  if (is_done && tls_->has_pending()) {
    watch_->has_more();
  } else if (got.outcome == tls::Outcome::wants_read || (is_done && !held_some && got.bytes <= k_record_bytes / 2)) {
    watch_->was_emptied();
  }
  // Only a renegotiation could want to write here, and there is none.
  ec = got.outcome == tls::Outcome::wants_write ? boost::asio::error::connection_reset : error_of(got.outcome);
  return got.bytes;
}

std::size_t Transport::read_some(char* room, std::size_t bytes, Error& ec) {
  ec = {};
  if (is_tls()) {
    return read_records(room, bytes, ec);
  }
  const ssize_t got = ::recv(socket(), room, bytes, 0);
  if (got < 0) {
    ec = last_error();
  } else if (got == 0) {
    ec = boost::asio::error::eof;
  }
  if (watch_ && (ec == boost::asio::error::would_block || (got > 0 && static_cast<std::size_t>(got) < bytes))) {
    watch_->was_emptied();
  }
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

std::size_t Transport::write_plain(std::span<const boost::asio::const_buffer> buffers, Error& ec) {
  check(buffers.size() <= k_buffers_max, "as many buffers as are gathered at once");
  ssize_t sent = 0;
  if (buffers.size() == 1) {  // a send(2) costs less than a sendmsg(2)
    sent = ::send(socket(), buffers[0].data(), buffers[0].size(), MSG_NOSIGNAL);
  } else {
    std::array<iovec, k_buffers_max> pieces;
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      pieces[i] = {const_cast<void*>(buffers[i].data()), buffers[i].size()};
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = buffers.size();
    sent = ::sendmsg(socket(), &message, MSG_NOSIGNAL);
  }
  ec = sent < 0 ? last_error() : Error();
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

std::size_t Transport::write_records(std::span<const boost::asio::const_buffer> buffers, Error& ec) {
  thread_local std::array<char, k_record_bytes> scratch;
  std::size_t written = 0;
  ec = {};
  while (true) {
    const std::string_view record = next_record(buffers, written, scratch);
    if (record.empty()) {
      return written;
    }
    const tls::Transfer put = tls_->write(record);
    written += put.bytes;
    if (put.outcome != tls::Outcome::done) {
      // What went before counts; who goes on with the rest is told then.
      ec = written > 0 && put.outcome != tls::Outcome::failed ? Error() : error_of(put.outcome);
      return written;
    }
  }
}

void Transport::shutdown_send(Error& ec) {
  if (is_tls()) {
    tls_->say_goodbye();
  }
  ec = ::shutdown(socket(), SHUT_WR) == 0 ? Error() : last_error();
}

void Transport::drop_unsent_at_close() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  (void)::setsockopt(socket(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void Transport::set_unsent_max(int bytes) {
  (void)::setsockopt(socket(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

void Transport::close() {
  if (is_tls()) {
    tls_->say_goodbye();
  }
  let_go();
}

// In this order: neither the session nor the watch may meet the descriptor's next owner.
void Transport::let_go() {
  tls_.reset();
  watch_.reset();
  socket_.reset();
}

}  // namespace ostraka::http

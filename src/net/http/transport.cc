#include "net/http/transport.h"

#include <cstring>

namespace ostraka::http {
namespace {

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

Transport::Transport(Socket socket, const tls::Context& context)
    : socket_(std::move(socket)),
      tls_(context ? tls::Session::accept(context, socket_.native_handle()) : nullptr) {}

std::size_t Transport::read_some(char* room, std::size_t bytes, Error& ec) {
  if (!is_tls()) {
    return socket_.read_some(boost::asio::buffer(room, bytes), ec);
  }
  const tls::Transfer got = tls_->read(room, bytes);
  is_starved_ = got.outcome != tls::Outcome::done;
  ec = error_of(got.outcome);
  return got.bytes;
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
  socket_.shutdown(Socket::shutdown_send, ec);
}

void Transport::cancel() {
  Error ignored;
  socket_.cancel(ignored);
}

void Transport::close() {
  if (is_tls()) {
    tls_->say_goodbye();
    tls_.reset();  // it must not meet the descriptor's next owner
  }
  Error ignored;
  socket_.close(ignored);
}

}  // namespace ostraka::http

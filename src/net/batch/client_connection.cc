#include "net/batch/client_connection.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/check.h"
#include "net/batch/socket_io.h"

namespace ostraka::batch {

using boost::system::error_code;

ClientConnection::ClientConnection(boost::asio::io_context& io, std::string_view stream, Listener& listener)
    : io_(io), listener_(&listener), socket_(io), resolver_(io), hello_(hello_frame(stream)) {}

void ClientConnection::connect(const StreamsAddress& address) {
  if (const auto* endpoint = std::get_if<Endpoint>(&address)) {
    endpoints_.push_back(*endpoint);
    return connect_to_next();
  }
  const auto& [host, port] = std::get<HostAndPort>(address);
  resolver_.async_resolve(host, port, [self = shared_from_this()](const error_code&, const auto& found) {
    for (const auto& entry : found) {
      self->endpoints_.push_back(Endpoint(entry.endpoint()));
    }
    self->connect_to_next();
  });
}

// A name may have several addresses, of which some are not listened at.
void ClientConnection::connect_to_next() {
  if (listener_ == nullptr) {
    return;
  }
  if (endpoints_.empty()) {
    // Never from within connect().
    return boost::asio::post(io_, [self = shared_from_this()] { self->break_off(); });
  }
  const Endpoint endpoint = endpoints_.front();
  endpoints_.pop_front();
  error_code ec;
  socket_.close(ec);
  socket_.open(endpoint.protocol(), ec);
  if (ec) {
    return connect_to_next();
  }
  prepare_socket(socket_.native_handle());  // before it connects: a machine that is off is noticed as well
  socket_.async_connect(endpoint, [self = shared_from_this()](const error_code& failed) {
    if (self->listener_ == nullptr) {
      return;
    }
    failed ? self->connect_to_next() : self->on_connected();
  });
}

void ClientConnection::on_connected() {
  is_connected_ = true;
  await_frames();
  write(hello_);
  if (is_writable()) {
    listener_->on_writable();
  }
}

void ClientConnection::close() {
  listener_ = nullptr;
  is_connected_ = false;
  unwritten_ = {};
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

void ClientConnection::break_off() {
  if (Listener* const listener = listener_) {
    close();
    listener->on_broken();
  }
}

void ClientConnection::write(std::string_view frame) {
  check(is_writable(), "one frame at a time");
  unwritten_ = frame;
  is_writing_inside_ = true;
  write_rest();
  is_writing_inside_ = false;
}

void ClientConnection::write_rest() {
  while (!unwritten_.empty()) {
    const Moved sent = send_some(socket_.native_handle(), unwritten_);
    if (sent.progress == Progress::blocked) {
      return await_room();
    }
    if (sent.progress == Progress::broken) {
      if (is_writing_inside_) {
        boost::asio::post(io_, [self = shared_from_this()] { self->break_off(); });
        return;
      }
      return break_off();
    }
    unwritten_.remove_prefix(sent.bytes);
  }
  if (!is_writing_inside_) {
    listener_->on_writable();
  }
}

void ClientConnection::await_room() {
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code&) {
    if (self->listener_ != nullptr) {
      self->write_rest();
    }
  });
}

void ClientConnection::await_frames() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code&) {
    if (self->listener_ != nullptr) {
      self->read_frames();
    }
  });
}

void ClientConnection::read_frames() {
  const ReadBuffer::Room room = received_.room();
  const Moved received = receive_some(socket_.native_handle(), room.data, room.bytes);
  if (received.progress == Progress::broken) {
    return break_off();
  }
  received_.filled(received.bytes);
  deliver_frames();
  if (listener_ != nullptr) {
    await_frames();  // level-triggered: what is still there is told at once
  }
}

void ClientConnection::deliver_frames() {
  while (listener_ != nullptr) {
    const ScannedFrame scanned = scan_frame(received_.bytes());
    if (scanned.state == FrameState::too_long) {
      return break_off();
    }
    if (scanned.state == FrameState::incomplete) {
      return;
    }
    listener_->on_frame(scanned.header.number,
                        received_.bytes().substr(k_frame_header_bytes, scanned.header.body_bytes));
    received_.used(scanned.bytes());
  }
}

}  // namespace ostraka::batch

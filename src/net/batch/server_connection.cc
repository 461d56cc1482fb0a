#include "net/batch/server_connection.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "net/batch/frame.h"
#include "net/batch/socket_io.h"

namespace ostraka::batch {

using boost::system::error_code;

Call::~Call() {
  if (connection_ != nullptr) {
    connection_->abandon();
  }
}

void Call::finish(std::unique_ptr<Call> call) {
  const std::shared_ptr<ServerConnection> connection = std::move(call->connection_);
  connection->answer(std::move(call));
}

ServerConnection::ServerConnection(std::shared_ptr<boost::asio::io_context> io, Socket socket, Hooks hooks)
    : io_(std::move(io)), hooks_(std::move(hooks)), socket_(std::move(socket)) {}

void ServerConnection::start() {
  prepare_socket(socket_.native_handle());
  await_batches();
}

void ServerConnection::await_batches() {
  is_awaiting_ = true;
  const std::lock_guard lock(mutex_);
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code&) {
    self->is_awaiting_ = false;
    self->read();
  });
}

void ServerConnection::read() {
  const ReadBuffer::Room room = next_->received_.room();
  Moved received;
  {
    const std::lock_guard lock(mutex_);
    if (has_ended_ || is_draining_) {
      return;
    }
    received = receive_some(socket_.native_handle(), room.data, room.bytes);
    is_broken_ = is_broken_ || received.progress == Progress::broken;
  }
  next_->received_.filled(received.bytes);
  if (take_frames()) {
    await_batches();
  }
  end_if_done();
}

bool ServerConnection::take_frames() {
  while (true) {
    const ScannedFrame scanned = scan_frame(next_->received_.bytes());
    if (scanned.state == FrameState::complete) {
      if (!hand_out(scanned.header, scanned.bytes())) {
        return false;
      }
      continue;
    }
    const std::lock_guard lock(mutex_);
    is_broken_ = is_broken_ || scanned.state == FrameState::too_long;
    return !is_broken_ && !is_draining_;
  }
}

bool ServerConnection::hand_out(const FrameHeader& header, std::size_t frame_bytes) {
  if (handler_ == nullptr) {
    handler_ = hooks_.find(next_->received_.bytes().substr(k_frame_header_bytes, header.body_bytes));
    next_->received_.used(frame_bytes);
    const std::lock_guard lock(mutex_);
    is_broken_ = is_broken_ || handler_ == nullptr;
    return !is_broken_;
  }
  std::unique_ptr<Call> call;
  {
    const std::lock_guard lock(mutex_);
    if (is_broken_ || is_draining_ || is_full()) {
      is_paused_ = true;
      return false;
    }
    ++open_;
    call = std::exchange(next_, take_call());
  }
  // What came behind the batch is the beginning of the next.
  const std::string_view rest = call->received_.bytes().substr(frame_bytes);
  next_->received_.append(rest);
  call->number_ = header.number;
  call->batch_bytes_ = header.body_bytes;
  call->connection_ = shared_from_this();
  begin_frame(call->reply_);
  (*handler_)(std::move(call));
  return true;
}

std::unique_ptr<Call> ServerConnection::take_call() {
  if (answered_.empty()) {
    return std::make_unique<Call>();
  }
  std::unique_ptr<Call> call = std::move(answered_.back());
  answered_.pop_back();
  return call;
}

void ServerConnection::answer(std::unique_ptr<Call> call) {
  if (call->reply_.size() > k_frame_header_bytes + k_frame_body_bytes_max) {
    return abandon();  // a batch of very many requests, whose answers no frame may carry
  }
  end_frame(call->reply_, call->number_);
  const std::lock_guard lock(mutex_);
  --open_;
  if (has_ended_ || is_broken_) {
    return wake();
  }
  unwritten_.push_back(std::move(call));
  if (unwritten_.size() == 1) {
    write_front();
  }
  if (is_paused_ || is_draining_ || is_broken_) {
    wake();
  }
}

void ServerConnection::abandon() {
  const std::lock_guard lock(mutex_);
  --open_;
  is_broken_ = true;
  wake();
}

void ServerConnection::write_front() {
  while (!unwritten_.empty()) {
    const std::string& frame = unwritten_.front()->reply_;
    const Moved sent = send_some(socket_.native_handle(), std::string_view(frame).substr(written_));
    if (sent.progress == Progress::blocked) {
      return await_room();
    }
    if (sent.progress == Progress::broken) {
      is_broken_ = true;
      return wake();
    }
    written_ += sent.bytes;
    if (written_ == frame.size()) {
      written_ = 0;
      std::unique_ptr<Call> call = std::move(unwritten_.front());
      unwritten_.pop_front();
      call->received_.clear();
      answered_.push_back(std::move(call));
    }
  }
}

void ServerConnection::await_room() {
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code&) {
    const std::lock_guard lock(self->mutex_);
    if (!self->has_ended_ && !self->is_broken_) {
      self->write_front();
      self->wake();
    }
  });
}

void ServerConnection::wake() {
  if (has_ended_ || std::exchange(is_woken_, true)) {
    return;
  }
  boost::asio::post(*io_, [self = shared_from_this()] {
    bool reads_on = false;
    {
      const std::lock_guard lock(self->mutex_);
      self->is_woken_ = false;
      reads_on = !self->has_ended_ && !self->is_broken_ && !self->is_draining_ && self->is_paused_ &&
                 !self->is_full();
      if (reads_on) {
        self->is_paused_ = false;
      }
    }
    if (reads_on && self->take_frames() && !self->is_awaiting_) {
      self->await_batches();
    }
    self->end_if_done();
  });
}

void ServerConnection::drain() {
  {
    const std::lock_guard lock(mutex_);
    is_draining_ = true;
  }
  end_if_done();
}

void ServerConnection::close() {
  {
    const std::lock_guard lock(mutex_);
    is_broken_ = true;
  }
  end_if_done();
}

void ServerConnection::end_if_done() {
  {
    const std::lock_guard lock(mutex_);
    const bool is_answered = open_ == 0 && unwritten_.empty();
    if (has_ended_ || (!is_broken_ && !(is_draining_ && is_answered))) {
      return;
    }
    has_ended_ = true;
    error_code ignored;
    socket_.close(ignored);
    unwritten_.clear();
    answered_.clear();
  }
  hooks_.on_ended(*this);
}

}  // namespace ostraka::batch

#include <charconv>

#include "base/check.h"
#include "net/http/connection.h"
#include "net/http/problem.h"

namespace ostraka::http {
namespace {

constexpr std::chrono::milliseconds k_linger{1000};
constexpr std::size_t k_output_bytes_kept = 16 * 1024;
// Of a stream: bytes that the kernel keeps and has not sent. By itself it would take megabytes for a reader that does
// not read, all of them out of date when they arrive; what it does not take waits here, where it can be left out.
constexpr int k_stream_unsent_bytes_max = 4 * 1024;
constexpr std::size_t k_stream_prefix_bytes_kept = 64;

// The user's end of a stream. Its destruction ends the stream.
class StreamHandle final : public EventStream {
 public:
  explicit StreamHandle(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  ~StreamHandle() override { connection_->stream_end(); }
  void send(std::shared_ptr<const std::string> bytes) override { connection_->stream_send(std::move(bytes)); }
  void close() override { connection_->stream_end(); }
  bool is_open() const override { return connection_->is_stream_open(); }
  std::size_t waiting_bytes() const override { return connection_->stream_waiting_bytes(); }

 private:
  const std::shared_ptr<Connection> connection_;
};

}  // namespace

void Connection::send(Response response) {
  Delivery delivery{shared_from_this(), Delivery::Kind::reply, std::move(response), {}};
  if (worker_->is_own_thread()) {
    receive(delivery);
  } else {
    worker_->deliver(std::move(delivery));
  }
}

void Connection::receive(Delivery& delivery) {
  if (phase_ == Phase::closed) {
    is_stream_open_.store(false, std::memory_order_relaxed);
    return;
  }
  switch (delivery.kind) {
    case Delivery::Kind::reply:
      check(phase_ == Phase::handling, "a reply answers a request");
      output_body_ = std::move(delivery.response.shared_body);
      if (output_body_ != nullptr) {
        delivery.response.shared_body = output_body_;
      }
      reply(delivery.response, after_this_request());
      return pump();
    case Delivery::Kind::start_stream:
      return begin_stream(delivery.response);
    case Delivery::Kind::stream_bytes:
      return stream_queue(std::move(delivery.bytes));
    case Delivery::Kind::end_stream:
      return end_stream_when_written();
    case Delivery::Kind::cut_off:
      return close();
  }
}

AfterReply Connection::after_this_request() {
  const bool goes_on = wants_keep_alive_ && requests_ < limits_.requests_per_connection_max &&
                       !worker_->state().is_draining.load(std::memory_order_relaxed);
  return goes_on ? AfterReply::keep_open : AfterReply::close;
}

void Connection::refuse(const Refusal& refusal) {
  worker_->state().requests_malformed.fetch_add(1, std::memory_order_relaxed);
  is_head_method_ = false;
  output_body_ = nullptr;
  phase_ = Phase::handling;
  // Nothing behind a request that cannot be read is read either: nobody knows where the next one begins.
  body_bytes_ = 0;
  head_bytes_ = input_.size();
  reply(problem(refusal.status, refusal.name, refusal.title, refusal.detail), AfterReply::close);
}

void Connection::reply(const Response& response, AfterReply after) {
  after_reply_ = after;
  output_.clear();
  output_sent_ = 0;
  const bool has_body = !is_head_method_ && !is_bodiless(response.status);
  HeadOptions options;
  options.after = after;
  options.framing = is_head_method_ ? BodyFraming::none : BodyFraming::content_length;
  options.date = worker_->date();
  options.is_http_1_0 = is_http_1_0_;
  options.is_secure = transport_.is_tls();
  append_head(output_, response, options);
  if (!has_body) {
    output_body_ = nullptr;
  } else if (output_body_ == nullptr) {
    output_ += body_of(response);
  }
  write_reply();
}

void Connection::write_reply() {
  const std::size_t bytes = output_.size() + (output_body_ ? output_body_->size() : 0);
  std::array<boost::asio::const_buffer, 2> buffers{
      boost::asio::buffer(output_), output_body_ ? boost::asio::buffer(*output_body_) : boost::asio::const_buffer()};
  drop_front(buffers, output_sent_);
  boost::system::error_code ec;
  const std::size_t count = output_body_ ? buffers.size() : 1;
  output_sent_ += transport_.write_some(std::span(buffers).first(count), ec);
  if (ec && ec != boost::asio::error::would_block) {
    return close();
  }
  if (output_sent_ == bytes) {
    return on_reply_written();
  }
  if (phase_ != Phase::writing) {
    phase_ = Phase::writing;
    set_deadline(limits_.write_deadline);
  }
  transport_.wait_writable(*this);
}

void Connection::on_writable() {
  const auto self = shared_from_this();
  if (phase_ == Phase::handshake) {
    return shake_hands();
  }
  if (phase_ == Phase::writing) {
    write_reply();
    return pump();
  }
  if (phase_ == Phase::streaming && is_stream_writing_ && stream_write_piece() == Progress::more) {
    stream_write_next();
  }
}

void Connection::on_reply_written() {
  output_body_ = nullptr;
  if (output_.capacity() > k_output_bytes_kept) {
    std::string().swap(output_);
  }
  finish_exchange();
}

void Connection::finish_exchange() {
  input_.drop_front(head_bytes_ + body_bytes_);
  if (chunked_body_.capacity() > k_output_bytes_kept) {
    std::string().swap(chunked_body_);
  }
  if (after_reply_ == AfterReply::close) {
    return linger();
  }
  phase_ = Phase::idle;
  was_empty_line_skipped_ = false;
  set_deadline(limits_.idle_deadline);
}

void Connection::linger() {
  boost::system::error_code ec;
  transport_.shutdown_send(ec);
  if (ec) {
    return close();
  }
  phase_ = Phase::lingering;
  bytes_dropped_ = 0;
  input_.drop_front(input_.size());
  set_deadline(k_linger);
  read();
}

std::shared_ptr<EventStream> Connection::start_stream(Response head) {
  is_stream_open_.store(true, std::memory_order_relaxed);
  if (worker_->deliver({shared_from_this(), Delivery::Kind::start_stream, std::move(head), {}}) ==
      Worker::Delivered::stopped) {
    is_stream_open_.store(false, std::memory_order_relaxed);
  }
  return std::make_shared<StreamHandle>(shared_from_this());
}

void Connection::stream_send(std::shared_ptr<const std::string> bytes) {
  if (bytes->empty() || !is_stream_open()) {
    return;  // an empty chunk would end the stream
  }
  const std::size_t waiting = stream_waiting_bytes_.fetch_add(bytes->size(), std::memory_order_relaxed);
  // One piece may be larger than the bound: it is what waits behind a piece that counts.
  if (waiting > 0 && waiting + bytes->size() > limits_.stream_backlog_bytes_max) {
    is_stream_open_.store(false, std::memory_order_relaxed);
    worker_->deliver({shared_from_this(), Delivery::Kind::cut_off, {}, {}});
    return;
  }
  worker_->deliver({shared_from_this(), Delivery::Kind::stream_bytes, {}, std::move(bytes)});
}

void Connection::stream_end() {
  if (is_stream_open_.exchange(false, std::memory_order_relaxed)) {
    worker_->deliver({shared_from_this(), Delivery::Kind::end_stream, {}, {}});
  }
}

void Connection::begin_stream(const Response& head) {
  check(phase_ == Phase::handling, "a stream answers a request");
  if (is_head_method_) {
    is_stream_open_.store(false, std::memory_order_relaxed);
    output_body_ = nullptr;
    reply(head, AfterReply::close);
    return pump();
  }
  phase_ = Phase::streaming;
  is_stream_chunked_ = !is_http_1_0_;
  release_request();
  transport_.set_unsent_max(k_stream_unsent_bytes_max);
  HeadOptions options;
  options.after = AfterReply::close;
  options.framing = is_stream_chunked_ ? BodyFraming::chunked : BodyFraming::until_close;
  options.date = worker_->date();
  options.is_secure = transport_.is_tls();
  stream_prefix_.clear();
  append_head(stream_prefix_, head, options);
  if (const std::string_view body = body_of(head); !body.empty()) {
    stream_waiting_bytes_.fetch_add(body.size(), std::memory_order_relaxed);
    stream_queue_.push_back(std::make_shared<const std::string>(body));
  }
  if (worker_->state().is_draining.load(std::memory_order_relaxed)) {
    is_stream_ending_ = true;
    is_stream_open_.store(false, std::memory_order_relaxed);
  }
  read();  // notices a peer that goes away
  stream_write_next();
}

// A stream may last for days: what its request needed goes.
void Connection::release_request() {
  bytes_dropped_ = 0;
  input_.release();
  parser_.reset();
  fields_.release();
  std::string().swap(chunked_body_);
  std::string().swap(output_);
}

void Connection::stream_queue(std::shared_ptr<const std::string> bytes) {
  if (phase_ != Phase::streaming || is_stream_ending_) {
    return;
  }
  stream_queue_.push_back(std::move(bytes));
  if (!is_stream_writing_) {
    stream_write_next();
  }
}

void Connection::stream_write_next() {
  while (stream_begin_piece() == Progress::more && stream_write_piece() == Progress::more) {
  }
}

// Puts together what stands in stream_prefix_ (the header, at first) and one piece as one chunk. More: it is to be
// written.
Connection::Progress Connection::stream_begin_piece() {
  if (stream_queue_at_ < stream_queue_.size()) {
    stream_piece_ = std::move(stream_queue_[stream_queue_at_++]);
    if (stream_queue_at_ == stream_queue_.size()) {
      stream_queue_.clear();
      stream_queue_at_ = 0;
    }
  }
  is_stream_last_ = stream_piece_ == nullptr && is_stream_ending_;
  if (stream_piece_ == nullptr && stream_prefix_.empty() && !is_stream_last_) {
    deadline_ = Worker::k_never;
    return Progress::waiting;
  }
  if (is_stream_chunked_ && stream_piece_ != nullptr) {
    char digits[17];
    const auto end = std::to_chars(digits, digits + sizeof digits, stream_piece_->size(), 16);
    stream_prefix_.append(digits, end.ptr).append("\r\n");
  } else if (is_stream_chunked_ && is_stream_last_) {
    stream_prefix_ += "0\r\n\r\n";
  }
  is_stream_writing_ = true;
  stream_sent_ = 0;
  set_deadline(limits_.write_deadline);
  return Progress::more;
}

// Most readers have room for all of it.
Connection::Progress Connection::stream_write_piece() {
  const bool has_suffix = is_stream_chunked_ && stream_piece_ != nullptr;
  std::array<boost::asio::const_buffer, 3> buffers{
      boost::asio::buffer(stream_prefix_),
      stream_piece_ ? boost::asio::buffer(*stream_piece_) : boost::asio::const_buffer(),
      boost::asio::buffer(std::string_view("\r\n", has_suffix ? 2 : 0))};
  const std::size_t bytes = boost::asio::buffer_size(buffers);
  drop_front(buffers, stream_sent_);
  boost::system::error_code ec;
  stream_sent_ += bytes == 0 ? 0 : transport_.write_some(buffers, ec);
  if (ec && ec != boost::asio::error::would_block) {
    close();
    return Progress::waiting;
  }
  if (stream_sent_ < bytes) {
    transport_.wait_writable(*this);
    return Progress::waiting;
  }
  is_stream_writing_ = false;
  on_piece_written();
  if (is_stream_last_) {
    linger();
  }
  return is_stream_last_ ? Progress::waiting : Progress::more;
}

void Connection::on_piece_written() {
  if (stream_prefix_.capacity() > k_stream_prefix_bytes_kept) {
    std::string().swap(stream_prefix_);  // it held the header
  }
  stream_prefix_.clear();
  if (const auto piece = std::move(stream_piece_)) {
    stream_waiting_bytes_.fetch_sub(piece->size(), std::memory_order_relaxed);
  }
}

void Connection::end_stream_when_written() {
  if (phase_ != Phase::streaming || is_stream_ending_) {
    return;
  }
  is_stream_ending_ = true;
  is_stream_open_.store(false, std::memory_order_relaxed);
  if (!is_stream_writing_) {
    stream_write_next();
  }
}

}  // namespace ostraka::http

#include "net/http/connection.h"

#include "base/check.h"

namespace ostraka::http {
namespace {

// A chunk of one byte takes six on the wire: more than that is made to cost, not to carry.
constexpr std::size_t k_chunk_overhead_factor = 8;
constexpr std::size_t k_dropped_bytes_max = 1024 * 1024;  // while lingering or streaming; beyond: closed

Address address_of(const boost::asio::ip::address& peer) {
  Address address;
  if (peer.is_v4()) {
    address = *parse_address(peer.to_string());
  } else {
    const auto bytes = peer.to_v6().to_bytes();
    std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  }
  return address;
}

}  // namespace

Connection::Connection(std::shared_ptr<Worker> worker, Transport transport, const boost::asio::ip::address& peer)
    : worker_(std::move(worker)),
      limits_(worker_->state().limits),
      transport_(std::move(transport)),
      input_(limits_.header_bytes_max + limits_.body_bytes_max),
      peer_(address_of(peer)),
      is_peer_trusted_(worker_->state().proxies.contains(peer_)),
      peer_text_(peer_.text()) {}

void Connection::read() {
  if (phase_ != Phase::closed) {
    transport_.wait_readable(*this);
  }
}

void Connection::on_readable() {
  const auto self = shared_from_this();
  switch (phase_) {
    case Phase::handshake:
      return shake_hands();
    case Phase::idle:
    case Phase::header:
    case Phase::body:
      return take_what_came();
    case Phase::streaming:
    case Phase::lingering:
      return drop_what_came();
    case Phase::handling:
    case Phase::writing:
    case Phase::closed:
      return;  // read() asks again when it is wanted
  }
}

void Connection::take_what_came() {
  const InputBuffer::Room room = input_.room();
  check(room.bytes > 0, "a full buffer is refused before it is read into");
  boost::system::error_code ec;
  const std::size_t count = transport_.read_some(room.data, room.bytes, ec);
  if (ec == boost::asio::error::would_block) {
    return read();
  }
  if (ec) {
    return close();
  }
  input_.added(count);
  pump();
}

// Without a buffer of its own: a watcher says nothing for hours, and there are ten thousand of them.
void Connection::drop_what_came() {
  char dropped[4 * 1024];
  boost::system::error_code ec;
  bytes_dropped_ += transport_.read_some(dropped, sizeof dropped, ec);
  const bool goes_on = !ec || ec == boost::asio::error::would_block;
  goes_on && bytes_dropped_ <= k_dropped_bytes_max ? read() : close();
}

void Connection::drain() {
  const auto self = shared_from_this();
  if (phase_ == Phase::idle && input_.size() == 0) {
    drain_idle();
  } else if (phase_ == Phase::streaming) {
    end_stream_when_written();
  } else if (phase_ == Phase::handshake) {
    close();
  }
}

// A request that came just before it is still answered.
void Connection::drain_idle() {
  const InputBuffer::Room room = input_.room();
  boost::system::error_code ec;
  const std::size_t count = transport_.read_some(room.data, room.bytes, ec);
  if (ec || count == 0) {
    return close();
  }
  input_.added(count);
  pump();
}

void Connection::close() {
  if (phase_ == Phase::closed) {
    return;
  }
  phase_ = Phase::closed;
  deadline_ = Worker::k_never;
  is_stream_open_.store(false, std::memory_order_relaxed);
  transport_.close();
  worker_->remove(*this);
}

void Connection::on_deadline() {
  const Phase late = phase_;
  if (late == Phase::idle || late == Phase::lingering) {
    return close();
  }
  worker_->state().deadlines_missed.fetch_add(1, std::memory_order_relaxed);
  if (late == Phase::header || late == Phase::body) {
    return refuse(k_refuse_slow);
  }
  if (late == Phase::handshake) {
    worker_->state().handshakes_failed.fetch_add(1, std::memory_order_relaxed);
    return close();
  }
  // A peer that does not take its reply gets no more: a plain close would go on trying for minutes.
  transport_.drop_unsent_at_close();
  close();
}

void Connection::pump() {
  if (is_pumping_) {
    return;  // the handler answered at once; the loop below goes on
  }
  is_pumping_ = true;
  while (advance() == Progress::more) {
  }
  is_pumping_ = false;
}

Connection::Progress Connection::advance() {
  switch (phase_) {
    case Phase::idle:
      return advance_idle();
    case Phase::header:
      return advance_header();
    case Phase::body:
      return advance_body();
    case Phase::handshake:
    case Phase::handling:
    case Phase::writing:
    case Phase::streaming:
    case Phase::lingering:
    case Phase::closed:
      return Progress::waiting;
  }
  return Progress::waiting;
}

Connection::Progress Connection::advance_idle() {
  // RFC 9112: an empty line in front of a request is ignored, one.
  if (!was_empty_line_skipped_ && input_.bytes().starts_with("\r\n")) {
    was_empty_line_skipped_ = true;
    input_.drop_front(2);
  }
  if (input_.size() == 0 || (!was_empty_line_skipped_ && input_.bytes() == "\r")) {
    input_.release_if_empty_and_large();
    read();
    return Progress::waiting;
  }
  phase_ = Phase::header;
  scanner_.reset();
  set_deadline(limits_.header_deadline);
  return Progress::more;
}

Connection::Progress Connection::advance_header() {
  const HeadScanner::State state = scanner_.scan(input_.bytes().substr(0, limits_.header_bytes_max));
  Refusal refusal;
  if (state == HeadScanner::State::refused) {
    refusal = scanner_.refusal();
  } else if (state == HeadScanner::State::complete) {
    refusal = take_head();
  } else if (input_.size() >= limits_.header_bytes_max) {
    refusal = k_refuse_header_size;
  } else {
    read();
    return Progress::waiting;
  }
  if (refusal) {
    refuse(refusal);
  }
  return Progress::more;
}

Refusal Connection::take_head() {
  head_bytes_ = scanner_.head_bytes();
  const std::string_view head = input_.bytes().substr(0, head_bytes_);
  parser_.emplace(worker_->state().bounds, fields_, chunked_body_);
  if (const Refusal refusal = parser_->take_head(head)) {
    return refusal;
  }
  if (const Refusal refusal = split_target(fields_.view(parser_->target()))) {
    return refusal;
  }
  is_head_method_ = fields_.view(parser_->method()) == "HEAD";
  is_http_1_0_ = head.substr(0, head.find('\r')).ends_with('0');
  wants_keep_alive_ = parser_->keep_alive();
  body_bytes_ = parser_->body_bytes();
  chunk_wire_bytes_ = 0;
  phase_ = Phase::body;
  set_deadline(limits_.body_deadline);
  proceed_if_expected();
  return {};
}

// Forms of RFC 9112: origin ("/path?query"), absolute ("http://host/path"), asterisk (OPTIONS only). CONNECT's is for
// proxies.
Refusal Connection::split_target(std::string_view target) {
  const std::size_t target_at = parser_->target().at;
  std::size_t path_at = 0;
  if (target.starts_with("http://") || target.starts_with("https://")) {
    path_at = target.find_first_of("/?", target.find("//") + 2);
    if (path_at == std::string_view::npos) {
      path_at = target.size();
    }
  } else if (target == "*" ? fields_.view(parser_->method()) != "OPTIONS" : target.front() != '/') {
    return malformed_request("The target is neither a path nor an http URI.");
  }
  const std::size_t path_end = std::min(target.find('?', path_at), target.size());
  const std::size_t query_at = std::min(path_end + 1, target.size());
  path_ = {static_cast<std::uint16_t>(target_at + path_at), static_cast<std::uint16_t>(path_end - path_at)};
  query_ = {static_cast<std::uint16_t>(target_at + query_at), static_cast<std::uint16_t>(target.size() - query_at)};
  return {};
}

void Connection::proceed_if_expected() {
  const bool is_body_here = !parser_->chunked() && input_.size() >= head_bytes_ + body_bytes_;
  if (parser_->expectation() == RequestParser::Expectation::none || is_body_here) {
    return;
  }
  constexpr std::string_view k_continue = "HTTP/1.1 100 Continue\r\n\r\n";
  boost::system::error_code ec;
  // Nothing else is being written, so 25 bytes fit; a peer that does not get them sends its body after a moment anyway.
  const boost::asio::const_buffer buffer = boost::asio::buffer(k_continue);
  transport_.write_some({&buffer, 1}, ec);
  if (ec && transport_.is_tls()) {
    close();  // a record that was begun can only be gone on with, and the reply is another one
  }
}

Connection::Progress Connection::advance_body() {
  if (parser_->chunked()) {
    return advance_chunks();
  }
  if (input_.size() < head_bytes_ + body_bytes_) {
    read();
    return Progress::waiting;
  }
  dispatch();
  return Progress::more;
}

Connection::Progress Connection::advance_chunks() {
  const RequestParser::BodyProgress progress = parser_->take_chunks(input_.bytes().substr(head_bytes_));
  input_.drop_middle(head_bytes_, progress.taken);
  chunk_wire_bytes_ += progress.taken;
  Refusal refusal = progress.refusal;
  // What was not taken is the beginning of a chunk's header or of the trailers: both are headers.
  if (!refusal && !progress.is_complete && input_.size() - head_bytes_ >= limits_.header_bytes_max) {
    refusal = k_refuse_header_size;
  }
  if (!refusal && chunk_wire_bytes_ > limits_.header_bytes_max + k_chunk_overhead_factor * limits_.body_bytes_max) {
    refusal = k_refuse_body_size;
  }
  if (refusal) {
    refuse(refusal);
    return Progress::more;
  }
  if (!progress.is_complete) {
    // Room for at least one header behind the request's own.
    if (input_.is_full()) {
      refuse(k_refuse_header_size);
      return Progress::more;
    }
    read();
    return Progress::waiting;
  }
  dispatch();
  return Progress::more;
}

std::string_view Connection::client_address() {
  if (!is_peer_trusted_) {
    return peer_text_;
  }
  std::vector<std::string_view> forwarded_for;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (equal_without_case(fields_.name(i), "X-Forwarded-For")) {
      forwarded_for.push_back(fields_.value(i));
    }
  }
  forwarded_text_ = worker_->state().proxies.client_of(peer_, forwarded_for).text();
  return forwarded_text_;
}

void Connection::dispatch() {
  phase_ = Phase::handling;
  deadline_ = Worker::k_never;
  ++requests_;
  fields_.set_base(input_.bytes().data());
  Request request;
  request.method = fields_.view(parser_->method());
  request.target = fields_.view(parser_->target());
  request.path = path_.bytes > 0 ? fields_.view(path_) : std::string_view("/");
  request.query = fields_.view(query_);
  request.body = parser_->chunked() ? std::string_view(chunked_body_) : input_.bytes().substr(head_bytes_, body_bytes_);
  request.peer = client_address();
  request.worker = worker_->index();
  request.fields = &fields_;
  try {
    worker_->handle(request, Responder(shared_from_this()));
  } catch (const std::exception&) {
    // Unwinding dropped the Responder, and that answered 500.
  }
}

}  // namespace ostraka::http

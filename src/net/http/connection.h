// One connection: reads a request, hands it to the handler, writes the reply, and begins again. Lives on its worker's
// thread; only send(), start_stream() and the stream's methods may be called from others.
//
// (handshake ->) idle -> header -> body -> handling -> writing -> idle …, or -> streaming, or -> lingering (everything
// was said; what the peer still sends is read and dropped for a moment, because closing with unread bytes would take
// back the reply) -> closed. connection_handshake.cc is the beginning, connection.cc the reading half,
// connection_reply.cc the writing half.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/http/head_scanner.h"
#include "net/http/input_buffer.h"
#include "net/http/proxies.h"
#include "net/http/readiness.h"
#include "net/http/request_parser.h"
#include "net/http/server.h"
#include "net/http/transport.h"
#include "net/http/wire.h"
#include "net/http/worker.h"

namespace ostraka::http {

class Connection final : public Responder::Target,
                         public Readiness::Waiter,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Worker> worker, Transport transport, const boost::asio::ip::address& peer);

  // Any thread.
  void send(Response response) override;
  std::shared_ptr<EventStream> start_stream(Response head) override;
  void stream_send(std::shared_ptr<const std::string> bytes);
  void stream_end();
  bool is_stream_open() const { return is_stream_open_.load(std::memory_order_relaxed); }
  std::size_t stream_waiting_bytes() const { return stream_waiting_bytes_.load(std::memory_order_relaxed); }

  // The worker's thread.
  void start();
  void on_readable() override;
  void on_writable() override;
  void receive(Delivery& delivery);
  Worker::Tick deadline() const { return deadline_; }
  void on_deadline();
  void drain();
  void close();
  std::size_t slot() const { return slot_; }
  void set_slot(std::size_t slot) { slot_ = slot; }

 private:
  enum class Phase { handshake, idle, header, body, handling, writing, streaming, lingering, closed };
  enum class Progress { more, waiting };

  // Beginning.
  void begin();
  void shake_hands();
  void on_hands_shaken();
  void on_handshake_failed();

  // Reading.
  void read();
  void take_what_came();
  void drop_what_came();
  void drain_idle();
  void pump();
  Progress advance();
  Progress advance_idle();
  Progress advance_header();
  Progress advance_body();
  Progress advance_chunks();
  Refusal take_head();
  Refusal split_target(std::string_view target);
  void proceed_if_expected();
  void dispatch();
  std::string_view client_address();

  // Writing.
  void refuse(const Refusal& refusal);
  void reply(const Response& response, AfterReply after);
  AfterReply after_this_request();
  void write_reply();
  void on_reply_written();
  void finish_exchange();
  void linger();

  // Streaming.
  void begin_stream(const Response& head);
  void stream_queue(std::shared_ptr<const std::string> bytes);
  void release_request();
  void stream_write_next();
  Progress stream_begin_piece();
  Progress stream_write_piece();
  void on_piece_written();
  void end_stream_when_written();

  void set_deadline(std::chrono::milliseconds span) { deadline_ = worker_->tick_after(span); }
  const Limits& limits() const { return limits_; }

  const std::shared_ptr<Worker> worker_;
  const Limits& limits_;
  Transport transport_;
  std::size_t slot_ = 0;
  Phase phase_ = Phase::idle;
  Worker::Tick deadline_ = Worker::k_never;
  bool is_pumping_ = false;
  std::size_t requests_ = 0;

  InputBuffer input_;
  HeadScanner scanner_;
  std::optional<RequestParser> parser_;
  Fields fields_;
  std::string chunked_body_;
  std::size_t head_bytes_ = 0;
  std::size_t body_bytes_ = 0;        // by Content-Length
  std::size_t chunk_wire_bytes_ = 0;  // what a chunked body has cost on the wire so far
  bool was_empty_line_skipped_ = false;
  bool is_head_method_ = false;
  bool is_http_1_0_ = false;
  bool wants_keep_alive_ = false;
  Fields::Span path_, query_;
  std::size_t bytes_dropped_ = 0;  // while lingering or streaming

  Address peer_;
  bool is_peer_trusted_ = false;
  std::string peer_text_;
  std::string forwarded_text_;

  std::string output_;
  std::shared_ptr<const std::string> output_body_;
  std::size_t output_sent_ = 0;
  AfterReply after_reply_ = AfterReply::keep_open;

  std::atomic<bool> is_stream_open_{false};
  std::atomic<std::size_t> stream_waiting_bytes_{0};
  std::vector<std::shared_ptr<const std::string>> stream_queue_;  // a deque's first block costs more than all else here
  std::size_t stream_queue_at_ = 0;                               // what stands before was written
  std::shared_ptr<const std::string> stream_piece_;               // being written
  std::string stream_prefix_;
  bool is_stream_chunked_ = false;
  std::size_t stream_sent_ = 0;     // of the prefix and what follows it
  bool is_stream_writing_ = false;  // a piece was begun and is not written
  bool is_stream_last_ = false;     // nothing follows it
  bool is_stream_ending_ = false;
};

}  // namespace ostraka::http

// One stream, as its server sees it: reads batches on the server's thread, is answered from any.
#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "net/batch/address.h"
#include "net/batch/server.h"

namespace ostraka::batch {

class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  struct Hooks {
    std::function<const Handler*(std::string_view stream)> find;  // null: there is no such stream
    std::function<void(ServerConnection&)> on_ended;              // the server's thread, once
  };
  ServerConnection(std::shared_ptr<boost::asio::io_context> io, Socket socket, Hooks hooks);

  // The server's thread.
  void start();
  void drain();  // reads no more, ends when everything is answered
  void close();

  // Any thread.
  void answer(std::unique_ptr<Call> call);
  void abandon();

 private:
  // The server's thread.
  void await_batches();
  void read();
  bool take_frames();  // false: the stream is not one, or no more is read now
  bool hand_out(const FrameHeader& header, std::size_t frame_bytes);
  void end_if_done();

  // Any thread. REQUIRES: mutex_ is held.
  void write_front();
  void await_room();
  // Also of replies that the other side does not read.
  bool is_full() const { return open_ + unwritten_.size() >= k_server_batches_in_flight_max; }
  void wake();  // end_if_done() and reading on, on the server's thread
  std::unique_ptr<Call> take_call();

  const std::shared_ptr<boost::asio::io_context> io_;  // a call may be answered when the server is gone
  const Hooks hooks_;
  const Handler* handler_ = nullptr;  // from the stream's first frame on; the server's thread's own, as are the next two
  std::unique_ptr<Call> next_ = std::make_unique<Call>();  // being read into
  bool is_awaiting_ = false;

  std::mutex mutex_;  // guards everything below
  Socket socket_;
  std::deque<std::unique_ptr<Call>> unwritten_;  // the first one's reply, from written_ on
  std::size_t written_ = 0;
  std::vector<std::unique_ptr<Call>> answered_;  // to be used again, at most as many as may be in flight
  std::size_t open_ = 0;  // handed to the service and not answered yet
  bool is_paused_ = false;    // for too much is open
  bool is_draining_ = false;  // nothing more is read
  bool is_broken_ = false;    // nothing more is written
  bool is_woken_ = false;
  bool has_ended_ = false;
};

}  // namespace ostraka::batch

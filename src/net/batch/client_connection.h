// One attempt at a stream, as its client sees it: connects, says which stream it is, carries frames, and ends once.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "net/batch/address.h"
#include "net/batch/read_buffer.h"

namespace ostraka::batch {

// Used on the thread of its io_context only.
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  // Called on the same thread, never from within write(). May close the connection; the last one comes at most once,
  // and nothing after it.
  class Listener {
   public:
    virtual void on_writable() = 0;  // what was written has left; at first: connected
    virtual void on_frame(std::uint64_t number, std::string_view body) = 0;
    virtual void on_broken() = 0;

   protected:
    ~Listener() = default;
  };

  ClientConnection(boost::asio::io_context& io, std::string_view stream, Listener& listener);

  void connect(const StreamsAddress& address);
  // The listener hears nothing any more.
  void close();

  bool is_connected() const { return is_connected_; }
  bool is_writable() const { return is_connected_ && unwritten_.empty(); }
  // REQUIRES: is_writable(). When it is afterwards too, the frame has left; else it must live until on_writable().
  void write(std::string_view frame);

 private:
  void connect_to_next();
  void on_connected();
  void write_rest();
  void await_room();
  void await_frames();
  void read_frames();
  void deliver_frames();
  void break_off();

  boost::asio::io_context& io_;
  Listener* listener_;  // null once closed or broken
  Socket socket_;
  boost::asio::ip::tcp::resolver resolver_;
  const std::string hello_;
  std::deque<Endpoint> endpoints_;  // not tried yet
  bool is_connected_ = false;
  bool is_writing_inside_ = false;  // of write(): a failure is told later
  std::string_view unwritten_;
  ReadBuffer received_;
};

}  // namespace ostraka::batch

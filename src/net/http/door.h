// A listening socket of one worker. Its thread only, but for listen(), which comes before.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "net/http/server.h"

namespace ostraka::http {

enum class PortSharing { exclusive, shared };
enum class DoorKind { plain, tls };

class Door {
 public:
  using OnSocket = std::function<void(boost::asio::ip::tcp::socket)>;

  Door(boost::asio::io_context& io, DoorKind kind) : kind_(kind), io_(io), acceptor_(io), pause_(io) {}

  // The port. Errors: unavailable, invalid.
  Result<std::uint16_t> listen(const DoorAddress& address, PortSharing sharing);

  // Calls `on_socket` for each that comes, also for one that was accepted just before close().
  void open(OnSocket on_socket);
  // Calls it for those that stand in the kernel's queue, then closes: they would be reset otherwise.
  void close_behind_those_who_wait();
  void close();
  DoorKind kind() const { return kind_; }

 private:
  void accept_next();
  void on_accepted(const boost::system::error_code& ec, boost::asio::ip::tcp::socket socket);

  const DoorKind kind_;
  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  OnSocket on_socket_;
};

}  // namespace ostraka::http

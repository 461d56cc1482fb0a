#include "net/http/door.h"

namespace ostraka::http {
namespace {

using namespace std::chrono_literals;

constexpr int k_accept_backlog = 4096;
// With no file descriptor left, accepting at once again would only burn the processor.
constexpr auto k_accept_pause = 100ms;

}  // namespace

Result<std::uint16_t> Door::listen(const DoorAddress& address, PortSharing sharing) {
  using Acceptor = boost::asio::ip::tcp::acceptor;
  boost::system::error_code ec;
  const auto ip = boost::asio::ip::make_address(address.host, ec);
  if (ec) {
    return fail(ErrorKind::invalid, "'{}' is not an address to listen on", address.host);
  }
  const boost::asio::ip::tcp::endpoint endpoint(ip, address.port);
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) {
    acceptor_.set_option(Acceptor::reuse_address(true), ec);
  }
  if (!ec && sharing == PortSharing::shared) {
    acceptor_.set_option(boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true), ec);
  }
  if (!ec) {
    acceptor_.bind(endpoint, ec);
  }
  if (!ec) {
    acceptor_.listen(k_accept_backlog, ec);
  }
  if (!ec) {
    acceptor_.non_blocking(true, ec);
  }
  if (ec) {
    return fail(ErrorKind::unavailable, "cannot listen on {}:{}: {}", address.host, address.port, ec.message());
  }
  return acceptor_.local_endpoint().port();
}

void Door::open(OnSocket on_socket) {
  on_socket_ = std::move(on_socket);
  accept_next();
}

void Door::accept_next() {
  acceptor_.async_accept([this](const boost::system::error_code& ec, boost::asio::ip::tcp::socket socket) {
    on_accepted(ec, std::move(socket));
  });
}

void Door::on_accepted(const boost::system::error_code& ec, boost::asio::ip::tcp::socket socket) {
  if (!ec) {
    on_socket_(std::move(socket));
  }
  if (!acceptor_.is_open()) {
    return;
  }
  if (!ec || ec == boost::asio::error::connection_aborted) {
    return accept_next();
  }
  pause_.expires_after(k_accept_pause);
  pause_.async_wait([this](const boost::system::error_code& waited) {
    if (!waited && acceptor_.is_open()) {
      accept_next();
    }
  });
}

void Door::close_behind_those_who_wait() {
  while (acceptor_.is_open()) {
    boost::system::error_code ec;
    boost::asio::ip::tcp::socket socket(io_);
    acceptor_.accept(socket, ec);
    if (ec) {
      return close();
    }
    on_socket_(std::move(socket));
  }
}

void Door::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace ostraka::http

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdlib>
#include <memory>
#include <optional>

#include "floor/echo.h"

namespace ostraka::bench {

namespace {

using boost::asio::ip::tcp;
namespace beast_http = boost::beast::http;

// What is read is fed to the parser, the answer is one ready piece.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const std::string& reply) : socket_(std::move(socket)), reply_(reply) {
    socket_.non_blocking(true);
    socket_.set_option(tcp::no_delay(true));
    begin_request();
  }

  void read() {
    socket_.async_read_some(boost::asio::buffer(buffer_),
                            [self = shared_from_this()](const boost::system::error_code& ec, std::size_t bytes) {
                              if (!ec && self->take(bytes)) {
                                self->read();
                              }
                            });
  }

 private:
  void begin_request() {
    parser_.emplace();
    parser_->eager(true);
  }

  // One request at a time, whole or in pieces.
  bool take(std::size_t bytes) {
    boost::system::error_code ec;
    std::size_t used = 0;
    while (used < bytes && !parser_->is_done()) {
      const std::size_t more = parser_->put(boost::asio::buffer(buffer_.data() + used, bytes - used), ec);
      used += more;
      if (ec == beast_http::error::need_more || more == 0) {
        return false;  // this bench never cuts a header in two
      }
      if (ec) {
        return false;
      }
    }
    if (parser_->is_done()) {
      socket_.write_some(boost::asio::buffer(reply_), ec);
      begin_request();
    }
    return !ec;
  }

  tcp::socket socket_;
  const std::string& reply_;
  std::array<char, 8192> buffer_;
  std::optional<beast_http::request_parser<beast_http::string_body>> parser_;
};

void accept(tcp::acceptor& acceptor, const std::string& reply) {
  acceptor.async_accept([&](const boost::system::error_code& ec, tcp::socket socket) {
    if (!ec) {
      std::make_shared<Session>(std::move(socket), reply)->read();
    }
    accept(acceptor, reply);
  });
}

}  // namespace

void echo_with_beast(int listener, const std::string& reply) {
  boost::asio::io_context io(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  tcp::acceptor acceptor(io, tcp::v4(), listener);
  accept(acceptor, reply);
  io.run();
  std::abort();  // it never has nothing to do
}

}  // namespace ostraka::bench

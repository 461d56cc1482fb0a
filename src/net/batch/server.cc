#include "net/batch/server.h"

#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <mutex>
#include <unordered_map>

#include "net/batch/io_thread.h"
#include "net/batch/server_connection.h"
#include "net/batch/socket_io.h"

namespace ostraka::batch {

namespace {

using boost::system::error_code;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

constexpr auto k_accept_pause = std::chrono::milliseconds(100);  // with no descriptor left

Result<Endpoint> resolve(const StreamsAddress& address, boost::asio::io_context& io) {
  if (const auto* endpoint = std::get_if<Endpoint>(&address)) {
    return *endpoint;
  }
  const auto& [host, port] = std::get<HostAndPort>(address);
  error_code ec;
  boost::asio::ip::tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, port, ec);
  if (ec || found.empty()) {
    return fail(ErrorKind::invalid, "'{}' is not an address to listen on", host);
  }
  return Endpoint(found.begin()->endpoint());
}

bool is_path(const Endpoint& endpoint) { return endpoint.protocol().family() == AF_UNIX; }

std::string path_of(const Endpoint& endpoint) {
  const auto* address = reinterpret_cast<const sockaddr_un*>(endpoint.data());
  return address->sun_path;
}

// A socket that its process left behind refuses connections; one that is listened at does not.
bool is_listened_at(const Endpoint& endpoint, boost::asio::io_context& io) {
  Socket socket(io);
  error_code ec;
  socket.connect(endpoint, ec);
  return !ec;
}

class AsioServer final : public Server {
 public:
  explicit AsioServer(std::map<std::string, Handler, std::less<>> streams) : streams_(std::move(streams)) {}

  ~AsioServer() override {
    thread_.run([this] {
      stop_accepting();
      close_all();
    });
    // Twice: until the last words of what was closed are said, which look at members.
    thread_.run([] {});
    thread_.run([] {});
  }

  Status listen(const std::string& service_address) {
    const Result<StreamsAddress> address = streams_address(service_address);
    if (!address) {
      return tl::make_unexpected(address.error());
    }
    const Result<Endpoint> endpoint = resolve(*address, thread_.io());
    if (!endpoint) {
      return tl::make_unexpected(endpoint.error());
    }
    error_code ec;
    if (is_path(*endpoint) && !is_listened_at(*endpoint, thread_.io())) {
      ::unlink(path_of(*endpoint).c_str());
    }
    acceptor_.open(endpoint->protocol(), ec);
    if (!ec && !is_path(*endpoint)) {
      acceptor_.set_option(Acceptor::reuse_address(true), ec);
    }
    if (!ec) {
      acceptor_.bind(*endpoint, ec);
    }
    if (!ec) {
      acceptor_.listen(Acceptor::max_listen_connections, ec);
    }
    if (ec) {
      return fail(ErrorKind::unavailable, "cannot listen for streams beside {}: {}", service_address, ec.message());
    }
    thread_.post([this] { accept_next(); });
    return {};
  }

  void drain(std::chrono::milliseconds at_most) override {
    thread_.run([this] {
      stop_accepting();
      for (const auto& connection : all()) {
        connection->drain();
      }
    });
    std::unique_lock lock(mutex_);
    all_ended_.wait_for(lock, at_most, [this] { return open_ == 0; });
  }

 private:
  // The thread's own from here on.
  void accept_next() {
    acceptor_.async_accept([this](const error_code& ec, Socket socket) {
      if (!acceptor_.is_open()) {
        return;
      }
      if (ec) {
        pause_.expires_after(k_accept_pause);
        pause_.async_wait([this](const error_code& waited) {
          if (!waited && acceptor_.is_open()) {
            accept_next();
          }
        });
        return;
      }
      if (connections_.size() < k_server_streams_max) {
        add(std::move(socket));
      }
      accept_next();
    });
  }

  void add(Socket socket) {
    ServerConnection::Hooks hooks;
    hooks.find = [this](std::string_view stream) {
      const auto found = streams_.find(stream);
      return found == streams_.end() ? nullptr : &found->second;
    };
    hooks.on_ended = [this](ServerConnection& ended) {
      connections_.erase(&ended);
      count_open();
    };
    auto connection = std::make_shared<ServerConnection>(thread_.shared_io(), std::move(socket), std::move(hooks));
    connections_.emplace(connection.get(), connection);
    count_open();
    connection->start();
  }

  void count_open() {
    const std::lock_guard lock(mutex_);
    open_ = connections_.size();
    all_ended_.notify_all();
  }

  std::vector<std::shared_ptr<ServerConnection>> all() const {
    std::vector<std::shared_ptr<ServerConnection>> all;
    for (const auto& [key, connection] : connections_) {
      all.push_back(connection);
    }
    return all;
  }

  void close_all() {
    for (const auto& connection : all()) {
      connection->close();
    }
  }

  void stop_accepting() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

  const std::map<std::string, Handler, std::less<>> streams_;
  std::mutex mutex_;  // guards the next two
  std::condition_variable all_ended_;
  std::size_t open_ = 0;
  IoThread thread_;
  Acceptor acceptor_{thread_.io()};
  boost::asio::steady_timer pause_{thread_.io()};
  std::unordered_map<ServerConnection*, std::shared_ptr<ServerConnection>> connections_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const std::string& service_address,
                                              std::map<std::string, Handler, std::less<>> streams) {
  auto server = std::make_unique<AsioServer>(std::move(streams));
  if (const Status listening = server->listen(service_address); !listening) {
    return tl::make_unexpected(listening.error());
  }
  return server;
}

}  // namespace ostraka::batch

#include "net/http/server.h"

#include <thread>

#include "base/check.h"
#include "net/http/problem.h"
#include "net/http/worker.h"

namespace ostraka::http {
namespace {

constexpr std::size_t k_header_bytes_ceiling = 60 * 1024;  // Fields keeps 16-bit offsets

class AsioServer final : public Server {
 public:
  AsioServer(std::shared_ptr<ServerState> state, std::vector<std::shared_ptr<Worker>> workers, std::uint16_t port,
             std::uint16_t plain_port)
      : state_(std::move(state)), workers_(std::move(workers)), port_(port), plain_port_(plain_port) {
    for (const auto& worker : workers_) {
      threads_.emplace_back([worker] { worker->run(); });
    }
  }

  ~AsioServer() override {
    for (const auto& worker : workers_) {
      worker->stop();
    }
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }

  std::uint16_t port() const override { return port_; }
  std::uint16_t plain_port() const override { return plain_port_; }

  ServerCounters counters() const override {
    ServerCounters counters;
    counters.connections_open = state_->connections_open.load();
    counters.connections_accepted = state_->connections_accepted.load();
    counters.connections_refused = state_->connections_refused.load();
    counters.requests_malformed = state_->requests_malformed.load();
    counters.deadlines_missed = state_->deadlines_missed.load();
    counters.handshakes = state_->handshakes.load();
    counters.handshakes_resumed = state_->handshakes_resumed.load();
    counters.handshakes_failed = state_->handshakes_failed.load();
    counters.handshakes_refused = state_->handshakes_refused.load();
    return counters;
  }

  void drain(std::chrono::milliseconds at_most) override {
    state_->is_draining.store(true);
    for (const auto& worker : workers_) {
      worker->drain();
    }
    std::unique_lock lock(state_->closing);
    state_->all_closed.wait_for(lock, at_most, [&] { return state_->connections_open.load() == 0; });
  }

 private:
  const std::shared_ptr<ServerState> state_;
  const std::vector<std::shared_ptr<Worker>> workers_;
  const std::uint16_t port_;
  const std::uint16_t plain_port_;
  std::vector<std::thread> threads_;
};

using Workers = std::vector<std::shared_ptr<Worker>>;

// A door of every worker, on one port.
//
// With SO_REUSEPORT a second server on the same port would start and take half of the connections. So the port is
// first taken alone, which fails when anybody has it.
Result<std::uint16_t> open_doors(const Workers& workers, DoorAddress address, DoorKind kind) {
  boost::asio::io_context io;
  Result<std::uint16_t> port = Door(io, kind).listen(address, PortSharing::exclusive);
  const auto sharing = workers.size() > 1 ? PortSharing::shared : PortSharing::exclusive;
  for (const auto& worker : workers) {
    if (port) {
      address.port = *port;
      port = worker->listen(address, sharing, kind);
    }
  }
  return port;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  options.contexts.resize(options.workers);
  check(options.workers > 0 && options.limits.header_bytes_max <= k_header_bytes_ceiling, "server options");
  Result<TrustedProxies> proxies = TrustedProxies::parse(options.trusted_proxies);
  if (!proxies) {
    return tl::make_unexpected(proxies.error());
  }
  auto state = std::make_shared<ServerState>(options, std::move(*proxies), std::move(handler));
  Workers workers;
  for (unsigned i = 0; i < options.workers; ++i) {
    std::shared_ptr<boost::asio::io_context>& io = options.contexts[i];
    if (io == nullptr) {
      io = std::make_shared<boost::asio::io_context>(1);
    }
    workers.push_back(std::make_shared<Worker>(i, state, io));
  }
  Result<std::uint16_t> port =
      open_doors(workers, {options.address, options.port}, options.tls != nullptr ? DoorKind::tls : DoorKind::plain);
  Result<std::uint16_t> plain_port = 0;
  if (port && options.plain_door) {
    plain_port = open_doors(workers, *options.plain_door, DoorKind::plain);
  }
  for (const auto* one : {&port, &plain_port}) {
    if (!*one) {
      return tl::make_unexpected(one->error());
    }
  }
  return std::make_unique<AsioServer>(std::move(state), std::move(workers), *port, *plain_port);
}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    drop();
    target_ = std::move(other.target_);
  }
  return *this;
}

Responder::~Responder() {
  drop();
}

void Responder::drop() {
  if (const std::shared_ptr<Target> target = std::move(target_)) {
    target->send(problem(500, "internal-error", "Internal error", "The request was not answered."));
  }
}

void Responder::send(Response response) && {
  const std::shared_ptr<Target> target = std::move(target_);
  check(target != nullptr, "a request is answered once");
  target->send(std::move(response));
}

std::shared_ptr<EventStream> Responder::start_stream(Response head) && {
  const std::shared_ptr<Target> target = std::move(target_);
  check(target != nullptr, "a request is answered once");
  return target->start_stream(std::move(head));
}

}  // namespace ostraka::http

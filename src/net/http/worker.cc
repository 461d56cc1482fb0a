#include "net/http/worker.h"

#include <boost/asio/post.hpp>
#include <ctime>

#include "base/check.h"
#include "net/http/connection.h"

namespace ostraka::http {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

thread_local const Worker* t_own_worker = nullptr;

constexpr unsigned k_sweeps_per_deadline = 8;

std::chrono::milliseconds sweep_period_of(const Limits& limits) {
  const auto shortest =
      std::min({limits.handshake_deadline, limits.header_deadline, limits.body_deadline, limits.idle_deadline,
                limits.write_deadline});
  return std::clamp<std::chrono::milliseconds>(shortest / k_sweeps_per_deadline, 5ms, 1000ms);
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  return std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
}

}  // namespace

Worker::Worker(unsigned index, std::shared_ptr<ServerState> state, std::shared_ptr<boost::asio::io_context> io)
    : index_(index),
      state_(std::move(state)),
      sweep_period_(sweep_period_of(state_->limits)),
      shared_io_(std::move(io)),
      date_(http_date()) {}

Result<std::uint16_t> Worker::listen(const DoorAddress& address, PortSharing sharing, DoorKind kind) {
  return doors_.emplace_back(io_, kind).listen(address, sharing);
}

void Worker::run() {
  t_own_worker = this;
  for (Door& door : doors_) {
    door.open([this, kind = door.kind()](tcp::socket socket) { welcome(std::move(socket), kind); });
  }
  readiness_.open();
  sweep_later();
  io_.run();
  // What was closed says its last word; what others have on it may stay.
  io_.restart();
  io_.poll();
  t_own_worker = nullptr;
}

bool Worker::is_own_thread() const {
  return t_own_worker == this;
}

void Worker::welcome(tcp::socket socket, DoorKind door) {
  if (is_shutting_down_) {
    return;
  }
  add(std::move(socket), door);
  if (are_doors_closed_) {
    drain_connections();  // accepted before drain() closed the door, so drain() did not see it
  }
}

void Worker::add(tcp::socket socket, DoorKind door) {
  if (state_->connections_open.fetch_add(1) >= state_->limits.connections_max) {
    state_->connections_refused.fetch_add(1);
    state_->connection_closed();
    return;
  }
  boost::system::error_code ec;
  const tcp::endpoint peer = socket.remote_endpoint(ec);
  if (ec) {
    state_->connection_closed();
    return;
  }
  socket.non_blocking(true, ec);
  socket.set_option(tcp::no_delay(true), ec);
  io::Descriptor descriptor(socket.release(ec));
  std::optional<Readiness::Watch> watch = ec ? std::nullopt : readiness_.watch(descriptor.get());
  if (!watch) {
    state_->connections_refused.fetch_add(1);
    state_->connection_closed();
    return;
  }
  state_->connections_accepted.fetch_add(1);
  Transport transport(std::move(descriptor), std::move(*watch),
                      door == DoorKind::tls ? state_->tls->current() : nullptr);
  auto connection = std::make_shared<Connection>(shared_from_this(), std::move(transport), peer.address());
  connection->set_slot(connections_.size());
  connections_.push_back(connection);
  connection->start();
}

void Worker::remove(Connection& connection) {
  const std::size_t slot = connection.slot();
  check(slot < connections_.size() && connections_[slot].get() == &connection, "a connection is where it says");
  connections_.back()->set_slot(slot);
  const std::shared_ptr<Connection> removed = std::move(connections_[slot]);
  if (slot + 1 != connections_.size()) {
    connections_[slot] = std::move(connections_.back());
  }
  connections_.pop_back();
  state_->connection_closed();
}

void Worker::handle(const Request& request, Responder responder) {
  if (state_->on_turn_end && !is_turn_open_) {
    is_turn_open_ = true;
    // Behind everything that is ready now.
    boost::asio::post(io_, [self = shared_from_this()] {
      self->is_turn_open_ = false;
      self->state_->on_turn_end(self->index_);
    });
  }
  state_->handler(request, std::move(responder));
}

Worker::Tick Worker::tick_after(std::chrono::milliseconds span) const {
  // One more, because the present tick is partly over: never early, at most one sweep late.
  return now_ + static_cast<Tick>((span + sweep_period_ - 1ms) / sweep_period_) + 1;
}

void Worker::sweep_later() {
  sweep_timer_.expires_after(sweep_period_);
  sweep_timer_.async_wait([this](const boost::system::error_code& ec) {
    if (!ec && !is_shutting_down_) {
      sweep();
      sweep_later();
    }
  });
}

void Worker::sweep() {
  ++now_;
  date_ = http_date();
  // Backwards: closing a connection puts the last one, which was looked at already, into its place.
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size() && connections_[i]->deadline() <= now_) {
      const std::shared_ptr<Connection> late = connections_[i];
      late->on_deadline();
    }
  }
}

Worker::Delivered Worker::deliver(Delivery delivery) {
  const std::lock_guard lock(inbox_mutex_);
  if (is_stopped_) {
    return Delivered::stopped;
  }
  inbox_.push_back(std::move(delivery));
  if (!is_wake_up_posted_) {
    is_wake_up_posted_ = true;
    boost::asio::post(io_, [self = shared_from_this()] { self->empty_inbox(); });
  }
  return Delivered::yes;
}

void Worker::empty_inbox() {
  {
    const std::lock_guard lock(inbox_mutex_);
    unpacked_.swap(inbox_);
    is_wake_up_posted_ = false;
  }
  for (Delivery& delivery : unpacked_) {
    delivery.to->receive(delivery);
  }
  unpacked_.clear();
}

void Worker::drain() {
  boost::asio::post(io_, [self = shared_from_this()] {
    for (Door& door : self->doors_) {
      door.close_behind_those_who_wait();
    }
    self->are_doors_closed_ = true;
    self->drain_connections();
  });
}

void Worker::drain_connections() {
  const auto connections = connections_;
  for (const auto& connection : connections) {
    connection->drain();
  }
}

void Worker::stop() {
  boost::asio::post(io_, [self = shared_from_this()] { self->shut_down(); });
}

void Worker::shut_down() {
  is_shutting_down_ = true;
  std::vector<Delivery> undelivered;
  {
    const std::lock_guard lock(inbox_mutex_);
    is_stopped_ = true;
    undelivered.swap(inbox_);
  }
  for (Door& door : doors_) {
    door.close();
  }
  sweep_timer_.cancel();
  const auto connections = connections_;
  for (const auto& connection : connections) {
    connection->close();
  }
  readiness_.close();
  io_.stop();
}

}  // namespace ostraka::http

#include "net/http/readiness.h"

#include <sys/epoll.h>

#include <array>
#include <boost/asio/post.hpp>

#include "base/check.h"

namespace ostraka::http {
namespace {

constexpr std::size_t k_events_at_once = 256;

int new_epoll() {
  const int descriptor = epoll_create1(EPOLL_CLOEXEC);
  check(descriptor >= 0, "the system has an epoll left for each worker");
  return descriptor;
}

std::uint64_t packed(std::uint32_t index, std::uint32_t generation) { return std::uint64_t{generation} << 32 | index; }

}  // namespace

Readiness::Readiness(boost::asio::io_context& io) : io_(io), epoll_(io, new_epoll()) {}

void Readiness::open() {
  wait();
}

void Readiness::close() {
  boost::system::error_code ignored;
  epoll_.close(ignored);
}

void Readiness::wait() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& ec) {
    if (!ec && epoll_.is_open()) {
      take_events();
      if (epoll_.is_open()) {
        wait();
      }
    }
  });
}

std::optional<Readiness::Watch> Readiness::watch(int socket) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(places_.size()));
    places_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = packed(index, places_[index].generation);
  if (epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket, &event) != 0) {
    return std::nullopt;
  }
  free_.pop_back();
  return Watch(*this, index);
}

void Readiness::forget(std::uint32_t index) {
  const std::uint32_t generation = places_[index].generation + 1;
  places_[index] = {};
  places_[index].generation = generation;
  free_.push_back(index);
}

void Readiness::wait_readable(std::uint32_t index, Waiter& waiter) {
  Place& place = places_[index];
  place.waiter = &waiter;
  if (!std::exchange(place.waits_to_read, true) && place.may_read) {
    tell_later(index);
  }
}

void Readiness::tell_later(std::uint32_t index) {
  due_.push_back({index, places_[index].generation});
  if (!std::exchange(is_due_posted_, true)) {
    boost::asio::post(io_, [this] { take_due(); });
  }
}

void Readiness::wait_writable(std::uint32_t index, Waiter& waiter) {
  places_[index].waiter = &waiter;
  places_[index].waits_to_write = true;
}

void Readiness::was_emptied(std::uint32_t index) {
  places_[index].may_read = places_[index].has_ended;
}

void Readiness::has_more(std::uint32_t index) {
  Place& place = places_[index];
  if (!std::exchange(place.may_read, true) && place.waits_to_read) {
    tell_later(index);
  }
}

void Readiness::take_events() {
  std::array<epoll_event, k_events_at_once> events;
  const int count = epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    take_event({static_cast<std::uint32_t>(event.data.u64), static_cast<std::uint32_t>(event.data.u64 >> 32)},
               event.events);
  }
}

void Readiness::take_event(Name name, std::uint32_t events) {
  if (!is_there(name)) {
    return;
  }
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    Place& place = places_[name.index];
    place.may_read = true;
    place.has_ended = place.has_ended || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    tell_readable(name);
  }
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 && is_there(name) &&
      std::exchange(places_[name.index].waits_to_write, false)) {
    places_[name.index].waiter->on_writable();
  }
}

void Readiness::take_due() {
  is_due_posted_ = false;
  telling_.swap(due_);
  for (const Name& name : telling_) {
    if (is_there(name) && places_[name.index].may_read) {
      tell_readable(name);
    }
  }
  telling_.clear();
}

void Readiness::tell_readable(Name name) {
  if (std::exchange(places_[name.index].waits_to_read, false)) {
    places_[name.index].waiter->on_readable();
  }
}

}  // namespace ostraka::http

#include "load/connections.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.h"
#include "load/core/reply_scanner.h"

namespace ostraka::load {

namespace {

using namespace std::chrono_literals;

constexpr auto k_open_again_after = 20ms;
constexpr int k_events_max = 128;
constexpr std::size_t k_read_bytes = 16 * 1024;

bool accepts(const addrinfo& address) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return false;
  }
  const bool is_accepted = ::connect(fd, address.ai_addr, address.ai_addrlen) == 0;
  ::close(fd);
  return is_accepted;
}

}  // namespace

Result<ServerAddress> resolve(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (failed != 0) {
    return fail(ErrorKind::unavailable, "{}: {}", host, gai_strerror(failed));
  }
  // The first that somebody listens on; else the first.
  const addrinfo* chosen = found;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (accepts(*one)) {
      chosen = one;
      break;
    }
  }
  ServerAddress address;
  address.size = chosen->ai_addrlen;
  std::copy_n(reinterpret_cast<const char*>(chosen->ai_addr), address.size, reinterpret_cast<char*>(&address.bytes));
  freeaddrinfo(found);
  return address;
}

Connections::Connections(const ServerAddress& server, std::size_t count, Handlers handlers)
    : server_(server), handlers_(std::move(handlers)), epoll_(epoll_create1(EPOLL_CLOEXEC)), connections_(count) {
  check(epoll_ >= 0, "epoll");
  for (Index i = count; i-- > 0;) {
    closed_.push_back(i);
  }
}

Connections::~Connections() {
  for (const Connection& connection : connections_) {
    if (connection.fd >= 0) {
      ::close(connection.fd);
    }
  }
  ::close(epoll_);
}

void Connections::watch(Index index, int operation, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.u64 = index}};
  check(epoll_ctl(epoll_, operation, connections_[index].fd, &event) == 0, "epoll_ctl");
}

void Connections::open(Index index) {
  Connection& connection = connections_[index];
  connection.fd = ::socket(server_.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connection.fd < 0) {
    closed_.push_back(index);  // out of descriptors: later, perhaps
    return;
  }
  const int one = 1;
  setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  connection.state = State::connecting;
  const bool is_refused =
      ::connect(connection.fd, reinterpret_cast<const sockaddr*>(&server_.bytes), server_.size) != 0 &&
      errno != EINPROGRESS;
  watch(index, EPOLL_CTL_ADD, EPOLLOUT);
  if (is_refused) {
    break_off(index);
  }
}

void Connections::open_those_due(Time now) {
  if (closed_.empty() || now < open_at_) {
    return;
  }
  open_at_ = now + k_open_again_after;
  const std::vector<Index> due = std::exchange(closed_, {});
  for (const Index index : due) {
    open(index);
  }
}

void Connections::poll(std::chrono::nanoseconds at_most) {
  open_those_due(std::chrono::steady_clock::now());
  std::array<epoll_event, k_events_max> events;
  const timespec time{.tv_sec = 0, .tv_nsec = std::clamp<std::int64_t>(at_most.count(), 0, 100'000'000)};
  const int count = epoll_pwait2(epoll_, events.data(), k_events_max, &time, nullptr);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    on_event(event.data.u64, event.events);
  }
}

void Connections::on_event(Index index, std::uint32_t events) {
  Connection& connection = connections_[index];
  if (connection.state == State::closed) {
    return;  // by an event before this one
  }
  if (connection.state == State::connecting) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
      return break_off(index);
    }
    watch(index, EPOLL_CTL_MOD, EPOLLIN);
    return become_free(index);
  }
  if ((events & EPOLLOUT) != 0) {
    write(index);
  }
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && connection.state != State::closed) {
    read(index);
  }
}

void Connections::become_free(Index index) {
  connections_[index].state = State::free;
  free_.push_back(index);
}

void Connections::send(std::initializer_list<std::string_view> pieces, Time now) {
  const Index index = free_.back();
  free_.pop_back();
  Connection& connection = connections_[index];
  connection.state = State::busy;
  ++busy_;
  connection.sent_at = now;
  connection.output.clear();
  for (const std::string_view piece : pieces) {
    connection.output += piece;
  }
  connection.output_sent = 0;
  write(index);
}

void Connections::write(Index index) {
  Connection& connection = connections_[index];
  const std::string_view rest = std::string_view(connection.output).substr(connection.output_sent);
  const ssize_t sent = rest.empty() ? 0 : ::send(connection.fd, rest.data(), rest.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    return break_off(index);
  }
  connection.output_sent += sent < 0 ? 0 : static_cast<std::size_t>(sent);
  const bool is_partial = connection.output_sent < connection.output.size();
  if (is_partial != connection.awaits_room) {
    connection.awaits_room = is_partial;
    watch(index, EPOLL_CTL_MOD, is_partial ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
}

void Connections::read(Index index) {
  Connection& connection = connections_[index];
  std::array<char, k_read_bytes> buffer;
  const ssize_t got = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    return;
  }
  if (got <= 0 || connection.state != State::busy) {
    return break_off(index);  // gone, or saying something unasked
  }
  std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
  if (!connection.input.empty()) {
    connection.input += bytes;
    bytes = connection.input;
  }
  const ScannedReply reply = scan_reply(bytes);
  if (reply.state == ScannedReply::State::unreadable || (reply.state == ScannedReply::State::complete &&
                                                         reply.bytes != bytes.size())) {
    return break_off(index);
  }
  if (reply.state == ScannedReply::State::incomplete) {
    if (connection.input.empty()) {
      connection.input = bytes;
    }
    return;
  }
  connection.input.clear();
  --busy_;
  become_free(index);
  handlers_.on_reply(index, reply.status);
  if (reply.is_last && connection.state == State::free) {
    break_off(index);
  }
}

void Connections::break_off(Index index) {
  Connection& connection = connections_[index];
  const State was = std::exchange(connection.state, State::closed);
  ::close(connection.fd);
  connection.fd = -1;
  connection.awaits_room = false;
  connection.input.clear();
  if (was == State::free) {
    std::erase(free_, index);
  }
  if (was == State::connecting || closed_.empty()) {
    open_at_ = std::max(open_at_, std::chrono::steady_clock::now() +
                                      (was == State::connecting ? k_open_again_after : std::chrono::milliseconds(0)));
  }
  closed_.push_back(index);
  if (was == State::busy) {
    --busy_;
    handlers_.on_broken(index);
  }
}

void Connections::break_waiting_since(Time before) {
  for (Index i = 0; i < connections_.size(); ++i) {
    if (connections_[i].state == State::busy && connections_[i].sent_at < before) {
      break_off(i);
    }
  }
}

}  // namespace ostraka::load

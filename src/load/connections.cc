#include "load/connections.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "load/core/reply_scanner.h"

namespace ostraka::load {

namespace {

using namespace std::chrono_literals;

constexpr auto k_open_again_after = 20ms;
constexpr int k_events_max = 128;
constexpr std::size_t k_read_bytes = 16 * 1024;

}  // namespace

Connections::Connections(const ConnectionsOptions& options, Handlers handlers)
    : options_(options),
      handlers_(std::move(handlers)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      connections_(options.count) {
  check(epoll_ >= 0, "epoll");
  std::vector<Index>& unopened = options_.use == ConnectionUse::kept ? closed_ : free_;
  for (Index i = options_.count; i-- > 0;) {
    unopened.push_back(i);
  }
}

Connections::~Connections() {
  ::close(epoll_);
}

void Connections::watch(Index index, std::uint32_t events) {
  Connection& connection = connections_[index];
  if (connection.watched == events) {
    return;
  }
  epoll_event event{.events = events, .data = {.u64 = index}};
  const int operation = connection.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  check(epoll_ctl(epoll_, operation, connection.socket.descriptor(), &event) == 0, "epoll_ctl");
  connection.watched = events;
}

const tls::Resumption& Connections::resumption_for(const Connection& connection) {
  static const tls::Resumption none;
  const bool is_due = options_.use == ConnectionUse::kept ||
                      static_cast<double>(resumptions_begun_) <
                          options_.resume_share * static_cast<double>(figures_.opened + 1);
  if (!is_due || connection.resumption == nullptr) {
    return none;
  }
  ++resumptions_begun_;
  return connection.resumption;
}

void Connections::open(Index index) {
  Connection& connection = connections_[index];
  const ClientSocket::Opened opened = connection.socket.open(options_.server, resumption_for(connection));
  if (opened == ClientSocket::Opened::no_descriptor) {
    return break_off(index);  // later, perhaps
  }
  ++figures_.opened;
  connection.state = State::connecting;
  watch(index, EPOLLOUT);
  if (opened == ClientSocket::Opened::refused) {
    break_off(index);
  }
}

void Connections::open_those_due(Time now) {
  if (now < open_at_) {
    return;
  }
  is_shut_out_ = false;
  if (closed_.empty()) {
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
    connection.state = State::shaking_hands;
  }
  if (connection.state == State::shaking_hands) {
    return establish(index);
  }
  if ((events & EPOLLOUT) != 0) {
    write(index);
  }
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && connection.state == State::open) {
    read(index);
  }
}

void Connections::establish(Index index) {
  Connection& connection = connections_[index];
  switch (connection.socket.establish()) {
    case tls::Outcome::wants_read:
      return watch(index, EPOLLIN);
    case tls::Outcome::wants_write:
      return watch(index, EPOLLOUT);
    case tls::Outcome::ended:
    case tls::Outcome::failed:
      return break_off(index);
    case tls::Outcome::done:
      break;
  }
  if (connection.socket.is_tls()) {
    ++figures_.handshakes;
    figures_.resumed += connection.socket.session().was_resumed() ? 1 : 0;
  }
  connection.state = State::open;
  watch(index, EPOLLIN);
  connection.is_busy ? write(index) : free_.push_back(index);
}

void Connections::fill(Connection& connection, std::initializer_list<std::string_view> pieces, Time now) {
  connection.sent_at = now;
  connection.output.clear();
  for (const std::string_view piece : pieces) {
    connection.output += piece;
  }
  connection.output_sent = 0;
}

void Connections::send(std::initializer_list<std::string_view> pieces, Time now) {
  const Index index = free_.back();
  free_.pop_back();
  Connection& connection = connections_[index];
  connection.is_busy = true;
  ++busy_;
  fill(connection, pieces, now);
  connection.state == State::open ? write(index) : open(index);
}

bool Connections::go_on(Index index, std::initializer_list<std::string_view> pieces, Time now) {
  Connection& connection = connections_[index];
  if (connection.is_last_reply) {
    return false;
  }
  connection.is_busy = true;
  ++busy_;
  fill(connection, pieces, now);
  return true;
}

void Connections::write(Index index) {
  Connection& connection = connections_[index];
  while (connection.output_sent < connection.output.size()) {
    const tls::Transfer sent =
        connection.socket.write(std::string_view(connection.output).substr(connection.output_sent));
    if (sent.outcome == tls::Outcome::wants_write) {
      return watch(index, EPOLLIN | EPOLLOUT);
    }
    if (sent.outcome != tls::Outcome::done) {
      return break_off(index);
    }
    connection.output_sent += sent.bytes;
  }
  watch(index, EPOLLIN);
}

void Connections::read(Index index) {
  std::array<char, k_read_bytes> buffer;
  do {
    const tls::Transfer got = connections_[index].socket.read(buffer.data(), buffer.size());
    if (got.outcome == tls::Outcome::wants_read) {
      return;
    }
    // Gone, or saying something unasked.
    if (got.outcome != tls::Outcome::done || !connections_[index].is_busy) {
      return break_off(index);
    }
    take(index, {buffer.data(), got.bytes});
  } while (connections_[index].state == State::open && connections_[index].socket.has_pending());
}

void Connections::take(Index index, std::string_view bytes) {
  Connection& connection = connections_[index];
  std::string before = std::move(connection.input);
  connection.input.clear();
  if (!before.empty()) {
    before += bytes;
    bytes = before;
  }
  const ScannedReply reply = scan_reply(bytes);
  const bool has_more = reply.state == ScannedReply::State::complete && reply.bytes != bytes.size();
  if (reply.state == ScannedReply::State::unreadable || has_more) {
    return break_off(index);
  }
  if (reply.state == ScannedReply::State::incomplete) {
    connection.input = before.empty() ? std::string(bytes) : std::move(before);
    return;
  }
  if (connection.socket.is_tls() && (options_.resume_share > 0 || options_.use == ConnectionUse::kept) &&
      connection.resumption == nullptr) {
    connection.resumption = connection.socket.session().resumption();
  }
  connection.is_last_reply = reply.is_last;
  answer(index, {reply.status, bytes});
}

void Connections::answer(Index index, const Reply& reply) {
  Connection& connection = connections_[index];
  connection.is_busy = false;
  --busy_;
  const bool is_kept = options_.use == ConnectionUse::kept && !connection.is_last_reply;
  if (is_kept) {
    free_.push_back(index);
  }
  handlers_.on_reply(index, reply);
  if (connection.is_busy) {
    write(index);  // it goes on
  } else if (!is_kept) {
    close(index);
  }
}

// Back to where a connection that is not open waits for its next use.
void Connections::close(Index index) {
  Connection& connection = connections_[index];
  const State was = std::exchange(connection.state, State::closed);
  connection.socket.close();
  connection.watched = 0;
  connection.input.clear();
  if (options_.use == ConnectionUse::once) {
    if (was != State::open) {
      is_shut_out_ = true;
      open_at_ = std::chrono::steady_clock::now() + k_open_again_after;
    }
    return free_.push_back(index);
  }
  if (was == State::open && !connection.is_busy) {
    std::erase(free_, index);
  }
  if (was != State::open || closed_.empty()) {
    open_at_ = std::max(open_at_, std::chrono::steady_clock::now() +
                                      (was == State::open ? std::chrono::milliseconds(0) : k_open_again_after));
  }
  closed_.push_back(index);
}

void Connections::break_off(Index index) {
  close(index);
  if (std::exchange(connections_[index].is_busy, false)) {
    --busy_;
    handlers_.on_broken(index);
  }
}

void Connections::break_waiting_since(Time before) {
  for (Index i = 0; i < connections_.size(); ++i) {
    if (connections_[i].is_busy && connections_[i].sent_at < before) {
      break_off(i);
    }
  }
}

}  // namespace ostraka::load

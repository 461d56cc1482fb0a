#include "live_results/request_pool.h"

#include <fmt/core.h>

#include <charconv>

namespace ostraka::bench {

namespace {

constexpr std::size_t k_reply_read_bytes = 16 * 1024;
constexpr std::string_view k_length = "Content-Length: ";

struct Reply {
  bool is_complete = false;
  int status = 0;
  std::string_view body;
};

Reply parse_reply(std::string_view bytes) {
  const std::size_t head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) {
    return {};
  }
  Reply reply;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, reply.status);
  std::size_t length = 0;
  const std::size_t at = bytes.substr(0, head_end).find(k_length);
  if (at != std::string_view::npos) {
    std::from_chars(bytes.data() + at + k_length.size(), bytes.data() + head_end, length);
  }
  reply.body = bytes.substr(head_end + 4);
  reply.is_complete = reply.body.size() >= length;
  return reply;
}

}  // namespace

std::string post(const Ask& ask) {
  std::string request = fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n", ask.target,
                                    ask.body.size());
  if (!ask.bearer.empty()) {
    request += fmt::format("Authorization: Bearer {}\r\n", ask.bearer);
  }
  if (!ask.body.empty()) {
    request += "Content-Type: application/json\r\n";
  }
  return request + "\r\n" + std::string(ask.body);
}

RequestPool::RequestPool(std::uint16_t port, std::size_t connections, Done done) : done_(std::move(done)) {
  for (std::size_t i = 0; i < connections; ++i) {
    connections_.emplace_back().socket = dial({.port = port});
    poller_.add(connections_[i].socket.get(), EPOLLIN, i);
    free_.push_back(i);
  }
}

void RequestPool::send(std::uint64_t tag, std::string request) {
  Waiting next{tag, std::move(request)};
  if (free_.empty()) {
    waiting_.push_back(std::move(next));
    return;
  }
  const std::size_t index = free_.front();
  free_.pop_front();
  begin(index, std::move(next));
}

void RequestPool::turn(std::chrono::nanoseconds at_most) {
  poller_.wait(at_most, [this](std::uint64_t index, std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
      write(index);
    }
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
      read(index);
    }
  });
}

void RequestPool::begin(std::size_t index, Waiting next) {
  Connection& connection = connections_[index];
  connection.tag = next.tag;
  connection.output = std::move(next.request);
  connection.sent = 0;
  connection.input.clear();
  write(index);
}

void RequestPool::write(std::size_t index) {
  Connection& connection = connections_[index];
  const Transferred sent =
      write_some(connection.socket.get(), std::string_view(connection.output).substr(connection.sent));
  if (sent.is_over) {
    give_up_on("a kept connection broke");
  }
  connection.sent += sent.bytes;
  const bool is_partial = connection.sent < connection.output.size();
  if (is_partial != connection.is_room_awaited) {
    connection.is_room_awaited = is_partial;
    poller_.change(connection.socket.get(), is_partial ? EPOLLIN | EPOLLOUT : EPOLLIN, index);
  }
}

void RequestPool::read(std::size_t index) {
  Connection& connection = connections_[index];
  char piece[k_reply_read_bytes];
  const Transferred got = read_some(connection.socket.get(), piece, sizeof piece);
  if (got.is_over) {
    give_up("the gateway closed a kept connection");
  }
  connection.input.append(piece, got.bytes);
  const Reply reply = parse_reply(connection.input);
  if (!reply.is_complete) {
    return;
  }
  const std::string held = std::move(connection.input);
  const Reply taken = parse_reply(held);
  const std::uint64_t tag = connection.tag;
  if (waiting_.empty()) {
    free_.push_back(index);
  } else {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    begin(index, std::move(next));
  }
  done_(tag, taken.status, taken.body);
}

}  // namespace ostraka::bench

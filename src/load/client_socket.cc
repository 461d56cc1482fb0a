#include "load/client_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace ostraka::load {
namespace {

bool accepts(const addrinfo& address) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return false;
  }
  const bool is_accepted = ::connect(fd, address.ai_addr, address.ai_addrlen) == 0;
  ::close(fd);
  return is_accepted;
}

tls::Transfer transfer_of(ssize_t count, tls::Outcome would_wait_for) {
  if (count > 0) {
    return {tls::Outcome::done, static_cast<std::size_t>(count)};
  }
  if (count == 0) {
    return {tls::Outcome::ended, 0};
  }
  return {errno == EAGAIN || errno == EINTR ? would_wait_for : tls::Outcome::failed, 0};
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

ClientSocket::ClientSocket(ClientSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), session_(std::move(other.session_)) {}

ClientSocket::Opened ClientSocket::open(const ServerAddress& server, const tls::Resumption& resumption) {
  descriptor_ = ::socket(server.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) {
    return Opened::no_descriptor;
  }
  const int one = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (server.tls != nullptr) {
    session_ = tls::Session::connect(server.tls, descriptor_, server.tls_name, resumption);
  }
  const bool is_refused =
      ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&server.bytes), server.size) != 0 &&
      errno != EINPROGRESS;
  return is_refused ? Opened::refused : Opened::is_connecting;
}

void ClientSocket::close() {
  if (descriptor_ < 0) {
    return;
  }
  if (session_ != nullptr) {
    session_->say_goodbye();
    session_.reset();
  }
  ::close(descriptor_);
  descriptor_ = -1;
}

tls::Transfer ClientSocket::read(char* room, std::size_t bytes) {
  return session_ ? session_->read(room, bytes)
                  : transfer_of(::recv(descriptor_, room, bytes, 0), tls::Outcome::wants_read);
}

tls::Transfer ClientSocket::write(std::string_view bytes) {
  if (session_ != nullptr) {
    return session_->write(bytes);
  }
  return transfer_of(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL), tls::Outcome::wants_write);
}

}  // namespace ostraka::load

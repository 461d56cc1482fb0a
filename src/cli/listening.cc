#include "cli/listening.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "io/descriptor.h"

namespace ostraka::cli {
namespace {

std::uint16_t port_of(int socket) {
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &length);
  const auto* six = reinterpret_cast<const sockaddr_in6*>(&bound);
  const auto* four = reinterpret_cast<const sockaddr_in*>(&bound);
  return ntohs(bound.ss_family == AF_INET6 ? six->sin6_port : four->sin_port);
}

}  // namespace

Result<service::Address> free_address(const service::Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (const int wrong = getaddrinfo(address.host.c_str(), fmt::format("{}", address.port).c_str(), &hints, &list);
      wrong != 0) {
    return fail(ErrorKind::invalid, "{}: {}", address.text(), gai_strerror(wrong));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(list, freeaddrinfo);
  const io::Descriptor probe(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // Over connections of an earlier run that linger in TIME_WAIT, but never beside somebody who listens.
  const int yes = 1;
  setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(probe.get(), found->ai_addr, found->ai_addrlen) != 0 || listen(probe.get(), 1) != 0) {
    if (errno == EADDRINUSE) {
      return fail(ErrorKind::conflict, "{} is taken: another program listens there; choose one with --listen",
                  address.text());
    }
    return fail(ErrorKind::unavailable, "{} cannot be listened on: {}", address.text(), strerrordesc_np(errno));
  }
  service::Address free = address;
  free.port = port_of(probe.get());
  return free;
}

}  // namespace ostraka::cli

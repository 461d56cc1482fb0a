#include "net/batch/socket_io.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace ostraka::batch {

namespace {

constexpr int k_unacknowledged_ms_max = 10'000;
constexpr int k_silence_s_max = 10;  // then the other side's machine is asked whether it is there
constexpr int k_probe_s = 3;
constexpr int k_socket_buffer_bytes = 1 << 20;  // of a few batches: whoever syncs meanwhile must not stop the others

Moved moved(ssize_t bytes) {
  if (bytes > 0) {
    return {Progress::some, static_cast<std::size_t>(bytes)};
  }
  const bool is_blocked = bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return {is_blocked ? Progress::blocked : Progress::broken, 0};
}

void set(int descriptor, int level, int name, int value) {
  setsockopt(descriptor, level, name, &value, sizeof value);  // where it does not apply, it is not needed
}

}  // namespace

Moved send_some(int descriptor, std::string_view bytes) {
  return moved(::send(descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

Moved receive_some(int descriptor, char* to, std::size_t bytes_max) {
  return moved(::recv(descriptor, to, bytes_max, MSG_DONTWAIT));
}

void prepare_socket(int descriptor) {
  set(descriptor, SOL_SOCKET, SO_SNDBUF, k_socket_buffer_bytes);
  set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, k_unacknowledged_ms_max);
  set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, k_silence_s_max);
  set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, k_probe_s);
  set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

}  // namespace ostraka::batch

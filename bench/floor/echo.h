// The two bare servers. Each serves on the calling thread until the process ends, from a listening socket.
#pragma once

#include <string>

namespace ostraka::bench {

// `reply` is sent, as it is, for every request.
[[noreturn]] void echo_with_beast(int listener, const std::string& reply);
[[noreturn]] void echo_with_epoll(int listener, const std::string& reply);

}  // namespace ostraka::bench

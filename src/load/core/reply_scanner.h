// An HTTP/1.1 reply of our own gateway: its status, where it ends, and whether the connection does. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace ostraka::load {

struct ScannedReply {
  enum class State { incomplete, complete, unreadable };
  State state = State::incomplete;
  unsigned status = 0;
  std::size_t bytes = 0;    // of the whole reply, when complete
  bool is_last = false;     // Connection: close
};

// `bytes` begins with a reply. Only what the gateway sends: a Content-Length, no chunks.
ScannedReply scan_reply(std::string_view bytes);

}  // namespace ostraka::load

// An HTTP/1.1 reply of our own gateway, or of a server that is measured beside it: its status, where it ends, and whether
// the connection does. Pure.
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

// `bytes` begins with a reply. Only what the gateway sends: a Content-Length, no chunks, one space behind a colon.
ScannedReply scan_reply(std::string_view bytes);

}  // namespace ostraka::load

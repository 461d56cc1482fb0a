// Server-sent events out of bytes that arrive in pieces (WHATWG HTML, "event stream interpretation"). Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "net/http/client.h"

namespace ostraka::http {

class EventReader {
 public:
  // Calls `on_event` for each event that is complete; stops early when told to.
  Client::AfterEvent take(std::string_view bytes, const Client::OnEvent& on_event);
  std::size_t buffered_bytes() const { return line_.size() + event_.data.size(); }

 private:
  Client::AfterEvent take_line(const Client::OnEvent& on_event);

  std::string line_;
  bool is_after_carriage_return_ = false;
  bool has_data_ = false;
  ServerSentEvent event_;
};

}  // namespace ostraka::http

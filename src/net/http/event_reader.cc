#include "net/http/event_reader.h"

namespace ostraka::http {

Client::AfterEvent EventReader::take(std::string_view bytes, const Client::OnEvent& on_event) {
  for (char c : bytes) {
    const bool is_second_half = c == '\n' && is_after_carriage_return_;
    is_after_carriage_return_ = c == '\r';
    if (is_second_half) {
      continue;
    }
    if (c != '\n' && c != '\r') {
      line_ += c;
      continue;
    }
    const Client::AfterEvent after = take_line(on_event);
    line_.clear();
    if (after == Client::AfterEvent::stop) {
      return after;
    }
  }
  return Client::AfterEvent::go_on;
}

Client::AfterEvent EventReader::take_line(const Client::OnEvent& on_event) {
  if (line_.empty()) {
    const bool is_event = has_data_;
    const ServerSentEvent event = std::move(event_);
    event_ = {};
    has_data_ = false;
    return is_event ? on_event(event) : Client::AfterEvent::go_on;
  }
  const std::string_view line = line_;
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) {
    value.remove_prefix(1);
  }
  if (name == "data") {
    if (has_data_) {
      event_.data += '\n';
    }
    event_.data += value;
    has_data_ = true;
  } else if (name == "event") {
    event_.event = value;
  } else if (name == "id") {
    event_.id = value;
  }
  return Client::AfterEvent::go_on;
}

}  // namespace ostraka::http

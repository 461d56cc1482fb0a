// Finds the end of a request's header in bytes that arrive in pieces, and refuses at the first line that two parsers
// could read differently: that is what request smuggling lives on. Beast's parser reads the header afterwards; what it
// tolerates by design (folded lines, any number of leading bytes before it complains) is refused here. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "net/http/refusal.h"

namespace ostraka::http {

class HeadScanner {
 public:
  enum class State { need_more, complete, refused };

  void reset() { *this = HeadScanner(); }

  // `bytes` is everything that has arrived since the request's first byte. Looks only at what is new.
  State scan(std::string_view bytes);

  // REQUIRES: complete. Bytes up to and including the empty line.
  std::size_t head_bytes() const { return line_at_; }
  // REQUIRES: refused.
  const Refusal& refusal() const { return refusal_; }

 private:
  State refuse(const Refusal& refusal);
  State take_line(std::string_view line);

  std::size_t line_at_ = 0;  // where the line being read starts
  std::size_t seen_ = 0;     // where to go on looking for its end
  bool is_first_line_ = true;
  Refusal refusal_;
};

// Method, target and version of a request line without its CRLF, or why not.
Refusal check_request_line(std::string_view line);

}  // namespace ostraka::http

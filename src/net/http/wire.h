// A response as bytes. Pure.
#pragma once

#include <string>
#include <string_view>

#include "net/http/server.h"

namespace ostraka::http {

std::string_view reason_phrase(unsigned status);

enum class AfterReply { keep_open, close };
enum class BodyFraming {
  content_length,  // the usual
  none,            // a reply to HEAD: the length of the body that is not sent
  chunked,         // a stream on HTTP/1.1
  until_close,     // a stream on HTTP/1.0
};

struct HeadOptions {
  AfterReply after = AfterReply::keep_open;
  BodyFraming framing = BodyFraming::content_length;
  std::string_view date;  // IMF-fixdate
  bool is_http_1_0 = false;
  bool is_secure = false;  // over TLS: browsers are told never to come without it
};

// Status line and header with its empty line, appended to `out`. The body is the caller's. Unless `response` sets them
// itself: nosniff, no referrer, a policy that lets nothing run, no caching, no embedding from other origins.
void append_head(std::string& out, const Response& response, const HeadOptions& options);

inline std::string_view body_of(const Response& response) {
  return response.shared_body ? std::string_view(*response.shared_body) : std::string_view(response.body);
}

// Whether this status never has a body (RFC 9110).
inline bool is_bodiless(unsigned status) {
  return status == 204 || status == 304 || status < 200;
}

}  // namespace ostraka::http

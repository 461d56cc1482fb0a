#include "net/http/wire.h"

#include <array>
#include <charconv>

namespace ostraka::http {
namespace {

struct DefaultHeader {
  std::string_view name;
  std::string_view line;
};
constexpr std::array k_default_headers{
    DefaultHeader{"Cache-Control", "Cache-Control: no-store\r\n"},
    DefaultHeader{"Content-Security-Policy", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"},
    DefaultHeader{"Cross-Origin-Resource-Policy", "Cross-Origin-Resource-Policy: same-origin\r\n"},
    DefaultHeader{"Referrer-Policy", "Referrer-Policy: no-referrer\r\n"},
    DefaultHeader{"X-Content-Type-Options", "X-Content-Type-Options: nosniff\r\n"},
};
// The same in one piece: most replies set none of them.
constexpr std::string_view k_all_default_headers =
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n";

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end.ptr);
}

bool sets(const Response& response, std::string_view name) {
  for (const auto& [own, value] : response.headers) {
    if (equal_without_case(own, name)) {
      return true;
    }
  }
  return false;
}

void append_framing(std::string& out, const Response& response, const HeadOptions& options) {
  switch (options.framing) {
    case BodyFraming::chunked:
      out += "Transfer-Encoding: chunked\r\n";
      return;
    case BodyFraming::until_close:
      return;
    case BodyFraming::content_length:
    case BodyFraming::none:
      break;
  }
  if (!is_bodiless(response.status)) {
    out += "Content-Length: ";
    append_number(out, body_of(response).size());
    out += "\r\n";
  }
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

void append_head(std::string& out, const Response& response, const HeadOptions& options) {
  out += "HTTP/1.1 ";
  append_number(out, response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  if (!response.content_type.empty()) {
    out += "Content-Type: ";
    out += response.content_type;
    out += "\r\n";
  }
  append_framing(out, response, options);
  out += "Date: ";
  out += options.date;
  out += "\r\n";
  if (options.after == AfterReply::close) {
    out += "Connection: close\r\n";
  } else if (options.is_http_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  if (options.is_secure) {
    out += "Strict-Transport-Security: max-age=31536000\r\n";
  }
  if (response.headers.empty()) {
    out += k_all_default_headers;
  } else {
    for (const DefaultHeader& header : k_default_headers) {
      if (!sets(response, header.name)) {
        out += header.line;
      }
    }
    for (const auto& [name, value] : response.headers) {
      out.append(name).append(": ").append(value).append("\r\n");
    }
  }
  out += "\r\n";
}

}  // namespace ostraka::http

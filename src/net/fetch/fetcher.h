// Requests to servers of others, over libcurl. One thread drives them all: a server that is slow or silent holds nobody
// up but those who wait for it.
//
// Redirects are not followed: where a secret goes is decided by who configured it. TLS 1.2 at least, certificates and
// names are always checked.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_function.h"

namespace ostraka::fetch {

struct FetchLimits {
  std::size_t in_flight_max = 1024;           // beyond, submit() says no
  // Beyond, requests wait for one, and not every libcurl has their deadline run meanwhile: whoever cares keeps below.
  std::size_t connections_per_host_max = 64;
  std::chrono::milliseconds connect_deadline{3'000};
  std::chrono::milliseconds deadline{5'000};  // from submit() to the answer's last byte
  std::size_t body_bytes_max = 256 * 1024;    // of an answer; beyond: damaged
};

struct BasicCredentials {
  std::string user;  // as they go over the wire: encoded as the protocol above wants it
  std::string password;
};

struct FetchRequest {
  std::string url;  // http or https
  // With a body it is a POST, else a GET.
  std::optional<std::string> body = {};
  std::string content_type = {};  // of the body
  std::optional<BasicCredentials> credentials = {};
  std::string ca_file = {};  // who certifies the server; empty: the system's authorities
};

struct FetchResponse {
  unsigned status = 0;
  std::string content_type;
  std::string body;
  std::optional<std::chrono::seconds> max_age;  // of Cache-Control
};

// Thread-safe.
class Fetcher {
 public:
  // Called once, on the fetcher's thread: it must not block. Any status is a response. Errors: unavailable (no answer in
  // time, no connection, no trust), damaged (not HTTP, or too large).
  using Done = UniqueFunction<void(Result<FetchResponse>)>;

  explicit Fetcher(FetchLimits limits = {});
  // As stop().
  ~Fetcher();

  // False, and both untouched, when too many are on their way, or after stop().
  [[nodiscard]] bool submit(FetchRequest&& request, Done&& done);

  // What is on its way is answered with unavailable.
  void stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

// The seconds of `max-age` in a Cache-Control field; empty when there are none, zero where it must not be kept.
std::optional<std::chrono::seconds> max_age_of(std::string_view cache_control);

}  // namespace ostraka::fetch

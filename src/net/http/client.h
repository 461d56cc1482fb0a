// A small HTTP/1.1 client that keeps its connection: for the command line, for tests, for anything but the vote path.
//
// Synchronous; one object, one thread at a time. A connection that the server closed between two requests is opened
// again, and a request that certainly was not answered on it is sent once more: only when the connection broke before
// a single byte of the reply came, on a connection that had served before. So a caller must be content with a request
// being executed twice, as every call of this product's API is made to be.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ostraka::http {

struct ClientLimits {
  std::chrono::milliseconds connect_deadline{5'000};
  std::chrono::milliseconds request_deadline{30'000};  // from the first byte sent to the last received
  std::chrono::milliseconds stream_silence{45'000};    // three missed pings
  std::size_t response_bytes_max = 64 * 1024 * 1024;
};

using ClientHeaders = std::vector<std::pair<std::string, std::string>>;

struct ClientRequest {
  std::string_view method = "GET";
  std::string_view target = "/";
  std::string_view body = {};
  std::string_view content_type = {};  // "application/json", usually
  std::string_view bearer = {};        // Authorization: Bearer …, when not empty
  ClientHeaders headers = {};
};

struct ClientResponse {
  unsigned status = 0;
  std::string content_type;
  std::string body;
  ClientHeaders headers;

  // The first of that name, or empty; without regard to case.
  std::string_view header(std::string_view name) const;
};

struct ServerSentEvent {
  std::string event = "message";
  std::string id;
  std::string data;
};

// Which certificate an https server has to show.
struct ClientTrust {
  enum class Name {
    must_match,  // the URL's host
    may_differ,  // for a ca_file that holds the server's own certificate and no authority
  };
  std::string ca_file = {};  // PEM, who is believed; empty: the machine's authorities
  Name name = Name::must_match;
};

class Client {
 public:
  // Connects at once. Errors: invalid (the URL, the ca_file), denied (the certificate), unavailable.
  static Result<Client> connect(std::string_view url, ClientLimits limits = {}, const ClientTrust& trust = {});
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Any status is a response. Errors: unavailable (the outcome is unknown, but for a refused connection), damaged (not
  // HTTP, or larger than response_bytes_max).
  Result<ClientResponse> request(const ClientRequest& request);

  enum class AfterEvent { go_on, stop };
  using OnEvent = std::function<AfterEvent(const ServerSentEvent&)>;
  // Reads server-sent events until `on_event` says stop (then the response's head), or the stream ends or is silent for
  // too long (unavailable). A status other than 200 is returned with its body, without events.
  Result<ClientResponse> follow_events(const ClientRequest& request, const OnEvent& on_event);

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ostraka::http

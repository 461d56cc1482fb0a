// The smaller texts of HTTP: addresses, lists of proxies, server-sent events, strings that become JSON. The first input
// byte is the size of the pieces in which events arrive.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/check.h"
#include "net/http/event_reader.h"
#include "net/http/json_text.h"
#include "net/http/proxies.h"
#include "net/http/url.h"

namespace ostraka::http {
namespace {

void check_addresses(std::string_view input) {
  if (const auto address = parse_address(input)) {
    check(parse_address(address->text()) == address, "an address that is written reads as itself");
  }
  const std::string text(input);
  const auto proxies = TrustedProxies::parse({text, "10.0.0.0/8"});
  const Address peer = *parse_address("10.1.2.3");
  if (proxies) {
    check(proxies->contains(peer), "a network contains its addresses");
  }
  const auto trusted = TrustedProxies::parse({"10.0.0.0/8"});
  const Address client = trusted->client_of(peer, {input, "192.0.2.7", "10.9.9.9"});
  check(client == *parse_address("192.0.2.7"), "nothing to the left of the first stranger is believed");
  (void)trusted->client_of(peer, {input});
  if (const auto url = parse_server_url(input)) {
    check(!url->host.empty() && !url->port.empty() && url->host_header.find_first_of("\r\n \t/") == std::string::npos,
          "a host and a port");
  }
}

void check_json(std::string_view input) {
  const auto value = nlohmann::json::parse(json_string(input), nullptr, false);
  check(value.is_string(), "a JSON string, whatever the bytes");
  const std::string text = value.get<std::string>();
  check(json_string(text) == json_string(input), "what was read reads the same again");
}

std::vector<std::string> events_of(std::string_view input, std::size_t piece) {
  EventReader reader;
  std::vector<std::string> events;
  while (!input.empty()) {
    reader.take(input.substr(0, piece), [&](const ServerSentEvent& event) {
      events.push_back(event.event + '\n' + event.id + '\n' + event.data);
      return Client::AfterEvent::go_on;
    });
    input.remove_prefix(std::min(piece, input.size()));
  }
  return events;
}

}  // namespace

void fuzz_http_text(std::string_view input) {
  if (input.empty()) {
    return;
  }
  const std::size_t piece = 1 + static_cast<unsigned char>(input.front()) % 16;
  input.remove_prefix(1);
  check_addresses(input);
  check_json(input);
  check(events_of(input, piece) == events_of(input, input.size() + 1), "pieces do not matter");
}

}  // namespace ostraka::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::http::fuzz_http_text({reinterpret_cast<const char*>(data), size});
  return 0;
}

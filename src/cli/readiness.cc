#include "cli/readiness.h"

#include "base/clock.h"
#include "cli/small_file.h"
#include "net/http/client.h"

namespace ostraka::cli {
namespace {

constexpr Milliseconds k_probe_deadline{2'000};
constexpr std::size_t k_address_bytes_max = 256;

}  // namespace

bool is_ready(const std::string& url, const http::ClientTrust& trust) {
  auto client = http::Client::connect(
      url, {.connect_deadline = k_probe_deadline, .request_deadline = k_probe_deadline}, trust);
  if (!client) {
    return false;
  }
  http::ClientRequest request;
  request.target = "/readyz";
  const auto response = client->request(request);
  return response && response->status == 200;
}

bool is_ready_by_file(const std::string& management_file) {
  const auto line = read_file(management_file, k_address_bytes_max);
  return line && is_ready("http://" + line->substr(0, line->find('\n')));
}

}  // namespace ostraka::cli

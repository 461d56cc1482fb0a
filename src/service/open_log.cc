#include "log/embedded/embedded_log.h"
#include "service/process.h"

namespace ostraka::service {

Result<std::unique_ptr<log::Log>> open_log(const std::string& url) {
  constexpr std::string_view k_file = "file://";
  if (url.rfind(k_file, 0) == 0 && url.size() > k_file.size() && url[k_file.size()] == '/') {
    return log::open_embedded_log(url.substr(k_file.size()), {});
  }
  if (url.rfind("kafka://", 0) == 0) {
    return fail(ErrorKind::invalid, "--log {}: Kafka is not in this version; file://DIR is", url);
  }
  return fail(ErrorKind::invalid, "--log {}: expected file:// and an absolute directory", url);
}

}  // namespace ostraka::service

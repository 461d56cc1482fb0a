#include "gateway/reply.h"

#include "gateway/route_metrics.h"

namespace ostraka::gateway {

void Reply::send(http::Response response) && {
  metrics_->answered(route_, response.status, std::chrono::steady_clock::now() - begun_);
  std::move(responder_).send(std::move(response));
}

std::shared_ptr<http::EventStream> Reply::start_stream(http::Response head) && {
  metrics_->answered(route_, head.status, std::chrono::steady_clock::now() - begun_);
  return std::move(responder_).start_stream(std::move(head));
}

}  // namespace ostraka::gateway

#include <fmt/core.h>

#include "gateway/core/request_checks.h"
#include "gateway/handlers.h"
#include "gateway/problems.h"

namespace ostraka::gateway {

namespace {

// Scripts, styles and connections of this origin only; no inline script, no text that becomes markup.
constexpr std::string_view k_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors ";

constexpr std::string_view k_index = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Ostraka</title></head>
<body>
<h1>Ostraka</h1>
<p>Realtime voting. This is the gateway's HTTP interface.</p>
<ul>
<li><a href="/v1/elections">Elections</a></li>
<li><a href="/openapi.yaml">The interface, as OpenAPI 3.1</a></li>
<li><a href="/readyz">Whether votes can be cast now</a></li>
</ul>
DEVELOPMENT</body>
</html>
)";

std::string_view file_of(Route page) {
  switch (page) {
    case Route::vote_page:
      return "vote.html";
    case Route::results_page:
      return "results.html";
    case Route::embedded_results_page:
      return "embed.html";
    case Route::administration_page:
      return "administration.html";
    case Route::sign_in_page:
      return "sign_in.html";
    default:
      return "index.html";
  }
}

http::Response serve(const SiteFile& file, const http::Request& request) {
  Coding coding = Coding::identity;
  const SiteBody& body = file.body(choose_coding(request.header("accept-encoding")), coding);
  http::Response response;
  if (matches_etag(request.header("if-none-match"), body.etag)) {
    response.status = 304;
  } else {
    response.content_type = file.content_type;
    response.shared_body = body.bytes;
    if (coding != Coding::identity) {
      response.headers.emplace_back("Content-Encoding", coding == Coding::brotli ? "br" : "gzip");
    }
  }
  response.headers.emplace_back("ETag", body.etag);
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back("Cache-Control",
                                file.is_immutable ? "public, max-age=31536000, immutable" : "public, no-cache");
  return response;
}

http::Response plain_index(const Context& context) {
  http::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = k_index;
  constexpr std::string_view k_place = "DEVELOPMENT";
  response.body.replace(response.body.find(k_place), k_place.size(),
                        context.readiness.has_development_issuer()
                            ? "<p><strong>The development sign-in is on: anyone may vote under any name.</strong></p>\n"
                            : "");
  return response;
}

}  // namespace

void index(Context& context, const http::Request& request, Reply reply) {
  if (context.site.empty()) {
    return std::move(reply).send(plain_index(context));
  }
  page(context, Route::index, request, std::move(reply));
}

void page(Context& context, Route page, const http::Request& request, Reply reply) {
  const SiteFile* file = context.site.find(std::string(file_of(page)));
  if (file == nullptr) {
    return std::move(reply).send(not_found());
  }
  http::Response response = serve(*file, request);
  const bool is_embedded = page == Route::embedded_results_page;
  response.headers.emplace_back("Content-Security-Policy",
                                fmt::format("{}{}", k_policy, is_embedded ? context.options.embed_ancestors : "'none'"));
  if (is_embedded) {
    response.headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");
  }
  std::move(reply).send(std::move(response));
}

void asset(Context& context, std::string_view name, const http::Request& request, Reply reply) {
  const SiteFile* file = context.site.find(fmt::format("assets/{}", name));
  std::move(reply).send(file == nullptr ? not_found() : serve(*file, request));
}

}  // namespace ostraka::gateway
